"""Sums and means, and how axes are reduced."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.axes import transpose
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.samples import batch_size
from pymlp.ops.shaping import SUM_ROWS, broadcast_to, reshape
from pymlp.ops.values import axes_of, known

__all__ = ["mean", "reduced", "sum"]

Axes = int | Sequence[int] | None


def last_axis_shape(x: Tensor, *, keepdims: bool, factor: float = 1.0) -> Shape:
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
    last_axis_shape,
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


def sum_last_axis(x: Any, keepdims: bool = False, factor: float = 1.0) -> Any:
    """Return `factor` times the sum over the last axis."""
    return by_rows(SUM_COLS, known(x), keepdims, factor=factor)


def rows_are_samples(x: Any) -> bool:
    """Whether one number a row makes a tensor of shape (batch,) or (), which lies with one element a row.

    On arrays the first axis is taken for that of samples.
    """
    shape: Shape = getattr(x, "shape", ())
    return len(shape) < 2 or (len(shape) == 2 and (not isinstance(x, Tensor) or shape[0] is None))


def by_rows(operation: Operation, x: Any, keepdims: bool, **attributes: Any) -> Any:
    """Apply an operation that makes one element of each row."""
    if keepdims or rows_are_samples(x):
        return apply(operation, x, keepdims=keepdims, **attributes)
    # The rows of the kernel's result hold one element each, where the result's own rows hold more: get there
    # with the axis kept, then drop it.
    return reshape(apply(operation, x, keepdims=True, **attributes), x.shape[:-1])


def sum_all(x: Any) -> Any:
    """Return the sum of all elements."""
    return apply(SUM_ALL, x)


def sum(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the sum over an axis, over several, or over all.

    Parameters
    ----------
    x : tensor
    axis : int or sequence of int, optional
        Default: all.
    keepdims : bool
        Whether the axes stay, of length 1.

    Returns
    -------
    tensor of the shape of x without the axes, or with length 1 there
        0 over no element.

    Raises
    ------
    ValueError
        If an axis is not there.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.sum([[1.0, 2.0], [3.0, 4.0]], axis=0)
    array([4., 6.], dtype=float32)
    """
    x = known(x)
    if axis is None and not keepdims:
        return sum_all(x)
    return reduced("sum", x, axis, keepdims, sum_last_axis, _sum_samples)


def mean(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the mean over an axis, over several, or over all.

    Parameters and result are those of `sum`; over no element it is NaN.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.mean([[1.0, 2.0], [3.0, 4.0]], axis=0)
    array([2., 3.], dtype=float32)
    """
    from pymlp.ops.elementwise import divide, multiply

    x = known(x)
    axes = axes_of("mean", axis, len(x.shape))
    if axes == [len(x.shape) - 1] and x.shape[-1] is not None:
        length = x.shape[-1]
        return sum_last_axis(x, keepdims, 1.0 / length if length else math.nan)
    total = sum(x, axis, keepdims)
    inner = math.prod(x.shape[a] for a in axes if x.shape[a] is not None)
    if any(x.shape[a] is None for a in axes):
        elements = batch_size(x)
        return divide(total, elements if inner == 1 else multiply(elements, float(inner)))
    return multiply(total, 1.0 / inner if inner else math.nan)


def _sum_samples(x: Tensor) -> Any:
    return apply(SUM_ROWS, x, shape=x.shape[1:]) if x.ndim > 1 else sum_all(x)


def reduced(
    name: str,
    x: Any,
    axis: Axes,
    keepdims: bool,
    last: Callable[[Any], Any],
    samples: Callable[[Any], Any],
) -> Any:
    """Return x without the axes over which it is reduced, or with length 1 there.

    Parameters
    ----------
    last : callable
        Reduces the last axis.
    samples : callable
        Reduces the first axis of a symbolic tensor, which is that of the samples.
    """
    axes = axes_of(name, axis, len(x.shape))
    inner = [a for a in axes if x.shape[a] is not None]
    kept = [a for a in range(len(x.shape)) if a not in inner]
    y = x
    if inner:
        y = transpose(x, [*kept, *inner])
        length = math.prod(x.shape[a] for a in inner)
        y = last(reshape(y, (*(x.shape[a] for a in kept), length)))
    if len(inner) < len(axes):
        y = samples(y)
    shape = [1 if a in axes else n for a, n in enumerate(x.shape) if keepdims or a not in axes]
    return reshape(y, tuple(shape))
