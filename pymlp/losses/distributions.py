"""Losses between distributions: divergence from a given one, and likelihood under a predicted one."""

from __future__ import annotations

from typing import Any

from pymlp import ops
from pymlp.config import epsilon
from pymlp.losses.registry import loss_function
from pymlp.losses.shapes import matched
from pymlp.losses.targets import check_elementwise_targets
from pymlp.losses.wrapper import LossFunctionWrapper

__all__ = [
    "KLDivergence",
    "Poisson",
    "kl_divergence",
    "poisson",
]


@loss_function(check_elementwise_targets)
def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """Return ``sum(y_true * log(y_true / y_pred))`` over the last axis, the Kullback-Leibler divergence.

    Parameters
    ----------
    y_true, y_pred : tensors or arrays of shape (batch_size, ..., n)
        Rows of probabilities; kept within ``[epsilon, 1]``, epsilon being `pymlp.config.epsilon`.

    Returns
    -------
    tensor or array of shape (batch_size, ...)

    Raises
    ------
    ValueError
        If the shapes differ by more than a last axis of length 1.

    References
    ----------
    S. Kullback and R. A. Leibler, "On information and sufficiency", Annals of Mathematical Statistics 22 (1951).

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> losses.kl_divergence(np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]])).round(4)
    array([0.1438])
    """
    y_true, y_pred = matched("kl_divergence", y_true, y_pred)
    y_true, y_pred = ops.clip(y_true, epsilon(), 1.0), ops.clip(y_pred, epsilon(), 1.0)
    return ops.sum(ops.multiply(y_true, ops.log(ops.divide(y_true, y_pred))), axis=-1)


@loss_function(check_elementwise_targets)
def poisson(y_true: Any, y_pred: Any) -> Any:
    """Return ``mean(y_pred - y_true * log(y_pred + epsilon))`` over the last axis.

    The negative log-likelihood of counts under Poisson distributions, but for what does not depend on y_pred.

    Parameters
    ----------
    y_true : tensor or array of shape (batch_size, ..., n)
        Counts.
    y_pred : tensor or array of the same shape
        Rates, of 0 or more. `epsilon` is `pymlp.config.epsilon`.

    Returns
    -------
    tensor or array of shape (batch_size, ...)

    Raises
    ------
    ValueError
        If the shapes differ by more than a last axis of length 1.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> losses.poisson(np.array([[3.0, 0.0]]), np.array([[1.0, 2.0]])).round(4)
    array([1.5])
    """
    y_true, y_pred = matched("poisson", y_true, y_pred)
    surprise = ops.multiply(y_true, ops.log(ops.add(y_pred, epsilon())))
    return ops.mean(ops.subtract(y_pred, surprise), axis=-1)


class KLDivergence(LossFunctionWrapper):
    """Kullback-Leibler divergence of predicted from given probabilities: see `pymlp.losses.kl_divergence`.

    Parameters
    ----------
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> round(float(losses.KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]])), 4)
    0.1438
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "kl_divergence",
        dtype: str | None = None,
    ) -> None:
        super().__init__(kl_divergence, reduction, name, dtype)


class Poisson(LossFunctionWrapper):
    """Loss of counts under predicted rates: see `pymlp.losses.poisson`.

    Parameters
    ----------
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> round(float(losses.Poisson()([[3.0], [0.0]], [[1.0], [2.0]])), 4)
    1.5
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "poisson",
        dtype: str | None = None,
    ) -> None:
        super().__init__(poisson, reduction, name, dtype)
