"""What is true of every layer: one table, every layer in it, every check on each.

Gradients and types, zero rows and one row, configuration, pickle, copies, files, agreement with Keras.
"""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any, NamedTuple

import numpy as np
import pytest
from evaluation import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st

import pymlp
from pymlp import layers, saving
from pymlp.tracing import tracing


class Case(NamedTuple):
    """A layer by its class's name and arguments, shapes of samples it takes, and what its inputs are."""

    name: str
    arguments: dict[str, Any]
    shapes: tuple[Any, ...] = ((5,), (3, 4))
    training: bool = False  # whether it computes in training what can be compared
    indices: int = 0  # inputs are whole numbers below this


def einsum(equation, output_shape, shapes=((5,), (3, 4)), **arguments):
    return Case(
        "EinsumDense", {"equation": equation, "output_shape": output_shape, **arguments}, shapes
    )


def squared_plus(x, more=1.0):
    return x * x + more


# Where a group of few numbers varies little, a small epsilon makes it steeper than finite differences can follow.
RANDOM = {"gamma_initializer": "random_normal", "beta_initializer": "random_normal", "epsilon": 0.3}
CASES = [
    Case("Dense", {"units": 3, "activation": "tanh"}),
    einsum("ab,bc->ac", 3, ((5,),), bias_axes="c", activation="tanh"),
    einsum("abc,cd->abd", (3, 2), ((3, 4),), bias_axes="bd", activation="softmax"),
    einsum("...x,xy->...y", 3, bias_axes="y"),
    einsum("ab...,bc->ac...", 3, ((5,), (4, 2)), bias_axes="c"),
    einsum("abc,bcde->ade", (2, 3), ((3, 4),), bias_axes="de", activation="tanh"),
    einsum("abc,bcde->ade", (2, 3), ((3, 4),), bias_axes="e"),
    einsum("abcd,cde->abe", (None, 2), ((2, 3, 4),)),
    einsum("abc,bde->acde", (4, 2, 3), ((3, 4),), bias_axes="cd"),
    einsum("abc,dc->adb", (5, 3), ((3, 4),), bias_axes="d"),
    einsum("abc,bcd->abd", (3, 2), ((3, 4),), bias_axes="bd"),
    einsum("ab,b->ab", 5, ((5,),), bias_axes="b"),
    einsum("abc,bd->ad", 2, ((3, 4),)),
    Case("Activation", {"activation": "sigmoid"}),
    Case("ReLU", {"negative_slope": 0.1, "threshold": 0.2}),
    Case("LeakyReLU", {}),
    Case("ELU", {}),
    Case("PReLU", {"alpha_initializer": "random_normal"}),
    Case("PReLU", {"alpha_initializer": "random_normal", "shared_axes": [1]}, ((3, 4),)),
    Case("Softmax", {}),
    Case("Softmax", {"axis": 1}, ((3, 4),)),
    Case("Softmax", {"axis": [1, 2]}, ((3, 4), (2, 3, 4))),
    Case("Flatten", {}, ((5,), (3, 4), (2, 3, 2))),
    Case("Flatten", {"data_format": "channels_first"}, ((5,), (3, 4), (2, 3, 2))),
    Case("Dropout", {"rate": 0.3}),
    Case("AlphaDropout", {"rate": 0.3}),
    Case("GaussianDropout", {"rate": 0.3}),
    Case("GaussianNoise", {"stddev": 0.3}),
    Case("BatchNormalization", RANDOM),
    Case("BatchNormalization", RANDOM, training=True),
    Case(
        "BatchNormalization", {"axis": 1, "scale": False, "epsilon": 0.3}, ((3, 4),), training=True
    ),
    Case("LayerNormalization", RANDOM),
    Case("LayerNormalization", {**RANDOM, "axis": [1, 2], "center": False}, ((3, 4),)),
    Case("LayerNormalization", {**RANDOM, "axis": 1}, ((3, 4),)),
    Case("RMSNormalization", {}),
    Case("GroupNormalization", {**RANDOM, "groups": 2}, ((6,), (3, 4), (2, 3, 4))),
    Case("UnitNormalization", {}),
    Case("UnitNormalization", {"axis": [1, 2]}, ((3, 4),)),
    Case("Reshape", {"target_shape": (2, -1)}, ((6,), (3, 4))),
    Case("Permute", {"dims": (2, 1)}, ((3, 4),)),
    Case("RepeatVector", {"n": 3}, ((5,),)),
    Case("Identity", {}),
    Case("ActivityRegularization", {"l1": 0.1, "l2": 0.2}),
    Case("Rescaling", {"scale": 0.5, "offset": -1.0}),
    Case("Rescaling", {"scale": [0.5, 2.0], "offset": [1.0, 0.0]}, ((2,), (3, 2))),
    Case("Normalization", {}),
    Case("Normalization", {"mean": [1.0, 2.0], "variance": [4.0, 9.0]}, ((2,), (3, 2))),
    Case("Normalization", {"mean": 1.0, "variance": 4.0, "axis": None, "invert": True}),
    Case("Embedding", {"input_dim": 7, "output_dim": 3}, ((), (4,)), indices=7),
    Case("CategoryEncoding", {"num_tokens": 5}, ((1,), (4,), (2, 3)), indices=6),
    Case(
        "CategoryEncoding", {"num_tokens": 5, "output_mode": "one_hot"}, ((), (1,), (4,)), indices=6
    ),
    Case("CategoryEncoding", {"num_tokens": 5, "output_mode": "count"}, ((1,), (4,)), indices=6),
    Case(
        "Discretization",
        {"bin_boundaries": [-0.5, 0.1, 2.0], "output_mode": "one_hot"},
        ((), (1,), (4,)),
    ),
    Case("Discretization", {"bin_boundaries": [-0.5, 0.1], "output_mode": "multi_hot"}, ((4,),)),
    Case("Discretization", {"bin_boundaries": [-0.5, 0.1], "output_mode": "count"}, ((4,),)),
    Case("Add", {}, (((4,), (4,), (4,)), ((3, 4), (4,)), ((3, 4), (3, 1)))),
    Case("Subtract", {}, (((4,), (4,)),)),
    Case("Multiply", {}, (((4,), (4,)), ((3, 4), (1, 4)))),
    Case("Average", {}, (((4,), (4,), (4,)),)),
    Case("Maximum", {}, (((4,), (4,)),)),
    Case("Minimum", {}, (((4,), (4,)),)),
    Case("Concatenate", {}, (((4,), (2,), (3,)), ((3, 4), (3, 2)))),
    Case("Concatenate", {"axis": 1}, (((3, 4), (2, 4)),)),
    Case("Dot", {"axes": 1}, (((4,), (4,)), ((3, 4), (3, 2)))),
    Case("Dot", {"axes": (2, 1), "normalize": True}, (((3, 4), (4, 2)),)),
    Case(
        "Lambda",
        {"function": squared_plus, "arguments": {"more": 0.5}, "output_shape": (4,)},
        ((4,),),
    ),
    Case("Lambda", {"function": squared_plus}, ((), (5,), (3, 4))),
]
# Layers that stand before a model: the same checks but for gradients, and what they take.
WORDS, NUMBERS = ["a", "b", "ä", "", "other"], [3, -1, 2**40, 0, 7]
BEFORE = [
    ("StringLookup", {"vocabulary": WORDS[:3]}, WORDS),
    (
        "StringLookup",
        {"vocabulary": WORDS[:3], "num_oov_indices": 3, "output_mode": "count", "salt": 4},
        WORDS,
    ),
    (
        "StringLookup",
        {"vocabulary": WORDS[:2], "output_mode": "tf_idf", "idf_weights": [0.5, 0.25]},
        WORDS,
    ),
    ("StringLookup", {"vocabulary": WORDS[:3], "invert": True}, [0, 1, 2, 3, 9]),
    ("IntegerLookup", {"vocabulary": NUMBERS[:3], "mask_token": 7}, NUMBERS),
    ("IntegerLookup", {"vocabulary": NUMBERS[:3], "output_mode": "multi_hot"}, NUMBERS),
    ("Hashing", {"num_bins": 5}, WORDS),
    (
        "Hashing",
        {"num_bins": 5, "mask_value": "a", "output_mode": "one_hot", "salt": [1, 2]},
        WORDS,
    ),
    ("HashedCrossing", {"num_bins": 5}, (WORDS, NUMBERS)),
    ("HashedCrossing", {"num_bins": 5, "output_mode": "one_hot"}, (WORDS, NUMBERS)),
]


