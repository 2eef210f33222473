"""Quotients, remainders, parts of numbers: made of elementwise operations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pymlp.graph.tensor import Tensor
from pymlp.ops.elementwise import (
    abs,
    add,
    divide,
    equal,
    floor,
    greater,
    maximum,
    minimum,
    multiply,
    not_equal,
    power,
    sign,
    sqrt,
    square,
    subtract,
    where,
)
from pymlp.ops.operation import eager_dtype
from pymlp.ops.values import alike, known

__all__ = [
    "absolute",
    "deg2rad",
    "divide_no_nan",
    "fabs",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "heaviside",
    "hypot",
    "ldexp",
    "mod",
    "nan_to_num",
    "rad2deg",
    "reciprocal",
    "rsqrt",
    "true_divide",
    "trunc",
]

# Keras's second names.
absolute = abs
fabs = abs
true_divide = divide


def floor_divide(x1: Any, x2: Any) -> Any:
    """Return ``floor(x1 / x2)``, broadcast by NumPy's rules; its gradient is 0.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.floor_divide([7.0, -7.0], 2.0)
    array([ 3., -4.], dtype=float32)
    """
    return floor(divide(x1, x2))


def trunc(x: Any) -> Any:
    """Return x without its decimals: the nearest whole number towards 0; its gradient is 0.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.trunc([1.7, -1.7])
    array([ 1., -1.], dtype=float32)
    """
    x = known(x)
    return multiply(sign(x), floor(abs(x)))


def mod(x1: Any, x2: Any) -> Any:
    """Return ``x1 - floor(x1 / x2) * x2``, of the sign of x2.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.mod([7.0, -7.0], 4.0)
    array([3., 1.], dtype=float32)
    """
    return subtract(x1, multiply(floor_divide(x1, x2), x2))


def fmod(x1: Any, x2: Any) -> Any:
    """Return ``x1 - trunc(x1 / x2) * x2``, of the sign of x1.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.fmod([7.0, -7.0], 4.0)
    array([ 3., -3.], dtype=float32)
    """
    return subtract(x1, multiply(trunc(divide(x1, x2)), x2))


def divide_no_nan(x1: Any, x2: Any) -> Any:
    """Return ``x1 / x2``, and 0 where x2 is 0.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.divide_no_nan([1.0, 2.0], [0.0, 4.0])
    array([0. , 0.5], dtype=float32)
    """
    none = equal(x2, 0.0)
    return where(none, 0.0, divide(x1, where(none, 1.0, x2)))


def reciprocal(x: Any) -> Any:
    """Return ``1 / x``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.reciprocal([2.0, 4.0])
    array([0.5 , 0.25], dtype=float32)
    """
    return divide(1.0, x)


def rsqrt(x: Any) -> Any:
    """Return ``1 / sqrt(x)``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.rsqrt([4.0, 16.0])
    array([0.5 , 0.25], dtype=float32)
    """
    return divide(1.0, sqrt(x))


def fmax(x1: Any, x2: Any) -> Any:
    """Return the greater of x1 and x2, broadcast by NumPy's rules; of a number and a NaN, the number.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.fmax([1.0, float("nan")], 0.5)
    array([1. , 0.5], dtype=float32)
    """
    x1, x2 = alike(x1, x2)
    return where(not_equal(x1, x1), x2, where(not_equal(x2, x2), x1, maximum(x1, x2)))


def fmin(x1: Any, x2: Any) -> Any:
    """Return the lesser of x1 and x2, broadcast by NumPy's rules; of a number and a NaN, the number.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.fmin([1.0, float("nan")], 0.5)
    array([0.5, 0.5], dtype=float32)
    """
    x1, x2 = alike(x1, x2)
    return where(not_equal(x1, x1), x2, where(not_equal(x2, x2), x1, minimum(x1, x2)))


def heaviside(x1: Any, x2: Any) -> Any:
    """Return 0 where x1 is below 0, 1 above it, and x2 at it; x1 has no gradient.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.heaviside([-1.0, 0.0, 2.0], 0.5)
    array([0. , 0.5, 1. ], dtype=float32)
    """
    x1, x2 = alike(x1, x2)
    return where(not_equal(x1, x1), x1, where(equal(x1, 0.0), x2, greater(x1, 0.0)))


def hypot(x1: Any, x2: Any) -> Any:
    """Return ``sqrt(x1 ** 2 + x2 ** 2)`` without overflow; the gradient at (0, 0) is 0.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.hypot([3.0, 6.0], [4.0, 8.0])
    array([ 5., 10.], dtype=float32)
    """
    a, b = (abs(x) for x in alike(x1, x2))
    longer = maximum(a, b)
    safe = where(equal(longer, 0.0), 1.0, longer)
    # Both infinite: their quotient would be NaN.
    share = where(equal(longer, math.inf), 0.0, divide(minimum(a, b), safe))
    return multiply(longer, sqrt(add(square(share), 1.0)))


def ldexp(x1: Any, x2: Any) -> Any:
    """Return ``x1 * 2 ** x2``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.ldexp([1.0, 3.0], [4, -1])
    array([16. ,  1.5], dtype=float32)
    """
    return multiply(x1, power(2.0, x2))


def deg2rad(x: Any) -> Any:
    """Return ``x * pi / 180``: an angle in degrees as one in radians.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.deg2rad([90.0, 180.0]).round(4)
    array([1.5708, 3.1416], dtype=float32)
    """
    return multiply(x, math.pi / 180)


def rad2deg(x: Any) -> Any:
    """Return ``x * 180 / pi``: an angle in radians as one in degrees.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.rad2deg([1.0, 2.0]).round(4)
    array([ 57.2958, 114.5916], dtype=float32)
    """
    return multiply(x, 180 / math.pi)


def nan_to_num(
    x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Any:
    """Return x with numbers in place of NaN and infinities.

    Parameters
    ----------
    x : tensor
    nan, posinf, neginf : float
        What to put there; for infinities by default the greatest and the least finite number.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.nan_to_num([1.0, float("nan"), float("inf")], posinf=9.0)
    array([1., 0., 9.], dtype=float32)
    """
    x = known(x)
    limits = np.finfo(x.dtype if isinstance(x, Tensor) else eager_dtype((x,)))
    x = where(not_equal(x, x), nan, x)
    x = where(equal(x, math.inf), float(limits.max) if posinf is None else posinf, x)
    return where(equal(x, -math.inf), float(limits.min) if neginf is None else neginf, x)
