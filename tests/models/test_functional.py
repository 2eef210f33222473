"""Functional models: what Keras says of the same ones, and what is refused."""

import copy
import json

import numpy as np
import pytest
from functional_cases import CASES, FIGURES, data_for, described, sum_layer

import pymlp as keras

KERAS = json.loads(FIGURES.read_text(encoding="utf-8"))

# Numbers of a float32 run of six steps, each a few hundred roundings of 6e-8.
CLOSE = 2e-5


def assert_alike(found, expected, where):
    if isinstance(expected, dict):
        assert list(found) == list(expected), where
        for key, value in expected.items():
            assert_alike(found[key], value, f"{where}, {key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), where
        for index, value in enumerate(expected):
            assert_alike(found[index], value, f"{where}, {index}")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=CLOSE, abs=CLOSE), where
    else:
        assert found == expected, where


@pytest.mark.parametrize("case", CASES)
def test_same_as_keras(case):
    found = described(keras, case)
    assert_alike(found, KERAS[case.__name__], case.__name__)


@pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("case", CASES)
def test_the_figures_are_those_of_the_keras_installed(case):
    real = pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")
    assert_alike(json.loads(json.dumps(described(real, case))), KERAS[case.__name__], case.__name__)


def test_every_case_has_its_figures():
    assert set(KERAS) == {case.__name__ for case in CASES}


def wide_and_deep():
    wide, deep = keras.Input((3,), name="wide"), keras.Input((4,), name="deep")
    hidden = keras.layers.Dense(3, activation="relu")(deep)
    y = keras.layers.Dense(1, name="y")(hidden)
    return keras.Model([wide, deep], [y, keras.layers.Dense(2, name="aux")(wide)])


X = {"wide": np.ones((6, 3)), "deep": np.ones((6, 4))}
Y = {"y": np.ones((6, 1)), "aux": np.ones((6, 2))}


class TestData:
    """Inputs and targets in every form that names them."""

    @pytest.mark.parametrize(
        ("x", "y"),
        [
            (list(X.values()), list(Y.values())),
            (tuple(X.values()), tuple(Y.values())),
            (dict(reversed(X.items())), dict(reversed(Y.items()))),
            ({**X, "more": 1}, [Y["y"][:, 0], Y["aux"]]),
        ],
    )
    def test_forms(self, x, y):
        model = wide_and_deep()
        model.compile("sgd", "mse")
        expected = model.evaluate(X, Y, verbose=0)
        assert model.evaluate(x, y, verbose=0) == expected
        assert model.test_on_batch(x, y) == expected
        assert model.train_on_batch(x, y) == expected
        for found in (model.predict(x, verbose=0), model.predict_on_batch(x)):
            assert [out.shape for out in found] == [(6, 1), (6, 2)]
        assert len(model.fit(x, y, validation_split=0.5, verbose=0).history) == 6

    def test_weights_for_all_and_for_each(self):
        model = wide_and_deep()
        model.compile("sgd", "mse")
        w = np.arange(6.0)
        loss, y_loss, aux_loss = model.evaluate(X, Y, sample_weight=w, verbose=0)
        for each in ([w, w], {"y": w, "aux": w}):
            assert model.evaluate(X, Y, sample_weight=each, verbose=0) == [loss, y_loss, aux_loss]
        one = model.evaluate(X, Y, sample_weight={"y": w}, verbose=0)
        assert one[1] == y_loss
        assert one[2] == model.evaluate(X, Y, verbose=0)[2] != aux_loss

    def test_class_weights_of_one_output(self):
        model = wide_and_deep()
        model.compile("sgd", "mse")
        classes = {"y": np.arange(6) % 2, "aux": Y["aux"]}
        plain = model.test_on_batch(X, classes, return_dict=True)
        twice = model.train_on_batch(X, classes, class_weight={"y": {0: 2, 1: 2}}, return_dict=True)
        assert twice["y_loss"] == pytest.approx(2 * plain["y_loss"])
        assert twice["aux_loss"] == plain["aux_loss"]
        with pytest.raises(ValueError, match="class_weight should be a dict from the names of out"):
            model.fit(X, classes, class_weight={0: 1.0}, verbose=0)

    def test_none_for_an_output_that_is_not_trained(self):
        model = wide_and_deep()
        model.compile("sgd", {"y": "mse", "aux": None})
        expected = model.evaluate(X, [Y["y"], Y["aux"]], verbose=0)
        for y in ([Y["y"]], {"y": Y["y"]}):
            assert model.evaluate(X, y, verbose=0) == expected

    @pytest.mark.parametrize(
        ("x", "y", "message"),
        [
            ([X["wide"]], Y, r"x should be given in the structure \['wide', 'deep'\].*list of 1"),
            ({"wide": X["wide"]}, Y, r"received \['wide'\], in which 'deep' is missing"),
            (X["wide"], Y, r"x should be given .*received one array of shape \(6, 3\)"),
            (X, Y["y"], r"y should be given in the structure \['y', 'aux'\].*shape \(6, 1\)"),
            ([X["wide"], X["deep"][:5]], Y, r"x\['wide'\] has 6 samples and x\['deep'\] has 5"),
            (list(reversed(X.values())), Y, r"input 'wide' expected x of shape \(batch_size, 3\)"),
            (X, [Y["y"], Y["aux"][:4]], r"x\['wide'\] has 6 samples and y\['aux'\] has 4"),
            (X, [Y["y"], np.full((6, 2), np.nan)], "aux"),
        ],
    )
    def test_what_does_not_fit(self, x, y, message):
        model = wide_and_deep()
        model.compile("sgd", "mse")
        before = model.get_weights()
        with pytest.raises(ValueError, match=message):
            model.fit(x, y, verbose=0)
        for old, new in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)


