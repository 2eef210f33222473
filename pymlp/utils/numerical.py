"""Preparing arrays: classes to one-hot rows, vectors to unit length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["normalize", "to_categorical"]


def to_categorical(x: ArrayLike, num_classes: int | None = None) -> NDArray[np.float64]:
    """Turn classes, given as integers, into one-hot rows.

    The result ``y`` has ``y[..., c] = 1`` where ``x[...] == c`` and 0 everywhere else, as the
    categorical cross-entropy wants its targets.

    Parameters
    ----------
    x : array-like of integers, any shape
        Classes from 0 to ``num_classes - 1``. Floats are taken when they are whole numbers. A last
        axis of length 1 is dropped when there are others.
    num_classes : int, optional
        Number of classes; by default one more than the largest in `x`.

    Returns
    -------
    ndarray of float64, shape ``x.shape + (num_classes,)``

    Raises
    ------
    ValueError
        If a class is negative, too large, NaN or not a whole number, or if `x` is empty and
        `num_classes` is not given.

    Notes
    -----
    Keras lets -1 stand for the last class and cuts 1.7 down to 1; here both are errors.

    Examples
    --------
    >>> to_categorical([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]])
    """
    classes = _as_classes(x)
    shape = classes.shape
    if len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    flat = classes.reshape(-1)
    if num_classes is None:
        if flat.size == 0:
            raise ValueError(
                "to_categorical expected at least one class in x, received an empty array. "
                "Pass num_classes to say how many columns the (empty) result has."
            )
        num_classes = int(flat.max()) + 1
    elif num_classes < 1:
        raise ValueError(f"to_categorical expected num_classes >= 1, received {num_classes}.")
    if flat.size and flat.max() >= num_classes:
        raise ValueError(
            f"to_categorical expected classes from 0 to {num_classes - 1} (num_classes="
            f"{num_classes}), received {flat.max()} at index {_where(classes, classes.argmax())}. "
            f"Pass num_classes={flat.max() + 1} or more, or correct x."
        )
    one_hot = np.zeros((flat.size, num_classes))
    one_hot[np.arange(flat.size), flat] = 1.0
    return one_hot.reshape(*shape, num_classes)


def _as_classes(x: ArrayLike) -> NDArray[np.int64]:
    """Return `x` as int64, or raise ValueError at the first element that is no class."""
    given = np.asarray(x)
    if given.size == 0:
        return given.astype(np.int64)
    if given.dtype.kind not in "buif":
        raise ValueError(
            f"to_categorical expected integers from 0 upwards, received dtype {given.dtype}. "
            "Number the classes first: np.unique(x, return_inverse=True)[1]."
        )
    if given.dtype.kind == "f":
        wrong = ~(np.isfinite(given) & (given == np.floor(given)))
        if wrong.any():
            index = wrong.argmax()
            raise ValueError(
                f"to_categorical expected whole numbers from 0 upwards, received "
                f"{given.flat[index]} at index {_where(given, index)}. "
                "Remove or correct such elements of x first."
            )
    if given.max() >= 2**53:  # no array is that wide, and the conversion below could overflow
        raise ValueError(
            f"to_categorical expected classes that can number columns, received {given.max()} at "
            f"index {_where(given, given.argmax())}. Number the classes from 0: "
            "np.unique(x, return_inverse=True)[1]."
        )
    if given.dtype.kind != "b" and given.min() < 0:
        raise ValueError(
            f"to_categorical expected classes from 0 upwards, received {given.min()} at index "
            f"{_where(given, given.argmin())}. Number the classes from 0: "
            "np.unique(x, return_inverse=True)[1]."
        )
    return given.astype(np.int64)


def _where(array: NDArray[Any], flat_index: np.intp) -> str:
    """Return the index of one element in the form that would be written between brackets."""
    return ", ".join(str(i) for i in np.unravel_index(flat_index, array.shape)) or "()"


def normalize(x: ArrayLike, axis: int | None = -1, order: float = 2) -> NDArray[Any]:
    """Scale the vectors along one axis to norm 1: ``x / norm(x)``. Zero vectors stay as they are.

    Parameters
    ----------
    x : array-like of numbers
    axis : int or None
        The axis along which the vectors lie; None takes the whole array as one vector.
    order : float
        Order of the norm: 2 for the Euclidean one, 1, ``np.inf``, ...

    Returns
    -------
    ndarray, shape of `x`
        A new array: of the type of `x` where that is a floating-point one, else float64.

    Notes
    -----
    Keras divides by the wrong axis when ``axis=0``; this does not.

    Examples
    --------
    >>> normalize([[3.0, 4.0], [0.0, 0.0]])
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    array = np.asarray(x)
    vectors = array.reshape(-1) if axis is None else np.atleast_1d(array)
    norm = np.linalg.norm(vectors, order, -1 if axis is None else axis, keepdims=True)
    norm[norm == 0] = 1
    unit: NDArray[Any] = (vectors / norm).reshape(array.shape)
    return unit
