"""`InputLayer` and `Input`: the ways to give a shape."""

import copy
import pickle

import numpy as np
import pytest

import pymlp as keras
from pymlp import saving
from pymlp.layers import Input, InputLayer


@pytest.mark.parametrize(
    ("arguments", "batch_shape"),
    [
        ({"shape": (28, 28)}, (None, 28, 28)),
        ({"shape": [28, 28]}, (None, 28, 28)),
        ({"shape": 4}, (None, 4)),
        ({"shape": ()}, (None,)),
        ({"input_shape": [28, 28]}, (None, 28, 28)),
        ({"batch_shape": (None, 4)}, (None, 4)),
        ({"batch_shape": (8, 4)}, (8, 4)),
        ({"shape": (4,), "batch_size": 8}, (8, 4)),
    ],
)
def test_shapes(arguments, batch_shape):
    layer = InputLayer(**arguments)
    assert layer.batch_shape == batch_shape
    assert layer.built
    assert InputLayer.from_config(layer.get_config()).get_config() == layer.get_config()


def test_input_is_a_tensor():
    x = Input((28, 28), dtype="float64", name="image")
    assert (x.shape, x.dtype) == ((None, 28, 28), "float64")
    model = keras.Sequential([x, keras.layers.Flatten(dtype="float64")])
    assert model.input_shape == (None, 28, 28)


def test_the_batch_size_given_is_no_limit():
    model = keras.Sequential([Input((4,), batch_size=8), keras.layers.Dense(3)])
    assert model.layers[0].output_shape == (8, 3)  # as `summary` shows it
    for rows in (1, 8, 13):
        assert model.predict(np.ones((rows, 4)), verbose=0).shape == (rows, 3)


def test_passes_arrays_through():
    x = np.arange(6, dtype="f4").reshape(2, 3)
    np.testing.assert_array_equal(InputLayer((3,))(x), x)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "shape is missing: the shape of one sample, such as"),
        ({"shape": (4,), "batch_shape": (None, 4)}, "give shape or batch_shape, not both"),
        (
            {"shape": (0,)},
            r"'mine': shape should hold whole numbers of at least 1, received \(0,\)",
        ),
        ({"shape": (2.5,)}, r"'mine': shape should hold whole numbers .*received \(2.5,\)"),
        ({"shape": (4,), "ragged": True}, "ragged and optional inputs are not supported"),
        ({"shape": (4,), "optional": True}, "ragged and optional inputs are not supported"),
        ({"batch_size": 3, "batch_shape": (None, 4)}, "give batch_size or batch_shape, not both"),
        (
            {"batch_shape": (-1, 4)},
            "batch_size should be None or a whole number of at least 0, received -1",
        ),
        (
            {"shape": (4,), "batch_size": 2.5},
            "batch_size should be None or a whole number .*, received 2.5",
        ),
        (
            {"batch_shape": ()},
            r"batch_shape should be the batch's size or None, and then .*, received \(\)",
        ),
        ({"shape": (4,), "dtype": "string"}, "computes in 'float32' or 'float64', received dtype"),
    ],
)
def test_what_is_refused(arguments, message):
    for make in (InputLayer, Input):
        with pytest.raises(ValueError, match=f"^InputLayer.*{message}"):
            make(name="mine", **arguments)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "bool"])
def test_whole_numbers_are_said_and_floats_are_had(dtype):
    x = Input((3,), dtype=dtype, sparse=True)
    assert x.dtype == "float32"
    model = keras.Model(x, keras.layers.Embedding(5, 2)(x))
    config = model.layers[0].get_config()
    assert (config["dtype"], config["sparse"]) == (dtype, True)
    again = type(model).from_config(model.get_config())
    assert again.layers[0].get_config() == config
    again.set_weights(model.get_weights())
    indices = np.array([[0, 1, 1], [1, 0, 1]], dtype)
    found = model.predict(indices, verbose=0)
    np.testing.assert_array_equal(found, model.get_weights()[0][indices.astype(int)])
    np.testing.assert_array_equal(again.predict(indices, verbose=0), found)


def test_a_tensor_within_a_model_as_an_entry():
    """The part behind it is a model of its own, sharing its layers."""
    first, second = keras.layers.Dense(4), keras.layers.Dense(2)
    outer = Input((3,))
    middle = first(outer)
    result = second(middle)
    whole = keras.Model(outer, result)
    x = np.ones((5, 3))
    expected = whole.predict(x, verbose=0)
    assert Input(tensor=middle) is middle
    rest = keras.Model(middle, result)
    assert [layer.name for layer in rest.layers[1:]] == [second.name]
    found = rest.predict(np.asarray(first(x)), verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    for arguments, message in (
        ({"shape": (3,)}, r"shape=\(3,\) does not go with input_tensor, whose own is \(4,\)"),
        ({"batch_size": 2}, "batch_size=2 does not go with"),
        ({"dtype": "float64"}, "dtype='float64' does not go with"),
    ):
        with pytest.raises(ValueError, match=message):
            Input(tensor=middle, **arguments)
    with pytest.raises(ValueError, match="should be a tensor of a functional model"):
        Input(tensor=x)


@pytest.mark.parametrize("how", ["config", "pickle", "deepcopy", "description", "own description"])
def test_copies(how, dtype):
    layer = InputLayer((3, 4), batch_size=2, dtype=dtype, sparse=True, name="mine")
    again = {
        "config": lambda: InputLayer.from_config(layer.get_config()),
        "pickle": lambda: pickle.loads(pickle.dumps(layer)),
        "deepcopy": lambda: copy.deepcopy(layer),
        "description": lambda: saving.deserialize_object(saving.serialize_object(layer)),
        "own description": lambda: keras.layers.deserialize(keras.layers.serialize(layer)),
    }[how]()
    assert again.get_config() == layer.get_config()
    assert (again.output.shape, again.output.dtype) == (layer.output.shape, dtype)
    for rows in (0, 1, 5):
        x = np.ones((rows, 3, 4), dtype)
        np.testing.assert_array_equal(again(x), x)