def label(case):
    arguments = {name: getattr(x, "__name__", x) for name, x in case.arguments.items()}
    return f"{case.name} {arguments}{' in training' if case.training else ''}"


each = pytest.mark.parametrize("case", CASES, ids=label)


def test_every_layer_is_in_the_table():
    classes = {n for n in layers.__all__ if n[0].isupper()}
    tables = {case.name for case in CASES} | {name for name, *_ in BEFORE}
    # A function; the base class; and an entry of a model, all of which is in test_input_layer.py.
    assert classes - {"Input", "Layer", "InputLayer"} == tables


def make(case, library=layers, **more):
    return getattr(library, case.name)(**case.arguments, **more)


def several(shape):
    return bool(shape) and isinstance(shape[0], tuple)


def inputs_of(case, shape, rows, dtype="float64", seed=0):
    rng = np.random.default_rng(seed)

    def one(shape):
        if case.indices:
            return rng.integers(0, case.indices, (rows, *shape)).astype(dtype)
        return (rng.normal(size=(rows, *shape)) + 0.1).astype(dtype)

    return [one(s) for s in shape] if several(shape) else one(shape)


def equal(a, b):
    np.testing.assert_array_equal(a, b)


@each
@pytest.mark.parametrize("rows", [0, 1, 6])
def test_rows_types_and_shapes(case, rows, dtype):
    for shape in case.shapes:
        layer = make(case, dtype=dtype)
        x = inputs_of(case, shape, max(rows, 1), dtype)
        y = layer(x, training=case.training)
        assert y.dtype == dtype
        given = [(None, *s) for s in shape] if several(shape) else (None, *shape)
        assert layer.compute_output_shape(given) == (None, *y.shape[1:])
        if rows == 0 and not case.training:
            none = [a[:0] for a in x] if several(shape) else x[:0]
            assert layer(none).shape == (0, *y.shape[1:])


