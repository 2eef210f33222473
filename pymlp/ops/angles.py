"""Sines, cosines and their inverses, hyperbolic ones too. Their names are those of kernels in unary.inc.c."""

from __future__ import annotations

from typing import Any

from pymlp.ops.unary import apply_unary

__all__ = ["arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cos", "sin"]


def sin(x: Any) -> Any:
    """Return the sine of x, an angle in radians.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.sin([0.0, 1.0]).round(4)
    array([0.    , 0.8415], dtype=float32)
    """
    return apply_unary("sin", x)


def cos(x: Any) -> Any:
    """Return the cosine of x, an angle in radians.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.cos([0.0, 1.0]).round(4)
    array([1.    , 0.5403], dtype=float32)
    """
    return apply_unary("cos", x)


def arcsin(x: Any) -> Any:
    """Return the angle within ``[-pi/2, pi/2]`` whose sine is x; NaN beyond [-1, 1].

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.arcsin([0.0, 1.0]).round(4)
    array([0.    , 1.5708], dtype=float32)
    """
    return apply_unary("arcsin", x)


def arccos(x: Any) -> Any:
    """Return the angle within ``[0, pi]`` whose cosine is x; NaN beyond [-1, 1].

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.arccos([0.0, 1.0]).round(4)
    array([1.5708, 0.    ], dtype=float32)
    """
    return apply_unary("arccos", x)


def arctan(x: Any) -> Any:
    """Return the angle within ``[-pi/2, pi/2]`` whose tangent is x.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.arctan([0.0, 1.0]).round(4)
    array([0.    , 0.7854], dtype=float32)
    """
    return apply_unary("arctan", x)


def arcsinh(x: Any) -> Any:
    """Return the number whose hyperbolic sine is x: ``log(x + sqrt(x ** 2 + 1))``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.arcsinh([0.0, 1.0]).round(4)
    array([0.    , 0.8814], dtype=float32)
    """
    return apply_unary("arcsinh", x)


def arccosh(x: Any) -> Any:
    """Return the positive number whose hyperbolic cosine is x: ``log(x + sqrt(x ** 2 - 1))``; NaN below 1.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.arccosh([1.0, 2.0]).round(4)
    array([0.   , 1.317], dtype=float32)
    """
    return apply_unary("arccosh", x)


def arctanh(x: Any) -> Any:
    """Return the number whose hyperbolic tangent is x: ``log((1 + x) / (1 - x)) / 2``; NaN beyond [-1, 1].

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.arctanh([0.0, 0.5]).round(4)
    array([0.    , 0.5493], dtype=float32)
    """
    return apply_unary("arctanh", x)
