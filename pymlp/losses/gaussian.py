"""The negative log-likelihood of normal distributions, whose mean and variance are both predicted."""

from __future__ import annotations

import math
from typing import Any

from pymlp import ops
from pymlp.graph.tensor import Shape
from pymlp.losses.registry import loss_function
from pymlp.losses.shapes import as_float, float_type
from pymlp.losses.targets import check_elementwise_targets
from pymlp.losses.wrapper import LossFunctionWrapper

__all__ = ["GaussianNegativeLogLikelihood", "gaussian_negative_log_likelihood"]

_SCALES = ("log", "softplus", "plain")


def _check_arguments(variance: Any, min_variance: Any) -> None:
    if variance not in _SCALES:
        raise ValueError(
            "gaussian_negative_log_likelihood expected variance to be one of "
            f"{', '.join(map(repr, _SCALES))}; received {variance!r}."
        )
    if not 0.0 < float(min_variance) < math.inf:
        raise ValueError(
            f"gaussian_negative_log_likelihood expected min_variance to be above 0, received {min_variance!r}."
        )


def _check_targets(y: Any, output_shape: Shape, *, output_name: str, **arguments: Any) -> None:
    units = output_shape[-1] or 0
    if units % 2:
        raise ValueError(
            f"The Gaussian negative log-likelihood of output layer {output_name!r} expected an even number of units, a "
            f"mean and a variance for each target; it has {units}."
        )
    check_elementwise_targets(y, (*output_shape[:-1], units // 2), output_name=output_name)


@loss_function(_check_targets)
def gaussian_negative_log_likelihood(
    y_true: Any,
    y_pred: Any,
    variance: str = "log",
    min_variance: float = 1e-6,
    full: bool = False,
) -> Any:
    """Return ``mean(log(v) + (y_true - m) ** 2 / v) / 2`` over the last axis, m and v being predicted.

    The first half of the columns of y_pred are the means m, the other half says the variances v: what a model expects,
    and how sure it is of it, for each sample. With a fixed variance it is half the squared error, but for a factor.

    Parameters
    ----------
    y_true : tensor or array of shape (batch_size, ..., k)
        With k = 1 of shape (batch_size, ...), too.
    y_pred : tensor or array of shape (batch_size, ..., 2 k)
    variance : {"log", "softplus", "plain"}
        What the second half holds: "log", the logarithm of the variance; "softplus", a number x of which
        ``log(1 + e ** x) + min_variance`` is the variance; "plain", the variance itself, of an output layer that gives
        no negative ones.
    min_variance : float
        No variance counts as smaller.
    full : bool
        Whether to add ``log(2 pi) / 2``, which no weight depends on.

    Returns
    -------
    tensor or array of shape (batch_size, ...)

    Raises
    ------
    ValueError
        For an argument out of range, or if the shapes do not go together.

    Notes
    -----
    Keras has no such loss. It may be negative. With "log", a last layer ``Dense(2 * k)`` is all it takes;
    ``y_pred[:, :k]`` is then the prediction, and ``exp(y_pred[:, k:] / 2)`` its standard deviation.

    References
    ----------
    D. A. Nix and A. S. Weigend, "Estimating the mean and variance of the target probability distribution". ICNN 1994.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> y_pred = np.array([[1.0, 0.0], [1.0, np.log(4.0)]])
    >>> losses.gaussian_negative_log_likelihood(np.array([[3.0], [3.0]]), y_pred).round(4)
    array([2.    , 1.1931])
    """
    _check_arguments(variance, min_variance)
    y_true, mean, said = _halves(y_true, y_pred)
    if variance == "log":
        log = ops.maximum(said, math.log(min_variance))
        precision = ops.exp(ops.negative(log))
    else:
        if variance == "softplus":
            spread = ops.add(ops.softplus(said), min_variance)
        else:
            spread = ops.maximum(said, min_variance)
        log, precision = ops.log(spread), ops.divide(1.0, spread)
    squares = ops.multiply(ops.square(ops.subtract(y_true, mean)), precision)
    values = ops.multiply(ops.mean(ops.add(log, squares), axis=-1), 0.5)
    return ops.add(values, 0.5 * math.log(2.0 * math.pi)) if full else values


def _halves(y_true: Any, y_pred: Any) -> tuple[Any, Any, Any]:
    """Return targets, means and what is said of variances, all of one shape."""
    dtype = float_type(y_pred)
    y_true, y_pred = as_float(y_true, dtype), as_float(y_pred, dtype)
    given = y_true.shape
    if y_true.ndim == y_pred.ndim - 1:
        y_true = ops.expand_dims(y_true, -1)
    wanted = (*y_pred.shape[:-1], (y_pred.shape[-1] or 0) // 2) if y_pred.ndim else None
    if y_pred.ndim < 2 or y_pred.shape[-1] % 2 or y_true.shape != wanted:
        raise ValueError(
            "gaussian_negative_log_likelihood expected y_true of shape (batch_size, k) and y_pred of shape "
            f"(batch_size, 2 * k), received y_true of shape {given} and y_pred of shape {y_pred.shape}. Give the "
            "output layer two units for each target: means first, then variances."
        )
    return y_true, *ops.split(y_pred, 2, axis=-1)


class GaussianNegativeLogLikelihood(LossFunctionWrapper):
    """Likelihood of targets under normal distributions: see `pymlp.losses.gaussian_negative_log_likelihood`.

    Parameters
    ----------
    variance : {"log", "softplus", "plain"}
        What the second half of the columns of y_pred holds.
    min_variance : float
    full : bool
    reduction, name, dtype
        As in `Loss`.

    References
    ----------
    D. A. Nix and A. S. Weigend, "Estimating the mean and variance of the target probability distribution". ICNN 1994.

    Examples
    --------
    >>> from pymlp import losses
    >>> float(losses.GaussianNegativeLogLikelihood(variance="plain")([[3.0]], [[1.0, 1.0]]))
    2.0
    """

    def __init__(
        self,
        variance: str = "log",
        min_variance: float = 1e-6,
        full: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "gaussian_negative_log_likelihood",
        dtype: str | None = None,
    ) -> None:
        _check_arguments(variance, min_variance)
        super().__init__(
            gaussian_negative_log_likelihood,
            reduction,
            name,
            dtype,
            variance=variance,
            min_variance=min_variance,
            full=full,
        )