@each
def test_in_a_model_it_gives_the_same(case, dtype):
    eps = np.finfo(dtype).eps
    for shape in case.shapes:
        if shape == ():
            continue
        layer = make(case, dtype=dtype)
        x = inputs_of(case, shape, 6, dtype)
        y = layer(x)
        found = in_a_model(layer, shape, dtype).predict(x, verbose=0)
        np.testing.assert_allclose(found, y, rtol=100 * eps, atol=10 * eps)


def in_a_model(layer, shape, dtype):
    if not several(shape):
        return pymlp.Sequential([pymlp.Input(shape, dtype=dtype), layer])
    inputs = [pymlp.Input(s, dtype=dtype) for s in shape]
    return pymlp.Model(inputs, layer(inputs))


@each
def test_gradients(case):
    pymlp.random.set_random_seed(0)
    kinks = case.name in ("Maximum", "Minimum", "ReLU", "LeakyReLU", "PReLU", "ELU")
    for shape in case.shapes:
        layer = make(case, dtype="float64")
        x = inputs_of(case, shape, 4)
        layer(x)
        arrays = x if several(shape) else [x]
        if kinks:
            arrays = [np.sign(a) * (np.abs(a) + 0.3) + i * 0.07 for i, a in enumerate(arrays)]

        def function(*tensors, layer=layer, shape=shape):
            with tracing(anew=True):
                return layer(
                    list(tensors) if several(shape) else tensors[0], training=case.training
                )

        fed = range(len(arrays))
        check_gradients(function, *arrays, fed=fed, fixed=fed if case.indices else ())


OWN = {"squared_plus": squared_plus}
COPIES = {
    "config": lambda layer: type(layer).from_config(layer.get_config()),
    "pickle": lambda layer: pickle.loads(pickle.dumps(layer)),
    "deepcopy": copy.deepcopy,
    "description": lambda layer: saving.deserialize_object(saving.serialize_object(layer), OWN),
}


@each
@pytest.mark.parametrize("how", COPIES)
def test_copies(case, how):
    shape = case.shapes[-1]
    layer = make(case, name="mine", trainable=False)
    x = inputs_of(case, shape, 3, "float32")
    y = layer(x)
    again = COPIES[how](layer)
    assert again.get_config() == layer.get_config()
    again(x)
    if how in ("config", "description"):
        again.set_weights(layer.get_weights())
    equal(again(x), y)


