"""Counts of true and false, positive and negative predictions at thresholds."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp import ops
from pymlp.losses.shapes import as_float, same_rank
from pymlp.metrics.counting import CountingMetric, as_list, expand_to
from pymlp.ops import elementwise

__all__ = ["ThresholdMetric", "check_thresholds"]

# Below every prediction: the threshold of metrics that take the k best classes.
NEGATIVE_INFINITY = -1e10


def check_thresholds(name: str, thresholds: Any, default: float = 0.5) -> list[float]:
    """Return thresholds as a list, or raise ValueError if one is not from 0 to 1."""
    if thresholds is None:
        return [default]
    found = as_list(thresholds)
    outside = [t for t in found if not 0 <= t <= 1]
    if outside:
        raise ValueError(f"{name}: thresholds should be from 0 to 1, received {outside}.")
    return found


class ThresholdMetric(CountingMetric):
    """Base of what is made of true and false positives and negatives, one of each for every threshold.

    Predictions are sorted into the bins between thresholds, apart for positive and for negative targets; the counts
    of a threshold are sums over the bins above it or below it. So a batch costs one search and one addition for each
    prediction, however many thresholds there are.

    Parameters
    ----------
    thresholds : list of float
        In any order. A prediction above a threshold is positive.
    labels : int, optional
        Counts are kept apart for each of so many columns.
    class_id, top_k : int, optional
        The only class to look at; how many of the best predictions of a sample may be positive.
    """

    def __init__(
        self,
        thresholds: list[float],
        name: str | None,
        dtype: str | None,
        *,
        class_id: int | None = None,
        top_k: int | None = None,
    ) -> None:
        super().__init__(name, dtype)
        self.thresholds = thresholds
        self.class_id = class_id
        self.top_k = top_k
        self._allocate(2, 1, len(thresholds) + 1)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account.

        Parameters
        ----------
        y_true : tensor or array
            0 where the target is negative, anything else where it is positive.
        y_pred : tensor or array of the same shape
        sample_weight : tensor or array, optional
            One a sample, or one a prediction.
        """
        y_true, y_pred = as_float(y_true, self.dtype), as_float(y_pred, self.dtype)
        y_pred, y_true = same_rank(y_pred, y_true)
        if y_true.shape != y_pred.shape:
            raise ValueError(
                f"{self.name} expected y_true of the shape of y_pred, {y_pred.shape}, received y_true of shape "
                f"{y_true.shape}."
            )
        if self.top_k is not None:
            y_pred = ops.where(_best(y_pred, self.top_k), y_pred, NEGATIVE_INFINITY)
        weights = None if sample_weight is None else self._weights(sample_weight, y_pred)
        if self.class_id is not None:
            chosen = self._chosen(y_pred)
            y_true, y_pred = _pick(y_true, chosen), _pick(y_pred, chosen)
            weights = None if weights is None else _pick(weights, chosen)
        self._count_bins(y_true, y_pred, weights)

    def _weights(self, sample_weight: Any, y_pred: Any) -> Any:
        weights = as_float(sample_weight, y_pred.dtype)
        if weights.ndim == y_pred.ndim + 1 and weights.shape[-1] == 1:
            weights = ops.squeeze(weights, -1)
        return expand_to(weights, y_pred)

    def _chosen(self, y_pred: Any) -> np.ndarray:
        classes = y_pred.shape[-1]
        if y_pred.ndim < 2 or not 0 <= (self.class_id or 0) < classes:
            raise ValueError(
                f"{self.name}: class_id={self.class_id} needs y_pred of shape (batch_size, classes) with that class, "
                f"received shape {y_pred.shape}."
            )
        return np.asarray(np.arange(classes) == self.class_id)

    def _count_bins(self, y_true: Any, y_pred: Any, weights: Any) -> None:
        bins = len(self.thresholds) + 1
        labels = self.totals.shape[1]
        edges = np.sort(np.asarray(self.thresholds, y_pred.dtype))
        if _evenly_spread(edges):  # Keras's rule: what is out of range then counts as 0 or 1
            y_pred = ops.clip(y_pred, 0.0, 1.0)
        places = ops.searchsorted(edges, y_pred)
        if labels > 1:
            places = ops.add(places, np.arange(0, labels * bins, bins, dtype=places.dtype))
        negative = elementwise.equal(y_true, 0.0)
        places = ops.add(places, ops.multiply(negative, float(labels * bins)))
        self._count(places, weights)

    def _above(self, positive: bool) -> np.ndarray:
        """Return what lies above each threshold, of shape (labels, thresholds)."""
        counts = self.totals[0 if positive else 1]
        above = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1][:, 1:]
        found = np.empty_like(above)
        found[:, np.argsort(self.thresholds, kind="stable")] = above
        return found

    def _of_all(self, counts: np.ndarray) -> np.ndarray:
        return np.asarray(counts[0] if len(counts) == 1 else counts.T)

    @property
    def true_positives(self) -> np.ndarray:
        """Weights of positive targets above each threshold."""
        return self._of_all(self._above(True))

    @property
    def false_positives(self) -> np.ndarray:
        """Weights of negative targets above each threshold."""
        return self._of_all(self._above(False))

    @property
    def false_negatives(self) -> np.ndarray:
        """Weights of positive targets not above each threshold."""
        return self._of_all(self.totals[0].sum(axis=1, keepdims=True) - self._above(True))

    @property
    def true_negatives(self) -> np.ndarray:
        """Weights of negative targets not above each threshold."""
        return self._of_all(self.totals[1].sum(axis=1, keepdims=True) - self._above(False))

    def _value(self, counts: np.ndarray) -> Any:
        """Return a number for a single threshold, an array for several."""
        return float(counts[0]) if len(self.thresholds) == 1 else counts


def _evenly_spread(thresholds: np.ndarray) -> bool:
    count = len(thresholds)
    return count > 2 and np.allclose(thresholds, np.linspace(0, 1, count), atol=1e-6)


def _pick(x: Any, chosen: np.ndarray) -> Any:
    """Return the chosen column, the axis kept."""
    return ops.sum(ops.where(chosen.astype(x.dtype), x, 0.0), axis=-1, keepdims=True)


def _best(x: Any, k: int) -> Any:
    """Return 1 for the k greatest elements of each row, the first of equals, else 0."""
    classes = np.arange(x.shape[-1], dtype=x.dtype)
    found: Any = None
    for _ in range(min(k, x.shape[-1])):
        place = ops.expand_dims(ops.argmax(x, axis=-1), -1)
        hit = elementwise.equal(place, classes)
        found = hit if found is None else ops.add(found, hit)
        x = ops.where(hit, float("-inf"), x)
    return found
