"""Cross-entropies of classes that weigh samples by how well they are predicted."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp import ops
from pymlp.losses.probabilities import categories, normalized, power
from pymlp.losses.registry import loss_function
from pymlp.losses.shapes import matched_classes
from pymlp.losses.targets import check_categorical_targets, check_sparse_targets
from pymlp.losses.wrapper import LossFunctionWrapper
from pymlp.ops import elementwise

__all__ = [
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
]


@loss_function(check_categorical_targets)
def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Return ``-sum(alpha * (1 - p) ** gamma * y_true * log(p))`` over the last axis, that of the classes.

    Parameters
    ----------
    y_true : tensor or array of shape (batch_size, ..., classes)
        One-hot rows, or rows of probabilities.
    y_pred : tensor or array of the same shape
        The probabilities p, or with `from_logits` numbers x that stand for ``p = softmax(x)``.
    alpha : float, or sequence of one float a class
        Weights of the classes.
    gamma : float
        How much less what is predicted well already counts; 0: not less.
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

    References
    ----------
    T.-Y. Lin et al., "Focal loss for dense object detection", ICCV (2017).

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> losses.categorical_focal_crossentropy(np.array([[0.0, 1.0]]), np.array([[0.4, 0.6]])).round(4)
    array([0.0204])
    """
    y_true, y_pred = categories(
        "categorical_focal_crossentropy",
        y_true,
        y_pred,
        axis,
        label_smoothing,
        sparse="sparse_categorical_crossentropy",
    )
    p = normalized(ops.softmax(y_pred) if from_logits else y_pred)
    weights = np.asarray(alpha, p.dtype) if np.ndim(alpha) else alpha
    factor = ops.multiply(power(ops.subtract(1.0, p), gamma), weights)
    values = ops.multiply(factor, ops.multiply(y_true, ops.log(p)))
    return ops.negative(ops.sum(values, axis=-1))


@loss_function(check_sparse_targets)
def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Any:
    """Return ``(1 - p[y_true] ** q) / q``: between the cross-entropy (q near 0) and the absolute error (q near 1).

    Parameters
    ----------
    y_true : tensor or array of shape (batch_size, ...) or (batch_size, ..., 1)
        Class numbers.
    y_pred : tensor or array of shape (batch_size, ..., classes)
        The probabilities p.
    q : float between 0 and 1
        The greater, the less wrong labels matter.

    Returns
    -------
    tensor or array of shape (batch_size, ...)

    Raises
    ------
    ValueError
        If the shapes do not go together.

    References
    ----------
    Z. Zhang and M. R. Sabuncu, "Generalized cross entropy loss for training deep neural networks with noisy labels",
    NeurIPS (2018).

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> losses.categorical_generalized_cross_entropy(np.array([1]), np.array([[0.36, 0.64]]), q=0.5).round(4)
    array([0.4])
    """
    y_true, y_pred = matched_classes(
        "categorical_generalized_cross_entropy",
        y_true,
        y_pred,
        one_hot="categorical_focal_crossentropy",
    )
    classes = np.arange(y_pred.shape[-1], dtype=y_true.dtype)
    target = elementwise.equal(ops.expand_dims(y_true, -1), classes)
    p = ops.sum(ops.multiply(y_pred, target), axis=-1)
    return ops.multiply(ops.subtract(1.0, power(p, q)), 1.0 / q)


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """Cross-entropy that leaves out what is predicted well: see `pymlp.losses.categorical_focal_crossentropy`.

    Parameters
    ----------
    alpha, gamma, from_logits, label_smoothing, axis
        As in `pymlp.losses.categorical_focal_crossentropy`.
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> round(float(losses.CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.4, 0.6]])), 4)
    0.0204
    """

    def __init__(
        self,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(
            categorical_focal_crossentropy,
            reduction,
            name,
            dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    """Cross-entropy for noisy labels: see `pymlp.losses.categorical_generalized_cross_entropy`.

    Parameters
    ----------
    q : float between 0 and 1
        As in `pymlp.losses.categorical_generalized_cross_entropy`.
    reduction, name, dtype
        As in `Loss`.

    Raises
    ------
    ValueError
        If q is not between 0 and 1.

    Examples
    --------
    >>> from pymlp import losses
    >>> round(float(losses.CategoricalGeneralizedCrossEntropy()([1], [[0.36, 0.64]])), 4)
    0.4
    """

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: str | None = None,
    ) -> None:
        if not 0 < q < 1:
            raise ValueError(
                "CategoricalGeneralizedCrossEntropy expected q to be between 0 and 1, both excluded; received "
                f"q={q!r}."
            )
        super().__init__(categorical_generalized_cross_entropy, reduction, name, dtype, q=q)