@each
def test_files(case, tmp_path):
    shape = case.shapes[-1]
    layer = make(case)
    x = inputs_of(case, shape, 3, "float32")
    layer(x)
    model = in_a_model(layer, shape, "float32")
    for variable in layer.weights:
        if variable.dtype != "int32":
            variable.assign(np.random.default_rng(0).uniform(0.5, 1.5, variable.shape))
    model.save(tmp_path / "m.keras")
    again = saving.load_model(tmp_path / "m.keras", custom_objects=OWN)
    equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    for a, b in zip(again.variables, model.variables, strict=True):
        equal(a.numpy(), b.numpy())


@pytest.mark.parametrize(("name", "arguments", "values"), BEFORE, ids=str)
def test_layers_before_a_model(name, arguments, values, dtype):
    """Rows one by one, none, columns of one, copies; and a type of vectors as was said."""
    floats = arguments.get("output_mode", "int") != "int"
    said = {"dtype": dtype} if floats else {}
    layer = getattr(layers, name)(name="mine", **arguments, **said)
    columns = values if isinstance(values, tuple) else (values,)
    arrays = [np.array(column)[:, None] for column in columns]

    def called(of, rows):
        x = [array[rows] for array in arrays]
        return of(x if len(x) > 1 else x[0])

    whole = called(layer, slice(None))
    assert len(whole) == len(arrays[0])
    if floats:
        assert whole.dtype == dtype
    equal(np.concatenate([called(layer, slice(i, i + 1)) for i in range(len(whole))]), whole)
    none = called(layer, slice(0))
    assert none.shape == (0, *whole.shape[1:])
    assert none.dtype == whole.dtype or whole.dtype.kind == "U"
    copies = dict(COPIES)
    copies["own description"] = lambda layer: layers.deserialize(
        json.loads(json.dumps(layers.serialize(layer)))
    )
    for how, copied in copies.items():
        again = copied(layer)
        assert again.get_config() == layer.get_config(), how
        equal(called(again, slice(None)), whole)


RULED = [
    ("Dense", {"units": 3}, ("bias", "kernel"), (5,)),
    (
        "EinsumDense",
        {"equation": "ab,bc->ac", "output_shape": 3, "bias_axes": "c"},
        ("bias", "kernel"),
        (5,),
    ),
    ("PReLU", {}, ("alpha",), (5,)),
    ("BatchNormalization", {}, ("beta", "gamma"), (5,)),
    ("LayerNormalization", {}, ("beta", "gamma"), (5,)),
    ("GroupNormalization", {"groups": 1}, ("beta", "gamma"), (5,)),
    ("Embedding", {"input_dim": 7, "output_dim": 3}, ("embeddings",), ()),
]


@pytest.mark.parametrize(("name", "arguments", "weights", "shape"), RULED)
def test_regularizers_and_constraints(name, arguments, weights, shape):
    """Each weight has its own penalty, and after a step it is what its constraint makes of it."""
    rules = {f"{w}_regularizer": pymlp.regularizers.L2(0.5 + i) for i, w in enumerate(weights)}
    rules |= {f"{w}_constraint": pymlp.constraints.MinMaxNorm(2.0, 2.0) for w in weights}
    starts = {f"{w}_initializer": "ones" for w in weights}
    layer = getattr(layers, name)(**arguments, **starts, **rules)
    config = layer.get_config()
    layer = layer.from_config(config)
    assert layer.get_config() == config
    model = pymlp.Sequential([pymlp.Input(shape), layer])
    found = {v.name: v.numpy() for v in model.trainable_variables}
    expected = sum((0.5 + i) * (found[w] ** 2).sum() for i, w in enumerate(weights))
    np.testing.assert_allclose(sum(model.losses), expected, rtol=1e-6)
    model.compile(loss="mse", optimizer=pymlp.optimizers.SGD(1e-3))
    x = np.ones((4, *shape), np.float32)
    model.train_on_batch(x, np.zeros(model.predict(x, verbose=0).shape, np.float32))
    for variable in model.trainable_variables:
        norms = np.sqrt((variable.numpy() ** 2).sum(0))
        np.testing.assert_allclose(norms, np.full_like(norms, 2.0), rtol=1e-5)
    keras = pytest.importorskip("keras", reason="Keras is not installed here")
    theirs = {f"{w}_regularizer": keras.regularizers.L2(0.5 + i) for i, w in enumerate(weights)} | {
        f"{w}_constraint": keras.constraints.MinMaxNorm(2.0, 2.0) for w in weights
    }
    theirs_config = getattr(keras.layers, name)(**arguments, **starts, **theirs).get_config()
    for rule in rules:
        assert config[rule]["class_name"] == theirs_config[rule]["class_name"]
        for key, value in theirs_config[rule]["config"].items():
            assert config[rule]["config"][key] == pytest.approx(value)


