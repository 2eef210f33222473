"""All elementwise operations: of one tensor, of two, and those that are of one or of two as their arguments are."""

from __future__ import annotations

from typing import Any

from pymlp.ops.angles import arccos, arccosh, arcsin, arcsinh, arctan, arctanh, cos, sin
from pymlp.ops.binary import (
    BINARY,
    add,
    arctan2,
    divide,
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    maximum,
    minimum,
    multiply,
    not_equal,
    power,
    subtract,
    where,
)
from pymlp.ops.unary import (
    UNARY,
    UNARY_BY_INPUT,
    UNARY_BY_OUTPUT,
    UNARY_GRADIENTS,
    UNARY_NUMBERS,
    abs,
    apply_unary,
    cbrt,
    ceil,
    erf,
    erfc,
    erfinv,
    exp,
    expm1,
    floor,
    log,
    log1p,
    negative,
    relu,
    sigmoid,
    sign,
    softplus,
    sqrt,
    square,
    tanh,
)

__all__ = [
    "BINARY",
    "UNARY",
    "UNARY_BY_INPUT",
    "UNARY_BY_OUTPUT",
    "UNARY_GRADIENTS",
    "UNARY_NUMBERS",
    "abs",
    "add",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "cbrt",
    "ceil",
    "clip",
    "cos",
    "divide",
    "elu",
    "equal",
    "erf",
    "erfc",
    "erfinv",
    "exp",
    "expm1",
    "floor",
    "greater",
    "greater_equal",
    "leaky_relu",
    "less",
    "less_equal",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "not_equal",
    "power",
    "relu",
    "round",
    "sigmoid",
    "sign",
    "sin",
    "softplus",
    "sqrt",
    "square",
    "subtract",
    "tanh",
    "where",
]  # fmt: skip


def round(x: Any, decimals: int = 0) -> Any:
    """Return the nearest number of so many decimals, the even one of two; its gradient is 0.

    Parameters
    ----------
    x : tensor
    decimals : int
        Negative ones round to tens, hundreds and so on.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.round([0.5, 1.5, -1.4])
    array([ 0.,  2., -1.], dtype=float32)
    >>> ops.round([1.26, -1.24], decimals=1)
    array([ 1.3, -1.2], dtype=float32)
    """
    if decimals == 0:
        return apply_unary("round", x)
    return divide(apply_unary("round", multiply(x, 10.0**decimals)), 10.0**decimals)


def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """Return x kept within [x_min, x_max]; the gradient is 0 outside.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.clip([-2.0, 0.5, 3.0], -1.0, 1.0)
    array([-1. ,  0.5,  1. ], dtype=float32)
    """
    if isinstance(x_min, (int, float)) and isinstance(x_max, (int, float)):
        return apply_unary("clip", x, x_min, x_max)
    return minimum(maximum(x, x_min), x_max)


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """Return x where positive, ``negative_slope * x`` elsewhere.

    Parameters
    ----------
    x : tensor
    negative_slope : float

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.leaky_relu([-1.0, 2.0])
    array([-0.2,  2. ], dtype=float32)
    """
    if negative_slope < 0:  # the output no longer tells the sign of the input
        return where(greater(x, 0.0), x, multiply(x, negative_slope))
    return apply_unary("leaky_relu", x, negative_slope)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """Return x where positive, ``alpha * (e ** x - 1)`` elsewhere.

    Parameters
    ----------
    x : tensor
    alpha : float

    References
    ----------
    D.-A. Clevert, T. Unterthiner, S. Hochreiter: Fast and accurate deep network learning by exponential linear units
    (2016).

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.elu([-1.0, 2.0]).round(4)
    array([-0.6321,  2.    ], dtype=float32)
    """
    if alpha < 0:
        return where(greater(x, 0.0), x, multiply(elu(minimum(x, 0.0)), alpha))
    return apply_unary("elu", x, alpha)
