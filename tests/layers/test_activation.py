"""Activations as layers, beside their formulas."""

import numpy as np
import pytest

import pymlp as keras
from pymlp import activations
from pymlp.layers import ELU, Activation, LeakyReLU, ReLU, Softmax

X = np.array([[-30.0, -2.0, -0.5, 0.0], [0.25, 1.0, 3.0, 40.0]])

FORMULAS = [
    (ReLU(), np.maximum(X, 0)),
    (ReLU(max_value=2), np.clip(X, 0, 2)),
    (ReLU(negative_slope=0.5), np.where(X > 0, X, X / 2)),
    (ReLU(threshold=1), np.where(X > 1, X, 0)),
    (
        ReLU(max_value=2, negative_slope=0.5, threshold=1),
        np.where(X >= 2, 2, np.where(X > 1, X, (X - 1) / 2)),
    ),
    (LeakyReLU(), np.where(X > 0, X, 0.3 * X)),
    (LeakyReLU(0.1), np.where(X > 0, X, 0.1 * X)),
    (LeakyReLU(negative_slope=0.1), np.where(X > 0, X, 0.1 * X)),
    (LeakyReLU(alpha=0.1), np.where(X > 0, X, 0.1 * X)),
    (ELU(), np.where(X > 0, X, np.expm1(np.minimum(X, 0)))),
    (ELU(alpha=2.0), np.where(X > 0, X, 2 * np.expm1(np.minimum(X, 0)))),
    (Softmax(), np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)),
    (Activation("tanh"), np.tanh(X)),
    (Activation("sigmoid"), 1 / (1 + np.exp(-X))),
    (Activation("softplus"), np.logaddexp(0, X)),
    (Activation("linear"), X),
    (Activation("elu"), np.where(X > 0, X, np.expm1(np.minimum(X, 0)))),
    (Activation("leaky_relu"), np.where(X > 0, X, 0.2 * X)),
    (Activation(activations.relu), np.maximum(X, 0)),
    (Activation(None), X),
]


def again(layer, **changes):
    return type(layer).from_config({**layer.get_config(), **changes})


@pytest.mark.parametrize(
    ("layer", "expected"),
    FORMULAS,
    ids=[f"{i}-{type(f[0]).__name__}" for i, f in enumerate(FORMULAS)],
)
class TestFormulas:
    def test_on_arrays_and_in_a_model(self, layer, expected, dtype):
        layer = again(layer, dtype=dtype)
        eps = np.finfo(dtype).eps
        y = layer(X)
        assert y.dtype == dtype
        np.testing.assert_allclose(y, expected, rtol=8 * eps, atol=2 * eps)
        model = keras.Sequential([keras.Input((4,), dtype=dtype), layer])
        np.testing.assert_allclose(
            model.predict(X, verbose=0), expected, rtol=8 * eps, atol=2 * eps
        )

    def test_configuration(self, layer, expected):
        assert again(layer).get_config() == layer.get_config()
        np.testing.assert_array_equal(again(layer)(X), layer(X))

    def test_rows(self, layer, expected):
        assert layer(X[:0]).shape == (0, 4)
        np.testing.assert_array_equal(layer(X[:1]), layer(X)[:1])

    def test_not_a_number_stays_one(self, layer, expected):
        y = layer([[np.nan, 1.0, 1.0, 1.0]])[0, 0]
        # As in Keras, it does not pass a threshold: zero is left of it, but for a slope below.
        stopped = isinstance(layer, ReLU) and layer.threshold and not layer.negative_slope
        assert y == 0 if stopped else np.isnan(y)


def test_defaults():
    found = [ReLU().max_value, ReLU().negative_slope, ReLU().threshold]
    assert found == [None, 0, 0]
    assert (LeakyReLU().negative_slope, ELU().alpha, Softmax().axis) == (0.3, 1.0, -1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Activation("rellu"), "Unknown activation 'rellu'. Known: .*relu"),
        (lambda: ReLU(max_value=-1, name="r"), "^ReLU 'r': max_value should be a number of at lea"),
        (lambda: ReLU(negative_slope=-1, name="r"), "^ReLU 'r': negative_slope should be .*at lea"),
        (lambda: ReLU(threshold=None, name="r"), "^ReLU 'r': threshold should be .*received None"),
        (lambda: LeakyReLU(None, name="l"), "^LeakyReLU 'l': negative_slope should be a number, r"),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("axis", [-1, 1, (1, 2)])
@pytest.mark.parametrize("mask_shape", [(3, 4, 5), (3, 1, 5), (5,), (3, 4, 1)])
def test_softmax_with_a_mask(axis, mask_shape, rng):
    """What is left out is 0, and as if it were not there; where nothing is left, all is 0."""
    x, mask = rng.normal(size=(3, 4, 5)), rng.uniform(size=mask_shape) < 0.6
    if mask_shape == (3, 4, 1):
        mask[0] = False
    kept = np.broadcast_to(mask, x.shape)
    e = np.where(kept, np.exp(x), 0.0)
    total = e.sum(axis, keepdims=True)
    expected = np.divide(e, total, out=np.zeros_like(e), where=total > 0)
    layer = Softmax(axis=axis, dtype="float64")
    for given in (mask, mask.astype("float32"), np.where(mask, 0.7, 0.3)):
        np.testing.assert_allclose(layer(x, mask=given), expected, rtol=1e-12)
    theirs = pytest.importorskip("keras", reason="Keras is not installed here")
    theirs = theirs.layers.Softmax(axis=axis)(x.astype("float32"), mask=mask)
    np.testing.assert_allclose(expected, np.asarray(theirs), rtol=1e-5, atol=1e-7)


def test_softmax_with_a_mask_within_a_model(rng):
    x, mask = rng.normal(size=(7, 5)).astype("float32"), rng.uniform(size=(7, 5)) < 0.6
    inputs = [keras.Input((5,)), keras.Input((5,), dtype="bool")]
    model = keras.Model(inputs, Softmax()(inputs[0], mask=inputs[1]))
    found = model.predict([x, mask], verbose=0)
    np.testing.assert_allclose(found, Softmax()(x, mask=mask), rtol=1e-6)
    with pytest.raises(ValueError, match=r"a mask of shape \(7, 4\) does not broadcast"):
        Softmax()(x, mask=mask[:, :4])
    with pytest.raises(ValueError, match="does not broadcast"):
        Softmax()(x, mask=mask[None])
