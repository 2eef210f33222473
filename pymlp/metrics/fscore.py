"""F-scores: one number for precision and recall."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp import ops
from pymlp.config import epsilon
from pymlp.losses.shapes import as_float, greatest
from pymlp.metrics.counting import CountingMetric, expand_to
from pymlp.ops import elementwise

__all__ = ["F1Score", "FBetaScore"]


class FBetaScore(CountingMetric):
    """``(1 + beta ** 2) * precision * recall / (beta ** 2 * precision + recall)``, of each class or in all.

    Parameters
    ----------
    average : {None, "micro", "macro", "weighted"}
        None: one score a class. ``"micro"``: of the counts of all classes together. ``"macro"``: the mean of the
        classes' scores. ``"weighted"``: that mean, weighted by how often each class is the target.
    beta : float
        How much more recall counts than precision.
    threshold : float, optional
        Predictions above it are positive; from 0 (excluded) to 1. Default: the greatest of each sample.
    name : str
    dtype : {"float32", "float64"}, optional

    Raises
    ------
    ValueError
        For arguments out of range, or, of a batch, for targets and predictions that are not of shape
        (batch_size, classes).

    Examples
    --------
    >>> from pymlp import metrics
    >>> y_true = [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
    >>> y_pred = [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]]
    >>> metrics.FBetaScore(beta=2.0, threshold=0.5)(y_true, y_pred).round(4)
    array([0.3846, 0.9091, 0.8333])
    """

    _direction = "up"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: str | None = None,
    ) -> None:
        who = type(self).__name__
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(
                f"{who}: average should be None, 'micro', 'macro' or 'weighted', received {average!r}."
            )
        if not isinstance(beta, float) or beta <= 0:
            raise ValueError(f"{who}: beta should be a float above 0, received {beta!r}.")
        if threshold is not None and not (isinstance(threshold, float) and 0 < threshold <= 1):
            raise ValueError(
                f"{who}: threshold should be a float above 0 and up to 1, received {threshold!r}."
            )
        super().__init__(name, dtype)
        self.average = average
        self.beta = beta
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account.

        Parameters
        ----------
        y_true, y_pred : tensors or arrays of shape (batch_size, classes)
            Targets are 0 or 1.
        sample_weight : tensor or array of shape (batch_size,), optional
        """
        y_true, y_pred = as_float(y_true, self.dtype), as_float(y_pred, self.dtype)
        if y_pred.ndim != 2 or y_true.shape != y_pred.shape:
            raise ValueError(
                f"{type(self).__name__} expected y_true and y_pred of shape (batch_size, classes), received y_true of "
                f"shape {y_true.shape} and y_pred of shape {y_pred.shape}."
            )
        self._allocate(4, y_pred.shape[1])
        if self.threshold is None:
            best = elementwise.greater_equal(y_pred, ops.expand_dims(greatest(y_pred), -1))
            # A row of zeros has no greatest element.
            chosen = ops.multiply(best, elementwise.greater(ops.abs(y_pred), 1e-9))
        else:
            chosen = elementwise.greater(y_pred, self.threshold)
        weights = None
        if sample_weight is not None:
            weights = expand_to(as_float(sample_weight, y_pred.dtype), y_pred)
        for row, values in enumerate(
            (
                ops.multiply(chosen, y_true),
                ops.multiply(chosen, ops.subtract(1.0, y_true)),
                ops.multiply(ops.subtract(1.0, chosen), y_true),
                y_true,
            )
        ):
            self._sum_columns(row, values if weights is None else ops.multiply(values, weights))

    def result(self) -> Any:
        """Return the score since `reset_state`, an array for ``average=None``."""
        counts = self.totals if self.totals.size else np.zeros((4, 1))
        if self.average == "micro":
            counts = counts.sum(axis=1, keepdims=True)
        right, wrong, missed, of_class = counts
        precision = right / (right + wrong + epsilon())
        recall = right / (right + missed + epsilon())
        square = self.beta**2
        mean = precision * recall / (square * precision + recall + epsilon())
        scores = mean * (1 + square)
        if self.average == "weighted":
            return float((scores * of_class / (of_class.sum() + epsilon())).sum())
        return scores if self.average is None else float(scores.mean())

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "average": self.average,
            "beta": self.beta,
            "threshold": self.threshold,
        }


class F1Score(FBetaScore):
    """``2 * precision * recall / (precision + recall)``, of each class or in all.

    Parameters
    ----------
    average, threshold, name, dtype
        As in `FBetaScore`.

    Examples
    --------
    >>> from pymlp import metrics
    >>> y_true = [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
    >>> y_pred = [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]]
    >>> round(metrics.F1Score(average="macro", threshold=0.5)(y_true, y_pred), 4)
    0.6556
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["beta"]
        return config
