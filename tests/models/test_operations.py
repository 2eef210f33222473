"""Operations on tensors of functional models: nodes of the model, named, saved, cloned and trained like Keras's."""

import copy
import json
import pickle

import numpy as np
import pytest
from operation_cases import CASES, FIGURES, W, data, described, listed, model_of

import pymlp
from pymlp import ops
from pymlp.ops.recording import ModelOperation
from pymlp.variables import Variable

KERAS_FIGURES = json.loads(FIGURES.read_text("utf-8"))


def essentials(description):
    """Return a description without what says nothing, or nothing to pymlp: None, False, types."""
    operations, *rest = description
    plain = [
        [
            *names,
            {k: v for k, v in config.items() if v not in (None, False) and k != "dtype"},
            calls,
        ]
        for *names, config, calls in operations
    ]
    return [plain, *rest]


def predictions(model):
    return listed(model.predict(data(), verbose=0))


def assert_alike(found, expected, rtol=1e-5, atol=2e-6):
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.asarray(a, "float64"), np.asarray(b, "float64"), rtol, atol)


# ---- beside Keras ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_operations_are_described_as_keras_describes_them(case):
    found, expected = described(model_of(pymlp, case)), KERAS_FIGURES[case]["described"]
    assert essentials(found) == essentials(expected)


@pytest.mark.parametrize("case", CASES)
def test_values_are_those_of_keras(case):
    assert_alike(predictions(model_of(pymlp, case)), KERAS_FIGURES[case]["outputs"])


@pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("case", CASES)
def test_files_go_both_ways(case, tmp_path):
    """And the figures are those of Keras as it is installed."""
    keras = pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")
    figures = KERAS_FIGURES[case]
    written = model_of(keras, case)
    assert described(written) == figures["described"]
    assert_alike(listed(written(data())), figures["outputs"])
    written.save(tmp_path / "keras.keras")
    read = pymlp.models.load_model(tmp_path / "keras.keras")
    assert_alike(predictions(read), figures["outputs"])
    assert essentials(described(read)) == essentials(figures["described"])
    model_of(pymlp, case).save(tmp_path / "pymlp.keras")
    read = keras.models.load_model(tmp_path / "pymlp.keras")
    assert_alike(listed(read(data())), figures["outputs"])
    assert essentials(described(read)) == essentials(figures["described"])


