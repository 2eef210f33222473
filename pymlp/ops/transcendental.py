"""Logarithms, exponentials and angles that are made of others."""

from __future__ import annotations

import math
from typing import Any

from pymlp.ops.elementwise import (
    abs,
    add,
    cos,
    divide,
    equal,
    exp,
    expm1,
    log,
    maximum,
    multiply,
    negative,
    power,
    sign,
    sin,
    softplus,
    subtract,
    where,
)
from pymlp.ops.values import alike, known

__all__ = ["cosh", "exp2", "log2", "log10", "logaddexp", "logaddexp2", "sinc", "sinh", "tan"]


def exp2(x: Any) -> Any:
    """Return ``2 ** x``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.exp2([3.0, -1.0])
    array([8. , 0.5], dtype=float32)
    """
    return power(2.0, x)


def log2(x: Any) -> Any:
    """Return the logarithm of x to base 2: ``-inf`` for 0, NaN below.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.log2([8.0, 0.5])
    array([ 3., -1.], dtype=float32)
    """
    return multiply(log(x), 1 / math.log(2))


def log10(x: Any) -> Any:
    """Return the logarithm of x to base 10: ``-inf`` for 0, NaN below.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.log10([100.0, 0.1])
    array([ 2., -1.], dtype=float32)
    """
    return multiply(log(x), 1 / math.log(10))


def logaddexp(x1: Any, x2: Any) -> Any:
    """Return ``log(exp(x1) + exp(x2))`` without overflow.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.logaddexp([0.0, 3.0], [0.0, 3.0]).round(4)
    array([0.6931, 3.6931], dtype=float32)
    """
    x1, x2 = alike(x1, x2)
    # Equal infinities have no difference.
    apart = where(equal(x1, x2), 0.0, subtract(x1, x2))
    return add(maximum(x1, x2), softplus(negative(abs(apart))))


def logaddexp2(x1: Any, x2: Any) -> Any:
    """Return ``log2(2 ** x1 + 2 ** x2)`` without overflow.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.logaddexp2([0.0, 3.0], [0.0, 3.0]).round(4)
    array([1., 4.], dtype=float32)
    """
    scale = math.log(2)
    return multiply(logaddexp(multiply(x1, scale), multiply(x2, scale)), 1 / scale)


def sinh(x: Any) -> Any:
    """Return the hyperbolic sine, ``(exp(x) - exp(-x)) / 2``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.sinh([0.0, 1.0]).round(4)
    array([0.    , 1.1752], dtype=float32)
    """
    x = known(x)
    small = expm1(abs(x))
    infinite = equal(small, math.inf)
    rest = where(infinite, 1.0, divide(small, add(where(infinite, 0.0, small), 1.0)))
    return multiply(sign(x), multiply(add(small, rest), 0.5))


def cosh(x: Any) -> Any:
    """Return the hyperbolic cosine, ``(exp(x) + exp(-x)) / 2``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.cosh([0.0, 1.0]).round(4)
    array([1.    , 1.5431], dtype=float32)
    """
    grown = exp(abs(x))
    return multiply(add(grown, divide(1.0, grown)), 0.5)


def tan(x: Any) -> Any:
    """Return the tangent, ``sin(x) / cos(x)``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.tan([0.0, 1.0]).round(4)
    array([0.    , 1.5574], dtype=float32)
    """
    return divide(sin(x), cos(x))


def sinc(x: Any) -> Any:
    """Return ``sin(pi x) / (pi x)``, and 1 at 0.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.sinc([0.0, 0.5]).round(4)
    array([1.    , 0.6366], dtype=float32)
    """
    x = known(x)
    zero = equal(x, 0.0)
    angle = multiply(where(zero, 1.0, x), math.pi)
    return where(zero, 1.0, divide(sin(angle), angle))
