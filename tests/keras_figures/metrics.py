"""Metrics on small fixed inputs, in Keras or pymlp alike: in two batches, with weights and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from keras_figures.training import uniform

__all__ = ["CASES", "made", "metrics"]

_N, _K = 23, 4

_SCORES = (4 * uniform((_N, _K), 300) - 2).astype(np.float32)
_NUMBERS = (3 * uniform((_N, _K), 301) - 1).astype(np.float32)
_P = uniform((_N, _K), 302).astype(np.float32)
_P[:3] = [[0, 1, 0.5, 0.25], [1, 1, 0, 0], [0.75, 0.75, 0.5, 0.5]]  # at thresholds, and equal
_BITS = (uniform((_N, _K), 303) < 0.4).astype(np.float32)
_LABELS = (_K * uniform((_N,), 304)).astype(np.int32)
_PREDICTED = (_K * uniform((_N,), 305)).astype(np.int32)
_ONE_HOT = np.eye(_K, dtype=np.float32)[_LABELS]
_SHARES = (lambda u: u / u.sum(axis=1, keepdims=True))(uniform((_N, _K), 306)).astype(np.float32)
_WEIGHTS = (2 * uniform((_N,), 307)).astype(np.float32)
_COLUMN, _COLUMN_BITS = _P[:, :1], _BITS[:, :1]
_THRESHOLDS = [0.2, 0.5, 0.9]

# Class, arguments, what it is updated with: targets and predictions, or values.
_PAIRS: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("Accuracy", {}, _LABELS, _PREDICTED),
    ("BinaryAccuracy", {}, _COLUMN_BITS, _COLUMN),
    ("BinaryAccuracy", {"threshold": 0.3}, _BITS, _P),
    ("CategoricalAccuracy", {}, _ONE_HOT, _P),
    ("SparseCategoricalAccuracy", {}, _LABELS, _P),
    ("TopKCategoricalAccuracy", {"k": 2}, _ONE_HOT, _P),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, _LABELS, _P),
    ("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}, _LABELS,
     np.argsort(-_P, axis=1).astype(np.float32)),
    ("MeanSquaredError", {}, _NUMBERS, _SCORES),
    ("RootMeanSquaredError", {}, _NUMBERS, _SCORES),
    ("MeanAbsoluteError", {}, _NUMBERS, _SCORES),
    ("MeanAbsolutePercentageError", {}, _NUMBERS, _SCORES),
    ("MeanSquaredLogarithmicError", {}, _SHARES, _P),
    ("CosineSimilarity", {}, _NUMBERS, _SCORES),
    ("LogCoshError", {}, _NUMBERS, _SCORES),
    ("PearsonCorrelation", {}, _NUMBERS, _SCORES),
    ("ConcordanceCorrelation", {}, _NUMBERS, _SCORES),
    ("R2Score", {}, _NUMBERS, _SCORES),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, _NUMBERS, _SCORES),
    ("R2Score", {"class_aggregation": None, "num_regressors": 3}, _NUMBERS, _SCORES),
    ("Hinge", {}, 2 * _BITS - 1, _SCORES),
    ("SquaredHinge", {}, _BITS, _SCORES),
    ("CategoricalHinge", {}, _ONE_HOT, _SCORES),
    ("KLDivergence", {}, _SHARES, _SHARES[::-1]),
    ("Poisson", {}, _LABELS[:, None], _COLUMN),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, _BITS, _P),
    ("CategoricalCrossentropy", {"from_logits": True}, _ONE_HOT, _SCORES),
    ("SparseCategoricalCrossentropy", {}, _LABELS, _SHARES),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, _LABELS, _SHARES),
    ("TruePositives", {}, _COLUMN_BITS, _COLUMN),
    ("TrueNegatives", {"thresholds": _THRESHOLDS}, _BITS, _P),
    ("FalsePositives", {"thresholds": [0.0, 0.5, 1.0]}, _BITS, _SCORES),
    ("FalseNegatives", {"thresholds": 0.25}, _BITS, _P),
    ("Precision", {}, _BITS, _P),
    ("Precision", {"thresholds": _THRESHOLDS}, _BITS, _P),
    ("Precision", {"top_k": 2}, _BITS, _P),
    ("Precision", {"top_k": 2, "class_id": 1}, _BITS, _P),
    ("Recall", {"class_id": 0}, _BITS, _P),
    ("Recall", {"thresholds": 0.75, "top_k": 3}, _BITS, _P),
    ("SensitivityAtSpecificity", {"specificity": 0.4}, _COLUMN_BITS, _COLUMN),
    ("SpecificityAtSensitivity", {"sensitivity": 0.4, "num_thresholds": 5}, _BITS, _P),
    ("PrecisionAtRecall", {"recall": 0.5, "class_id": 2}, _BITS, _P),
    ("RecallAtPrecision", {"precision": 0.4, "num_thresholds": 1}, _BITS, _P),
    *(("AUC", {"curve": curve, "summation_method": method, "num_thresholds": 21}, _BITS, _P)
      for curve in ("ROC", "PR", "PRGAIN") for method in ("interpolation", "minoring", "majoring")),
    ("AUC", {}, _COLUMN_BITS, _COLUMN),
    ("AUC", {"from_logits": True, "thresholds": _THRESHOLDS}, _BITS, _SCORES),
    ("AUC", {"multi_label": True, "label_weights": [0.1, 0.2, 0.3, 0.4]}, _BITS, _P),
    ("AUC", {"multi_label": True, "num_labels": _K, "curve": "PR", "thresholds": _THRESHOLDS}, _BITS, _P),
    ("AUC", {"label_weights": [0.1, 0.2, 0.3, 0.4]}, _BITS, _P),
    ("F1Score", {}, _BITS, _P),
    ("F1Score", {"average": "micro", "threshold": 0.5}, _BITS, _P),
    ("FBetaScore", {"average": "macro", "beta": 2.0}, _ONE_HOT, _P),
    ("FBetaScore", {"average": "weighted", "beta": 0.5, "threshold": 0.3}, _BITS, _P),
    ("IoU", {"num_classes": _K, "target_class_ids": [0, 2], "dtype": "float32"}, _LABELS, _PREDICTED),
    ("BinaryIoU", {"threshold": 0.3, "dtype": "float32"}, _COLUMN_BITS, _COLUMN),
    ("MeanIoU", {"num_classes": _K, "ignore_class": 1, "dtype": "float32"}, _LABELS, _PREDICTED),
    ("OneHotIoU", {"num_classes": _K, "target_class_ids": [1], "dtype": "float32"}, _ONE_HOT, _P),
    ("OneHotMeanIoU", {"num_classes": _K, "sparse_y_pred": True, "dtype": "float32"}, _ONE_HOT, _PREDICTED),
]  # fmt: skip
CASES: list[tuple[str, dict[str, Any], tuple[Any, ...]]] = [
    *((name, arguments, (y_true, y_pred)) for name, arguments, y_true, y_pred in _PAIRS),
    ("Mean", {}, (_NUMBERS,)),
    ("Mean", {"name": "of_numbers"}, (_NUMBERS[:, 0],)),
    ("Sum", {}, (_NUMBERS,)),
    ("Sum", {"name": "of_numbers"}, (_NUMBERS[:, 0],)),
    ("MeanMetricWrapper", {"fn": "mean_squared_error"}, (_NUMBERS, _SCORES)),
    ("MeanMetricWrapper", {"fn": "huber", "name": "robust", "delta": 0.5}, (_NUMBERS, _SCORES)),
]


def made(library: Any, name: str, arguments: dict[str, Any], **more: Any) -> Any:
    """Return a metric of a case; a function among its arguments is named there."""
    given = {**arguments, **more}
    if "fn" in given:
        given["fn"] = getattr(library.losses, given["fn"])
    return getattr(library.metrics, name)(**given)


def metrics(library: Any) -> Iterator[tuple[str, Any]]:
    """Yield a name and a value for every metric, with sample weights and without."""
    for number, (name, arguments, data) in enumerate(CASES):
        for weights in (None, _WEIGHTS):
            metric = made(library, name, arguments)
            for rows in (slice(0, 15), slice(15, None)):
                weight = None if weights is None else weights[rows]
                metric.update_state(*(x[rows] for x in data), sample_weight=weight)
            label = f"{name} {number} {arguments}" + (" weighted" if weights is not None else "")
            yield label, np.asarray(metric.result())
