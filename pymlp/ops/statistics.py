"""Greatest and least elements, products, variances, sums up to an element, sorting."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.elementwise import (
    add,
    divide,
    equal,
    exp,
    log,
    multiply,
    negative,
    not_equal,
    sqrt,
    square,
    subtract,
    where,
)
from pymlp.ops.movement import (
    axis_of,
    item,
    known,
    moved_last,
    take_along_axis,
    transpose,
)
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.reduction import Axes, argmax, mean, reduced, sum
from pymlp.ops.shaping import broadcast_to, reshape, squeeze

# ---- the greatest, the least, the product ----------------------------------------------------------------

# The order of enum mlp_combination in csrc/kernels/reduce.inc.c.
_MAX, _MIN, _PRODUCT = range(3)


def _combined_shape(x: Tensor, *, how: int) -> Shape:
    return x.shape[:-1] if x.ndim <= 1 or x.shape == (None, x.shape[-1]) else (*x.shape[:-1], 1)


def _kept_axis(t: Tensor, x: Tensor) -> Tensor:
    return t if t.ndim == x.ndim else reshape(t, (*t.shape, 1))


def _combined_gradient(y: Tensor, dy: Tensor) -> tuple[Any]:
    (x,) = y.inputs
    dy = _kept_axis(dy, x)
    if y.attributes["how"] == _PRODUCT:
        return (multiply(dy, apply(_OTHERS, x)),)
    # Equal elements share the gradient.
    chosen = equal(x, _kept_axis(y, x))
    return (multiply(chosen, divide(dy, sum(chosen, -1, keepdims=True))),)


_COMBINE_COLS = Operation(
    "combine_cols",
    _combined_shape,
    lambda y: Kernel("combine_cols", (*y.inputs, y), (y.attributes["how"],)),
    _combined_gradient,
    by_sample=True,
)


_OTHERS = Operation(
    "product_of_others",
    lambda x: x.shape,
    lambda y: Kernel("product_of_others", (*y.inputs, y)),
)


def _over_samples_gradient(y: Tensor, dy: Tensor) -> tuple[Any]:
    (x,) = y.inputs
    if y.attributes["how"] == _PRODUCT:
        raise NotImplementedError("prod: over samples it has no gradient")
    chosen = equal(x, broadcast_to(y, x.shape))
    share = divide(dy, sum(chosen, 0))
    return (multiply(chosen, broadcast_to(share, x.shape)),)


_COMBINE_ROWS = Operation(
    "combine_rows",
    lambda x, *, how: x.shape[1:],
    lambda y: Kernel("combine_rows", (*y.inputs, y), (y.attributes["how"],), share="columns"),
    _over_samples_gradient,
)


def _combine(name: str, x: Any, axis: Axes, keepdims: bool, how: int) -> Any:
    def last(y: Any) -> Any:
        if y.shape[-1] == 0 and how != _PRODUCT:
            raise ValueError(f"{name}: there is no element along an axis of length 0.")
        return reshape(apply(_COMBINE_COLS, y, how=how), tuple(y.shape[:-1]))

    def samples(y: Any) -> Any:
        if y.ndim == 1:
            return reshape(apply(_COMBINE_ROWS, reshape(y, (None, 1)), how=how), ())
        return apply(_COMBINE_ROWS, y, how=how)

    return reduced(name, known(x), axis, keepdims, last, samples)


def max(x: Any, axis: Axes = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Return the greatest element over an axis, over several, or over all; a NaN stays."""
    from pymlp.ops.elementwise import maximum

    found = _combine("max", x, axis, keepdims, _MAX)
    return found if initial is None else maximum(found, initial)


