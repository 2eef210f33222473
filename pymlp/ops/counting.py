"""Operations whose result has as many elements as the numbers say: on arrays. And counting what can be traced."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.config import floatx
from pymlp.graph.tensor import Tensor
from pymlp.ops.elementwise import add, divide, equal, floor, less, multiply, subtract, where
from pymlp.ops.reduction import sum
from pymlp.ops.shaping import expand_dims
from pymlp.ops.values import known, only_arrays, whole

__all__ = ["bincount", "histogram", "nonzero", "unique", "unravel_index"]


def nonzero(x: Any) -> tuple[np.ndarray, ...]:
    """Return the places of the elements of x that are not 0: an array of int32 for each axis. On arrays only.

    Raises
    ------
    TypeError
        For a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nonzero([0.0, 5.0, 7.0])
    (array([1, 2], dtype=int32),)
    """
    (array,) = only_arrays("nonzero", x)
    return tuple(axis.astype(np.int32) for axis in np.nonzero(array))


def unique(
    x: Any,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """Return the different elements of an array, or its different parts along an axis. On arrays only.

    Parameters
    ----------
    x : array
    sorted : bool
        Without effect: they are sorted.
    return_index, return_inverse, return_counts : bool
        Whether to return also where each is first found, which of them each element is, and how often each is found.
    axis : int, optional
        Default: all elements.
    size : int, optional
        Return so many: the first ones, or with `fill_value` behind them, by default the least.
    fill_value : float, optional

    Returns
    -------
    array, or tuple of arrays
        What was asked for, in that order; places and counts of type int32.

    Raises
    ------
    TypeError
        For a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.unique([3, 1, 3], return_counts=True)
    (array([1, 3]), array([1, 2], dtype=int32))
    """
    (array,) = only_arrays("unique", x)
    found, index, inverse, counts = np.unique(
        array, return_index=True, return_inverse=True, return_counts=True, axis=axis
    )
    inverse = inverse.reshape(array.shape if axis is None else (-1,))
    along = 0 if axis is None else axis
    if size is not None:
        missing = size - found.shape[along]
        first = (slice(None),) * (along % found.ndim) + (slice(size),)
        found, index, counts = found[first], index[:size], counts[:size]
        if missing > 0:
            width = [(0, missing if i == along % found.ndim else 0) for i in range(found.ndim)]
            least = found.min() if fill_value is None and found.size else fill_value or 0
            found = np.pad(found, width, constant_values=least)
            index = np.pad(index, (0, missing), constant_values=index[0] if index.size else 0)
            counts = np.pad(counts, (0, missing))
    extra = [(return_index, index), (return_inverse, inverse), (return_counts, counts)]
    wanted = [value.astype(np.int32) for asked, value in extra if asked]
    return (found, *wanted) if wanted else found


def bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Any:
    """Return how often each whole number from 0 on is found along the last axis, or the sum of its weights.

    Parameters
    ----------
    x : tensor of whole numbers, of shape (n,) or (batch_size, n)
    weights : tensor of the shape of x, optional
    minlength : int
        How many numbers to count at least. On arrays as many as there are; while a model is traced just so many, and
        others are left out.
    sparse : bool
        Only False.

    Returns
    -------
    tensor of shape (k,) or (batch_size, k)
        On arrays without weights of type int32.

    Raises
    ------
    ValueError
        For ``sparse=True``, tensors of more axes, or if `minlength` is left out while a model is traced.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.bincount([0, 2, 2])
    array([1, 0, 2], dtype=int32)
    """
    if sparse:
        raise ValueError("bincount: sparse=True is not supported; leave it out.")
    x = known(x)
    if x.ndim not in (1, 2):
        raise ValueError(f"bincount: one or two axes were expected, received {tuple(x.shape)}.")
    if isinstance(x, Tensor) or isinstance(known(weights if weights is not None else 0), Tensor):
        if minlength < 1 or x.shape[-1] is None:
            raise ValueError(
                "bincount: how many numbers there are is not known while a model is traced: give minlength, and x with "
                f"an axis besides the samples, received shape {tuple(x.shape)}."
            )
        length = minlength
    else:
        length = max(minlength, int(x.max(initial=-1)) + 1)
    hits = equal(expand_dims(x, -1), np.arange(length, dtype=str(x.dtype)))
    if weights is not None:
        return sum(multiply(hits, expand_dims(known(weights), -1)), -2)
    return whole(sum(hits, -2))


def histogram(x: Any, bins: int = 10, range: tuple[float, float] | None = None) -> tuple[Any, Any]:
    """Return (counts, edges) of bins of equal width, the last of which holds its upper edge, too. On arrays only.

    Parameters
    ----------
    x : array
    bins : int
    range : (float, float), optional
        What to count. Default: from the least to the greatest element.

    Returns
    -------
    tuple of arrays of shape (bins,) and (bins + 1,)
        Both of the type of x, or `pymlp.config.floatx()` for whole numbers, as in Keras.

    Raises
    ------
    TypeError
        For a symbolic tensor.
    ValueError
        If there is no bin.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.histogram([0.0, 1.0, 1.5, 2.0], bins=2)
    (array([1., 3.], dtype=float32), array([0., 1., 2.], dtype=float32))
    """
    (array,) = only_arrays("histogram", x)
    if bins < 1:
        raise ValueError(f"histogram: bins should be 1 or more, received {bins}.")
    counts, edges = np.histogram(array, bins, range)
    kind = array.dtype if array.dtype.kind == "f" else floatx()
    return counts.astype(kind), edges.astype(kind)


def unravel_index(indices: Any, shape: Sequence[int]) -> tuple[Any, ...]:
    """Return for places in all elements in one row those along each axis of a shape.

    Parameters
    ----------
    indices : tensor of whole numbers
        Negative ones are counted from the end.
    shape : sequence of int

    Returns
    -------
    tuple of tensors, one for each axis
        Of type int32 on arrays, of that of the indices on symbolic tensors.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.unravel_index([0, 5], (2, 3))
    (array([0, 1], dtype=int32), array([0, 2], dtype=int32))
    """
    left = known(indices)
    left = where(less(left, 0.0), add(left, float(math.prod(shape))), left)
    found = []
    for length in reversed(list(shape)):
        above = floor(divide(left, float(length)))
        found.append(whole(subtract(left, multiply(above, float(length)))))
        left = above
    return tuple(reversed(found))
