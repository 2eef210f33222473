"""What the cross-entropies share: logits behind a prediction, probabilities kept clear of 0 and 1, smooth labels.

A probability near 0 or 1 has lost the digits that its logarithm needs. So where a model's output is a softmax or a
sigmoid, a cross-entropy looks through it at the logits. Arrays, and outputs of other kinds, are taken as probabilities
by Keras's formula, which keeps them away from 0 and 1 by `pymlp.config.epsilon`.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pymlp import ops
from pymlp.config import epsilon
from pymlp.graph.tensor import Tensor
from pymlp.losses.shapes import as_float, float_type
from pymlp.ops.operation import Operation

__all__ = [
    "before",
    "categories",
    "check_axis",
    "clear_of_0_and_1",
    "normalized",
    "power",
    "smooth_binary",
]


def before(operation: Operation, y_pred: Any) -> Any:
    """Return what `operation` made the prediction of, or None if something else made it."""
    if isinstance(y_pred, Tensor) and y_pred.operation is operation:
        return y_pred.inputs[0]
    return None


def check_axis(name: str, axis: int, y_pred: Any) -> None:
    """Raise ValueError unless `axis` is the last one."""
    if isinstance(axis, bool) or axis not in (-1, y_pred.ndim - 1):
        raise ValueError(
            f"{name} expected axis=-1, the last axis of y_pred of shape {y_pred.shape}, received "
            f"axis={axis}. Move that axis to the end first."
        )


def clear_of_0_and_1(p: Any) -> Any:
    """Return p kept within [epsilon, 1 - epsilon]."""
    return ops.clip(p, epsilon(), 1.0 - epsilon())


def normalized(p: Any) -> Any:
    """Return rows of p divided by their sums, and kept clear of 0 and 1."""
    return clear_of_0_and_1(ops.divide(p, ops.sum(p, axis=-1, keepdims=True)))


def power(x: Any, exponent: float) -> Any:
    """Return ``x ** exponent`` of x from 0 to 1; the gradient at 0 is finite."""
    if exponent == 2:
        return ops.square(x)
    tiny = float(np.finfo(x.dtype).tiny)
    return ops.exp(ops.multiply(ops.log(ops.maximum(x, tiny)), exponent))


def smooth_binary(y_true: Any, label_smoothing: float) -> Any:
    """Return targets pulled towards 1/2."""
    if not label_smoothing:
        return y_true
    return ops.add(ops.multiply(y_true, 1.0 - label_smoothing), 0.5 * label_smoothing)


def categories(
    name: str, y_true: Any, y_pred: Any, axis: int, label_smoothing: float, sparse: str
) -> tuple[Any, Any]:
    """Return one-hot targets, smoothed, and predictions of the same shape.

    Parameters
    ----------
    name : str
        Of the function, for messages.
    sparse : str
        The function that takes class numbers, for messages.

    Raises
    ------
    ValueError
        If the shapes differ, or for an axis that is not the last.
    """
    dtype = float_type(y_pred)
    y_true, y_pred = as_float(y_true, dtype), as_float(y_pred, dtype)
    if y_true.shape != y_pred.shape:
        raise ValueError(
            f"{name} expected y_true of the shape of y_pred, {y_pred.shape}, received y_true of shape "
            f"{y_true.shape}. For class numbers use {sparse}, or pymlp.utils.to_categorical."
        )
    check_axis(name, axis, y_pred)
    classes = y_pred.shape[-1]
    if classes == 1:
        warnings.warn(
            f"{name} of a single class is always 0: the output should have one unit a class, received y_pred of "
            f"shape {y_pred.shape}. For two classes and one unit use binary_crossentropy.",
            SyntaxWarning,
            stacklevel=3,
        )
    if label_smoothing:
        y_true = ops.add(ops.multiply(y_true, 1.0 - label_smoothing), label_smoothing / classes)
    return y_true, y_pred
