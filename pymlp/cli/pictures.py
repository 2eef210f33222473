"""The pictures that ``pymlp demo`` leaves, drawn with matplotlib.

Figures are made directly and drawn by the Agg canvas: no window, no display and none of pyplot's
global state are needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["draw_learning_curves", "draw_predictions"]

_RIGHT, _WRONG = "#1a7f37", "#c0392b"


def draw_learning_curves(history: Mapping[str, Sequence[float]], path: Path) -> None:
    """Draw loss and accuracy, of training and validation, against the epoch.

    Parameters
    ----------
    history : mapping of str to sequence of float
        ``loss``, ``accuracy``, ``val_loss`` and ``val_accuracy``, one value an epoch each.
    path : Path
        The PNG file to write.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, quantity in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        for key, label in ((quantity, "training"), (f"val_{quantity}", "validation")):
            values = history[key]
            epochs = range(1, len(values) + 1)
            axes.plot(epochs, values, marker="o", markersize=3, label=f"{label}: {values[-1]:.3f}")
        axes.set(xlabel="epoch", ylabel=quantity, title=quantity.capitalize())
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    _write(figure, path)


def draw_predictions(
    images: NDArray[np.uint8],
    probabilities: NDArray[Any],
    labels: NDArray[np.uint8],
    names: Sequence[str],
    path: Path,
) -> None:
    """Draw images with their predicted class, its probability and their true class.

    Parameters
    ----------
    images : ndarray, shape (n, height, width)
    probabilities : ndarray, shape (n, classes)
    labels : ndarray of int, shape (n,)
        The true classes.
    names : sequence of str
        The names of the classes.
    path : Path
        The PNG file to write.
    """
    from matplotlib.figure import Figure

    columns = 5
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(2.1 * columns, 2.5 * rows), layout="constrained")
    right = int((probabilities.argmax(axis=1) == labels).sum())
    figure.suptitle(f"{len(images)} test images, {right} of them recognised")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, image, scores, label in zip(grid, images, probabilities, labels, strict=False):
        guess = int(scores.argmax())
        axes.imshow(image, cmap="gray_r", vmin=0, vmax=255)
        axes.set_title(
            f"{names[guess]} {scores[guess]:.0%}\ntrue: {names[label]}",
            fontsize=9,
            color=_RIGHT if guess == label else _WRONG,
        )
    _write(figure, path)


def _write(figure: Any, path: Path) -> None:
    """Write the figure as PNG, whole or not at all."""
    from pymlp.saving.atomic import replacing

    with replacing(path) as stream:
        figure.savefig(stream, format="png", dpi=120)