def test_summaries_are_those_of_keras(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    keras = pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")
    for case in ("split", "layers between", "comparisons"):
        texts = []
        for library in (keras, pymlp):
            model_of(library, case).summary(print_fn=texts.append, line_length=100)
        assert texts[0] == texts[1]


# ---- files, copies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_round_trips(case, tmp_path):
    model = model_of(pymlp, case)
    expected = predictions(model)
    model.save(tmp_path / "model.keras")
    for other in (
        pymlp.models.load_model(tmp_path / "model.keras"),
        pickle.loads(pickle.dumps(model)),
        copy.deepcopy(model),
    ):
        for a, b in zip(predictions(other), expected, strict=True):
            np.testing.assert_array_equal(a, b)
        assert described(other) == described(model)


def test_clones_have_operations_of_their_own():
    model = model_of(pymlp, "layers between")
    clone = pymlp.models.clone_model(model)
    clone.set_weights(model.get_weights())
    assert_alike(predictions(clone), predictions(model))
    assert [type(o).__name__ for o in clone.operations] == [
        type(o).__name__ for o in model.operations
    ]
    assert not {id(o) for o in clone.operations} & {id(o) for o in model.operations}
    cloned = []

    def note(layer):
        cloned.append(layer.name)
        return type(layer).from_config(layer.get_config())

    pymlp.models.clone_model(model, clone_function=note)
    assert {"add", "multiply", "get_item"} <= set(cloned)


def test_a_file_may_not_name_what_there_is_not(tmp_path):
    from pymlp.saving import deserialize_object

    for module, name in (
        ("keras.src.ops.numpy", "Fft"),
        ("keras.src.ops.numpy", "Operation"),
        ("pymlp.ops.recording", "ModelOperation"),
        ("os", "system"),
    ):
        with pytest.raises(ValueError, match=name):
            deserialize_object({"module": module, "class_name": name, "config": {"name": "x"}})
    with pytest.raises(ValueError, match="does not take"):
        deserialize_object(
            {
                "module": "keras.src.ops.numpy",
                "class_name": "Sum",
                "config": {"name": "x", "unheard_of": 3},
            }
        )
    with pytest.raises(ValueError, match="more than any axis"):
        deserialize_object(
            {
                "module": "keras.src.ops.nn",
                "class_name": "OneHot",
                "config": {"name": "x", "num_classes": 10**12},
            }
        )
    config = model_of(pymlp, "add").get_config()
    config["layers"][2]["inbound_nodes"][0]["args"] = [1.0, 2.0]
    with pytest.raises(ValueError, match="on no tensor of the model"):
        pymlp.models.Functional.from_config(config)
    with pytest.raises(ValueError, match="__slice__ in the file cannot be made"):
        deserialize_object({"class_name": "__slice__", "config": {"start": "a"}})


# ---- parts of models ----------------------------------------------------------------------------------------


def test_operations_are_not_layers():
    model = model_of(pymlp, "layers between")
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["InputLayer", "InputLayer", "Dense", "Add"]
    others = [o for o in model.operations if o not in model.layers]
    assert all(isinstance(o, ModelOperation) for o in others)
    assert {type(o).__name__ for o in others} == {"Add", "Multiply", "GetItem"}
    assert repr(others[0]) == f"<Operation name={others[0].name}>"
    with pytest.raises(ValueError, match="get_item"):
        model.get_layer("get_item")


def test_names_are_counted_with_those_of_layers():
    pymlp.backend.clear_session()
    x = pymlp.Input((3,))
    y = pymlp.layers.Add()([x + 1, x + 2]) + 3
    names = [operation.name for operation in pymlp.Model(x, y).operations]
    assert names == ["input_layer", "add_1", "add_2", "add", "add_3"]  # the layer was made first


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_training_is_that_of_layers(dtype):
    """A network by operations, and the same in the `call` of a layer."""

    def by_operations(x, hidden, out):
        h = hidden(x)
        h = ops.relu(h) * 0.5 + ops.concatenate([x, x[:, :2] ** 2], axis=-1)
        return out(h / (1 + ops.sum(abs(h), axis=-1, keepdims=True)))

    class Both(pymlp.layers.Layer):
        def __init__(self):
            super().__init__(dtype=dtype)
            self.hidden = pymlp.layers.Dense(6, dtype=dtype)
            self.out = pymlp.layers.Dense(1, dtype=dtype)

        def call(self, x):
            return by_operations(x, self.hidden, self.out)

    rng = np.random.default_rng(0)
    x = rng.normal(size=(70, 4)).astype(dtype)
    results = []
    for functional in (True, False):
        pymlp.utils.set_random_seed(5)
        given = pymlp.Input((4,), dtype=dtype)
        layers = Both()
        y = by_operations(given, layers.hidden, layers.out) if functional else layers(given)
        model = pymlp.Model(given, y)
        assert model.dtype == dtype
        model.compile(pymlp.optimizers.Adam(0.01), "mse")
        history = model.fit(x, x[:, :1] ** 2, epochs=3, verbose=0).history
        results.append([*model.get_weights(), *history["loss"]])
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)


def test_nested_shared_and_cut():
    a, b = pymlp.Input((3,)), pymlp.Input((3,))
    inner = pymlp.Model([a, b], (a + 2 * b) @ np.ones((3, 2), "float32"), name="inner")
    x = pymlp.Input((3,), name="x")
    once = inner([x, x * 3])
    twice = inner([once @ np.ones((2, 3), "float32"), x])
    whole = pymlp.Model(x, [once, once + twice])
    values = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    first = (values + 6 * values).sum(-1, keepdims=True) * np.ones(2)
    second = (2 * first[:, :1] + 2 * values).sum(-1, keepdims=True) * np.ones(2)
    found = whole.predict(values, verbose=0)
    assert_alike(found, [first, first + second])
    # Called on arrays, and on a part of itself.
    assert_alike([whole(values)[1]], [first + second])
    cut = pymlp.Model(once, 2 * once + once)
    assert [type(o).__name__ for o in cut.operations] == ["InputLayer", "Multiply", "Add"]
    assert_alike([cut.predict(first, verbose=0)], [3 * first])
    end = pymlp.Model(x, whole(x)[1] * 2)
    assert_alike([end.predict(values, verbose=0)], [2 * (first + second)])


def test_one_operation_on_several_tensors_is_called_again():
    """As a layer is shared, an operation of a model may be."""
    x, y = pymlp.Input((3,)), pymlp.Input((3,))
    doubled = x * 2
    operation = doubled.history.layer
    again = operation(y, 5)
    model = pymlp.Model([x, y], [doubled, again])
    values = np.ones((2, 3), "float32")
    assert_alike(model.predict([values, values], verbose=0), [2 * values, 5 * values])
    restored = type(model).from_config(model.get_config())
    assert_alike(restored.predict([values, values], verbose=0), [2 * values, 5 * values])
    assert operation.output is doubled
    assert operation.input is x