class TestStructure:
    def test_layers_and_names(self):
        model = wide_and_deep()
        assert (model.input_names, model.output_names) == (["wide", "deep"], ["y", "aux"])
        assert model.get_layer("aux") is model.layers[-1]
        assert model.get_layer(index=0).name == "deep"
        assert model.built
        assert isinstance(model, keras.Model)

    def test_layers_are_shared_not_copied(self):
        model = wide_and_deep()
        part = keras.Model(model.inputs, model.get_layer("y").output)
        part.get_layer("y").set_weights([np.zeros((3, 1)), [5.0]])
        np.testing.assert_array_equal(model.predict(X, verbose=0)[0], 5)

    def test_a_subclass_that_is_made_of_tensors(self):
        class Mine(keras.Model):
            def __init__(self, units):
                x = keras.Input((3,))
                super().__init__(inputs=x, outputs=keras.layers.Dense(units)(x), name="mine")
                self.units = units

        model = Mine(4)
        assert (model.units, model.name, model.output_shape) == (4, "mine", (None, 4))
        assert [layer.name for layer in model.layers][1:] == [model.layers[1].name]
        assert model.predict(np.ones((2, 3)), verbose=0).shape == (2, 4)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda x, y: keras.Model(x, []), "outputs is empty"),
            (lambda x, y: keras.Model([], y), "inputs is empty"),
            (lambda x, y: keras.Model(x, np.ones(3)), "outputs should hold tensors made by Input"),
            (lambda x, y: keras.Model(3, y), "inputs should hold tensors made by Input"),
            (
                lambda x, y: keras.Model(keras.Input((3,), name="other"), y),
                r"do not stem from those of the model alone: 'x' is not reached from \['other'\]",
            ),
            (
                lambda x, y: keras.Model(x, keras.layers.Dense(2, name="y")(y)),
                "2 of its layers are named 'y'",
            ),
        ],
    )
    def test_what_is_refused(self, make, message):
        x = keras.Input((3,), name="x")
        y = keras.layers.Dense(1, name="y")(x)
        with pytest.raises(ValueError, match=message):
            make(x, y)

    def test_keys_that_are_not_the_names(self):
        x = keras.Input((3,), name="x")
        with pytest.warns(UserWarning, match="the key 'z' for an Input that is called 'x'"):
            keras.Model({"z": x}, keras.layers.Dense(1)(x))

    def test_a_deep_one(self):
        """Deeper than Python's recursion."""
        x = y = keras.Input((1,))
        for _ in range(1100):
            y = keras.layers.Dense(1, kernel_initializer="ones")(y)
        model = keras.Model(x, y)
        assert len(model.layers) == 1101
        np.testing.assert_array_equal(model.predict([[2.0]], verbose=0), [[2.0]])


