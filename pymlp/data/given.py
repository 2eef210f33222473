"""`Given`: data nested as the user gave it, for steps that are written in Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pymlp.data.arrays import as_array
from pymlp.data.nested import is_array_like
from pymlp.nesting import flatten, map_structure

__all__ = ["Given"]


@dataclass(frozen=True)
class Given:
    """Inputs, targets and weights of the same samples.

    Attributes
    ----------
    x, y, sample_weight : ndarray of shape (n, ...), or nest of such; None for what was not given
    """

    x: Any
    y: Any = None
    sample_weight: Any = None

    @classmethod
    def of(cls, x: Any, y: Any, sample_weight: Any, where: str) -> Given:
        """Return data of one number of samples, or raise ValueError."""
        parts = {"x": x, "y": y, "sample_weight": sample_weight}
        given = cls(*(_arrays(label, value, where) for label, value in parts.items()))
        lengths = {
            label: sorted({len(array) for array in _leaves(getattr(given, label))})
            for label in parts
        }
        if len({n for found in lengths.values() for n in found}) != 1:
            raise ValueError(
                f"{where}: x, y and sample_weight should be of the same samples, received so many: {lengths}."
            )
        return given

    def __len__(self) -> int:
        return len(_leaves(self.x)[0])

    def __getitem__(self, rows: Any) -> Given:
        def part(leaf: Any) -> Any:
            return None if leaf is None else leaf[rows]

        parts = (self.x, self.y, self.sample_weight)
        return Given(*(map_structure(part, nest) for nest in parts))

    def batch(self, rows: Any, dtype: str) -> tuple[Any, Any, Any]:
        """Return some rows as arrays of their own: floats of that type, whole numbers and booleans as they are."""

        def part(leaf: Any) -> Any:
            if leaf is None:
                return None
            return np.array(leaf[rows], dtype if leaf.dtype.kind == "f" else None, order="C")

        x, y, sample_weight = (
            map_structure(part, nest) for nest in (self.x, self.y, self.sample_weight)
        )
        return x, y, sample_weight


def _leaves(nest: Any) -> list[Any]:
    return [leaf for leaf in flatten(nest) if leaf is not None]


def _arrays(label: str, value: Any, where: str) -> Any:
    """Return data with arrays in place of what is like one."""
    if isinstance(value, Mapping):
        return {key: _arrays(f"{label}[{key!r}]", item, where) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and value and all(_is_data(item) for item in value):
        return type(value)(_items(label, value, where))
    return None if value is None and label != "x" else as_array(value, label, where)


def _items(label: str, values: Any, where: str) -> Iterator[Any]:
    for index, value in enumerate(values):
        yield _arrays(f"{label}[{index}]", value, where)


def _is_data(value: Any) -> bool:
    """Whether an item of a list is data of its own, rather than a row of numbers."""
    if isinstance(value, (list, tuple)):
        return bool(value) and all(map(_is_data, value))
    return value is None or isinstance(value, Mapping) or is_array_like(value)
