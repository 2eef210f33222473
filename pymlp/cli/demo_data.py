"""The data that ``pymlp demo`` trains on: Fashion-MNIST, or the sample that ships with pymlp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymlp.cli.arguments import CommandError
from pymlp.datasets import fashion_mnist

__all__ = ["DemoData", "load"]

_HELD_OUT = 5_000
_HELD_OUT_OF_SAMPLE = 400


@dataclass(frozen=True)
class DemoData:
    """Images as float32 in 0 to 1 with their labels, in three parts."""

    x_train: NDArray[np.float32]
    y_train: NDArray[np.uint8]
    x_valid: NDArray[np.float32]
    y_valid: NDArray[np.uint8]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.uint8]
    test_images: NDArray[np.uint8]  # as they were, to be shown


def load(sample_only: bool) -> DemoData:
    """Load the data set, or its sample if asked to or if there is no way to the whole.

    Says on standard output which of the two it is.
    """
    sample = sample_only
    if not sample:
        try:
            data = fashion_mnist.load_data()
        except FileNotFoundError as error:
            print(error, end="\n\n")
            print("Going on with the sample of Fashion-MNIST that ships with pymlp instead.")
            sample = True
        except ValueError as error:
            raise CommandError(f"{error}\nOr train on the sample, with --sample.") from error
    if sample:
        data = fashion_mnist.load_sample()
    (x, y), (x_test, y_test) = data
    held_out = _HELD_OUT_OF_SAMPLE if sample else _HELD_OUT
    print(
        f"{'The sample of Fashion-MNIST' if sample else 'Fashion-MNIST'}: "
        f"{len(x) - held_out:,} images to train on, {held_out:,} to validate on, "
        f"{len(x_test):,} to test on."
    )
    if sample:
        print("Expect an accuracy of about 0.8; the whole data set gives about 0.88.")
    return DemoData(
        x_train=_scaled(x[held_out:]),
        y_train=y[held_out:],
        x_valid=_scaled(x[:held_out]),
        y_valid=y[:held_out],
        x_test=_scaled(x_test),
        y_test=y_test,
        test_images=x_test,
    )


def _scaled(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Return pixels of 0 to 255 as float32 of 0 to 1 (in float64 they would take 2 x the room)."""
    scaled: NDArray[np.float32] = np.divide(pixels, 255, dtype=np.float32)
    return scaled
