"""Cross-entropies as operations: of each element, or over an axis of classes, with nothing averaged."""

from __future__ import annotations

from typing import Any

from pymlp.config import epsilon
from pymlp.ops.elementwise import (
    add,
    clip,
    divide,
    log,
    multiply,
    negative,
    softplus,
    subtract,
)
from pymlp.ops.making import one_hot
from pymlp.ops.reduction import sum
from pymlp.ops.shaping import squeeze
from pymlp.ops.softmax import log_softmax
from pymlp.ops.values import alike, axis_of, known

__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
]


def _same_shape(name: str, target: Any, output: Any) -> None:
    if tuple(target.shape) != tuple(output.shape):
        raise ValueError(
            f"{name}: target and output should be of the same shape, received {tuple(target.shape)} and "
            f"{tuple(output.shape)}."
        )


def _clear_of_0_and_1(p: Any) -> Any:
    return clip(p, epsilon(), 1.0 - epsilon())


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """Return ``-(target * log(p) + (1 - target) * log(1 - p))`` of each element.

    Parameters
    ----------
    target : tensor
        0 or 1, or probabilities between.
    output : tensor of the same shape
        The probabilities p, kept within ``[epsilon, 1 - epsilon]``; or with `from_logits` numbers x that stand for
        ``p = sigmoid(x)``.
    from_logits : bool

    Returns
    -------
    tensor of the same shape

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.binary_crossentropy([0.0, 1.0], [0.4, 0.4]).round(4)
    array([0.5108, 0.9163], dtype=float32)
    """
    target, output = alike(target, output)
    _same_shape("binary_crossentropy", target, output)
    if from_logits:
        return subtract(softplus(output), multiply(output, target))
    p = _clear_of_0_and_1(output)
    zero = multiply(subtract(1.0, target), log(subtract(1.0, p)))
    return negative(add(multiply(target, log(p)), zero))


def _log_probabilities(name: str, output: Any, from_logits: bool, axis: int) -> Any:
    if output.ndim < 1 or output.shape[axis_of(name, axis, output.ndim)] is None:
        raise ValueError(
            f"{name}: output needs an axis of classes, received shape {tuple(output.shape)} and axis={axis}."
        )
    if from_logits:
        return log_softmax(output, axis)
    return log(_clear_of_0_and_1(divide(output, sum(output, axis, keepdims=True))))


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """Return ``-sum(target * log(p))`` over the axis of the classes.

    Parameters
    ----------
    target : tensor of shape (..., classes)
        One-hot rows, or rows of probabilities.
    output : tensor of the same shape
        The probabilities p, divided by their sum and kept within ``[epsilon, 1 - epsilon]``; or with `from_logits`
        numbers x that stand for ``p = softmax(x)``.
    from_logits : bool
    axis : int
        That of the classes.

    Returns
    -------
    tensor of shape (...)

    Raises
    ------
    ValueError
        If the shapes differ, or there is no axis of classes.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.categorical_crossentropy([[0.0, 1.0]], [[0.25, 0.75]]).round(4)
    array([0.2877], dtype=float32)
    """
    target, output = alike(target, output)
    _same_shape("categorical_crossentropy", target, output)
    logs = _log_probabilities("categorical_crossentropy", output, from_logits, axis)
    return negative(sum(multiply(target, logs), axis))


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """Return ``-log(p)`` of the class that the target names: see `categorical_crossentropy`.

    Parameters
    ----------
    target : tensor of shape (...) or (..., 1)
        Class numbers; the result is 0 for one out of range.
    output, from_logits, axis
        As in `categorical_crossentropy`.

    Returns
    -------
    tensor of shape (...)

    Raises
    ------
    ValueError
        If the shapes do not go together.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.sparse_categorical_crossentropy([1], [[0.25, 0.75]]).round(4)
    array([0.2877], dtype=float32)
    """
    target, output = known(target), known(output)
    if target.ndim == output.ndim and target.ndim and target.shape[-1] == 1:
        target = squeeze(target, -1)
    logs = _log_probabilities("sparse_categorical_crossentropy", output, from_logits, axis)
    position = axis_of("sparse_categorical_crossentropy", axis, output.ndim)
    rest = tuple(n for i, n in enumerate(output.shape) if i != position)
    if tuple(target.shape) != rest:
        raise ValueError(
            f"sparse_categorical_crossentropy: target of shape {tuple(target.shape)} does not go with output of shape "
            f"{tuple(output.shape)}: one class number is expected for each row of classes along axis {axis}."
        )
    hot = one_hot(target, output.shape[position], position)
    return negative(sum(multiply(hot, logs), axis))