def test_numpy_functions():
    x = pymlp.Input((4,))
    y = np.exp(x) + np.sum(x, axis=-1, keepdims=True) + np.float32(2) * x
    model = pymlp.Model(x, np.concatenate([y, np.maximum(x, 0)], axis=-1))
    kinds = [type(o).__name__ for o in model.operations if isinstance(o, ModelOperation)]
    assert sorted(kinds) == ["Add", "Add", "Concatenate", "Exp", "Maximum", "Multiply", "Sum"]
    v = data()[0]
    expected = np.exp(v) + v.sum(-1, keepdims=True) + 2 * v
    assert_alike([model.predict(v, verbose=0)], [np.concatenate([expected, np.maximum(v, 0)], -1)])
    with pytest.raises(TypeError, match=r"numpy\.linalg\.svd cannot be traced"):
        np.linalg.svd(x)


def test_variables_are_read_when_the_model_runs():
    """Keras refuses a variable on the left of an operator; which side it stands on should not matter."""
    v = Variable(np.ones(3))
    x = pymlp.Input((3,))
    model = pymlp.Model(x, [x + v, v * x, ops.add(v, x)])
    values = np.ones((2, 3), "float32")
    assert_alike(model.predict(values, verbose=0), [values + 1, values, values + 1])
    v.assign(np.full(3, 4.0))
    assert_alike(model.predict(values, verbose=0), [values + 4, values * 4, values + 4])
    assert model.weights == []
    with pytest.raises(ValueError, match="Cannot write down"):
        model.get_config()


def test_equality_of_tensors_is_identity_as_in_keras():
    x, y = pymlp.Input((3,)), pymlp.Input((3,))
    assert (x == y) is False
    assert x in [y, x]
    assert (x != y).shape == (None, 3)


def test_fixed_batches_and_tensors_without_samples():
    x = pymlp.Input(batch_shape=(2, 3))
    y = x + 1
    assert y.shape == (2, 3)
    z = pymlp.Input((3,))
    centred = z - ops.mean(z)
    assert centred.shape == (None, 3)
    values = np.arange(6, dtype="float32").reshape(2, 3)
    assert_alike([pymlp.Model(z, centred).predict(values, verbose=0)], [values - values.mean()])
    per_column = z - ops.mean(z, axis=0)
    assert_alike([pymlp.Model(z, per_column).predict(values, verbose=0)], [values - values.mean(0)])


def test_what_is_not_part_of_the_model():
    x = pymlp.Input((4,))
    assert ops.shape(x) == (None, 4)
    assert ops.ndim(x) == 2
    inside = pymlp.layers.Lambda(lambda t: t + x)
    with pytest.raises(ValueError, match="within the call of a layer"):
        inside(x)
    with pytest.raises(ValueError, match="x_max should be plain numbers"):
        ops.clip(x, 0.0, x)
    with pytest.raises(ValueError, match="do not go together"):
        x + np.ones((4, 4, 4, 3))


def test_deep_models_do_not_recurse(tmp_path):
    x = y = pymlp.Input((2,))
    for _ in range(1500):
        y = y * 1.0
    model = pymlp.Model(x, y)
    assert len(model.operations) == 1501
    np.testing.assert_array_equal(model.predict(np.ones((2, 2)), verbose=0), np.ones((2, 2)))


def test_functions_are_themselves_elsewhere():
    assert pickle.loads(pickle.dumps(ops.relu)) is ops.relu
    assert pickle.loads(pickle.dumps(pymlp.activations.relu)) is pymlp.activations.relu
    np.testing.assert_array_equal(ops.matmul(W.T, W), W.T @ W)


def test_weights_of_files_are_found(tmp_path):
    """Operations have no place in the file of weights, and do not move those of layers."""
    x, y = pymlp.Input((4,)), pymlp.Input((4,))
    h = pymlp.layers.Dense(3)(x + y) * 2
    model = pymlp.Model([x, y], pymlp.layers.Dense(2)(h + 1))
    model.save_weights(tmp_path / "w.weights.h5")
    other = pymlp.models.clone_model(model)
    other.load_weights(tmp_path / "w.weights.h5")
    assert_alike(predictions(other), predictions(model))
