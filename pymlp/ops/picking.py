"""Elements picked by their places, and repeated."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pymlp.graph.tensor import Shape, Tensor, constant_tensor
from pymlp.ops.axes import moved_last, transpose
from pymlp.ops.joining import concatenate
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.samples import counts_samples, for_samples, lengths, refuse_samples
from pymlp.ops.shaping import broadcast_to, reshape
from pymlp.ops.values import axis_of, inner_axis, known, row_or_axis


def _take_rows_shape(table: Tensor, index: Tensor) -> Shape:
    return (*index.shape[:-1], table.shape[1])


_TAKE_ROWS: Operation = Operation(
    "take_rows",
    _take_rows_shape,
    lambda y: Kernel("take_rows", (*y.inputs, y)),
    lambda y, dy: (apply(SUM_BY_ROW, dy, y.inputs[1], rows=y.inputs[0].shape[0]), None),
)
SUM_BY_ROW: Operation = Operation(
    "take_rows_dtable",
    lambda dy, index, *, rows: (rows, dy.shape[-1]),
    lambda y: Kernel("take_rows_dtable", (*y.inputs, y), share="all"),
    lambda y, dy: (apply(_TAKE_ROWS, dy, y.inputs[1]), None),
)
_TAKE_COLS: Operation = Operation(
    "take_cols",
    lambda x, index: (*x.shape[:-1], index.shape[-1]),
    lambda y: Kernel("take_cols", (*y.inputs, y)),
    lambda y, dy: (apply(_TAKE_COLS_DX, dy, y.inputs[1], length=y.inputs[0].shape[-1]), None),
)
_TAKE_COLS_DX: Operation = Operation(
    "take_cols_dx",
    lambda dy, index, *, length: (*dy.shape[:-1], length),
    lambda y: Kernel("take_cols_dx", (*y.inputs, y)),
    lambda y, dy: (apply(_TAKE_COLS, dy, y.inputs[1]), None),
)


def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Return the elements of x at `indices` along an axis; of all elements in one row where it is None.

    Indices are whole numbers, negative ones counted from the end; one that is out of range gives NaN.

    Parameters
    ----------
    x : tensor
    indices : tensor of whole numbers
        Symbolic ones with samples go with an x that has none, along its first axis.
    axis : int, optional
        Not that of the samples of a symbolic tensor.

    Returns
    -------
    tensor of the shape of x, with that of `indices` in place of the axis

    Raises
    ------
    ValueError
        If the axis is not there, or samples would be chosen among.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.take([10.0, 20.0, 30.0], [2, 0, -1])
    array([30., 10., 30.], dtype=float32)
    """
    x, indices = known(x), known(indices)
    if not isinstance(x, Tensor) and not isinstance(indices, Tensor):
        return np.take(x, indices.astype(int), axis)
    if axis is None:
        x, axis = row_or_axis("take", x, None)
    position = axis_of("take", axis, x.ndim)
    shape = tuple(indices.shape)
    if position == 0 and None not in x.shape:
        rest = tuple(x.shape[1:])
        table = reshape(x, (x.shape[0], math.prod(rest)))
        rows = apply(_TAKE_ROWS, table, reshape(indices, (*shape, 1)))
        return reshape(rows, (*shape, *rest))
    if x.shape[position] is None or None in shape:
        raise ValueError(
            f"take: indices of shape {shape} along axis {axis} of shape {x.shape} are not traced: samples are taken "
            "whole. Use pymlp.ops.take_along_axis for indices that differ from sample to sample."
        )
    last, back = moved_last(x, position)
    found = apply(
        _TAKE_COLS,
        last,
        indices.reshape(1, -1)
        if not isinstance(indices, Tensor)
        else reshape(indices, (1, math.prod(n or 0 for n in shape))),
    )
    found = transpose(found, back)
    return reshape(found, (*x.shape[:position], *shape, *x.shape[position + 1 :]))


