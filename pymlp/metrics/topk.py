"""Accuracies that count a prediction as right if the target is among its best few classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp import ops
from pymlp.losses.shapes import matched, matched_classes
from pymlp.metrics.running import MeanMetricWrapper
from pymlp.ops import elementwise

__all__ = [
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
]


def _in_top_k(y_true: Any, y_pred: Any, k: int) -> Any:
    """Return 1 where fewer than k classes are scored higher than the target class, else 0."""
    classes = np.arange(y_pred.shape[-1], dtype=y_pred.dtype)
    chosen = elementwise.equal(ops.expand_dims(y_true, -1), classes)
    score = ops.sum(ops.where(chosen, y_pred, 0.0), axis=-1, keepdims=True)
    return elementwise.less(ops.sum(elementwise.greater(y_pred, score), axis=-1), float(k))


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Return 1 where the class of one-hot targets is among the k best of the prediction, else 0.

    Parameters
    ----------
    y_true, y_pred : tensors or arrays of shape (batch_size, ..., classes)
    k : int

    Returns
    -------
    tensor or array of shape (batch_size, ...)

    Notes
    -----
    Fewer than k classes are to be scored higher: of equal scores all count.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import metrics
    >>> y_true, y_pred = np.array([[0, 0, 1], [0, 1, 0]]), np.array([[0.1, 0.9, 0.8], [0.5, 0.1, 0.4]])
    >>> metrics.top_k_categorical_accuracy(y_true, y_pred, k=2)
    array([1., 0.])
    """
    y_true, y_pred = matched("top_k_categorical_accuracy", y_true, y_pred)
    return _in_top_k(ops.argmax(y_true, axis=-1), y_pred, k)


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> Any:
    """Return 1 where the target class is among the k best of the prediction, else 0.

    Parameters
    ----------
    y_true : tensor or array of shape (batch_size, ...) or (batch_size, ..., 1)
        Class numbers.
    y_pred : tensor or array of shape (batch_size, ..., classes)
        Scores; or, with `from_sorted_ids`, class numbers, the best first.
    k : int
    from_sorted_ids : bool

    Returns
    -------
    tensor or array of shape (batch_size, ...)

    Notes
    -----
    Fewer than k classes are to be scored higher: of equal scores all count.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import metrics
    >>> y_pred = np.array([[0.1, 0.9, 0.8], [0.5, 0.1, 0.4]])
    >>> metrics.sparse_top_k_categorical_accuracy(np.array([2, 1]), y_pred, k=2)
    array([1., 0.])
    """
    y_true, y_pred = matched_classes(
        "sparse_top_k_categorical_accuracy", y_true, y_pred, one_hot="top_k_categorical_accuracy"
    )
    if not from_sorted_ids:
        return _in_top_k(y_true, y_pred, k)
    first = 1.0 * (np.arange(y_pred.shape[-1]) < k)
    hits = ops.multiply(
        elementwise.equal(ops.expand_dims(y_true, -1), y_pred), first.astype(y_pred.dtype)
    )
    return elementwise.greater(ops.sum(hits, axis=-1), 0.0)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class of one-hot targets is among the k best: the mean of `top_k_categorical_accuracy`.

    Parameters
    ----------
    k : int
    name : str
    dtype : {"float32", "float64"}, optional

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.TopKCategoricalAccuracy(k=1)([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    0.5
    """

    _direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "top_k_categorical_accuracy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the target class is among the k best: the mean of `sparse_top_k_categorical_accuracy`.

    Parameters
    ----------
    k : int
    name : str
    dtype : {"float32", "float64"}, optional
    from_sorted_ids : bool
        Whether predictions are class numbers, the best first, and not scores.

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.SparseTopKCategoricalAccuracy(k=1)([2, 1], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    0.5
    """

    _direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: str | None = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(
            sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids
        )
