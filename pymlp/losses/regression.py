"""Losses of regression: means over the last axis of functions of the error."""

from __future__ import annotations

from typing import Any

from pymlp import ops
from pymlp.config import epsilon
from pymlp.losses.registry import loss_function
from pymlp.losses.shapes import matched
from pymlp.losses.targets import check_elementwise_targets
from pymlp.losses.wrapper import LossFunctionWrapper

__all__ = [
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
]


@loss_function(check_elementwise_targets)
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


@loss_function(check_elementwise_targets)
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


@loss_function(check_elementwise_targets)
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """Return ``100 * mean(|y_true - y_pred| / max(|y_true|, epsilon))`` over the last axis.

    Parameters, result and errors are those of `mean_squared_error`; `epsilon` is `pymlp.config.epsilon`.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> losses.mean_absolute_percentage_error(np.array([[2.0, 4.0]]), np.array([[1.0, 5.0]]))
    array([37.5])
    """
    y_true, y_pred = matched("mean_absolute_percentage_error", y_true, y_pred)
    size = ops.maximum(ops.abs(y_true), epsilon())
    share = ops.abs(ops.divide(ops.subtract(y_true, y_pred), size))
    return ops.multiply(ops.mean(share, axis=-1), 100.0)


@loss_function(check_elementwise_targets)
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """Return ``mean((log(1 + y_pred) - log(1 + y_true)) ** 2)`` over the last axis.

    Both are raised to `pymlp.config.epsilon` first where they are less. Parameters, result and errors are those of
    `mean_squared_error`.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> losses.mean_squared_logarithmic_error(np.array([[1.0]]), np.array([[3.0]])).round(4)
    array([0.4805])
    """
    y_true, y_pred = matched("mean_squared_logarithmic_error", y_true, y_pred)
    error = ops.subtract(_log_above_one(y_pred), _log_above_one(y_true))
    return ops.mean(ops.square(error), axis=-1)


def _log_above_one(x: Any) -> Any:
    return ops.log1p(ops.maximum(x, epsilon()))


class MeanSquaredError(LossFunctionWrapper):
    """Mean of the squared errors: see `pymlp.losses.mean_squared_error`.

    Parameters
    ----------
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> float(losses.MeanSquaredError()([[0.0], [1.0]], [[1.0], [3.0]]))
    2.5
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """Mean of the absolute errors: see `pymlp.losses.mean_absolute_error`.

    Parameters
    ----------
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> float(losses.MeanAbsoluteError()([[0.0], [1.0]], [[1.0], [3.0]]))
    1.5
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(mean_absolute_error, reduction, name, dtype)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """Mean of errors in percent of the target: see `pymlp.losses.mean_absolute_percentage_error`.

    Parameters
    ----------
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> float(losses.MeanAbsolutePercentageError()([[2.0], [4.0]], [[1.0], [5.0]]))
    37.5
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_percentage_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """Mean squared difference of logarithms: see `pymlp.losses.mean_squared_logarithmic_error`.

    Parameters
    ----------
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> round(float(losses.MeanSquaredLogarithmicError()([[1.0]], [[3.0]])), 4)
    0.4805
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_logarithmic_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)
