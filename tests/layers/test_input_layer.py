"""`InputLayer` and `Input`: the ways to give a shape."""

import numpy as np
import pytest

import pymlp as keras
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
        ({"shape": (4,), "sparse": True}, "sparse, ragged, optional and input_tensor are not supp"),
        ({"shape": (4,), "dtype": "uint8"}, "computes in 'float32' or 'float64', received dtype"),
    ],
)
def test_what_is_refused(arguments, message):
    for make in (InputLayer, Input):
        with pytest.raises(ValueError, match=f"^InputLayer.*{message}"):
            make(name="mine", **arguments)
