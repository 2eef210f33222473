"""`Flatten`: order of elements, shapes, arguments."""

import numpy as np
import pytest

import pymlp as keras
from pymlp.layers import Flatten


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 5), (3, 2, 2, 2), (1, 28, 28), (0, 2, 3)])
def test_elements_keep_their_order(shape, dtype):
    x = np.random.default_rng(0).normal(size=shape).astype(dtype)
    y = Flatten(dtype=dtype)(x)
    np.testing.assert_array_equal(y, x.reshape(shape[0], int(np.prod(shape[1:]))))
    assert y.dtype == dtype


def test_in_a_model_any_strides_give_the_same():
    model = keras.Sequential([Flatten(), keras.layers.Dense(3)])
    x = np.random.default_rng(0).normal(size=(6, 4, 5))
    expected = model.predict(x, verbose=0)
    turned = np.ascontiguousarray(x.transpose(2, 0, 1)).transpose(1, 2, 0)
    for same in (np.asfortranarray(x), turned, np.repeat(x, 2, axis=2)[:, :, ::2]):
        assert not same.flags.c_contiguous
        np.testing.assert_array_equal(model.predict(same, verbose=0), expected)
        np.testing.assert_array_equal(Flatten()(same), Flatten()(x))


def test_one_number_a_sample():
    assert Flatten()(np.ones(5)).shape == (5, 1)
    assert Flatten().compute_output_shape((None,)) == (None, 1)


@pytest.mark.parametrize(
    ("given", "expected"),
    [((None, 28, 28), (None, 784)), ((8, 2, 3), (8, 6)), ((None, 7), (None, 7))],
)
def test_shape_of_the_output(given, expected):
    assert Flatten().compute_output_shape(given) == expected


def test_as_first_layer():
    layer = Flatten(input_shape=[28, 28])
    assert layer.declared_input_shape == (None, 28, 28)
    assert keras.Sequential([layer]).output_shape == (None, 784)


def test_has_no_weights():
    layer = Flatten()
    layer(np.ones((1, 2, 2)))
    assert layer.weights == []
    assert layer.count_params() == 0


def test_configuration():
    layer = Flatten(data_format="channels_first", name="mine", dtype="float64")
    again = Flatten.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert Flatten().data_format == "channels_last"


def test_channels_first():
    assert Flatten(data_format="channels_first")(np.ones((2, 3))).shape == (2, 3)
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    expected = x.transpose(0, 2, 3, 1).reshape(2, -1)
    np.testing.assert_array_equal(Flatten(data_format="channels_first")(x), expected)
    with pytest.raises(ValueError, match=r"^Flatten 'f': data_format should be 'channels_last' or"):
        Flatten(data_format="rows", name="f")
