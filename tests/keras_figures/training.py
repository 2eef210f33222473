"""The chapter's classifier trained on made-up images: every bit of the input follows from Philox.

Only Philox's raw words are used, whose values NumPy guarantees, unlike those of its distributions.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

__all__ = ["BATCH", "OPTIMIZERS", "STEPS", "distance", "network", "problem", "summary", "train"]

BATCH = 32
STEPS = 100  # batches whose losses are compared one by one
ROWS = 2 * STEPS * BATCH  # the epoch
UNITS = (784, 300, 100, 10)
PROJECTIONS = 16

OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {"learning_rate": 0.01}),
    "momentum": ("SGD", {"learning_rate": 0.01, "momentum": 0.9}),
    "nesterov": ("SGD", {"learning_rate": 0.01, "momentum": 0.9, "nesterov": True}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
}


def uniform(shape: tuple[int, ...], stream: int) -> np.ndarray:
    """Numbers in [0, 1) from the top 53 bits of Philox's words."""
    words = np.random.Philox(key=stream).random_raw(math.prod(shape))
    return ((words >> np.uint64(11)) * 2.0**-53).reshape(shape)


def problem() -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Return images (ROWS, 28, 28) float32, labels (ROWS,) int64 and six initial weights.

    A class is a slight change to a common picture, much noise is laid over it, and one label in
    ten is wrong, so that the loss falls but never comes near 0.
    """
    labels = (10 * uniform((ROWS,), 1)).astype(np.int64)
    pictures = uniform((28, 28), 2) + 0.3 * (uniform((10, 28, 28), 3) - 0.5)
    noise = uniform((ROWS, 28, 28), 4) + uniform((ROWS, 28, 28), 5) - 1.0
    images = np.clip(pictures[labels] - 0.3 + 0.5 * noise, 0, 1).astype(np.float32)
    wrong = uniform((ROWS,), 6) < 0.1
    labels[wrong] = (10 * uniform((ROWS,), 7)).astype(np.int64)[wrong]
    weights = []
    for i, (k, n) in enumerate(itertools.pairwise(UNITS)):
        limit = math.sqrt(6 / (k + n))
        weights.append((limit * (2 * uniform((k, n), 10 + i) - 1)).astype(np.float32))
        weights.append(np.zeros(n, np.float32))
    return images, labels, weights


def network(library: Any, optimizer: str, weights: list[np.ndarray], dtype: str) -> Any:
    """The chapter's model in Keras or pymlp, compiled, at the given weights."""
    layers = library.layers
    model = library.Sequential(
        [
            library.Input((28, 28), dtype=dtype),
            layers.Flatten(dtype=dtype),
            layers.Dense(300, activation="relu", dtype=dtype),
            layers.Dense(100, activation="relu", dtype=dtype),
            layers.Dense(10, activation="softmax", dtype=dtype),
        ]
    )
    name, arguments = OPTIMIZERS[optimizer]
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=getattr(library.optimizers, name)(**arguments),
        metrics=["accuracy"],
    )
    model.set_weights(weights)
    return model


def train(library: Any, optimizer: str, dtype: str = "float32") -> dict[str, Any]:
    """Return the losses of the first batches, the weights after them, and the epoch's history."""
    images, labels, weights = problem()
    model = network(library, optimizer, weights, dtype)
    losses = []
    for start in range(0, STEPS * BATCH, BATCH):
        rows = slice(start, start + BATCH)
        losses.append(
            float(model.train_on_batch(images[rows], labels[rows], return_dict=True)["loss"])
        )
    after = [np.asarray(w) for w in model.get_weights()]
    model = network(library, optimizer, weights, dtype)
    history = model.fit(images, labels, batch_size=BATCH, shuffle=False, verbose=0).history
    return {
        "losses": losses,
        "weights": after,
        "epoch_loss": float(history["loss"][0]),
        "epoch_accuracy": float(history["accuracy"][0]),
    }


def summary(weights: list[np.ndarray]) -> list[dict[str, Any]]:
    """Boil each weight down to its norm and its products with a few random vectors of ±1.

    The squared product of a difference with such a vector is, on average, the squared norm of the
    difference, so that a few of them tell how far apart two arrays are.
    """
    boiled = []
    for i, weight in enumerate(weights):
        flat = np.asarray(weight, np.float64).ravel()
        signs = np.where(uniform((PROJECTIONS, flat.size), 100 + i) < 0.5, -1.0, 1.0)
        boiled.append({"norm": float(np.linalg.norm(flat)), "products": (signs @ flat).tolist()})
    return boiled


def distance(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Estimate the norm of the difference of two summarised weights, relative to their norm."""
    difference = np.subtract(one["products"], other["products"])
    return float(np.sqrt(np.mean(difference**2)) / other["norm"])
