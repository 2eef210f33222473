"""One layer whose gradient is known by hand, stepped by an optimizer and by a formula in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import pymlp

STEPS = 6
ROWS, FEATURES = 7, 5


def problem() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, y and the initial kernel; no row is fitted from the start."""
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(ROWS, FEATURES)), rng.normal(size=(ROWS, 1))
    return x, y, rng.normal(size=(FEATURES, 1))


def gradient(kernel: np.ndarray) -> np.ndarray:
    """The gradient of the mean squared error: 2/n xᵀ(x kernel - y)."""
    x, y, _ = problem()
    return 2 / len(x) * x.T @ (x @ kernel - y)


def model(library: Any, optimizer: Any, dtype: str) -> Any:
    kernel = problem()[2]
    dense = library.layers.Dense(1, use_bias=False, dtype=dtype)
    made = library.Sequential([library.Input((FEATURES,), dtype=dtype), dense])
    made.compile(optimizer=optimizer, loss="mse")
    made.set_weights([kernel])
    return made


def stepped(library: Any, optimizer: Any, dtype: str) -> np.ndarray:
    """Return the kernel after each step, of shape (STEPS, FEATURES, 1)."""
    x, y, _ = problem()
    trained = model(library, optimizer, dtype)
    kernels = []
    for _ in range(STEPS):
        trained.train_on_batch(x, y)
        kernels.append(np.asarray(trained.get_weights()[0]))
    return np.stack(kernels)


def followed(rule: Callable[[int, np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the same by a rule ``(t, kernel, gradient) -> new kernel``, t counting from 1."""
    kernel = problem()[2]
    kernels = []
    for t in range(1, STEPS + 1):
        kernel = rule(t, kernel, gradient(kernel))
        kernels.append(kernel)
    return np.stack(kernels)


def check(optimizer: Any, rule: Callable[[int, np.ndarray, np.ndarray], np.ndarray]) -> None:
    """Assert that an optimizer follows a rule, step by step, and also inside one call of fit."""
    config = optimizer.get_config()
    expected = followed(rule)
    # Each step moves the kernel visibly, so that a step left out cannot hide in the tolerance.
    assert (np.abs(np.diff(expected, axis=0)).max(axis=(1, 2)) > 1e-5).all()
    # A few roundings a step, in float64 (eps 2.2e-16), of numbers near 1; sums of 7 terms.
    np.testing.assert_allclose(stepped(pymlp, optimizer, "float64"), expected, rtol=1e-12)
    assert optimizer.iterations == STEPS

    x, y, _ = problem()
    whole = model(pymlp, type(optimizer).from_config(config), "float64")
    whole.fit(x, y, batch_size=ROWS, epochs=STEPS, shuffle=False, verbose=0)
    np.testing.assert_allclose(whole.get_weights()[0], expected[-1], rtol=1e-12)


def check_against_keras(keras: Any, name: str, arguments: dict[str, Any]) -> None:
    """Assert that Keras's optimizer of that name takes the same steps in float32."""
    ours, theirs = (
        stepped(library, getattr(library.optimizers, name)(**arguments), "float32")
        for library in (pymlp, keras)
    )
    # Numbers near 1 and a few roundings of float32 (eps 1.2e-7) in each of the steps.
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def rate_of(optimizer: Any) -> float:
    """The learning rate as it is kept, in float32."""
    return float(np.float32(float(optimizer.learning_rate)))
