"""Hinge losses: of predictions that should be on the right side of 0, by a margin of 1."""

from __future__ import annotations

from typing import Any

from pymlp import ops
from pymlp.losses.registry import loss_function
from pymlp.losses.shapes import greatest, matched
from pymlp.losses.targets import check_categorical_targets, check_elementwise_targets
from pymlp.losses.wrapper import LossFunctionWrapper
from pymlp.ops import elementwise

__all__ = [
    "CategoricalHinge",
    "Hinge",
    "SquaredHinge",
    "categorical_hinge",
    "hinge",
    "squared_hinge",
]


def _signs(y_true: Any) -> Any:
    """Return targets of 0 and 1 as -1 and 1, if the batch has no others; else as they are."""
    others = ops.multiply(elementwise.not_equal(y_true, 0.0), elementwise.not_equal(y_true, 1.0))
    binary = elementwise.equal(ops.sum(others), 0.0)
    return ops.where(binary, ops.subtract(ops.multiply(y_true, 2.0), 1.0), y_true)


def _missing_margin(name: str, y_true: Any, y_pred: Any) -> Any:
    y_true, y_pred = matched(name, y_true, y_pred)
    return ops.relu(ops.subtract(1.0, ops.multiply(_signs(y_true), y_pred)))


@loss_function(check_elementwise_targets)
def hinge(y_true: Any, y_pred: Any) -> Any:
    """Return ``mean(max(1 - y_true * y_pred, 0))`` over the last axis.

    Parameters
    ----------
    y_true : tensor or array of shape (batch_size, ..., n)
        -1 or 1. A batch that holds nothing but 0 and 1 is taken to mean -1 and 1.
    y_pred : tensor or array of the same shape

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
    >>> losses.hinge(np.array([[-1.0, 1.0]]), np.array([[0.5, 3.0]]))
    array([0.75])
    """
    return ops.mean(_missing_margin("hinge", y_true, y_pred), axis=-1)


@loss_function(check_elementwise_targets)
def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """Return ``mean(max(1 - y_true * y_pred, 0) ** 2)`` over the last axis.

    Parameters, result and errors are those of `hinge`.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> losses.squared_hinge(np.array([[-1.0, 1.0]]), np.array([[0.5, 3.0]]))
    array([1.125])
    """
    return ops.mean(ops.square(_missing_margin("squared_hinge", y_true, y_pred)), axis=-1)


@loss_function(check_categorical_targets)
def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """Return ``max(wrong - right + 1, 0)``, right being the score of the target class, wrong the best other one.

    With rows over the classes, ``right = sum(y_true * y_pred)`` and ``wrong = max((1 - y_true) * y_pred)``.

    Parameters
    ----------
    y_true : tensor or array of shape (batch_size, ..., classes)
        One-hot rows.
    y_pred : tensor or array of the same shape

    Returns
    -------
    tensor or array of shape (batch_size, ...)

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> losses.categorical_hinge(np.array([[0.0, 1.0, 0.0]]), np.array([[0.5, 2.0, 1.5]]))
    array([0.5])
    """
    y_true, y_pred = matched("categorical_hinge", y_true, y_pred)
    right = ops.sum(ops.multiply(y_true, y_pred), axis=-1)
    wrong = greatest(ops.multiply(ops.subtract(1.0, y_true), y_pred))
    return ops.relu(ops.add(ops.subtract(wrong, right), 1.0))


class Hinge(LossFunctionWrapper):
    """Mean of the missing margins: see `pymlp.losses.hinge`.

    Parameters
    ----------
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> float(losses.Hinge()([[-1.0], [1.0]], [[0.5], [3.0]]))
    0.75
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "hinge",
        dtype: str | None = None,
    ) -> None:
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(LossFunctionWrapper):
    """Mean of the squared missing margins: see `pymlp.losses.squared_hinge`.

    Parameters
    ----------
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> float(losses.SquaredHinge()([[-1.0], [1.0]], [[0.5], [3.0]]))
    1.125
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "squared_hinge",
        dtype: str | None = None,
    ) -> None:
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(LossFunctionWrapper):
    """Missing margin between the target class and the best other one: see `pymlp.losses.categorical_hinge`.

    Parameters
    ----------
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> float(losses.CategoricalHinge()([[0.0, 1.0, 0.0]], [[0.5, 2.0, 1.5]]))
    0.5
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_hinge",
        dtype: str | None = None,
    ) -> None:
        super().__init__(categorical_hinge, reduction, name, dtype)
