"""Cross-entropies, computed on logits wherever these are known.

A probability near 0 or 1 has lost the digits that its logarithm needs. So where a model's output is
a softmax or a sigmoid, the loss looks through it at the logits. Arrays, and outputs of other kinds,
are taken as probabilities by Keras's formula, which keeps them away from 0 and 1 by
`pymlp.config.epsilon`.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pymlp import ops
from pymlp.config import epsilon
from pymlp.graph.tensor import Tensor
from pymlp.losses.shapes import as_float, float_type, matched, matched_classes
from pymlp.ops.elementwise import UNARY
from pymlp.ops.operation import Operation
from pymlp.ops.softmax import SOFTMAX

__all__ = ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"]


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Return ``-mean(y_true * log(p) + (1 - y_true) * log(1 - p))`` over the last axis.

    Parameters
    ----------
    y_true : tensor or array of shape (batch_size, ..., n)
        0 or 1, or probabilities between.
    y_pred : tensor or array of the same shape
        The probabilities p, or with `from_logits` numbers x that stand for ``p = sigmoid(x)``.
    from_logits : bool
    label_smoothing : float from 0 to 1
        Pulls the targets that far towards 1/2.
    axis : int
        The last axis.

    Returns
    -------
    tensor or array of shape (batch_size, ...)

    Raises
    ------
    ValueError
        If the shapes differ by more than a last axis of length 1, or for another axis.

    Notes
    -----
    On logits: ``softplus(x) - x * y_true``. Arrays of probabilities are clipped to
    ``[epsilon, 1 - epsilon]`` first, as in Keras.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> y_true, y_pred = np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([[0.6, 0.4], [0.4, 0.6]])
    >>> losses.binary_crossentropy(y_true, y_pred).round(3)
    array([0.916, 0.714])
    """
    y_true, y_pred = matched("binary_crossentropy", y_true, y_pred)
    _check_axis("binary_crossentropy", axis, y_pred)
    if label_smoothing:
        y_true = ops.add(ops.multiply(y_true, 1.0 - label_smoothing), 0.5 * label_smoothing)
    logits = y_pred if from_logits else _before(UNARY["sigmoid"], y_pred)
    if logits is not None:
        values = ops.subtract(ops.softplus(logits), ops.multiply(logits, y_true))
    else:
        p = ops.clip(y_pred, epsilon(), 1.0 - epsilon())
        one = ops.multiply(y_true, ops.log(p))
        zero = ops.multiply(ops.subtract(1.0, y_true), ops.log(ops.subtract(1.0, p)))
        values = ops.negative(ops.add(one, zero))
    return ops.mean(values, axis=-1)


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Return ``-sum(y_true * log(p))`` over the last axis, that of the classes.

    Parameters
    ----------
    y_true : tensor or array of shape (batch_size, ..., classes)
        One-hot rows, or rows of probabilities.
    y_pred : tensor or array of the same shape
        The probabilities p, or with `from_logits` numbers x that stand for ``p = softmax(x)``.
    from_logits : bool
    label_smoothing : float from 0 to 1
        The share of every target that is spread evenly over all classes.
    axis : int
        The last axis.

    Returns
    -------
    tensor or array of shape (batch_size, ...)

    Raises
    ------
    ValueError
        If the shapes differ, or for another axis.

    Notes
    -----
    On logits: ``sum(y_true * (logsumexp(x) - x))``. Arrays of probabilities are divided by their
    sum and clipped to ``[epsilon, 1 - epsilon]`` first, as in Keras.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> y_true = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    >>> y_pred = np.array([[0.05, 0.95, 0.0], [0.1, 0.8, 0.1]])
    >>> losses.categorical_crossentropy(y_true, y_pred).round(4)
    array([0.0513, 2.3026])
    """
    dtype = float_type(y_pred)
    y_true, y_pred = as_float(y_true, dtype), as_float(y_pred, dtype)
    if y_true.shape != y_pred.shape:
        raise ValueError(
            f"categorical_crossentropy expected y_true of the shape of y_pred, {y_pred.shape}, "
            f"received y_true of shape {y_true.shape}. For class numbers use "
            "sparse_categorical_crossentropy, or pymlp.utils.to_categorical."
        )
    _check_axis("categorical_crossentropy", axis, y_pred)
    classes = y_pred.shape[-1]
    if classes == 1:
        warnings.warn(
            "categorical_crossentropy of a single class is always 0: the output should have one "
            f"unit a class, received y_pred of shape {y_pred.shape}. For two classes and one unit "
            "use binary_crossentropy.",
            SyntaxWarning,
            stacklevel=2,
        )
    if label_smoothing:
        y_true = ops.add(ops.multiply(y_true, 1.0 - label_smoothing), label_smoothing / classes)
    logits = y_pred if from_logits else _before(SOFTMAX, y_pred)
    if logits is not None:
        return ops.softmax_crossentropy(logits, y_true, sparse=False)
    return _from_probabilities(y_pred, y_true)


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Any:
    """Return ``-log(p[y_true])``, the targets being class numbers.

    Parameters
    ----------
    y_true : tensor or array of shape (batch_size, ...) or (batch_size, ..., 1)
        Whole numbers from 0 to classes - 1.
    y_pred : tensor or array of shape (batch_size, ..., classes)
        The probabilities p, or with `from_logits` numbers x that stand for ``p = softmax(x)``.
    from_logits : bool
    ignore_class : None
        Not supported yet.
    axis : int
        The last axis.

    Returns
    -------
    tensor or array of shape (batch_size, ...)

    Raises
    ------
    ValueError
        If the shapes do not go together, for another axis, or if `ignore_class` is given.

    Notes
    -----
    As `categorical_crossentropy`. A class number out of range gives NaN on logits, and 0 on
    probabilities; `Model.fit` looks for them first.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> y_pred = np.array([[0.05, 0.95, 0.0], [0.1, 0.8, 0.1]])
    >>> losses.sparse_categorical_crossentropy(np.array([1, 2]), y_pred).round(4)
    array([0.0513, 2.3026])
    """
    if ignore_class is not None:
        raise ValueError(
            f"sparse_categorical_crossentropy: ignore_class={ignore_class!r} is not supported yet. "
            "Give the samples to be ignored a sample_weight of 0 instead, and any valid class."
        )
    name = "sparse_categorical_crossentropy"
    y_true, y_pred = matched_classes(name, y_true, y_pred, one_hot="categorical_crossentropy")
    _check_axis(name, axis, y_pred)
    logits = y_pred if from_logits else _before(SOFTMAX, y_pred)
    if logits is not None:
        return ops.softmax_crossentropy(logits, y_true, sparse=True)
    classes = np.arange(y_pred.shape[-1], dtype=y_true.dtype)
    return _from_probabilities(y_pred, ops.equal(ops.expand_dims(y_true, -1), classes))


def _before(operation: Operation, y_pred: Any) -> Any:
    """Return what `operation` made the prediction of, or None if something else made it."""
    if isinstance(y_pred, Tensor) and y_pred.operation is operation:
        return y_pred.inputs[0]
    return None


def _check_axis(name: str, axis: int, y_pred: Any) -> None:
    if isinstance(axis, bool) or axis not in (-1, y_pred.ndim - 1):
        raise ValueError(
            f"{name} expected axis=-1, the last axis of y_pred of shape {y_pred.shape}, received "
            f"axis={axis}. Move that axis to the end first."
        )


def _from_probabilities(p: Any, target: Any) -> Any:
    p = ops.divide(p, ops.sum(p, axis=-1, keepdims=True))
    p = ops.clip(p, epsilon(), 1.0 - epsilon())
    return ops.negative(ops.sum(ops.multiply(target, ops.log(p)), axis=-1))
