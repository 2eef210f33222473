from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pymlp.datasets import fashion_mnist

pytest.importorskip("matplotlib", reason="the pictures are drawn with matplotlib")

from pymlp.cli.pictures import draw_learning_curves, draw_predictions

ReadPng = Callable[[Path], np.ndarray]

RIGHT, WRONG = (26, 127, 55), (192, 57, 43)

HISTORY = {
    "loss": [0.7, 0.5, 0.4],
    "accuracy": [0.7, 0.8, 0.85],
    "val_loss": [0.6, 0.5, 0.45],
    "val_accuracy": [0.75, 0.8, 0.83],
}


def has(pixels: np.ndarray, colour: tuple[int, int, int]) -> bool:
    """Whether a pixel comes near `colour`; thin lines and letters are blended with the paper."""
    return bool((abs(pixels - colour).sum(axis=-1) < 60).any())


def test_learning_curves_are_drawn(tmp_path: Path, read_png: ReadPng) -> None:
    draw_learning_curves(HISTORY, tmp_path / "curves.png")
    pixels = read_png(tmp_path / "curves.png")
    assert pixels.shape == (480, 1200, 3)
    # Two curves in matplotlib's first two colours, in both halves of the picture.
    for half in (pixels[:, :600], pixels[:, 600:]):
        assert has(half, (31, 119, 180))
        assert has(half, (255, 127, 14))


def test_one_epoch_is_enough(tmp_path: Path, read_png: ReadPng) -> None:
    draw_learning_curves({k: v[:1] for k, v in HISTORY.items()}, tmp_path / "curves.png")
    pixels = read_png(tmp_path / "curves.png")
    assert has(pixels, (31, 119, 180))
    assert has(pixels, (255, 127, 14))


def test_predictions_show_right_and_wrong(tmp_path: Path, read_png: ReadPng) -> None:
    _, (images, labels) = fashion_mnist.load_sample()
    images, labels = images[:7], labels[:7]
    guesses = labels.copy()
    guesses[3] = (labels[3] + 1) % 10
    probabilities = np.full((7, 10), 0.01)
    probabilities[np.arange(7), guesses] = 0.91
    path = tmp_path / "predictions.png"
    draw_predictions(images, probabilities, labels, fashion_mnist.CLASS_NAMES, path)
    pixels = read_png(path)
    assert pixels.shape == (600, 1260, 3)
    assert has(pixels, RIGHT)
    assert has(pixels, WRONG)
    assert has(pixels, (0, 0, 0))
    draw_predictions(images[:3], probabilities[:3], labels[:3], fashion_mnist.CLASS_NAMES, path)
    assert has(read_png(path), RIGHT)
    assert not has(read_png(path), WRONG)
