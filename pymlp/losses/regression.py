"""Losses of regression: functions of ``y_pred - y_true``, averaged over the last axis."""

from __future__ import annotations

from typing import Any

from pymlp import ops
from pymlp.losses.shapes import matched

__all__ = ["huber", "mean_absolute_error", "mean_squared_error"]


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """Return ``mean((y_pred - y_true) ** 2)`` over the last axis.

    Parameters
    ----------
    y_true, y_pred : tensors or arrays of shape (batch_size, ..., n)
        Next to (batch_size, 1), (batch_size,) is taken as (batch_size, 1).

    Returns
    -------
    tensor or array of shape (batch_size, ...)

    Raises
    ------
    ValueError
        If the shapes differ otherwise. (Keras broadcasts them.)

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> losses.mean_squared_error(np.array([[0.0, 1.0]]), np.array([[1.0, 3.0]]))
    array([2.5])
    """
    y_true, y_pred = matched("mean_squared_error", y_true, y_pred)
    return ops.mean(ops.square(ops.subtract(y_pred, y_true)), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """Return ``mean(|y_pred - y_true|)`` over the last axis.

    Parameters, result and errors are those of `mean_squared_error`.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> losses.mean_absolute_error(np.array([[0.0, 1.0]]), np.array([[1.0, 3.0]]))
    array([1.5])
    """
    y_true, y_pred = matched("mean_absolute_error", y_true, y_pred)
    return ops.mean(ops.abs(ops.subtract(y_pred, y_true)), axis=-1)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Return the Huber loss: quadratic for errors up to `delta`, linear beyond.

    With ``e = y_pred - y_true``, the mean over the last axis of ``e ** 2 / 2`` where
    ``|e| <= delta`` and ``delta * |e| - delta ** 2 / 2`` elsewhere.

    Parameters
    ----------
    y_true, y_pred : tensors or arrays of shape (batch_size, ..., n)
    delta : float
        Where the parabola goes over into straight lines.

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