NOISE = ("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise")


@each
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*jax.nn.one_hot input should be integer:DeprecationWarning")
@settings(max_examples=8)  # Keras compiles every operation anew for every shape
@given(rows=st.integers(1, 9), seed=st.integers(0, 2**16))
def test_agreement_with_keras(case, rows, seed):
    keras = pytest.importorskip("keras", reason="Keras is not installed here")
    for shape in case.shapes:
        ours, theirs = make(case), make(case, keras.layers)
        x = inputs_of(case, shape, rows, "float32", seed)
        ours(x), theirs(x)
        assert [tuple(v.shape) for v in ours.weights] == [tuple(v.shape) for v in theirs.weights]
        assert [v.name for v in ours.weights] == [v.name for v in theirs.weights]
        rng = np.random.default_rng(seed)
        weights = [rng.uniform(0.5, 1.5, w.shape).astype(w.dtype) for w in ours.get_weights()]
        ours.set_weights(weights)
        theirs.set_weights(weights)
        if case.name == "Normalization" and weights:
            theirs.finalize_state()
        training = {"training": True} if case.training else {}
        found, expected = ours(x, **training), np.asarray(theirs(x, **training))
        assert found.shape == expected.shape
        scale = np.abs(expected).max(initial=1.0)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * scale)
        for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
        theirs_config, config = theirs.get_config(), ours.get_config()
        common = set(config) & set(theirs_config) - {"name", "dtype", "seed"}
        plain = (int, float, str, bool, type(None))
        for key in common:
            if isinstance(theirs_config[key], plain):
                assert config[key] == theirs_config[key], key


@pytest.mark.parametrize(
    "name", ["Conv2D", "LSTM", "MultiHeadAttention", "Masking", "MaxPooling2D"]
)
def test_what_is_out_of_scope_says_so(name):
    with pytest.raises(AttributeError, match=rf"pymlp\.layers has no {name}: .* out of its scope"):
        getattr(layers, name)
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        layers.Nothing  # noqa: B018


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [(lambda: layers.Add()(np.ones((2, 3))), ValueError, "expected a list of at least 1 inputs"),
     (lambda: layers.Subtract()([np.ones((2, 3))] * 3), ValueError, "expected a list of 2 inputs, received 3"),
     (lambda: layers.Add()([np.ones((2, 3)), np.ones((2, 4))]), ValueError, "do not go together"),
     (lambda: layers.Concatenate(axis=0)([np.ones((2, 3)), np.ones((2, 3))]), ValueError, "not that of the samples"),
     (lambda: layers.Dot(axes=1)([np.ones((2, 3)), np.ones((2, 4))]), ValueError, "should be of one length"),
     (lambda: layers.Dot(axes="x"), ValueError, "axes should be a whole number"),
     (lambda: layers.Reshape((3, -1))(np.ones((2, 4))), ValueError, "which do not make target_shape"),
     (lambda: layers.Reshape((-1, -1)), ValueError, "at most one of them -1"),
     (lambda: layers.Permute((1, 3)), ValueError, "dims should name each of 1"),
     (lambda: layers.Permute((2, 1))(np.ones((2, 4))), ValueError, "is for samples of 2 axes"),
     (lambda: layers.RepeatVector(2.0), TypeError, "n should be a whole number"),
     (lambda: layers.RepeatVector(2)(np.ones((2, 3, 4))), ValueError, "expected inputs of shape"),
     (lambda: layers.Embedding(0, 3), ValueError, "input_dim should be a whole number of at least 1"),
     (lambda: layers.Embedding(3, 3, mask_zero=True), NotImplementedError, "mask_zero is not supported"),
     (lambda: layers.GroupNormalization(4)(np.ones((2, 6))), ValueError, "should divide the number of features"),
     (lambda: layers.LayerNormalization(axis=0)(np.ones((2, 6))), ValueError, "should name axes of a sample"),
     (lambda: layers.LayerNormalization(axis="a"), TypeError, "axis should be a whole number"),
     (lambda: layers.Normalization(mean=1.0), ValueError, "give both mean and variance"),
     (lambda: layers.Normalization().adapt([]), ValueError, "at least one sample"),
     (lambda: layers.Lambda("code"), ValueError, "function should be callable")],
)  # fmt: skip
def test_bad_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()


