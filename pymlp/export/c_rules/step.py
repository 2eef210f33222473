"""`Step`: an operation as its rule sees it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pymlp.export.sample_graph import sample_shape
from pymlp.graph.tensor import Tensor

__all__ = ["Rule", "Step"]


@dataclass(frozen=True)
class Step:
    """One operation.

    Attributes
    ----------
    y : Tensor
        What it makes.
    array : callable
        What C calls the memory of a tensor.
    number : callable
        A tensor that holds one number, known now, as C text; None for any other.
    constant : callable
        Adds an array of constants to the file; returns its name.
    value : callable
        The array that a constant tensor holds.
    """

    y: Tensor
    array: Callable[[Tensor], str]
    number: Callable[[Tensor], str | None]
    constant: Callable[[str, np.ndarray], str]
    value: Callable[[Tensor], np.ndarray]

    @property
    def shape(self) -> tuple[int, ...]:
        return sample_shape(self.y)

    def rows(self, tensor: Tensor) -> tuple[int, int]:
        """Return (rows, columns) of the matrix of a sample."""
        shape = sample_shape(tensor)
        return math.prod(shape[:-1]), shape[-1] if shape else 1

    def call(self, function: str, *arguments: Any) -> list[str]:
        """Return the call of a function; tensors stand for their arrays."""
        given = [self.array(a) if isinstance(a, Tensor) else str(a) for a in arguments]
        return [f"    NAME_{function}({', '.join(given)});"]


Rule = Callable[[Step], list[str]]
