"""Sample weights with more axes than one: a weight for each time step of a sample."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import pymlp

N, T, C = 7, 3, 2


@pytest.fixture
def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    return random.normal(size=(N, T, 4)), random.normal(size=(N, T, C)), random.random((N, T))


def model(dtype: str = "float64", cls: Any = pymlp.Sequential, **arguments: Any) -> Any:
    made = cls([pymlp.Input((T, 4)), pymlp.layers.Dense(C, dtype=dtype)])
    random = np.random.default_rng(5)
    made.set_weights([random.normal(size=w.shape) for w in made.get_weights()])
    made.compile(pymlp.optimizers.SGD(0.125), "mse", weighted_metrics=["mae"], **arguments)
    return made


@pytest.mark.parametrize(("dtype", "rtol"), [("float32", 1e-5), ("float64", 1e-12)])
def test_by_the_formula(data: Any, dtype: str, rtol: float) -> None:
    """The loss is a mean over samples and steps of weighted values; the metric divides by the weights."""
    x, y, w = data
    made = pymlp.Sequential([pymlp.Input((T, 4)), pymlp.layers.Dense(C, dtype=dtype)])
    made.compile("sgd", "mse", weighted_metrics=["mae"])
    kernel, bias = (np.asarray(v, float) for v in made.get_weights())
    error = x @ kernel + bias - y
    expected = [
        (w * np.square(error).mean(-1)).mean(),
        (w * np.abs(error).mean(-1)).sum() / w.sum(),
    ]
    np.testing.assert_allclose(made.test_on_batch(x, y, w), expected, rtol=rtol)


def test_gradient_by_the_formula(data: Any) -> None:
    x, y, w = data
    made = model()
    kernel, bias = made.get_weights()
    made.train_on_batch(x, y, w)
    slope = 2 * (w[..., None] * (x @ kernel + bias - y)) / y.size
    found = made.get_weights()
    np.testing.assert_allclose(
        found[0], kernel - 0.125 * np.einsum("nti,ntc->ic", x, slope), rtol=1e-12
    )
    np.testing.assert_allclose(found[1], bias - 0.125 * slope.sum((0, 1)), rtol=1e-12)


def test_weights_of_nothing_and_steps_left_out(data: Any) -> None:
    x, y, w = data
    assert model().test_on_batch(x, y, w * 0) == [0.0, 0.0]
    w[:, -1] = 0  # padding
    worse = y.copy()
    worse[:, -1] = 1e6
    assert model().test_on_batch(x, worse, w) == model().test_on_batch(x, y, w)


class InPython(pymlp.Sequential):
    def train_step(self, data: Any) -> Any:
        x, _, weights = data
        assert weights.shape == (len(x), T)
        return super().train_step(data)


def test_all_ways_are_the_same(data: Any) -> None:
    x, y, w = data

    def batches() -> Any:
        for first in range(0, N, 3):
            rows = slice(first, first + 3)
            yield x[rows], y[rows], w[rows]

    def trained(made: Any, *given: Any, **arguments: Any) -> Any:
        history = made.fit(*given, shuffle=False, verbose=0, **arguments).history
        return [*history["loss"], *history["mae"], *made.get_weights()[0].ravel()]

    arrays = {"sample_weight": w, "batch_size": 3}
    expected = trained(model(), x, y, **arrays)
    assert trained(model(), batches(), steps_per_epoch=3) == expected
    assert trained(model(), x, y, **{**arrays, "sample_weight": w[..., None]}) == expected
    np.testing.assert_allclose(trained(model(cls=InPython), x, y, **arrays), expected, rtol=1e-12)
    eagerly = trained(model(run_eagerly=True), x, y, **arrays)
    np.testing.assert_allclose(eagerly, expected, rtol=1e-6)  # a metric computes in float32


def test_validation_split_takes_its_part_of_them(data: Any) -> None:
    x, y, w = data
    history = model().fit(x, y, sample_weight=w, validation_split=0.3, epochs=1, verbose=0).history
    whole = model()
    whole.fit(x[:4], y[:4], sample_weight=w[:4], epochs=1, verbose=0)
    expected = whole.evaluate(x[4:], y[4:], sample_weight=w[4:], verbose=0)
    np.testing.assert_allclose([history["val_loss"][0], history["val_mae"][0]], expected)


def test_one_weight_a_sample_is_for_all_its_steps(data: Any) -> None:
    x, y, w = data
    repeated = np.repeat(w[:, :1], T, axis=1)
    expected = model().test_on_batch(x, y, repeated)
    for weights in (w[:, 0], w[:, :1], w[:, :1, None]):
        np.testing.assert_allclose(model().test_on_batch(x, y, weights), expected, rtol=1e-12)


@pytest.mark.parametrize("shape", [(N, 2), (N, T, C), (N, T, 1, 1)])
@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_weights_that_fit_nothing(data: Any, method: str, shape: tuple[int, ...]) -> None:
    x, y, _ = data
    made = model()
    before = made.get_weights()
    wrong = re.escape(f"which sample_weight of shape {(None, *shape[1:])} does not go with")
    with pytest.raises(ValueError, match=wrong):
        getattr(made, method)(x, y, sample_weight=np.ones(shape))
    for one, other in zip(made.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_output_without_steps_has_one_value_a_sample() -> None:
    made = pymlp.Sequential([pymlp.Input((4,)), pymlp.layers.Dense(3)])
    made.compile("sgd", "mse")
    x, y = np.ones((5, 4)), np.ones((5, 3))
    with pytest.raises(ValueError, match=r"mse has values of shape \(None,\)"):
        made.evaluate(x, y, sample_weight=np.ones((5, 3)), verbose=0)

    def one_by_one(y_true: Any, y_pred: Any) -> Any:
        return (y_true - y_pred) ** 2

    made.compile("sgd", one_by_one)
    w = np.array([1.0, 0.0, 2.0]) * np.ones((5, 1))
    errors = np.square(np.asarray(made(x), float) - y)
    found = made.evaluate(x, y, sample_weight=w, verbose=0)
    assert found == pytest.approx((w * errors).mean(), rel=1e-6)


def test_other_numbers_of_weights(data: Any) -> None:
    x, y, w = data
    for weights in (w[:4], w[:4, 0]):
        with pytest.raises(ValueError, match=r"sample_weight should have shape \(7,\)"):
            model().evaluate(x, y, sample_weight=weights, verbose=0)
