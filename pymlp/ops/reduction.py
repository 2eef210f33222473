"""Sums, means and the place of the greatest element."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.operation import Kernel, Operation, apply, apply_to_tensors
from pymlp.ops.shaping import broadcast_to, reshape
from pymlp.variables import traced

__all__ = ["argmax", "batch_size", "mean", "sum"]


def _last_axis_shape(x: Tensor, *, keepdims: bool, factor: float = 1.0) -> Shape:
    if x.ndim == 0 or x.shape[-1] is None:
        raise ValueError(
            f"a reduction over the last axis needs one besides the samples, got shape {x.shape}."
        )
    return (*x.shape[:-1], 1) if keepdims else x.shape[:-1]


def _sum_last_gradient(y: Tensor, dy: Tensor) -> tuple[Tensor]:
    from pymlp.ops.elementwise import multiply

    x = y.inputs[0]
    if not y.attributes["keepdims"]:
        dy = reshape(dy, (*dy.shape, 1))
    factor = y.attributes["factor"]
    return (broadcast_to(dy if factor == 1.0 else multiply(dy, factor), x.shape),)


SUM_COLS = Operation(
    "sum_cols",
    _last_axis_shape,
    lambda y: Kernel("sum_cols", (y.inputs[0], y), numbers=(y.attributes["factor"],)),
    _sum_last_gradient,
    by_sample=True,
)
SUM_ALL = Operation(
    "sum_all",
    lambda x: (),
    lambda y: Kernel("sum_all", (y.inputs[0], y), share="first"),
    lambda y, dy: (broadcast_to(dy, y.inputs[0].shape),),
)
BATCH_SIZE = Operation(
    "batch_size",
    lambda x: (),
    lambda y: Kernel("batch_size", (y,), share="first"),
    lambda y, dy: (None,),
)
_ARGMAX = Operation(
    "argmax_cols",
    _last_axis_shape,
    lambda y: Kernel("argmax_cols", (y.inputs[0], y)),
    lambda y, dy: (None,),
    by_sample=True,
)


def sum_last_axis(x: Any, keepdims: bool = False, factor: float = 1.0) -> Any:
    """Return `factor` times the sum over the last axis."""
    return _by_rows(SUM_COLS, _known_shape(x), keepdims, factor=factor)


def rows_are_samples(x: Any) -> bool:
    """Whether one number a row makes a tensor of shape (batch,) or (), which lies with one element a row.

    On arrays the first axis is taken for that of samples.
    """
    shape: Shape = getattr(x, "shape", ())
    return len(shape) < 2 or (len(shape) == 2 and (not isinstance(x, Tensor) or shape[0] is None))


def _by_rows(operation: Operation, x: Any, keepdims: bool, **attributes: Any) -> Any:
    """Apply an operation that makes one element of each row."""
    if keepdims or rows_are_samples(x):
        return apply(operation, x, keepdims=keepdims, **attributes)
    # The rows of the kernel's result hold one element each, where the result's own rows hold more: get there
    # with the axis kept, then drop it.
    return reshape(apply(operation, x, keepdims=True, **attributes), x.shape[:-1])


def sum_all(x: Any) -> Any:
    """Return the sum of all elements."""
    return apply(SUM_ALL, x)


def sum(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the sum over the last axis (``axis=-1``) or over all axes (``axis=None``)."""
    x = _known_shape(x)
    return sum_all(x) if axis is None else sum_last_axis(_last(x, axis), keepdims)


def mean(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the mean over the last axis (``axis=-1``) or over all axes (``axis=None``)."""
    from pymlp.ops.elementwise import divide, multiply

    x = _known_shape(x)
    if axis is not None:
        length = x.shape[-1]
        return sum_last_axis(_last(x, axis), keepdims, 1.0 / length if length else math.nan)
    inner = math.prod(n for n in x.shape if n is not None)
    if isinstance(x, Tensor) and None in x.shape:
        elements = batch_size(x)
        return divide(sum_all(x), elements if inner == 1 else multiply(elements, float(inner)))
    return multiply(sum_all(x), 1.0 / inner if inner else math.nan)


def batch_size(x: Tensor) -> Tensor:
    """Return the number of samples in the batch that a symbolic tensor is of."""
    leaf = x
    while leaf.inputs:
        leaf = next((i for i in leaf.inputs if None in i.shape), leaf.inputs[0])
    return apply_to_tensors(BATCH_SIZE, (leaf,), x.dtype, {})


def argmax(x: Any, axis: int = -1) -> Any:
    """Return the index of the greatest element along the last axis, the first of equals."""
    return _by_rows(_ARGMAX, _last(_known_shape(x), axis), keepdims=False)


def _known_shape(x: Any) -> Any:
    return traced(x) if hasattr(x, "shape") else np.asarray(x)


def _last(x: Any, axis: int) -> Any:
    if axis not in (-1, len(x.shape) - 1):
        raise NotImplementedError(
            f"only axis=-1 and axis=None are supported so far, received axis={axis}"
        )
    return x
