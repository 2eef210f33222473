"""Activations that go from one level to another, and those that are an input times such a gate."""

from __future__ import annotations

import math
from typing import Any

from pymlp.ops.elementwise import (
    abs,
    add,
    clip,
    divide,
    erf,
    multiply,
    negative,
    sigmoid,
    softplus,
    square,
    subtract,
    tanh,
)
from pymlp.ops.rectifiers import relu6
from pymlp.ops.splitting import split
from pymlp.ops.values import axis_of, known

__all__ = [
    "gelu",
    "glu",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "log_sigmoid",
    "mish",
    "silu",
    "softsign",
    "sparse_sigmoid",
    "swish",
    "tanh_shrink",
]


def softsign(x: Any) -> Any:
    """Return ``x / (1 + |x|)``, between -1 and 1.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.softsign([-1.0, 0.0, 3.0])
    array([-0.5 ,  0.  ,  0.75], dtype=float32)
    """
    return divide(x, add(abs(x), 1.0))


def log_sigmoid(x: Any) -> Any:
    """Return ``log(sigmoid(x))``, without underflow.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.log_sigmoid([0.0, -10.0]).round(4)
    array([ -0.6931, -10.    ], dtype=float32)
    """
    return negative(softplus(negative(x)))


def hard_sigmoid(x: Any) -> Any:
    """Return ``relu6(x + 3) / 6``: straight lines near `sigmoid`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.hard_sigmoid([-4.0, 0.0, 1.5])
    array([0.  , 0.5 , 0.75], dtype=float32)
    """
    return multiply(relu6(add(x, 3.0)), 1.0 / 6.0)


def sparse_sigmoid(x: Any) -> Any:
    """Return ``(x + 1) / 2`` kept between 0 and 1.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.sparse_sigmoid([-2.0, 0.0, 2.0])
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return multiply(add(clip(x, -1.0, 1.0), 1.0), 0.5)


def silu(x: Any) -> Any:
    """Return ``x * sigmoid(x)``, also known as swish.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.silu([-1.0, 0.0, 1.0]).round(4)
    array([-0.2689,  0.    ,  0.7311], dtype=float32)
    """
    return multiply(x, sigmoid(x))


def hard_silu(x: Any) -> Any:
    """Return ``x * hard_sigmoid(x)``, also known as hard swish.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.hard_silu([-4.0, 0.0, 1.5])
    array([-0.   ,  0.   ,  1.125], dtype=float32)
    """
    return multiply(x, hard_sigmoid(x))


# Keras's second names.
swish = silu
hard_swish = hard_silu


def gelu(x: Any, approximate: bool = True) -> Any:
    """Return ``x * P(X <= x)`` for a standard normal X: ``0.5 * x * (1 + erf(x / sqrt(2)))``.

    Parameters
    ----------
    x : tensor
    approximate : bool
        Whether to take ``0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)))`` instead.

    References
    ----------
    D. Hendrycks, K. Gimpel: Gaussian error linear units (2016).

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.gelu([-1.0, 0.0, 1.0]).round(4)
    array([-0.1588,  0.    ,  0.8412], dtype=float32)
    """
    if approximate:
        inner = multiply(x, add(multiply(square(x), 0.044715), 1.0))
        y = tanh(multiply(inner, math.sqrt(2 / math.pi)))
    else:
        y = erf(multiply(x, math.sqrt(0.5)))
    return multiply(multiply(x, 0.5), add(y, 1.0))


def mish(x: Any) -> Any:
    """Return ``x * tanh(softplus(x))``.

    References
    ----------
    D. Misra: Mish: a self regularized non-monotonic neural activation function (2019).

    Examples
    --------
    >>> from pymlp import activations
    >>> activations.mish([-1.0, 0.0, 1.0]).round(4)
    array([-0.3034,  0.    ,  0.8651], dtype=float32)
    """
    return multiply(x, tanh(softplus(x)))


def tanh_shrink(x: Any) -> Any:
    """Return ``x - tanh(x)``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.tanh_shrink([0.0, 1.0]).round(4)
    array([0.    , 0.2384], dtype=float32)
    """
    return subtract(x, tanh(x))


def glu(x: Any, axis: int = -1) -> Any:
    """Return ``a * sigmoid(b)``, a and b being the halves of x along an axis.

    Parameters
    ----------
    x : tensor
    axis : int
        Of an even length; not that of the samples of a symbolic tensor.

    Returns
    -------
    tensor
        Half as long along the axis.

    Raises
    ------
    ValueError
        If the axis is not there, or of an odd length.

    References
    ----------
    Y. Dauphin, A. Fan, M. Auli, D. Grangier: Language modeling with gated convolutional networks (2017).

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.glu([[1.0, 2.0, 0.0, 0.0]])
    array([[0.5, 1. ]], dtype=float32)
    """
    x = known(x)
    length = x.shape[axis_of("glu", axis, x.ndim)]
    if length is None or length % 2:
        raise ValueError(f"glu: axis {axis} of shape {tuple(x.shape)} does not fall into halves.")
    a, b = split(x, 2, axis)
    return multiply(a, sigmoid(b))
