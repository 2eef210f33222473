"""The arrays every peer is given: inputs, targets and the weights to start from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from bench.workloads import Workload

__all__ = ["Arrays", "load", "make", "save", "weights"]

Arrays = dict[str, Any]
"""``x`` (rows, features) of the workload's type or uint8, ``y`` (rows,) int32 or (rows, outputs) of the
workload's type, ``kernels`` and ``biases`` lists of arrays of that type."""


def make(workload: Workload) -> tuple[Arrays, str]:
    """Return a workload's arrays and a word on where the data came from."""
    makers = {
        "fashion_mnist": _fashion_mnist,
        "fashion_mnist_bytes": _fashion_mnist_bytes,
        "housing": _housing,
        "regression": _regression,
    }
    x, y, source = makers[workload.data](workload.rows, workload.units)
    kernels, biases = weights(workload.layers)

    def cast(array: Any) -> Any:
        return array.astype(workload.dtype, copy=False) if array.dtype == np.float32 else array

    arrays = {
        "x": cast(x),
        "y": cast(y),
        "kernels": list(map(cast, kernels)),
        "biases": list(map(cast, biases)),
    }
    return arrays, source


def weights(layers: Iterable[tuple[int, int]]) -> tuple[list[Any], list[Any]]:
    """Return kernels as Glorot and Bengio (2010) draw them, and zero biases, for (inputs, outputs) of each layer."""
    draw = np.random.Generator(np.random.Philox(2024))
    kernels, biases = [], []
    for k, n in layers:
        limit = math.sqrt(6.0 / (k + n))
        kernels.append(draw.uniform(-limit, limit, (k, n)).astype(np.float32))
        biases.append(np.zeros(n, np.float32))
    return kernels, biases


def save(arrays: Arrays, path: Path) -> None:
    """Write the arrays to one .npz file, so that every worker reads the same bits."""
    layers = range(len(arrays["kernels"]))
    np.savez(
        path,
        x=arrays["x"],
        y=arrays["y"],
        **{f"kernel_{i}": arrays["kernels"][i] for i in layers},
        **{f"bias_{i}": arrays["biases"][i] for i in layers},
    )


def load(path: Path) -> Arrays:
    """Read what `save` wrote."""
    with np.load(path) as stored:
        layers = range(sum(name.startswith("kernel_") for name in stored.files))
        return {
            "x": stored["x"],
            "y": stored["y"],
            "kernels": [stored[f"kernel_{i}"] for i in layers],
            "biases": [stored[f"bias_{i}"] for i in layers],
        }


def _fashion_mnist(rows: int, units: tuple[int, ...]) -> tuple[Any, Any, str]:
    """Rows 5,000 onwards of the training images, as the README trains; synthetic where missing."""
    try:
        from pymlp.datasets import fashion_mnist

        (images, labels), _ = fashion_mnist.load_data()
    except (ImportError, OSError) as error:
        x, y = _synthetic_images(rows, units[0], units[-1])
        return x, y, f"synthetic, Fashion-MNIST's shape ({type(error).__name__} on loading it)"
    x = images[5000 : 5000 + rows].reshape(-1, 784) / np.float32(255)
    return x, labels[5000 : 5000 + rows].astype(np.int32), "Fashion-MNIST"


def _fashion_mnist_bytes(rows: int, units: tuple[int, ...]) -> tuple[Any, Any, str]:
    """The same images in four shades, 0 to 3, as bytes."""
    x, y, source = _fashion_mnist(rows, units)
    return np.minimum(x * 4, 3).astype(np.uint8), y, f"{source}, four shades as uint8"


def _synthetic_images(rows: int, features: int, classes: int) -> tuple[Any, Any]:
    """A noisy picture of one prototype a class, half of its pixels black as Fashion-MNIST's are."""
    draw = np.random.Generator(np.random.Philox(7))
    prototypes = draw.uniform(-0.5, 0.5, (classes, features)).astype(np.float32)
    y = draw.integers(0, classes, rows, dtype=np.int32)
    x = prototypes[y] + 0.3 * draw.standard_normal((rows, features), dtype=np.float32)
    return np.clip(x, 0, 1), y


def _housing(rows: int, units: tuple[int, ...]) -> tuple[Any, Any, str]:
    """As many rows as California has; the targets are about 2, as the prices are."""
    x, y, _ = _regression(rows, units)
    return x, y + np.float32(2.0), "synthetic, California housing's shape"


def _regression(rows: int, units: tuple[int, ...]) -> tuple[Any, Any, str]:
    """Standardised features and targets that bend with them."""
    draw = np.random.Generator(np.random.Philox(11))
    x = draw.standard_normal((rows, units[0]), dtype=np.float32)
    slopes = draw.standard_normal((units[0], units[-1]), dtype=np.float32)
    noise = draw.standard_normal((rows, units[-1]), dtype=np.float32)
    y = np.tanh(x @ slopes) + 0.3 * noise
    return x, y.astype(np.float32), "synthetic"
