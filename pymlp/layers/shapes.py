"""Shapes as users give them to layers, and as layers are built for them."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np

from pymlp.checks import is_whole
from pymlp.graph.tensor import Shape

__all__ = ["declared_shape", "of_any_batch", "sample_shape"]


def sample_shape(shape: Any, label: str, argument: str) -> tuple[int, ...]:
    """Return the shape of one sample, given as a sequence of lengths or as one; or raise ValueError."""
    lengths: Any = (shape,) if isinstance(shape, Integral) else shape
    if not isinstance(lengths, (Sequence, np.ndarray)) or not all(map(is_whole, lengths)):
        raise ValueError(
            f"{label}: {argument} should hold whole numbers of at least 1, received {shape!r}. "
            "It is the shape of one sample, such as (28, 28)."
        )
    return tuple(int(length) for length in lengths)


def declared_shape(
    label: str, *, batch_input_shape: Any, input_dim: Any, input_shape: Any
) -> Shape | None:
    """Return the shape that a layer was told its inputs have, by the first of these that is given; None by none."""
    if isinstance(batch_input_shape, Sequence):
        batch_input_shape = batch_input_shape[1:]
    given = {
        "batch_input_shape": batch_input_shape,
        "input_dim": input_dim,
        "input_shape": input_shape,
    }
    for argument, shape in given.items():
        if shape is not None:
            return (None, *sample_shape(shape, label, argument))
    return None


def of_any_batch(shape: Any) -> Any:
    """Return a shape with the number of samples left open; None, which stands for no tensor, as it is."""
    return None if shape is None else (None, *tuple(shape)[1:])
