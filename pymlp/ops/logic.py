"""Comparisons and logic: truth values on arrays, 1 and 0 of the tensor's type on symbolic tensors.

None of them has a gradient.
"""

from __future__ import annotations

import math
from typing import Any

from pymlp.ops import elementwise
from pymlp.ops.elementwise import abs, add, divide, maximum, multiply, subtract
from pymlp.ops.extremes import all, any
from pymlp.ops.shaping import expand_dims, reshape
from pymlp.ops.values import alike, known, truth

__all__ = [
    "allclose",
    "equal",
    "greater",
    "greater_equal",
    "isclose",
    "isfinite",
    "isin",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "not_equal",
    "signbit",
]


def less(x1: Any, x2: Any) -> Any:
    """Return whether ``x1 < x2``, broadcast by NumPy's rules; False for NaN.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.less([1.0, 2.0, 3.0], 2.0)
    array([ True, False, False])
    """
    return truth(elementwise.less(x1, x2))


def less_equal(x1: Any, x2: Any) -> Any:
    """Return whether ``x1 <= x2``, broadcast by NumPy's rules; False for NaN.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.less_equal([1.0, 2.0, 3.0], 2.0)
    array([ True,  True, False])
    """
    return truth(elementwise.less_equal(x1, x2))


def greater(x1: Any, x2: Any) -> Any:
    """Return whether ``x1 > x2``, broadcast by NumPy's rules; False for NaN.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.greater([1.0, 2.0, 3.0], 2.0)
    array([False, False,  True])
    """
    return truth(elementwise.greater(x1, x2))


def greater_equal(x1: Any, x2: Any) -> Any:
    """Return whether ``x1 >= x2``, broadcast by NumPy's rules; False for NaN.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.greater_equal([1.0, 2.0, 3.0], 2.0)
    array([False,  True,  True])
    """
    return truth(elementwise.greater_equal(x1, x2))


def equal(x1: Any, x2: Any) -> Any:
    """Return whether ``x1 == x2``, broadcast by NumPy's rules; False for NaN.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.equal([1.0, 2.0, 3.0], 2.0)
    array([False,  True, False])
    """
    return truth(elementwise.equal(x1, x2))


def not_equal(x1: Any, x2: Any) -> Any:
    """Return whether ``x1 != x2``, broadcast by NumPy's rules; True for NaN.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.not_equal([1.0, 2.0, 3.0], 2.0)
    array([ True, False,  True])
    """
    return truth(elementwise.not_equal(x1, x2))


def _is_true(x: Any) -> Any:
    return elementwise.not_equal(known(x), 0.0)


def logical_not(x: Any) -> Any:
    """Return whether x is 0.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.logical_not([True, False])
    array([False,  True])
    """
    return truth(elementwise.equal(known(x), 0.0))


def logical_and(x1: Any, x2: Any) -> Any:
    """Return whether neither x1 nor x2 is 0, broadcast by NumPy's rules.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.logical_and([True, True], [True, False])
    array([ True, False])
    """
    return truth(multiply(_is_true(x1), _is_true(x2)))


def logical_or(x1: Any, x2: Any) -> Any:
    """Return whether x1 or x2 or both are not 0, broadcast by NumPy's rules.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.logical_or([True, False], [False, False])
    array([ True, False])
    """
    return truth(maximum(_is_true(x1), _is_true(x2)))


def logical_xor(x1: Any, x2: Any) -> Any:
    """Return whether exactly one of x1 and x2 is not 0, broadcast by NumPy's rules.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.logical_xor([True, True], [True, False])
    array([False,  True])
    """
    return truth(elementwise.not_equal(_is_true(x1), _is_true(x2)))


def isnan(x: Any) -> Any:
    """Return whether x is not a number.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.isnan([1.0, float("nan")])
    array([False,  True])
    """
    x = known(x)
    return truth(elementwise.not_equal(x, x))


def isfinite(x: Any) -> Any:
    """Return whether x is neither infinite nor NaN.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.isfinite([1.0, float("inf")])
    array([ True, False])
    """
    x = known(x)
    return truth(elementwise.equal(subtract(x, x), 0.0))


def isinf(x: Any) -> Any:
    """Return whether x is infinite.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.isinf([1.0, float("-inf")])
    array([False,  True])
    """
    return truth(elementwise.equal(abs(known(x)), math.inf))


def isposinf(x: Any) -> Any:
    """Return whether x is positive infinity.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.isposinf([float("inf"), float("-inf")])
    array([ True, False])
    """
    return truth(elementwise.equal(known(x), math.inf))


def isneginf(x: Any) -> Any:
    """Return whether x is negative infinity.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.isneginf([float("inf"), float("-inf")])
    array([False,  True])
    """
    return truth(elementwise.equal(known(x), -math.inf))


def signbit(x: Any) -> Any:
    """Return whether x has a minus sign, as -0 has; False for NaN.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.signbit([1.0, -0.0, -2.0])
    array([False,  True,  True])
    """
    x = known(x)
    minus_zero = multiply(elementwise.equal(x, 0.0), elementwise.less(divide(1.0, x), 0.0))
    return truth(maximum(elementwise.less(x, 0.0), minus_zero))


def isclose(
    x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Return whether ``|x1 - x2| <= atol + rtol * |x2|``; infinities are close to themselves alone.

    Parameters
    ----------
    x1, x2 : tensor
    rtol, atol : float
    equal_nan : bool
        Whether NaN is close to NaN.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.isclose([1.0, 1.0], [1.000001, 1.1])
    array([ True, False])
    """
    x1, x2 = alike(x1, x2)
    near = elementwise.less_equal(abs(subtract(x1, x2)), add(multiply(abs(x2), rtol), atol))
    near = logical_or(logical_and(near, isfinite(x2)), elementwise.equal(x1, x2))
    return logical_or(near, logical_and(isnan(x1), isnan(x2))) if equal_nan else near


def allclose(
    x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Return whether all elements are close, as `isclose` says.

    Parameters are those of `isclose`. On arrays a truth value, on symbolic tensors 1 or 0.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.allclose([1.0, 2.0], [1.000001, 2.0])
    array(True)
    """
    return all(isclose(x1, x2, rtol, atol, equal_nan))


def isin(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> Any:
    """Return for each element of x1 whether it is one of x2.

    Parameters
    ----------
    x1 : tensor
    x2 : tensor
        Without samples, if it is symbolic.
    assume_unique : bool
        Without effect: what is looked for is compared with all.
    invert : bool
        Whether to return the opposite.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.isin([1, 2, 3], [3, 1])
    array([ True, False,  True])
    """
    x1, x2 = alike(x1, x2)
    found = any(elementwise.equal(expand_dims(x1, -1), reshape(x2, (-1,))), -1)
    return logical_not(found) if invert else found
