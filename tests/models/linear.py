"""A linear model without bias trained by NumPy, in float64: what `fit` has to do, written to be read."""

from __future__ import annotations

from typing import Any

import numpy as np

import pymlp as keras

RATE = 0.125  # a power of two: exact in float32, in which optimizers keep it


def data(rows: int, features: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(rows)
    return rng.normal(size=(rows, features)), rng.normal(size=(rows, 1))


def model(features: int = 3, metrics: Any = ("mae",), **compiled: Any) -> Any:
    """The same as a model, with kernel ones."""
    dense = keras.layers.Dense(
        1, use_bias=False, kernel_initializer="ones", dtype="float64", name="only"
    )
    made = keras.Sequential([keras.Input((features,), dtype="float64"), dense])
    compiled = {"optimizer": keras.optimizers.SGD(RATE), "loss": "mse", **compiled}
    made.compile(metrics=list(metrics), **compiled)
    return made


def batches(rows: int, batch_size: int) -> list[slice]:
    return [slice(start, start + batch_size) for start in range(0, rows, batch_size)]


class Trained:
    """Gradient descent over batches.

    Attributes
    ----------
    kernel : after the last step
    loss, mae : means over the samples of the epoch, each taken before its batch's step
    weighted_mse : the same, weighted by the samples' weights
    """

    def __init__(
        self,
        x: np.ndarray,
        y: np.ndarray,
        batch_size: int,
        weights: np.ndarray | None = None,
        kernel: np.ndarray | None = None,
        rate: float = RATE,
    ) -> None:
        kernel = np.ones((x.shape[1], 1)) if kernel is None else kernel
        weights = np.ones(len(x)) if weights is None else weights
        losses, errors = np.zeros(len(x)), np.zeros(len(x))
        for rows in batches(len(x), batch_size):
            residual = x[rows] @ kernel - y[rows]
            losses[rows], errors[rows] = residual[:, 0] ** 2, np.abs(residual[:, 0])
            weighted = weights[rows, None] * residual
            kernel = kernel - rate * 2 / len(residual) * x[rows].T @ weighted
        self.kernel = kernel
        self.loss = np.mean(weights * losses)
        self.mae = np.mean(errors)
        self.weighted_mse = np.sum(weights * losses) / np.sum(weights)


def assert_trained(actual: Any, expected: Trained) -> None:
    # Some tens of steps of few roundings each, in float64 (eps 2.2e-16).
    np.testing.assert_allclose(actual.get_weights()[0], expected.kernel, rtol=1e-12, atol=1e-13)