def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Return of each row along an axis the elements at that row's own indices.

    Parameters
    ----------
    x : tensor
    indices : tensor of whole numbers
        Of the axes of x, and of its lengths, or 1, but for the axis. Of a symbolic x one out of range gives NaN.
    axis : int, optional
        Default: all elements in one row, on arrays only.

    Returns
    -------
    tensor of the shape of `indices`, broadcast to that of x but for the axis

    Raises
    ------
    ValueError
        If the shapes do not go together, or the axis is that of the samples of a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.take_along_axis([[10.0, 20.0], [30.0, 40.0]], [[1], [0]], axis=1)
    array([[20.],
           [30.]], dtype=float32)
    """
    x, indices = known(x), known(indices)
    if not isinstance(x, Tensor) and not isinstance(indices, Tensor):
        return np.take_along_axis(x, indices.astype(int), axis)
    if axis is None:
        raise ValueError("take_along_axis: an axis is needed while a model is traced.")
    position = inner_axis("take_along_axis", x, axis)
    if len(indices.shape) != x.ndim:
        raise ValueError(
            f"take_along_axis: indices of shape {tuple(indices.shape)} do not go with {x.shape}."
        )
    last, back = moved_last(x, position)
    index, _ = moved_last(indices, position)
    if tuple(index.shape[:-1]) != tuple(last.shape[:-1]):
        if not isinstance(index, Tensor):
            index = constant_tensor(index, last.dtype)
        index = broadcast_to(index, (*last.shape[:-1], index.shape[-1]))
    return transpose(apply(_TAKE_COLS, last, index), back)


def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Return x with each element along an axis so many times, one after the other.

    Parameters
    ----------
    x : tensor of shape (..., n, ...)
    repeats : int, or sequence of n int
        How often; or ``ops.shape(y)[0]``, once for each sample, along a first axis of length 1.
    axis : int, optional
        Not that of the samples of a symbolic tensor. Default: all elements as one row.

    Returns
    -------
    tensor of shape (..., n * repeats, ...)

    Raises
    ------
    ValueError
        If the axis is not there or that of the samples, or `repeats` the number of samples for a longer axis.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.repeat([1.0, 2.0], 2)
    array([1., 1., 2., 2.], dtype=float32)
    """
    x = known(x)
    for_each_sample = counts_samples(repeats)
    if not isinstance(x, Tensor) and not for_each_sample:
        return np.repeat(x, repeats, axis)
    x, position = row_or_axis("repeat", x, axis)
    if for_each_sample:
        return _for_each_sample("repeat", x, position)
    return take(x, np.repeat(np.arange(x.shape[position]), repeats), position)


def _for_each_sample(name: str, x: Any, axis: int) -> Any:
    """Return x as often as there are samples, along a first axis of length 1; or raise ValueError."""
    if axis or x.shape[:1] != (1,):
        refuse_samples(name, "repeats")
    x = x if isinstance(x, Tensor) else for_samples(name, x)
    return broadcast_to(x, (None, *x.shape[1:]))


def tile(x: Any, repeats: Any) -> Any:
    """Return x put side by side with itself so many times along each axis.

    Parameters
    ----------
    x : tensor
    repeats : int or sequence of int
        For each axis, 1 for what it has no entry of: missing entries, or axes, are those in front. The first may be
        ``ops.shape(y)[0]``, once for each sample, for an axis of length 1.

    Returns
    -------
    tensor of the product of x's shape and `repeats`

    Raises
    ------
    ValueError
        If samples would be repeated, or `repeats` is the number of samples for a longer axis.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.tile([1.0, 2.0], 2)
    array([1., 2., 1., 2.], dtype=float32)
    """
    x = known(x)
    counts = lengths("tile", repeats, "repeats")
    if not isinstance(x, Tensor) and None not in counts:
        return np.tile(x, [n or 0 for n in counts])
    counts = (1,) * (x.ndim - len(counts)) + counts
    x = reshape(x, (1,) * (len(counts) - x.ndim) + tuple(x.shape))
    for axis, count in enumerate(counts):
        if count is None:
            x = _for_each_sample("tile", x, axis)
        elif count != 1:
            x = concatenate([x] * count, axis if counts[0] is None else inner_axis("tile", x, axis))
    return x
