"""Activations of straight pieces and their kin: nothing below a threshold, the input above it."""

from __future__ import annotations

from typing import Any

from pymlp.ops.elementwise import (
    abs,
    add,
    clip,
    divide,
    elu,
    greater,
    multiply,
    relu,
    sqrt,
    square,
    subtract,
    where,
)
from pymlp.ops.values import known

__all__ = [
    "celu",
    "hard_shrink",
    "hard_tanh",
    "relu6",
    "selu",
    "soft_shrink",
    "sparse_plus",
    "squareplus",
    "threshold",
]


def relu6(x: Any) -> Any:
    """Return x kept between 0 and 6.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.relu6([-1.0, 2.0, 7.0])
    array([0., 2., 6.], dtype=float32)
    """
    return clip(x, 0.0, 6.0)


def hard_tanh(x: Any) -> Any:
    """Return x kept between -1 and 1.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.hard_tanh([-3.0, 0.5, 3.0])
    array([-1. ,  0.5,  1. ], dtype=float32)
    """
    return clip(x, -1.0, 1.0)


def celu(x: Any, alpha: float = 1.0) -> Any:
    """Return x where it is positive, ``alpha * (exp(x / alpha) - 1)`` elsewhere.

    Parameters
    ----------
    x : tensor
    alpha : float
        Not 0.

    References
    ----------
    J. T. Barron: Continuously differentiable exponential linear units (2017).

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.celu([-1.0, 2.0]).round(4)
    array([-0.6321,  2.    ], dtype=float32)
    """
    return multiply(elu(divide(x, alpha)), alpha)


def selu(x: Any) -> Any:
    """Return ``scale * elu(x, alpha)``, with the two numbers that keep mean 0 and variance 1 from layer to layer.

    ``scale`` is 1.0507009873554805 and ``alpha`` 1.6732632423543772. Kernels should be drawn by ``"lecun_normal"``.

    References
    ----------
    G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter: Self-normalizing neural networks (2017).

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.selu([-1.0, 2.0]).round(4)
    array([-1.1113,  2.1014], dtype=float32)
    """
    return multiply(elu(x, 1.6732632423543772), 1.0507009873554805)


def squareplus(x: Any, b: float = 4) -> Any:
    """Return ``(x + sqrt(x ** 2 + b)) / 2``, a smooth form of ReLU without exponentials.

    Parameters
    ----------
    x : tensor
    b : float
        How round the bend at 0 is; not negative. With 0 it is ReLU.

    References
    ----------
    J. T. Barron: Squareplus: a softplus-like algebraic rectifier (2021).

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.squareplus([-1.0, 0.0, 1.0]).round(4)
    array([0.618, 1.   , 1.618], dtype=float32)
    """
    return multiply(add(x, sqrt(add(square(x), b))), 0.5)


def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """Return x where ``|x| > threshold``, 0 elsewhere.

    Parameters
    ----------
    x : tensor
    threshold : float
        Not negative.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.hard_shrink([-1.0, 0.2, 1.0])
    array([-1.,  0.,  1.], dtype=float32)
    """
    x = known(x)
    return where(greater(abs(x), threshold), x, 0.0)


def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """Return x moved by `threshold` towards 0, and 0 where it would cross it.

    Parameters
    ----------
    x : tensor
    threshold : float
        Not negative.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.soft_shrink([-1.0, 0.2, 1.0])
    array([-0.5,  0. ,  0.5], dtype=float32)
    """
    above, below = relu(subtract(x, threshold)), relu(subtract(-threshold, x))
    return subtract(above, below)


def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """Return x where it is above `threshold`, `default_value` elsewhere.

    Parameters
    ----------
    x : tensor
    threshold : float
    default_value : float

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.threshold([-1.0, 0.5, 2.0], 1.0, 0.0)
    array([0., 0., 2.], dtype=float32)
    """
    x = known(x)
    return where(greater(x, threshold), x, default_value)


def sparse_plus(x: Any) -> Any:
    """Return 0 up to -1, ``(x + 1) ** 2 / 4`` up to 1, and x above.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.sparse_plus([-2.0, 0.0, 2.0])
    array([0.  , 0.25, 2.  ], dtype=float32)
    """
    middle = multiply(square(add(clip(x, -1.0, 1.0), 1.0)), 0.25)
    return add(middle, relu(subtract(x, 1.0)))
