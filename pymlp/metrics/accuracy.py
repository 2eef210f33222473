"""Accuracies: how often predictions are right."""

from __future__ import annotations

from typing import Any

from pymlp import ops
from pymlp.losses.shapes import matched, matched_classes
from pymlp.metrics.running import MeanMetricWrapper
from pymlp.ops import elementwise

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "SparseCategoricalAccuracy",
    "accuracy",
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
]


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return 1 where target and prediction are equal, else 0; both have the same shape."""
    y_true, y_pred = matched("accuracy", y_true, y_pred)
    return elementwise.equal(y_true, y_pred)


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """Return 1 where ``y_pred > threshold`` agrees with a target of 0 or 1, else 0.

    Parameters
    ----------
    y_true, y_pred : tensors or arrays of the same shape
    threshold : float

    Returns
    -------
    tensor or array of that shape

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import metrics
    >>> metrics.binary_accuracy(np.array([[1.0], [0.0]]), np.array([[0.6], [0.7]]))
    array([[1.],
           [0.]])
    """
    y_true, y_pred = matched("binary_accuracy", y_true, y_pred)
    return elementwise.equal(y_true, elementwise.greater(y_pred, threshold))


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return 1 where the greatest entry of one-hot targets is also that of the prediction, else 0.

    Parameters
    ----------
    y_true, y_pred : tensors or arrays of shape (batch_size, ..., classes)

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
    >>> from pymlp import metrics
    >>> metrics.categorical_accuracy(np.array([[0, 1], [1, 0]]), np.array([[0.3, 0.7], [0.4, 0.6]]))
    array([1., 0.])
    """
    y_true, y_pred = matched("categorical_accuracy", y_true, y_pred)
    chosen = (ops.cast(ops.argmax(y, axis=-1), y_pred.dtype) for y in (y_true, y_pred))
    return elementwise.equal(*chosen)


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return 1 where the greatest entry of the prediction is at the target class, else 0.

    Parameters
    ----------
    y_true : tensor or array of shape (batch_size, ...) or (batch_size, ..., 1)
        Class numbers.
    y_pred : tensor or array of shape (batch_size, ..., classes)
        Probabilities or logits.

    Returns
    -------
    tensor or array of shape (batch_size, ...)

    Raises
    ------
    ValueError
        If the shapes do not go together.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import metrics
    >>> metrics.sparse_categorical_accuracy(np.array([2, 1]), np.array([[0, 0, 1.0], [1.0, 0, 0]]))
    array([1., 0.])
    """
    y_true, y_pred = matched_classes(
        "sparse_categorical_accuracy", y_true, y_pred, one_hot="categorical_accuracy"
    )
    return elementwise.equal(y_true, ops.argmax(y_pred, axis=-1))


class Accuracy(MeanMetricWrapper):
    """How often predictions equal the targets: the mean of `accuracy`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.Accuracy()([[1], [2], [3], [4]], [[0], [2], [3], [4]])
    0.75
    """

    _direction = "up"

    def __init__(self, name: str | None = "accuracy", dtype: str | None = None) -> None:
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """How often predictions are on the right side of a threshold: the mean of `binary_accuracy`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional
    threshold : float
        Above it, a prediction counts as 1.

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.BinaryAccuracy()([[1], [1], [0], [0]], [[0.9], [0.4], [0.6], [0.1]])
    0.5
    """

    _direction = "up"

    def __init__(
        self,
        name: str | None = "binary_accuracy",
        dtype: str | None = None,
        threshold: float = 0.5,
    ) -> None:
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the class of one-hot targets is predicted: the mean of `categorical_accuracy`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.CategoricalAccuracy()([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]])
    0.5
    """

    _direction = "up"

    def __init__(self, name: str | None = "categorical_accuracy", dtype: str | None = None) -> None:
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the target class is predicted: the mean of `sparse_categorical_accuracy`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.SparseCategoricalAccuracy()([2, 1], [[0.1, 0.6, 0.3], [0.05, 0.95, 0.0]])
    0.5
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "sparse_categorical_accuracy", dtype: str | None = None
    ) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype)