class TestCopies:
    @pytest.mark.parametrize("case", CASES)
    def test_from_the_configuration(self, case):
        model, compiled = case(keras)
        with keras.saving.custom_object_scope({"Sum": type(sum_layer(keras))}):
            again = type(model).from_config(model.get_config())
        assert again.get_config() == model.get_config()
        assert [v.shape for v in again.weights] == [v.shape for v in model.weights]
        again.set_weights(model.get_weights())
        assert_same_predictions(model, again, compiled)

    @pytest.mark.parametrize("case", CASES)
    def test_deep_copies(self, case):
        model, compiled = case(keras)
        again = copy.deepcopy(model)
        assert_same_predictions(model, again, compiled)
        assert not {id(v) for v in model.weights} & {id(v) for v in again.weights}
        assert connections_of(again) == connections_of(model)


def connections_of(model):
    return json.dumps(model.get_config(), default=str)


def assert_same_predictions(model, again, compiled):
    x, _ = data_for(model, compiled)
    found, expected = again.predict(x, verbose=0), model.predict(x, verbose=0)
    for name, value in flat(expected).items():
        np.testing.assert_array_equal(flat(found)[name], value)


def flat(predicted):
    if isinstance(predicted, dict):
        return predicted
    return dict(enumerate(predicted if isinstance(predicted, list) else [predicted]))


@pytest.mark.parametrize("nest", [list, tuple])
def test_arrays_come_without_the_list_of_a_single_output(nest):
    x = np.ones((2, 3), np.float32)
    inputs = keras.Input((3,))
    output = keras.layers.Dense(1)(inputs)
    model = keras.Model([inputs], nest([output]))
    plain = keras.Model([inputs], output)
    for call in (
        lambda m: m(x),
        lambda m: m([x]),
        lambda m: m(x, training=True),
        lambda m: m.predict(x, verbose=0),
        lambda m: m.predict_on_batch(x),
        lambda m: m.predict_step(x),
    ):
        np.testing.assert_array_equal(call(model), call(plain))
        assert isinstance(call(model), np.ndarray)
    # The symbolic ones keep it, as in Keras.
    assert isinstance(model(keras.Input((3,))), nest)
    assert model.output == nest([output])
    assert model.compute_output_shape((None, 3)) == nest([(None, 1)])
    assert model.output_shape == (None, 1)


def test_a_model_with_a_list_of_one_output_is_trained_as_one_without():
    x = np.random.default_rng(3).normal(size=(20, 3))
    y = x.sum(axis=1, keepdims=True)
    histories = []
    for nest in (lambda t: t, lambda t: [t]):
        keras.utils.set_random_seed(3)
        inputs = keras.Input((3,))
        model = keras.Model([inputs], nest(keras.layers.Dense(1)(inputs)))
        for loss, metrics in (("mse", ["mae"]), (["mse"], [["mae"]])):
            model.compile("sgd", loss, metrics=metrics)
            for targets in (y, [y]):
                found = model.fit(x, targets, validation_data=(x, targets), verbose=0)
                histories.append((loss, found.history))
    assert histories[: len(histories) // 2] == histories[len(histories) // 2 :]


def test_a_model_with_a_list_of_one_output_within_the_call_of_another():
    inputs = keras.Input((3,))
    inner = keras.Model([inputs], [keras.layers.Dense(2)(inputs)])

    class Doubled(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = inner

        def call(self, x):
            return self.inner(x) * 2.0

    x = np.ones((4, 3), np.float32)
    np.testing.assert_allclose(Doubled().predict(x, verbose=0), 2 * inner.predict(x, verbose=0))
