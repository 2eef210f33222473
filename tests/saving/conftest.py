"""Models to save, and a way to compare them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pymlp
from pymlp.naming import clear_session


def make_classifier(**compile_arguments: Any) -> Any:
    """Return a small classifier of (4, 4) images in 3 classes, compiled, trained for 2 epochs."""
    pymlp.utils.set_random_seed(1)
    clear_session()
    model = pymlp.Sequential(
        [
            pymlp.layers.Flatten(input_shape=[4, 4]),
            pymlp.layers.Dense(7, activation="relu", kernel_initializer="he_normal"),
            pymlp.layers.Dense(6, use_bias=False),
            pymlp.layers.LeakyReLU(negative_slope=0.2),
            pymlp.layers.Dense(5, bias_initializer="ones"),
            pymlp.layers.PReLU(),
            pymlp.layers.Activation("tanh"),
            pymlp.layers.Dense(3, activation="softmax"),
        ]
    )
    arguments = {
        "loss": "sparse_categorical_crossentropy",
        "optimizer": pymlp.optimizers.Adam(learning_rate=0.01),
        "metrics": ["accuracy"],
        **compile_arguments,
    }
    model.compile(**arguments)
    model.fit(*make_data(), batch_size=8, epochs=2, shuffle=False, verbose=0)
    return model


def make_data() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(2)
    return generator.random((24, 4, 4), dtype=np.float32), generator.integers(0, 3, 24)


@pytest.fixture
def classifier() -> Callable[..., Any]:
    return make_classifier


@pytest.fixture
def data() -> tuple[np.ndarray, np.ndarray]:
    return make_data()


@pytest.fixture
def assert_same() -> Callable[[Any, Any], None]:
    """Return a check that two models have the same weights and train alike, bit for bit."""

    def check(one: Any, other: Any) -> None:
        x, y = make_data()
        for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(one.predict(x, verbose=0), other.predict(x, verbose=0))
        if one.optimizer is not None:
            for model in (one, other):
                model.fit(x, y, batch_size=8, epochs=1, shuffle=False, verbose=0)
            for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
                np.testing.assert_array_equal(a, b)

    return check
