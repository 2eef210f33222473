"""What an image data set must look like, and the type in which it is returned."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Images", "Split", "check_split", "read_npz"]

Images = NDArray[np.uint8]
Split = tuple[Images, Images]

_SIDE = 28
_CLASSES = 10


def check_split(x: NDArray[Any], y: NDArray[Any], source: str | os.PathLike[str]) -> Split:
    """Return images and labels after checking that they are what MNIST's family consists of.

    Parameters
    ----------
    x : ndarray of uint8, shape (n, 28, 28)
    y : ndarray of uint8, shape (n,), values 0 to 9
    source : path-like
        Where they come from, for the message.

    Raises
    ------
    ValueError
        When a type, a shape or a label is another one.
    """
    problem = ""
    if x.dtype != np.uint8 or x.ndim != 3 or x.shape[1:] != (_SIDE, _SIDE):
        problem = f"expected uint8 images of shape (n, {_SIDE}, {_SIDE}), it holds {_form(x)}"
    elif y.dtype != np.uint8 or y.shape != (len(x),):
        problem = f"expected uint8 labels of shape ({len(x)},), it holds {_form(y)}"
    elif len(y) == 0:
        problem = "it holds no images"
    elif y.max() >= _CLASSES:
        problem = f"expected labels from 0 to {_CLASSES - 1}, it holds the label {y.max()}"
    if problem:
        raise ValueError(f"{os.fspath(source)} is not usable: {problem}.")
    return x, y


def read_npz(path: str | os.PathLike[str]) -> tuple[Split, Split]:
    """Read ``x_train``, ``y_train``, ``x_test`` and ``y_test`` from an ``.npz`` file.

    Raises
    ------
    ValueError
        When the file is damaged, lacks an array, or holds something else. The message names it.
    OSError
        When the file cannot be opened.
    """
    # What a damaged .npz raises depends on where the damage is: BadZipFile, zlib.error, EOFError,
    # KeyError for a missing array, ValueError for a bad header, NotImplementedError for a bad
    # compression method. Each means the same here.
    with open(path, "rb") as stream:
        try:
            with np.load(stream, allow_pickle=False) as file:
                arrays = [file[name] for name in ("x_train", "y_train", "x_test", "y_test")]
        except Exception as error:
            raise ValueError(
                f"{os.fspath(path)} is not usable: expected an .npz file with the arrays x_train, "
                f"y_train, x_test and y_test ({error}). Delete the file, or supply it afresh."
            ) from error
    x_train, y_train, x_test, y_test = arrays
    return check_split(x_train, y_train, path), check_split(x_test, y_test, path)


def _form(array: NDArray[Any]) -> str:
    return f"{array.dtype} of shape {array.shape}"
