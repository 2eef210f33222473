"""`PReLU`: its formula, its slopes, that they are learned."""

import copy
import pickle

import numpy as np
import pytest

import pymlp as keras
from pymlp.layers import PReLU


def test_formula(dtype):
    x = np.random.default_rng(0).normal(size=(7, 4)).astype(dtype)
    layer = PReLU(alpha_initializer="random_normal", dtype=dtype)
    y = layer(x)
    alpha = layer.get_weights()[0]
    assert alpha.shape == (4,)
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(y, np.where(x > 0, x, alpha * x), rtol=4 * eps)
    model = keras.Sequential([keras.Input((4,), dtype=dtype), layer])
    np.testing.assert_allclose(model.predict(x, verbose=0), y, rtol=4 * eps)


def test_starts_as_a_relu():
    x = np.array([[-2.0, 3.0]])
    np.testing.assert_array_equal(PReLU()(x), [[0, 3]])


@pytest.mark.parametrize(
    ("axes", "shape"),
    [(None, (3, 4)), ([1], (1, 4)), ([2], (3, 1)), ([1, 2], (1, 1)), (1, (1, 4))],
)
def test_shared_axes(axes, shape):
    x = np.random.default_rng(0).normal(size=(7, 3, 4))
    layer = PReLU(alpha_initializer="random_normal", shared_axes=axes, dtype="float64")
    y = layer(x)
    (alpha,) = layer.get_weights()
    assert alpha.shape == shape
    np.testing.assert_allclose(y, np.where(x > 0, x, alpha * x), rtol=1e-15)


def test_slopes_are_learned():
    x = np.random.default_rng(0).normal(size=(64, 3))
    slopes = np.array([0.5, -1.0, 2.0])
    model = keras.Sequential([keras.Input((3,)), PReLU()])
    # The mean is over three units of half a square each: a rate of 2 halves the error and more.
    model.compile(keras.optimizers.SGD(2.0), "mse")
    model.fit(x, np.where(x > 0, x, slopes * x), epochs=100, batch_size=64, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], slopes, rtol=1e-4)


@pytest.mark.parametrize(
    "copied",
    [
        lambda layer: PReLU.from_config(layer.get_config()),
        lambda layer: pickle.loads(pickle.dumps(layer)),
        copy.deepcopy,
    ],
    ids=["config", "pickle", "copy"],
)
def test_copies(copied):
    layer = PReLU(alpha_initializer="ones", shared_axes=[1], name="mine", dtype="float64")
    assert copied(layer).get_config() == layer.get_config()
    x = np.array([[[-1.0, 2.0], [3.0, -4.0]]])
    np.testing.assert_array_equal(copied(layer)(x), x)


def test_another_shape_is_refused():
    layer = PReLU(name="p")
    layer(np.ones((2, 3)))
    with pytest.raises(
        ValueError, match=r"^PReLU 'p' expected inputs of shape \(None, 3\), receiv"
    ):
        layer(np.ones((2, 4)))


@pytest.mark.parametrize("axes", [[0], [3], [-1]])
def test_axes_that_are_not_there(axes):
    layer = PReLU(shared_axes=axes, name="p")
    with pytest.raises(
        ValueError, match=r"^PReLU 'p': shared_axes should be within 1 \.\.\. 2, rec"
    ):
        layer(np.ones((2, 3, 4)))
    assert not layer.built
    assert layer.weights == []
