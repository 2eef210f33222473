"""Cross-entropies of classes, of which one is right: one-hot targets, or class numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp import ops
from pymlp.losses.probabilities import before, categories, check_axis, normalized
from pymlp.losses.registry import loss_function
from pymlp.losses.shapes import as_float, matched_classes
from pymlp.losses.targets import check_categorical_targets, check_sparse_targets
from pymlp.losses.wrapper import LossFunctionWrapper
from pymlp.ops import elementwise
from pymlp.ops.softmax import SOFTMAX

__all__ = [
    "CategoricalCrossentropy",
    "SparseCategoricalCrossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
]


@loss_function(check_categorical_targets)
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
    y_true, y_pred = categories(
        "categorical_crossentropy",
        y_true,
        y_pred,
        axis,
        label_smoothing,
        sparse="sparse_categorical_crossentropy",
    )
    logits = y_pred if from_logits else before(SOFTMAX, y_pred)
    if logits is not None:
        return ops.softmax_crossentropy(logits, y_true, sparse=False)
    return _of_probabilities(y_true, normalized(y_pred))


def _of_probabilities(target: Any, p: Any) -> Any:
    return ops.negative(ops.sum(ops.multiply(target, ops.log(p)), axis=-1))


def _counts(
    y_true: Any, y_pred: Any, values: Any, ignore_class: int | None = None, **arguments: Any
) -> Any:
    """Return 1 for samples that are not of the ignored class, or None if there is none."""
    if ignore_class is None:
        return None
    y_true = as_float(y_true, values.dtype)
    if y_true.ndim > values.ndim:
        y_true = ops.squeeze(y_true, -1)
    return elementwise.not_equal(y_true, float(ignore_class))


@loss_function(check_sparse_targets, mask=_counts)
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
    ignore_class : int, optional
        The loss of samples of this class, which may be out of range (-1, 255), is 0; `SparseCategoricalCrossentropy`
        takes its mean over the others.
    axis : int
        The last axis.

    Returns
    -------
    tensor or array of shape (batch_size, ...)

    Raises
    ------
    ValueError
        If the shapes do not go together, or for another axis.

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
    name = "sparse_categorical_crossentropy"
    y_true, y_pred = matched_classes(name, y_true, y_pred, one_hot="categorical_crossentropy")
    check_axis(name, axis, y_pred)
    counts = None
    if ignore_class is not None:
        counts = elementwise.not_equal(y_true, float(ignore_class))
        y_true = ops.where(counts, y_true, 0.0)
    logits = y_pred if from_logits else before(SOFTMAX, y_pred)
    if logits is not None:
        values = ops.softmax_crossentropy(logits, y_true, sparse=True)
    else:
        classes = np.arange(y_pred.shape[-1], dtype=y_true.dtype)
        target = elementwise.equal(ops.expand_dims(y_true, -1), classes)
        values = _of_probabilities(target, normalized(y_pred))
    return values if counts is None else ops.where(counts, values, 0.0)


class CategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy of one-hot targets: see `pymlp.losses.categorical_crossentropy`.

    Parameters
    ----------
    from_logits, label_smoothing, axis
        As in `pymlp.losses.categorical_crossentropy`.
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> round(float(losses.CategoricalCrossentropy()([[0.0, 1.0]], [[0.25, 0.75]])), 4)
    0.2877
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy of class numbers: see `pymlp.losses.sparse_categorical_crossentropy`.

    Parameters
    ----------
    from_logits, ignore_class, axis
        As in `pymlp.losses.sparse_categorical_crossentropy`.
    reduction, name, dtype
        As in `Loss`.

    Notes
    -----
    The configuration holds `axis`. Keras's does not.

    Examples
    --------
    >>> from pymlp import losses
    >>> loss = losses.SparseCategoricalCrossentropy(ignore_class=-1)
    >>> round(float(loss([1, -1], [[0.25, 0.75], [0.5, 0.5]])), 4)
    0.2877
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )
