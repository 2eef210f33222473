"""The coefficient of determination."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pymlp import ops
from pymlp.losses.shapes import as_float, matched
from pymlp.metrics.counting import CountingMetric, expand_to, repeated

__all__ = ["R2Score"]


class R2Score(CountingMetric):
    """``1 - sum((y_true - y_pred) ** 2) / sum((y_true - mean(y_true)) ** 2)``, of each column or in all.

    Parameters
    ----------
    class_aggregation : {"uniform_average", "variance_weighted_average", None}
        The mean of the columns' scores; that mean weighted by the columns' variances; or one score a column.
    num_regressors : int
        With more than 0, the score is adjusted for so many inputs: ``1 - (1 - score) (n - 1) / (n - p - 1)``.
    name : str
    dtype : {"float32", "float64"}, optional

    Raises
    ------
    ValueError
        For an unknown aggregation or less than no regressors, or, of a batch, if the shapes differ.

    Examples
    --------
    >>> from pymlp import metrics
    >>> round(metrics.R2Score()([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]]), 4)
    0.5714
    """

    _direction = "up"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: str | None = None,
    ) -> None:
        if class_aggregation not in (None, "uniform_average", "variance_weighted_average"):
            raise ValueError(
                "R2Score: class_aggregation should be None, 'uniform_average' or 'variance_weighted_average', received "
                f"{class_aggregation!r}."
            )
        if num_regressors < 0:
            raise ValueError(
                f"R2Score: num_regressors should be 0 or more, received {num_regressors!r}."
            )
        super().__init__(name, dtype)
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account.

        Parameters
        ----------
        y_true, y_pred : tensors or arrays of shape (batch_size, n)
            Targets may have shape (batch_size,) next to predictions of one column.
        sample_weight : tensor or array, optional
            One a sample, or one a value.
        """
        y_true, y_pred = as_float(y_true, self.dtype), as_float(y_pred, self.dtype)
        if y_pred.ndim == y_true.ndim == 1:
            raise ValueError(
                f"R2Score expected y_true and y_pred of shape (batch_size, n), received shapes {y_true.shape} and "
                f"{y_pred.shape}. Add an axis: y[:, None]."
            )
        y_true, y_pred = matched("R2Score", y_true, y_pred)
        if y_pred.ndim != 2:
            raise ValueError(
                f"R2Score expected y_pred of shape (batch_size, n), received shape {y_pred.shape}."
            )
        self._allocate(5, y_pred.shape[1])
        one = repeated(np.ones(1, y_pred.dtype), y_pred)
        weights = one
        if sample_weight is not None:
            weights = expand_to(as_float(sample_weight, y_pred.dtype), y_pred)
        weighted = ops.multiply(y_true, weights)
        errors = ops.multiply(ops.square(ops.subtract(y_true, y_pred)), weights)
        for row, values in enumerate(
            (ops.multiply(y_true, weighted), weighted, errors, weights, one)
        ):
            self._sum_columns(row, values)

    def result(self) -> Any:
        """Return the score since `reset_state`, an array for ``class_aggregation=None``."""
        squares, total, errors, weight, values = (
            self.totals if self.totals.size else np.zeros((5, 1))
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = squares - total * total / weight
            scores = 1 - errors / spread
            scores = np.where(np.isinf(scores), 0.0, scores)
            if self.class_aggregation == "uniform_average":
                scores = scores.mean()
            elif self.class_aggregation == "variance_weighted_average":
                scores = (spread * scores).sum() / spread.sum()
        scores = self._adjusted(scores, float(values.sum()))
        return scores if self.class_aggregation is None else float(scores)

    def _adjusted(self, scores: Any, count: float) -> Any:
        """Return scores adjusted for the number of regressors; `count` is that of all values, as in Keras."""
        spare = count - self.num_regressors - 1
        if not self.num_regressors:
            return scores
        if spare <= 0:
            warnings.warn(
                f"R2Score: {self.num_regressors} regressors are too many for {count:g} values; the score is not "
                "adjusted.",
                stacklevel=3,
            )
            return scores
        return 1 - (1 - scores) * (count - 1) / spare

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "class_aggregation": self.class_aggregation,
            "num_regressors": self.num_regressors,
        }