def min(x: Any, axis: Axes = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Return the least element over an axis, over several, or over all; a NaN stays."""
    from pymlp.ops.elementwise import minimum

    found = _combine("min", x, axis, keepdims, _MIN)
    return found if initial is None else minimum(found, initial)


def prod(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the product over an axis, over several, or over all."""
    return _combine("prod", x, axis, keepdims, _PRODUCT)


def any(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return 1 where some element is not 0, else 0."""
    return max(not_equal(x, 0.0), axis, keepdims)


def all(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return 1 where no element is 0, else 0."""
    return min(not_equal(x, 0.0), axis, keepdims)


# ---- moments ------------------------------------------------------------------------------------------


def var(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the mean of the squared distances to the mean, over an axis, over several, or over all."""
    x = known(x)
    return mean(square(subtract(x, mean(x, axis, keepdims=True))), axis, keepdims)


def std(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the square root of the variance."""
    return sqrt(var(x, axis, keepdims))


def moments(
    x: Any, axes: Axes, keepdims: bool = False, synchronized: bool = False
) -> tuple[Any, Any]:
    """Return (mean, variance) over axes."""
    if synchronized:
        raise ValueError("moments: synchronized=True is for several machines; leave it out.")
    return mean(x, axes, keepdims), var(x, axes, keepdims)


def logsumexp(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return ``log(sum(exp(x)))`` without overflow."""
    x = known(x)
    top = stop_gradient(max(x, axis, keepdims=True))
    # An infinite maximum is taken off as 0: inf - inf is none.
    finite = where(equal(subtract(top, top), 0.0), top, 0.0)
    total = log(sum(exp(subtract(x, finite)), axis, keepdims=True))
    found = add(total, finite)
    if keepdims:
        return found
    axes = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    return squeeze(found, [axis_of("logsumexp", a, x.ndim) for a in axes])


_STOP = Operation(
    "copy",
    lambda x, **_: x.shape,
    lambda y: Kernel("copy", (*y.inputs, y)),
    lambda y, dy: (None,),
)


def stop_gradient(x: Any) -> Any:
    """Return x, through which no gradient flows back."""
    x = known(x)
    return apply(_STOP, x) if isinstance(x, Tensor) else x


# ---- along an axis --------------------------------------------------------------------------------------

_CUMSUM: Operation = Operation(
    "cumsum_cols",
    lambda x, *, reverse: x.shape,
    lambda y: Kernel("cumsum_cols", (*y.inputs, y), (int(y.attributes["reverse"]),)),
    lambda y, dy: (apply(_CUMSUM, dy, reverse=not y.attributes["reverse"]),),
)
_ARGSORT = Operation(
    "argsort_cols",
    lambda x: x.shape,
    lambda y: Kernel("argsort_cols", (*y.inputs, y)),
    lambda y, dy: (None,),
)


def _along(name: str, x: Any, axis: int | None, function: Any) -> Any:
    x = known(x)
    if axis is None:
        x, axis = reshape(x, (math.prod(n for n in x.shape if n is not None),)), 0
    position = axis_of(name, axis, x.ndim)
    if x.shape[position] is None:
        raise ValueError(
            f"{name}: axis {axis} of shape {x.shape} is that of the samples, which is not gone along."
        )
    last, back = moved_last(x, position)
    return transpose(function(last), back)


def cumsum(x: Any, axis: int | None = None) -> Any:
    """Return for each element the sum of those up to it along an axis."""
    return _along("cumsum", x, axis, lambda y: apply(_CUMSUM, y, reverse=False))


def argsort(x: Any, axis: int | None = -1) -> Any:
    """Return the places of the elements along an axis from the least to the greatest, NaN last; no gradient."""
    return _along("argsort", x, axis, lambda y: apply(_ARGSORT, y))


def sort(x: Any, axis: int = -1) -> Any:
    """Return the elements along an axis from the least to the greatest, NaN last."""
    return _along("sort", x, axis, lambda y: take_along_axis(y, apply(_ARGSORT, y), -1))


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the index of the least element along an axis, the first of equals."""
    return argmax(negative(x), axis, keepdims)


def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Any, Any]:
    """Return (values, indices) of the k greatest elements along the last axis, the greatest first."""
    x = known(x)
    if not 0 <= k <= (x.shape[-1] or 0):
        raise ValueError(f"top_k: k={k} elements are not found along an axis of {x.shape[-1]}.")
    order = apply(_ARGSORT, negative(x))
    first = (..., slice(None, k))
    indices = (
        item(order, first) if isinstance(order, Tensor) else np.ascontiguousarray(order[first])
    )
    return take_along_axis(x, indices, -1), indices
