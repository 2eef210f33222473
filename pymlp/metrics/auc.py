"""The area under a curve of one rate over another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp import ops
from pymlp.config import epsilon
from pymlp.losses.shapes import as_float
from pymlp.metrics.at_threshold import even_thresholds
from pymlp.metrics.counting import ratio, repeated
from pymlp.metrics.thresholds import ThresholdMetric

__all__ = ["AUC"]

_CURVES = ("ROC", "PR", "PRGAIN")
_METHODS = ("interpolation", "majoring", "minoring")


class AUC(ThresholdMetric):
    """Area under the ROC curve, the precision-recall curve or the precision-recall-gain curve.

    The curve is known at `num_thresholds` thresholds, and the area between is that of trapezia or rectangles.

    Parameters
    ----------
    num_thresholds : int
        More than 1.
    curve : {"ROC", "PR", "PRGAIN"}
    summation_method : {"interpolation", "minoring", "majoring"}
        Between two thresholds: a straight line (for ``"PR"`` that of the counts, not of the precision), or the lower
        or the higher of both.
    name : str, optional
    dtype : {"float32", "float64"}, optional
    thresholds : list of float, optional
        From 0 to 1, in place of `num_thresholds` evenly spread ones; one below 0 and one above 1 are added.
    multi_label : bool
        Whether each column has an area of its own, and the result is their mean.
    num_labels : int, optional
        How many columns; found from the first batch if left out.
    label_weights : list of float, optional
        Of the columns: in the mean of their areas, or, without `multi_label`, in the counts.
    from_logits : bool
        Whether predictions are numbers x that stand for ``sigmoid(x)``.

    Raises
    ------
    ValueError
        For an unknown curve or method, or if the arguments do not go together.

    Notes
    -----
    A prediction at a threshold counts as not above it, as exactly as the type of the predictions allows; Keras rounds
    predictions times ``num_thresholds - 1``.

    References
    ----------
    J. Davis and M. Goadrich, "The relationship between precision-recall and ROC curves", ICML (2006).
    P. Flach and M. Kull, "Precision-recall-gain curves: PR analysis done right", NeurIPS (2015).

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    0.75
    """

    _direction = "up"

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: str | None = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ) -> None:
        self.curve = _one_of("curve", str(curve).upper(), _CURVES)
        self.summation_method = _one_of("summation_method", str(summation_method).lower(), _METHODS)
        self._given_thresholds = None if thresholds is None else sorted(map(float, thresholds))
        if self._given_thresholds is None:
            if num_thresholds <= 1:
                raise ValueError(
                    f"AUC: num_thresholds should be above 1, received {num_thresholds!r}."
                )
            inner = even_thresholds(num_thresholds)[1:-1]
        else:
            inner = self._given_thresholds
        if num_labels and not multi_label:
            raise ValueError("AUC: num_labels is for multi_label=True alone.")
        super().__init__([-epsilon(), *inner, 1.0 + epsilon()], name, dtype)
        self.num_thresholds = len(self.thresholds)
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = None if label_weights is None else np.array(label_weights, np.float64)
        self.from_logits = from_logits
        if num_labels:
            self._allocate(2, num_labels, self.num_thresholds + 1)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account; parameters as in `ThresholdMetric.update_state`."""
        y_pred = as_float(y_pred, self.dtype)
        if self.multi_label:
            if y_pred.ndim != 2:
                raise ValueError(
                    f"{self.name} with multi_label=True expected y_pred of shape (batch_size, labels), received shape "
                    f"{y_pred.shape}."
                )
            self._allocate(2, y_pred.shape[1], self.num_thresholds + 1)
        super().update_state(
            y_true, ops.sigmoid(y_pred) if self.from_logits else y_pred, sample_weight
        )

    def _count_bins(self, y_true: Any, y_pred: Any, weights: Any) -> None:
        if self.label_weights is not None and not self.multi_label:
            of_labels = repeated(self.label_weights.astype(y_pred.dtype), y_pred)
            weights = of_labels if weights is None else ops.multiply(weights, of_labels)
        super()._count_bins(y_true, y_pred, weights)

    def result(self) -> float:
        """Return the area since `reset_state`."""
        tp, fp = np.atleast_2d(self.true_positives.T).T, np.atleast_2d(self.false_positives.T).T
        fn, tn = np.atleast_2d(self.false_negatives.T).T, np.atleast_2d(self.true_negatives.T).T
        if self.curve == "PR" and self.summation_method == "interpolation":
            parts = _between_counts(tp, fp, fn)
        else:
            x, y = _curve(self.curve, tp, fp, tn, fn)
            parts = (x[:-1] - x[1:]) * _heights(self.summation_method, y[:-1], y[1:])
        areas = parts.sum(axis=0)
        if self.multi_label and self.label_weights is not None:
            total = self.label_weights.sum()
            return float((areas * self.label_weights).sum() / total) if total else 0.0
        return float(areas.mean())

    def get_config(self) -> dict[str, Any]:
        config = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": None if self.label_weights is None else self.label_weights.tolist(),
            "from_logits": self.from_logits,
        }
        if self._given_thresholds is not None:
            config["thresholds"] = self._given_thresholds
        return config


def _one_of(argument: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(
            f"AUC: {argument} should be one of {', '.join(known)}, received {value!r}."
        )
    return value


def _between_counts(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> np.ndarray:
    """Return the area under precision over recall between thresholds, the counts growing evenly."""
    positive = tp + fp
    found, predicted = tp[:-1] - tp[1:], positive[:-1] - positive[1:]
    slope = ratio(found, np.maximum(predicted, 0))
    intercept = tp[1:] - slope * positive[1:]
    both = (positive[:-1] > 0) & (positive[1:] > 0)
    growth = np.where(both, ratio(positive[:-1], positive[1:]), 1.0)
    return ratio(slope * (found + intercept * np.log(growth)), np.maximum(tp[1:] + fn[1:], 0))


def _curve(
    curve: str, tp: np.ndarray, fp: np.ndarray, tn: np.ndarray, fn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    recall = ratio(tp, tp + fn)
    if curve == "ROC":
        return ratio(fp, fp + tn), recall
    if curve == "PR":
        return recall, ratio(tp, tp + fp)
    odds = ratio(tp + fn, tn + fp)
    none = tp == 0
    recall_gain = np.where(none, 0.0, 1.0 - odds * ratio(fn, tp))
    precision_gain = np.where(none, 1.0, 1.0 - odds * ratio(fp, tp))
    return np.maximum(recall_gain, 0.0), precision_gain


def _heights(method: str, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    if method == "interpolation":
        return np.asarray((left + right) / 2)
    return np.asarray(np.minimum(left, right) if method == "minoring" else np.maximum(left, right))
