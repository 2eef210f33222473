"""Reductions that leave out NaN, which stands for numbers that are missing."""

from __future__ import annotations

import math
from typing import Any

from pymlp.ops.cumulating import cumprod, cumsum
from pymlp.ops.elementwise import divide, equal, not_equal, sqrt, square, subtract, where
from pymlp.ops.extremes import argmax, argmin, max, min, prod
from pymlp.ops.reduction import Axes, sum
from pymlp.ops.values import known, whole

__all__ = [
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
]


def _filled(x: Any, number: float) -> tuple[Any, Any]:
    """Return x with a number in place of NaN, and 1 where it is not NaN."""
    x = known(x)
    there = equal(x, x)
    return where(there, x, number), there


def nansum(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the sum over an axis, over several, or over all, of what is not NaN; 0 if nothing is.

    Parameters and result are those of `sum`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nansum([1.0, float("nan"), 3.0])
    array(4., dtype=float32)
    """
    return sum(_filled(x, 0.0)[0], axis, keepdims)


def nanprod(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the product over an axis, over several, or over all, of what is not NaN; 1 if nothing is.

    Parameters and result are those of `sum`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nanprod([2.0, float("nan"), 3.0])
    array(6., dtype=float32)
    """
    return prod(_filled(x, 1.0)[0], axis, keepdims)


def nanmean(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the mean over an axis, over several, or over all, of what is not NaN; NaN if nothing is.

    Parameters and result are those of `sum`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nanmean([1.0, float("nan"), 3.0])
    array(2., dtype=float32)
    """
    numbers, there = _filled(x, 0.0)
    return divide(sum(numbers, axis, keepdims), sum(there, axis, keepdims))


def nanvar(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the mean of the squared distances to the mean, of what is not NaN; NaN if nothing is.

    Parameters and result are those of `sum`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nanvar([1.0, float("nan"), 3.0])
    array(1., dtype=float32)
    """
    numbers, there = _filled(x, 0.0)
    count = sum(there, axis, keepdims)
    middle = divide(sum(numbers, axis, keepdims=True), sum(there, axis, keepdims=True))
    apart = where(there, subtract(numbers, middle), 0.0)
    return divide(sum(square(apart), axis, keepdims), count)


def nanstd(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the square root of `nanvar`.

    Parameters and result are those of `sum`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nanstd([1.0, float("nan"), 3.0])
    array(1., dtype=float32)
    """
    return sqrt(nanvar(x, axis, keepdims))


def _extreme(x: Any, axis: Axes, keepdims: bool, reduction: Any, number: float) -> Any:
    numbers, there = _filled(x, number)
    found = reduction(numbers, axis, keepdims)
    return where(sum(there, axis, keepdims), found, math.nan)


def nanmax(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the greatest element over an axis, over several, or over all, that is not NaN; NaN if none is.

    Parameters and result are those of `sum`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nanmax([1.0, float("nan"), 3.0])
    array(3., dtype=float32)
    """
    return _extreme(x, axis, keepdims, max, -math.inf)


def nanmin(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the least element over an axis, over several, or over all, that is not NaN; NaN if none is.

    Parameters and result are those of `sum`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nanmin([1.0, float("nan"), 3.0])
    array(1., dtype=float32)
    """
    return _extreme(x, axis, keepdims, min, math.inf)


def _place(x: Any, axis: int | None, keepdims: bool, search: Any, number: float) -> Any:
    numbers, there = _filled(x, number)
    found = search(numbers, axis, keepdims)
    return whole(where(not_equal(sum(there, axis, keepdims), 0.0), found, -1.0))


def nanargmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the index of the greatest element that is not NaN, as `argmax`; -1 if none is.

    Parameters and result are those of `argmax`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nanargmax([1.0, float("nan"), 3.0])
    array(2, dtype=int32)
    """
    return _place(x, axis, keepdims, argmax, -math.inf)


def nanargmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the index of the least element that is not NaN, as `argmin`; -1 if none is.

    Parameters and result are those of `argmax`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nanargmin([1.0, float("nan"), 3.0])
    array(0, dtype=int32)
    """
    return _place(x, axis, keepdims, argmin, math.inf)


def nancumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Return for each element the sum of those up to it that are not NaN: see `cumsum`.

    Parameters and result are those of `cumsum`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nancumsum([1.0, float("nan"), 3.0])
    array([1., 1., 4.], dtype=float32)
    """
    return cumsum(_filled(x, 0.0)[0], axis, dtype)


def nancumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Return for each element the product of those up to it that are not NaN: see `cumprod`.

    Parameters and result are those of `cumsum`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nancumprod([2.0, float("nan"), 3.0])
    array([2., 2., 6.], dtype=float32)
    """
    return cumprod(_filled(x, 1.0)[0], axis, dtype)
