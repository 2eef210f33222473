"""Metrics made of counts: totals by place, kept in double, which programs add to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp import ops
from pymlp.graph.effects import Count
from pymlp.graph.tensor import Tensor, constant_tensor
from pymlp.metrics.metric import Metric, check_room

__all__ = ["CountingMetric", "as_list", "expand_to", "ratio", "repeated"]


class CountingMetric(Metric):
    """Base of the metrics that add weights up by place.

    Attributes
    ----------
    totals : ndarray of float64, of the shape given to `_allocate`
        Always the same memory.
    """

    def __init__(self, name: str | None, dtype: str | None) -> None:
        super().__init__(dtype=dtype, name=name)
        self.totals: Any = np.zeros(0)

    def _allocate(self, *shape: int) -> None:
        if self.totals.shape != shape:
            check_room(type(self).__name__, math.prod(shape))
            self.totals = np.zeros(shape)

    def _count(self, places: Any, weights: Any = None) -> None:
        """Add a weight (default: 1) to the total at each place, counted in C order; both have one shape."""
        flat = self.totals.reshape(1, -1)
        if self._accumulate(Count(places, weights, flat)):
            return
        where = np.asarray(places).ravel()
        known = (where >= 0) & (where < flat.size)
        added = np.ones(where.size) if weights is None else np.asarray(weights, np.float64).ravel()
        np.add.at(flat[0], where[known].astype(np.int64), added[known])

    def _sum_columns(self, row: int, values: Any) -> None:
        """Add the sum of each column of `values` to a row of the totals."""
        columns = self.totals.shape[1]
        places = np.arange(row * columns, (row + 1) * columns, dtype=values.dtype)
        self._count(repeated(places, values), values)

    @property
    def variables(self) -> list[Any]:
        return [*super().variables, self.totals]


def expand_to(weights: Any, values: Any) -> Any:
    """Return sample weights in the shape of the values they belong to: one a sample, or one a value."""
    while weights.ndim < values.ndim:
        weights = ops.expand_dims(weights, -1)
    return ops.broadcast_to(weights, values.shape)


def repeated(x: Any, like: Any) -> Any:
    """Return numbers repeated for every sample, in the shape of `like`."""
    return ops.broadcast_to(
        constant_tensor(x, like.dtype) if isinstance(like, Tensor) else x, like.shape
    )


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return ``part / whole``, 0 where the whole is 0."""
    result: np.ndarray = np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)
    return result


def as_list(x: Any) -> list[float]:
    """Return thresholds as a list."""
    return [float(t) for t in x] if isinstance(x, Sequence | np.ndarray) else [float(x)]
