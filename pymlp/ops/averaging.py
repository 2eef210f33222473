"""Variances, weighted means, counts, and the logarithm of a sum of exponentials."""

from __future__ import annotations

from typing import Any

from pymlp.graph.tensor import Tensor
from pymlp.ops.elementwise import (
    add,
    divide,
    equal,
    exp,
    log,
    multiply,
    not_equal,
    sqrt,
    square,
    subtract,
    where,
)
from pymlp.ops.extremes import max
from pymlp.ops.reduction import Axes, mean, sum
from pymlp.ops.shaping import broadcast_to, reshape, squeeze
from pymlp.ops.stopping import stop_gradient
from pymlp.ops.values import axes_of, axis_of, known, whole

__all__ = ["average", "count_nonzero", "logsumexp", "moments", "std", "var"]


def var(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the mean of the squared distances to the mean, over an axis, over several, or over all.

    Parameters and result are those of `sum`; over no element it is NaN.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.var([1.0, 2.0, 3.0, 4.0])
    array(1.25, dtype=float32)
    """
    x = known(x)
    return mean(square(subtract(x, mean(x, axis, keepdims=True))), axis, keepdims)


def std(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the square root of the variance.

    Parameters and result are those of `sum`; over no element it is NaN.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.std([1.0, 3.0])
    array(1., dtype=float32)
    """
    return sqrt(var(x, axis, keepdims))


def moments(
    x: Any, axes: Axes, keepdims: bool = False, synchronized: bool = False
) -> tuple[Any, Any]:
    """Return (mean, variance) over axes.

    Parameters
    ----------
    x : tensor
    axes : int or sequence of int
    keepdims : bool
        Whether the axes stay, of length 1.
    synchronized : bool
        Only False.

    Returns
    -------
    tuple of two tensors of the shape of x without the axes, or with length 1 there

    Raises
    ------
    ValueError
        For ``synchronized=True``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.moments([1.0, 3.0], axes=0)
    (array(2., dtype=float32), array(1., dtype=float32))
    """
    if synchronized:
        raise ValueError("moments: synchronized=True is for several machines; leave it out.")
    return mean(x, axes, keepdims), var(x, axes, keepdims)


def logsumexp(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return ``log(sum(exp(x)))`` over an axis, over several, or over all, without overflow.

    Parameters and result are those of `sum`. The greatest element is taken off before and added after.

    Raises
    ------
    ValueError
        If an axis is not there, or of length 0.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.logsumexp([1000.0, 1000.0])
    array(1000.6932, dtype=float32)
    """
    x = known(x)
    top = stop_gradient(max(x, axis, keepdims=True))
    # An infinite maximum is taken off as 0: inf - inf is none.
    finite = where(equal(subtract(top, top), 0.0), top, 0.0)
    total = log(sum(exp(subtract(x, finite)), axis, keepdims=True))
    found = add(total, finite)
    if keepdims:
        return found
    return squeeze(found, axes_of("logsumexp", axis, x.ndim))


def average(x: Any, axis: Axes = None, weights: Any = None) -> Any:
    """Return ``sum(x * weights) / sum(weights)`` over an axis, over several, or over all.

    Parameters
    ----------
    x : tensor
    axis : int or sequence of int, optional
    weights : tensor, optional
        Of the shape of x, or along one axis of that axis' length. Default: all alike.

    Raises
    ------
    ValueError
        If the weights are of neither shape.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.average([1.0, 2.0, 3.0], weights=[3.0, 1.0, 0.0])
    array(1.25, dtype=float32)
    """
    x = known(x)
    if weights is None:
        return mean(x, axis)
    weights = known(weights)
    if tuple(weights.shape) != tuple(x.shape):
        position = axis_of("average", axis, x.ndim) if isinstance(axis, int) else 0
        if weights.ndim != 1 or not isinstance(axis, int) or weights.shape[0] != x.shape[position]:
            raise ValueError(
                f"average: weights of shape {tuple(weights.shape)} go with neither x of shape {tuple(x.shape)} nor its "
                f"axis {axis}."
            )
        shape: list[int | None] = [1] * x.ndim
        shape[position] = x.shape[position]
        weights = reshape(weights, tuple(shape))
        if not (isinstance(weights, Tensor) and None in weights.shape):
            weights = broadcast_to(weights, tuple(x.shape))
    return divide(sum(multiply(x, weights), axis), sum(weights, axis))


def count_nonzero(x: Any, axis: Axes = None) -> Any:
    """Return how many elements are not 0 over an axis, over several, or over all; NaN is not 0.

    On arrays of type int32, on symbolic tensors of the type of x.

    Parameters are those of `sum`, but for `keepdims`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.count_nonzero([[1.0, 0.0], [2.0, 3.0]], axis=1)
    array([1, 2], dtype=int32)
    """
    return whole(sum(not_equal(known(x), 0.0), axis))