@each
def test_written_down(case):
    """Described with what it was built for, so that the new one has weights of the same shapes."""
    layer = make(case, name="mine")
    layer(inputs_of(case, case.shapes[-1], 3, "float32"))
    described = json.loads(json.dumps(layers.serialize(layer)))
    assert (described["module"], described["class_name"]) == ("keras.layers", case.name)
    again = layers.deserialize(described, OWN)
    assert type(again) is type(layer)
    assert again.get_config() == layer.get_config()
    assert [v.shape for v in again.weights] == [v.shape for v in layer.weights]


def test_what_is_no_layer_is_not_made():
    with pytest.raises(ValueError, match="the description of a layer, received"):
        layers.deserialize(pymlp.losses.serialize(pymlp.losses.Huber()))
    with pytest.raises(ValueError, match="does not have"):
        layers.deserialize({"module": "keras.layers", "class_name": "Nothing", "config": {}})


def test_a_lambda_is_traced_and_its_code_never_loaded(tmp_path):
    model = pymlp.Sequential([pymlp.Input((3,)), layers.Lambda(doubled, arguments={"times": 3.0})])
    x = np.ones((2, 3))
    equal(model.predict(x, verbose=0), x * 3)
    model.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="runs no code from files"):
        saving.load_model(tmp_path / "m.keras")
    again = saving.load_model(tmp_path / "m.keras", custom_objects={"doubled": doubled})
    equal(again.predict(x, verbose=0), x * 3)


def doubled(x, times=2.0):
    return x * times


def test_a_lambda_is_told_of_training_and_keeps_to_its_shape():
    layer = layers.Lambda(lambda x, training=None: x * (3.0 if training else 1.0))
    x = np.ones((2, 3), np.float32)
    equal(layer(x), x)
    equal(layer(x, training=True), 3 * x)
    for shape in ((3,), 3, [None], lambda given: given):
        assert layers.Lambda(doubled, output_shape=shape).compute_output_shape((None, 3)) == (
            None,
            3,
        )
    for wrong in ((4,), (3, 1), lambda given: (*given, 1)):
        with pytest.raises(ValueError, match=r"output_shape says .*, but the function gives"):
            layers.Lambda(doubled, output_shape=wrong)(pymlp.Input((3,)))
    with pytest.raises(NotImplementedError, match="mask is not supported"):
        layers.Lambda(doubled, mask=doubled)


@pytest.mark.parametrize("axis", [-1, 1, (1, 2), None])
def test_normalization_adapts(axis):
    x = np.random.default_rng(0).normal(size=(40, 3, 4)) * 3 + 5
    layer = layers.Normalization(axis=axis, dtype="float64")
    layer.adapt(x)
    kept = () if axis is None else tuple(np.atleast_1d(axis) % 3)
    over = tuple(a for a in range(3) if a not in kept)
    expected = (x - x.mean(over, keepdims=True)) / x.std(over, keepdims=True)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-12, atol=1e-12)
    parts = layers.Normalization(axis=axis, dtype="float64")
    parts.adapt([x[:15], x[15:]])
    np.testing.assert_allclose(parts(x), expected, rtol=1e-12, atol=1e-12)
    mean, variance = (
        w.reshape(-1) if axis is not None else float(w) for w in layer.get_weights()[:2]
    )
    if axis in (-1, 1):
        back = layers.Normalization(axis, mean, variance, invert=True, dtype="float64")
        np.testing.assert_allclose(back(layer(x)), x, rtol=1e-12)
