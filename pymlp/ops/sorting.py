"""Elements in order, and the greatest of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.ops.cumulating import along
from pymlp.ops.elementwise import equal, greater, less_equal, negative, where
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.picking import take_along_axis
from pymlp.ops.reduction import sum
from pymlp.ops.samples import whole_number
from pymlp.ops.shaping import expand_dims
from pymlp.ops.slicing import indexed
from pymlp.ops.values import inner_axis, known, truth, whole

__all__ = ["argpartition", "argsort", "in_top_k", "sort", "top_k"]

_ARGSORT = Operation(
    "argsort_cols",
    lambda x: x.shape,
    lambda y: Kernel("argsort_cols", (*y.inputs, y)),
    lambda y, dy: (None,),
)


def argsort(x: Any, axis: int | None = -1) -> Any:
    """Return the places of the elements along an axis from the least to the greatest; no gradient.

    Equal ones stay in their order, NaN comes last. On arrays of type int32, on symbolic tensors of the type of x.

    Parameters
    ----------
    x : tensor
    axis : int, optional
        Not that of the samples of a symbolic tensor. None: all elements in one row.

    Returns
    -------
    tensor of the shape of x, or of one axis

    Raises
    ------
    ValueError
        If the axis is not there, or that of the samples of a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.argsort([3.0, 1.0, 2.0])
    array([1, 2, 0], dtype=int32)
    """
    return whole(along("argsort", x, axis, lambda y: apply(_ARGSORT, y)))


def sort(x: Any, axis: int | None = -1) -> Any:
    """Return the elements along an axis from the least to the greatest, NaN last: see `argsort`.

    Parameters are those of `argsort`; errors, too. The gradient goes back to where the elements were.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.sort([3.0, 1.0, 2.0])
    array([1., 2., 3.], dtype=float32)
    """
    return along("sort", x, axis, lambda y: take_along_axis(y, apply(_ARGSORT, y), -1))


def argpartition(x: Any, kth: int, axis: int = -1) -> Any:
    """Return places such that element `kth` is where sorting would put it, lesser ones before, greater ones behind.

    They are those of `argsort`.

    Parameters
    ----------
    x : tensor
    kth : int
        Negative ones are counted from the end.
    axis : int
        Not that of the samples of a symbolic tensor.

    Raises
    ------
    ValueError
        If there is no element `kth`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.argpartition([3.0, 1.0, 2.0], 1)
    array([1, 2, 0], dtype=int32)
    """
    x = known(x)
    length = x.shape[inner_axis("argpartition", x, axis)]
    if not -length <= kth < length:
        raise ValueError(f"argpartition: there is no element {kth} along an axis of {length}.")
    return argsort(x, axis)


def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Any, Any]:
    """Return (values, indices) of the k greatest elements along the last axis, the greatest first.

    Parameters
    ----------
    x : tensor of shape (..., n)
    k : int
        Up to n.
    sorted : bool
        Without effect: they are sorted anyway.

    Returns
    -------
    tuple of two tensors of shape (..., k)
        Indices are of type int32 on arrays, of the type of x on symbolic tensors.

    Raises
    ------
    ValueError
        If there are fewer than k elements.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.top_k([3.0, 1.0, 2.0], 2)
    (array([3., 2.], dtype=float32), array([0, 2], dtype=int32))
    """
    x, k = known(x), whole_number("top_k", "k", k)
    if x.ndim == 0 or not 0 <= k <= (x.shape[-1] or 0):
        raise ValueError(f"top_k: k={k} elements are not found along an axis of {x.shape[-1:]}.")
    indices = indexed(apply(_ARGSORT, negative(x)), (..., slice(None, k)))
    return take_along_axis(x, indices, -1), whole(indices)


def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Return whether fewer than k classes are predicted higher than the target class.

    Parameters
    ----------
    targets : tensor of shape (...)
        Class numbers.
    predictions : tensor of shape (..., classes)
    k : int

    Returns
    -------
    tensor of shape (...)
        False for a target whose prediction is NaN.

    Raises
    ------
    ValueError
        If the shapes do not go together.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.in_top_k([0, 2], [[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]], 2)
    array([ True, False])
    """
    targets, predictions = known(targets), known(predictions)
    if tuple(targets.shape) != tuple(predictions.shape[:-1]):
        raise ValueError(
            f"in_top_k: targets of shape {tuple(targets.shape)} do not go with predictions of shape "
            f"{tuple(predictions.shape)}: these have one axis more, that of the classes."
        )
    classes = np.arange(predictions.shape[-1])
    chosen = equal(expand_dims(targets, -1), classes.astype(str(predictions.dtype)))
    score = sum(where(chosen, predictions, 0.0), -1, keepdims=True)
    score = where(equal(score, score), score, -np.inf)
    return truth(less_equal(sum(greater(predictions, score), -1), float(k - 1)))
