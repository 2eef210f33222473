"""Bringing targets, predictions and sample weights together: types and shapes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pymlp import ops
from pymlp.config import floatx
from pymlp.graph.tensor import Tensor
from pymlp.ops import elementwise
from pymlp.variables import Variable, traced

__all__ = [
    "as_float",
    "flatten_samples",
    "float_type",
    "greatest",
    "matched",
    "matched_classes",
    "same_rank",
]


def float_type(x: Any) -> str:
    """Return the type a loss of the prediction `x` is computed in: its own, if it is a float."""
    name = str(getattr(x, "dtype", ""))
    return name if name in ("float32", "float64") else floatx()


def as_float(x: Any, dtype: str) -> Any:
    """Return a symbolic tensor as it is, anything else as an array of type `dtype`."""
    x = traced(x)
    if isinstance(x, Tensor):
        return x
    if isinstance(x, Variable):
        return x.value
    return np.asarray(x, dtype)


def same_rank(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Bring two tensors whose ranks differ by a last axis of length 1 to the same rank.

    Next to (n, 1), (n,) becomes (n, 1); of higher ranks the last axis of length 1 is dropped. This
    is the rule that Keras applies to targets and predictions, and to losses and sample weights.
    """
    if x1.ndim == x2.ndim + 1 and x1.shape[-1] == 1:
        return (x1, ops.expand_dims(x2, -1)) if x2.ndim == 1 else (ops.squeeze(x1, -1), x2)
    if x2.ndim == x1.ndim + 1 and x2.shape[-1] == 1:
        return (ops.expand_dims(x1, -1), x2) if x1.ndim == 1 else (x1, ops.squeeze(x2, -1))
    return x1, x2


def matched(name: str, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Return target and prediction as floats of one and the same shape.

    Raises
    ------
    ValueError
        If the shapes differ by more than a last axis of length 1. Keras broadcasts then, and a
        target of shape (n, 3) silently trains an output of shape (n, 1).
    """
    dtype = float_type(y_pred)
    y_pred, y_true = as_float(y_pred, dtype), as_float(y_true, dtype)
    expected = y_pred.shape
    y_true, y_pred = same_rank(y_true, y_pred)
    if y_true.shape != y_pred.shape:
        raise ValueError(
            f"{name} expected y_true of the shape of y_pred, {expected}, received y_true of shape "
            f"{y_true.shape}. Reshape the targets, or change the number of units of the output "
            "layer."
        )
    if isinstance(y_pred, Tensor) and y_pred.ndim == 1:
        # One number a sample: the mean over the last axis must not run over the samples.
        y_true, y_pred = ops.expand_dims(y_true, -1), ops.expand_dims(y_pred, -1)
    return y_true, y_pred


def matched_classes(name: str, y_true: Any, y_pred: Any, one_hot: str) -> tuple[Any, Any]:
    """Return class numbers of shape (batch_size, ...) and predictions of (batch_size, ..., classes).

    Parameters
    ----------
    name : str
        Of the function, for the message.
    y_true : tensor or array of shape (batch_size, ...) or (batch_size, ..., 1)
    y_pred : tensor or array of shape (batch_size, ..., classes)
    one_hot : str
        The function that takes one-hot targets, for the message.

    Raises
    ------
    ValueError
        If the shapes do not go together.
    """
    dtype = float_type(y_pred)
    y_true, y_pred = as_float(y_true, dtype), as_float(y_pred, dtype)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = ops.squeeze(y_true, -1)
    if y_true.shape != y_pred.shape[:-1]:
        raise ValueError(
            f"{name} expected y_true of shape {y_pred.shape[:-1]}, class numbers for y_pred of "
            f"shape {y_pred.shape}; received y_true of shape {y_true.shape}. For one-hot targets "
            f"use {one_hot}."
        )
    return y_true, y_pred


def flatten_samples(x: Any, kept: int = 1) -> Any:
    """Return x of shape (..., a, b, c) as (..., a * b * c), its first `kept` axes staying."""
    if x.ndim == kept + 1:
        return x
    return ops.reshape(x, (*x.shape[:kept], math.prod(x.shape[kept:])))


def greatest(x: Any) -> Any:
    """Return the greatest element of each row; the gradient is that of the first of equals."""
    place = ops.expand_dims(ops.argmax(x, axis=-1), -1)
    chosen = elementwise.equal(place, np.arange(x.shape[-1], dtype=x.dtype))
    return ops.sum(ops.where(chosen, x, 0.0), axis=-1)
