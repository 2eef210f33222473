"""Quantiles: the numbers that a share of the elements lies below."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pymlp.graph.tensor import Tensor
from pymlp.ops.averaging import count_nonzero
from pymlp.ops.axes import transpose
from pymlp.ops.elementwise import (
    add,
    ceil,
    clip,
    floor,
    multiply,
    not_equal,
    round,
    subtract,
    where,
)
from pymlp.ops.joining import stack
from pymlp.ops.operation import eager_dtype
from pymlp.ops.picking import take, take_along_axis
from pymlp.ops.reduction import Axes, sum
from pymlp.ops.shaping import reshape
from pymlp.ops.sorting import sort
from pymlp.ops.stopping import stop_gradient
from pymlp.ops.values import inner_axis, known

__all__ = [
    "median",
    "nanmedian",
    "nanpercentile",
    "nanquantile",
    "percentile",
    "quantile",
]

METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def _in_one_axis(name: str, x: Any, axis: Axes) -> tuple[Any, list[int]]:
    """Return x with the axes in question as one, the last, and their numbers."""
    given = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    axes = sorted({inner_axis(name, x, a) for a in given})
    kept = [a for a in range(x.ndim) if a not in axes]
    length = math.prod(x.shape[a] for a in axes)
    if not length:
        raise ValueError(f"{name}: there is no element along axis {axis} of shape {x.shape}.")
    return reshape(transpose(x, [*kept, *axes]), (*(x.shape[a] for a in kept), length)), axes


def _between(method: str, place: Any) -> tuple[Any, Any, Any]:
    """Return the places below and above one that is no whole number, and the share of the upper."""
    low, high = floor(place), ceil(place)
    if method == "linear":
        return low, high, subtract(place, low)
    if method == "midpoint":
        return low, high, multiply(add(not_equal(low, high), 0.0), 0.5)
    chosen = {"lower": low, "higher": high, "nearest": round(place)}[method]
    return chosen, chosen, multiply(chosen, 0.0)


def _quantiles(
    name: str, x: Any, q: Any, axis: Axes, method: str, keepdims: bool, *, skip: bool
) -> Any:
    if method not in METHODS:
        raise ValueError(f"{name}: method should be one of {METHODS}, received {method!r}.")
    x = known(x)
    if isinstance(known(q), Tensor):
        raise ValueError(f"{name}: q is a number or an array, not a symbolic tensor.")
    shares = np.asarray(q, np.float64)
    if shares.ndim > 1 or not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(f"{name}: shares from 0 to 1 were expected, received {q}.")
    if not isinstance(x, Tensor):
        x = x.astype(eager_dtype((x,)))
    rows, axes = _in_one_axis(name, x, axis)
    ordered = sort(rows, -1)
    lost = not_equal(rows, rows)
    found = []
    for share in shares.ravel().tolist():
        if skip:
            last = subtract(sum(subtract(1.0, lost), -1, keepdims=True), 1.0)
            place = clip(multiply(last, share), 0.0, float(rows.shape[-1]))
            low, high, upper = _between(method, stop_gradient(place))
            below, above = (take_along_axis(ordered, at, -1) for at in (low, high))
            value = add(below, multiply(upper, subtract(above, below)))
            value = where(_same(low, high), below, value)
        else:
            at = np.asarray(share * (rows.shape[-1] - 1))
            low, high, upper = (float(v) for v in _between(method, at))
            below = take(ordered, np.array([int(low)]), -1)
            value = below
            if high != low:
                above = take(ordered, np.array([int(high)]), -1)
                value = add(below, multiply(subtract(above, below), upper))
            value = where(count_nonzero(lost, -1)[..., None], math.nan, value)
        found.append(reshape(value, tuple(rows.shape[:-1])))
    kept = [1 if a in axes else n for a, n in enumerate(x.shape) if keepdims or a not in axes]
    found = [reshape(value, tuple(kept)) for value in found]
    if shares.ndim == 0:
        return found[0]
    return stack(found, 1 if None in x.shape else 0)


def _same(a: Any, b: Any) -> Any:
    return subtract(1.0, not_equal(a, b))


def quantile(
    x: Any, q: Any, axis: Axes = None, method: str = "linear", keepdims: bool = False
) -> Any:
    """Return the numbers that shares q of the elements lie below, over an axis, over several, or over all.

    The element at place ``q * (n - 1)`` of n in ascending order, or between two of them. With a NaN among them it is
    NaN.

    Parameters
    ----------
    x : tensor
    q : float, or sequence of float
        From 0 to 1; not a symbolic tensor.
    axis : int or sequence of int, optional
        Not that of the samples of a symbolic tensor.
    method : {"linear", "lower", "higher", "midpoint", "nearest"}
        What to take between two places.
    keepdims : bool

    Returns
    -------
    tensor
        For several q with a first axis of their number, which stands behind that of samples while a model is traced.

    Raises
    ------
    ValueError
        For other shares or methods, and for an axis without elements.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.quantile([1.0, 2.0, 3.0, 4.0], [0.25, 0.5])
    array([1.75, 2.5 ], dtype=float32)
    """
    return _quantiles("quantile", x, q, axis, method, keepdims, skip=False)


def percentile(
    x: Any, q: Any, axis: Axes = None, method: str = "linear", keepdims: bool = False
) -> Any:
    """Return `quantile` of ``q / 100``.

    Parameters are those of `quantile`, q from 0 to 100; errors, too.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.percentile([1.0, 2.0, 3.0, 4.0], 25)
    array(1.75, dtype=float32)
    """
    return quantile(x, np.asarray(q) / 100.0, axis, method, keepdims)


def median(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the element in the middle, or the mean of the two there: `quantile` of 0.5.

    Parameters are those of `quantile` without q and `method`; errors, too.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.median([3.0, 1.0, 2.0])
    array(2., dtype=float32)
    """
    return _quantiles("median", x, 0.5, axis, "linear", keepdims, skip=False)


def nanquantile(
    x: Any, q: Any, axis: Axes = None, method: str = "linear", keepdims: bool = False
) -> Any:
    """Return `quantile` of the elements that are not NaN; NaN if there are none.

    Parameters are those of `quantile`; errors, too.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nanquantile([3.0, 1.0, float("nan")], 0.25)
    array(1.5, dtype=float32)
    """
    return _quantiles("nanquantile", x, q, axis, method, keepdims, skip=True)


def nanpercentile(
    x: Any, q: Any, axis: Axes = None, method: str = "linear", keepdims: bool = False
) -> Any:
    """Return `nanquantile` of ``q / 100``.

    Parameters are those of `quantile`, q from 0 to 100; errors, too.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nanpercentile([3.0, 1.0, float("nan")], 25)
    array(1.5, dtype=float32)
    """
    return nanquantile(x, np.asarray(q) / 100.0, axis, method, keepdims)


def nanmedian(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return `median` of the elements that are not NaN; NaN if there are none.

    Parameters are those of `quantile` without q and `method`; errors, too.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nanmedian([3.0, 1.0, float("nan")])
    array(2., dtype=float32)
    """
    return _quantiles("nanmedian", x, 0.5, axis, "linear", keepdims, skip=True)
