"""Cross-entropies of independent yes-or-no targets."""

from __future__ import annotations

from typing import Any

from pymlp import ops
from pymlp.losses.probabilities import before, check_axis, clear_of_0_and_1, power, smooth_binary
from pymlp.losses.registry import loss_function
from pymlp.losses.shapes import matched
from pymlp.losses.targets import check_probability_targets
from pymlp.losses.wrapper import LossFunctionWrapper
from pymlp.ops.elementwise import UNARY

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
]


@loss_function(check_probability_targets)
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
    check_axis("binary_crossentropy", axis, y_pred)
    y_true = smooth_binary(y_true, label_smoothing)
    logits = y_pred if from_logits else before(UNARY["sigmoid"], y_pred)
    if logits is not None:
        values = ops.subtract(ops.softplus(logits), ops.multiply(logits, y_true))
    else:
        values = _of_probabilities(y_true, clear_of_0_and_1(y_pred))
    return ops.mean(values, axis=-1)


def _of_probabilities(y_true: Any, p: Any) -> Any:
    one = ops.multiply(y_true, ops.log(p))
    zero = ops.multiply(ops.subtract(1.0, y_true), ops.log(ops.subtract(1.0, p)))
    return ops.negative(ops.add(one, zero))


@loss_function(check_probability_targets)
def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Return the binary cross-entropy with less weight on what is predicted well already.

    The mean over the last axis of ``(1 - p_t) ** gamma`` times the cross-entropy, p_t being the probability given to
    the target: ``y_true * p + (1 - y_true) * (1 - p)``.

    Parameters
    ----------
    y_true : tensor or array of shape (batch_size, ..., n)
        0 or 1, or probabilities between.
    y_pred : tensor or array of the same shape
        The probabilities p, or with `from_logits` numbers x that stand for ``p = sigmoid(x)``.
    apply_class_balancing : bool
        Whether to multiply by `alpha` where the target is 1, by ``1 - alpha`` where it is 0.
    alpha : float from 0 to 1
    gamma : float
        0 gives the cross-entropy.
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

    References
    ----------
    T.-Y. Lin et al., "Focal loss for dense object detection", ICCV (2017).

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> losses.binary_focal_crossentropy(np.array([[1.0, 0.0]]), np.array([[0.9, 0.4]])).round(4)
    array([0.0414])
    """
    y_true, y_pred = matched("binary_focal_crossentropy", y_true, y_pred)
    check_axis("binary_focal_crossentropy", axis, y_pred)
    y_true = smooth_binary(y_true, label_smoothing)
    p = ops.sigmoid(y_pred) if from_logits else y_pred
    missed = ops.subtract(
        ops.subtract(1.0, ops.multiply(y_true, p)),
        ops.multiply(ops.subtract(1.0, y_true), ops.subtract(1.0, p)),
    )
    values = ops.multiply(power(missed, gamma), _of_probabilities(y_true, clear_of_0_and_1(p)))
    if apply_class_balancing:
        balance = ops.add(ops.multiply(y_true, 2.0 * alpha - 1.0), 1.0 - alpha)
        values = ops.multiply(balance, values)
    return ops.mean(values, axis=-1)


class BinaryCrossentropy(LossFunctionWrapper):
    """Cross-entropy of independent yes-or-no targets: see `pymlp.losses.binary_crossentropy`.

    Parameters
    ----------
    from_logits, label_smoothing, axis
        As in `pymlp.losses.binary_crossentropy`.
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> round(float(losses.BinaryCrossentropy()([[0.0, 1.0]], [[0.6, 0.4]])), 4)
    0.9163
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(
            binary_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """Cross-entropy that leaves out what is predicted well: see `pymlp.losses.binary_focal_crossentropy`.

    Parameters
    ----------
    apply_class_balancing, alpha, gamma, from_logits, label_smoothing, axis
        As in `pymlp.losses.binary_focal_crossentropy`.
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> round(float(losses.BinaryFocalCrossentropy()([[1.0, 0.0]], [[0.9, 0.4]])), 4)
    0.0414
    """

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(
            binary_focal_crossentropy,
            reduction,
            name,
            dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
