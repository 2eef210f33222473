"""Losses of regression that large errors do not rule, and that of a quantile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp import ops
from pymlp.graph.tensor import Shape
from pymlp.losses.registry import loss_function
from pymlp.losses.shapes import as_float, float_type, matched
from pymlp.losses.targets import check_elementwise_targets
from pymlp.losses.wrapper import LossFunctionWrapper

__all__ = ["Huber", "LogCosh", "Pinball", "huber", "log_cosh", "pinball"]


@loss_function(check_elementwise_targets)
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Return the Huber loss: quadratic for errors up to `delta`, linear beyond.

    With ``e = y_pred - y_true``, the mean over the last axis of ``e ** 2 / 2`` where
    ``|e| <= delta`` and ``delta * |e| - delta ** 2 / 2`` elsewhere.

    Parameters
    ----------
    y_true, y_pred : tensors or arrays of shape (batch_size, ..., n)
    delta : float
        Where the parabola goes over into straight lines.

    References
    ----------
    P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35 (1964).

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> losses.huber(np.array([[0.0, 0.0]]), np.array([[1.0, 3.0]]))
    array([1.5])
    """
    y_true, y_pred = matched("huber", y_true, y_pred)
    error = ops.subtract(y_pred, y_true)
    # With c = e cut to [-delta, delta], both branches are c (e - c / 2), and the gradient is c.
    cut = ops.clip(error, -delta, delta)
    return ops.mean(ops.multiply(cut, ops.subtract(error, ops.multiply(cut, 0.5))), axis=-1)


@loss_function(check_elementwise_targets)
def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """Return ``mean(log(cosh(y_pred - y_true)))`` over the last axis.

    About ``e ** 2 / 2`` for a small error e and ``|e| - log(2)`` for a large one.

    Parameters
    ----------
    y_true, y_pred : tensors or arrays of shape (batch_size, ..., n)

    Notes
    -----
    Computed as ``|e| + softplus(-2 |e|) - log(2)``, which does not overflow.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> losses.log_cosh(np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]])).round(4)
    array([0.2169])
    """
    y_true, y_pred = matched("log_cosh", y_true, y_pred)
    error = ops.subtract(y_pred, y_true)
    values = ops.add(error, ops.softplus(ops.multiply(error, -2.0)))
    return ops.mean(ops.subtract(values, math.log(2.0)), axis=-1)


def _check_quantiles(quantile: Any) -> np.ndarray:
    quantiles = np.asarray(quantile, np.float64)
    if quantiles.ndim > 1 or not quantiles.size or not np.all((quantiles > 0) & (quantiles < 1)):
        raise ValueError(
            "pinball expected quantile to be a number between 0 and 1, or a list of such numbers, one for each "
            f"column of y_pred; received {quantile!r}."
        )
    return quantiles


def _check_pinball_targets(
    y: Any, output_shape: Shape, *, output_name: str, quantile: Any = 0.5
) -> None:
    several = np.ndim(quantile) > 0
    shape = (*output_shape[:-1], 1) if several else output_shape
    check_elementwise_targets(y, shape, output_name=output_name)


@loss_function(_check_pinball_targets)
def pinball(y_true: Any, y_pred: Any, quantile: float | Sequence[float] = 0.5) -> Any:
    """Return the quantile loss, which is least where y_pred is that quantile of the targets.

    With ``e = y_true - y_pred``, the mean over the last axis of ``max(quantile * e, (quantile - 1) * e)``.

    Parameters
    ----------
    y_true : tensor or array of shape (batch_size, ..., n)
        With several quantiles of shape (batch_size, ..., 1) or (batch_size, ...).
    y_pred : tensor or array of shape (batch_size, ..., n)
    quantile : float or sequence of n float
        Between 0 and 1. With several, each column of y_pred is a prediction of its own quantile.

    Returns
    -------
    tensor or array of shape (batch_size, ...)

    Raises
    ------
    ValueError
        For a quantile out of range, or if the shapes do not go together.

    Notes
    -----
    Keras has no such loss.

    References
    ----------
    R. Koenker and G. Bassett, "Regression quantiles", Econometrica 46 (1978).

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> losses.pinball(np.array([[1.0]]), np.array([[3.0]]), quantile=0.9).round(2)
    array([0.2])
    >>> losses.pinball(np.array([[1.0]]), np.array([[0.0, 2.0]]), quantile=[0.1, 0.9]).round(2)
    array([0.1])
    """
    quantiles = _check_quantiles(quantile)
    if quantiles.ndim:
        y_true, y_pred = _each_quantile(y_true, y_pred, len(quantiles))
    else:
        y_true, y_pred = matched("pinball", y_true, y_pred)
    error = ops.subtract(y_true, y_pred)
    above = quantiles.astype(error.dtype) if quantiles.ndim else float(quantiles)
    values = ops.maximum(ops.multiply(error, above), ops.multiply(error, above - 1))
    return ops.mean(values, axis=-1)


def _each_quantile(y_true: Any, y_pred: Any, count: int) -> tuple[Any, Any]:
    """Return targets with a last axis of 1, next to which the predictions have one of `count`."""
    dtype = float_type(y_pred)
    y_true, y_pred = as_float(y_true, dtype), as_float(y_pred, dtype)
    given = y_true.shape
    if y_true.ndim == y_pred.ndim - 1:
        y_true = ops.expand_dims(y_true, -1)
    if y_pred.shape[-1:] != (count,) or y_true.shape != (*y_pred.shape[:-1], 1):
        raise ValueError(
            f"pinball of {count} quantiles expected y_pred of shape (batch_size, {count}) and y_true of shape "
            f"(batch_size, 1), received {y_pred.shape} and {given}. Give the output layer a unit for each quantile."
        )
    return y_true, y_pred


class Huber(LossFunctionWrapper):
    """Quadratic for small errors, linear for large ones: see `pymlp.losses.huber`.

    Parameters
    ----------
    delta : float
        The error from which on the loss is linear.
    reduction, name, dtype
        As in `Loss`.

    Notes
    -----
    The configuration holds `delta`. Keras's does not, so that a file written by Keras gives 1.

    Examples
    --------
    >>> from pymlp import losses
    >>> float(losses.Huber(delta=2.0)([[0.0], [0.0]], [[1.0], [3.0]]))
    2.25
    """

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: str | None = None,
    ) -> None:
        super().__init__(huber, reduction, name, dtype, delta=delta)


class LogCosh(LossFunctionWrapper):
    """Logarithm of the hyperbolic cosine of the error: see `pymlp.losses.log_cosh`.

    Parameters
    ----------
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> round(float(losses.LogCosh()([[0.0]], [[1.0]])), 4)
    0.4338
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "log_cosh",
        dtype: str | None = None,
    ) -> None:
        super().__init__(log_cosh, reduction, name, dtype)


class Pinball(LossFunctionWrapper):
    """The loss of a quantile, or of several: see `pymlp.losses.pinball`.

    Parameters
    ----------
    quantile : float or sequence of float
        Between 0 and 1; 0.5 gives half the mean absolute error.
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> round(float(losses.Pinball(0.9)([[1.0], [1.0]], [[0.0], [2.0]])), 4)
    0.5
    """

    def __init__(
        self,
        quantile: float | Sequence[float] = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "pinball",
        dtype: str | None = None,
    ) -> None:
        _check_quantiles(quantile)
        given = list(quantile) if isinstance(quantile, Sequence) else quantile
        super().__init__(pinball, reduction, name, dtype, quantile=given)
