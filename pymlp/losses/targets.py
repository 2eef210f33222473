"""Checking all targets once, before training: what is wrong with them, and what to do about it.

Arrays are read in parts, so that memory-mapped targets larger than memory can be checked. Each check is handed the
other arguments of its loss function, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from pymlp.graph.tensor import Shape

__all__ = [
    "check_any_targets",
    "check_categorical_targets",
    "check_elementwise_targets",
    "check_label_targets",
    "check_probability_targets",
    "check_sparse_targets",
]

_PART = 1 << 20  # elements: 8 MB of float64 at a time


def check_any_targets(y: Any, output_shape: Shape, *, output_name: str, **arguments: Any) -> None:
    """Check targets of a loss that pymlp knows nothing about: numbers, none NaN, a fitting shape.

    Targets of the same rank as the output must have its shape; of another rank they may have any.
    """
    y = _numbers(y, output_shape, output_name)
    if y.ndim == len(output_shape) and y.shape[1:] != output_shape[1:]:
        raise _wrong_shape(y, output_shape, output_name)
    _check_values(y, output_name)


def check_elementwise_targets(
    y: Any, output_shape: Shape, *, output_name: str, **arguments: Any
) -> None:
    """Check targets that are compared with the output element by element."""
    y = _numbers(y, output_shape, output_name)
    if not _fits(y, output_shape):
        raise _wrong_shape(y, output_shape, output_name)
    _check_values(y, output_name)


def check_probability_targets(
    y: Any, output_shape: Shape, *, output_name: str, **arguments: Any
) -> None:
    """Check targets of the binary cross-entropy: element by element, between 0 and 1."""
    y = _numbers(y, output_shape, output_name)
    if not _fits(y, output_shape):
        raise _wrong_shape(y, output_shape, output_name)
    for start, part in _parts(y):
        _check_nan(part, start, output_name)
        outside = (part < 0) | (part > 1)
        if outside.any():
            raise ValueError(
                f"The binary cross-entropy of output layer {output_name!r} expected y to hold "
                f"probabilities from 0 to 1, received {_first(part, outside, start)}. Number the "
                "two classes 0 and 1, or use another loss."
            )


def check_categorical_targets(
    y: Any, output_shape: Shape, *, output_name: str, **arguments: Any
) -> None:
    """Check targets of the categorical cross-entropy: a row of probabilities for every sample."""
    y = _numbers(y, output_shape, output_name)
    if not _fits(y, output_shape):
        classes = output_shape[-1]
        if y.shape[1:] in (output_shape[1:-1], (*output_shape[1:-1], 1)):
            raise ValueError(
                f"The categorical cross-entropy of output layer {output_name!r} expected y of "
                f"shape {_shape(output_shape)}, one row of {classes} probabilities a sample, "
                f"received y of shape {y.shape}. If y holds class numbers, use "
                "loss='sparse_categorical_crossentropy', or one-hot targets: "
                f"pymlp.utils.to_categorical(y, {classes})."
            )
        raise _wrong_shape(y, output_shape, output_name)
    _check_values(y, output_name)


def check_label_targets(y: Any, output_shape: Shape, *, output_name: str, **arguments: Any) -> None:
    """Check targets of the circle loss: a whole number for each sample, whatever classes there are."""
    y = _numbers(y, output_shape, output_name)
    if y.shape[1:] not in ((), (1,)):
        raise ValueError(
            f"The circle loss of output layer {output_name!r} expected y of shape (batch_size,), one class number a "
            f"sample, received y of shape {y.shape}. If y is one-hot: y.argmax(axis=-1)."
        )
    for start, part in _parts(y):
        _check_nan(part, start, output_name)
        if part.dtype.kind == "f":
            broken = part != np.floor(part)
            if broken.any():
                raise ValueError(
                    f"The circle loss of output layer {output_name!r} expected y to hold class numbers, received "
                    f"{_first(part, broken, start)}."
                )


def check_sparse_targets(
    y: Any,
    output_shape: Shape,
    *,
    output_name: str,
    ignore_class: int | None = None,
    **arguments: Any,
) -> None:
    """Check targets of the sparse categorical cross-entropy: class numbers from 0 upwards."""
    y = _numbers(y, output_shape, output_name)
    classes = output_shape[-1] or 0
    who = f"The sparse categorical cross-entropy of output layer {output_name!r}"
    if y.shape[1:] not in (output_shape[1:-1], (*output_shape[1:-1], 1)):
        wanted = (
            f"{who} expected y of shape {_shape(output_shape[:-1])}, one class number a sample, "
            f"received y of shape {y.shape}. "
        )
        if y.shape[1:] == output_shape[1:]:
            raise ValueError(
                f"{wanted}If y is one-hot, use loss='categorical_crossentropy', or class numbers: "
                "y.argmax(axis=-1)."
            )
        raise ValueError(f"{wanted}Reshape y, or change the loss.")
    for start, part in _parts(y):
        _check_nan(part, start, output_name)
        if part.dtype.kind == "f":
            broken = part != np.floor(part)
            if broken.any():
                raise ValueError(
                    f"{who} expected y to hold class numbers, whole numbers from 0 to "
                    f"{classes - 1}, received {_first(part, broken, start)}. For targets that "
                    "are not classes, use another loss, such as 'mse'."
                )
        outside = (part < 0) | (part >= classes)
        if ignore_class is not None:
            outside &= part != ignore_class
        if outside.any():
            remedy = (
                "For two classes and one unit, use loss='binary_crossentropy'."
                if classes == 1
                else "Number the classes from 0 (np.unique(y, return_inverse=True)[1]), or give "
                "the output layer as many units as there are classes."
            )
            raise ValueError(
                f"{who} expected y to hold class numbers from 0 to {classes - 1}, as the layer "
                f"has {classes} unit{'s' * (classes != 1)}, received "
                f"{_first(part, outside, start)}. {remedy}"
            )


def _numbers(y: Any, output_shape: Shape, output_name: str) -> np.ndarray:
    targets: np.ndarray = np.asarray(y)
    if targets.dtype.kind not in "buif":
        raise ValueError(
            f"Output layer {output_name!r} expected numbers as y, received an array of dtype "
            f"{targets.dtype}. Convert y first, for instance y.astype('float32'); number classes "
            "given by name with np.unique(y, return_inverse=True)[1]."
        )
    if targets.ndim == 0:
        raise _wrong_shape(targets, output_shape, output_name)
    return targets


def _fits(y: np.ndarray, output_shape: Shape) -> bool:
    """Whether the shapes agree, but for a last axis of length 1 that one of them has."""
    given, wanted = y.shape[1:], output_shape[1:]
    return given == wanted or (*given, 1) == wanted or given == (*wanted, 1)


def _wrong_shape(y: np.ndarray, output_shape: Shape, output_name: str) -> ValueError:
    remedy = f"Reshape y to {_shape(output_shape)}"
    if y.ndim == len(output_shape) == 2:
        remedy = f"Give layer {output_name!r} {y.shape[1]} units, or y {output_shape[1]} columns"
    return ValueError(
        f"Output layer {output_name!r} expected y of shape {_shape(output_shape)}, received y of "
        f"shape {y.shape}. {remedy}."
    )


def _shape(shape: Shape) -> str:
    """Return a symbolic shape as it is written for users: (batch_size, 10)."""
    inner = [str(n) for n in shape[1:]]
    return f"({', '.join(['batch_size', *inner])}{',' if not inner else ''})"


def _parts(y: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield y in runs of samples, each with the number of its first sample."""
    step = max(1, _PART // max(1, math.prod(y.shape[1:])))
    for start in range(0, len(y), step):
        yield start, np.asarray(y[start : start + step])


def _check_values(y: np.ndarray, output_name: str) -> None:
    if y.dtype.kind == "f":
        for start, part in _parts(y):
            _check_nan(part, start, output_name)


def _check_nan(part: np.ndarray, start: int, output_name: str) -> None:
    if part.dtype.kind != "f":
        return
    missing = np.isnan(part)
    if missing.any():
        raise ValueError(
            f"Output layer {output_name!r} expected numbers as targets, received "
            f"{_first(part, missing, start)}. Leave such samples out: "
            "keep = ~np.isnan(y).reshape(len(y), -1).any(axis=1); x, y = x[keep], y[keep]."
        )


def _first(part: np.ndarray, wrong: np.ndarray, start: int) -> str:
    """Return the first wrong element and its place in y, for a message."""
    index = tuple(int(i) for i in np.unravel_index(wrong.argmax(), part.shape))
    place = ", ".join(str(i) for i in (start + index[0], *index[1:]))
    return f"y[{place}] = {part[index]}"
