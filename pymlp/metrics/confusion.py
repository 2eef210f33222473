"""True and false, positive and negative predictions; precision and recall."""

from __future__ import annotations

from typing import Any

from pymlp.metrics.counting import ratio
from pymlp.metrics.thresholds import NEGATIVE_INFINITY, ThresholdMetric, check_thresholds

__all__ = [
    "FalseNegatives",
    "FalsePositives",
    "Precision",
    "Recall",
    "TrueNegatives",
    "TruePositives",
]


class _ConfusionCount(ThresholdMetric):
    """One of the four counts; a class derived from it names which."""

    _counts = ""

    def __init__(
        self, thresholds: Any = None, name: str | None = None, dtype: str | None = None
    ) -> None:
        super().__init__(check_thresholds(type(self).__name__, thresholds), name, dtype)
        self.init_thresholds = thresholds

    def result(self) -> Any:
        """Return the count since `reset_state`, or one for each threshold."""
        return self._value(getattr(self, self._counts))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "thresholds": self.init_thresholds}


class TruePositives(_ConfusionCount):
    """How many positive targets are predicted above a threshold.

    Parameters
    ----------
    thresholds : float or list of float, optional
        From 0 to 1. Default: 0.5.
    name : str, optional
    dtype : {"float32", "float64"}, optional

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.TruePositives()([0, 1, 1, 1], [0.2, 0.4, 0.6, 0.8])
    2.0
    >>> metrics.TruePositives(thresholds=[0.5, 0.7])([0, 1, 1, 1], [0.2, 0.4, 0.6, 0.8])
    array([2., 1.])
    """

    _counts = "true_positives"


class TrueNegatives(_ConfusionCount):
    """How many negative targets are not predicted above a threshold.

    Parameters
    ----------
    thresholds, name, dtype
        As in `TruePositives`.

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.TrueNegatives()([0, 0, 1, 1], [0.2, 0.6, 0.4, 0.8])
    1.0
    """

    _counts = "true_negatives"


class FalsePositives(_ConfusionCount):
    """How many negative targets are predicted above a threshold.

    Parameters
    ----------
    thresholds, name, dtype
        As in `TruePositives`.

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.FalsePositives()([0, 0, 0, 1], [0.2, 0.6, 0.7, 0.8])
    2.0
    """

    _counts = "false_positives"


class FalseNegatives(_ConfusionCount):
    """How many positive targets are not predicted above a threshold.

    Parameters
    ----------
    thresholds, name, dtype
        As in `TruePositives`.

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.FalseNegatives()([0, 1, 1, 1], [0.2, 0.4, 0.6, 0.8])
    1.0
    """

    _counts = "false_negatives"


class _Share(ThresholdMetric):
    """True positives as a share of them and of others."""

    _direction = "up"
    _others = ""

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        default = 0.5 if top_k is None else NEGATIVE_INFINITY
        found = check_thresholds(type(self).__name__, thresholds, default)
        super().__init__(found, name, dtype, class_id=class_id, top_k=top_k)
        self.init_thresholds = thresholds

    def result(self) -> Any:
        """Return the share since `reset_state`, or one for each threshold; 0 if there is nothing to take it of."""
        right = self.true_positives
        return self._value(ratio(right, right + getattr(self, self._others)))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "thresholds": self.init_thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }


class Precision(_Share):
    """How many of the positive predictions are right: ``true_positives / (true_positives + false_positives)``.

    Parameters
    ----------
    thresholds : float or list of float, optional
        From 0 to 1. Default: 0.5, or with `top_k` below all predictions.
    top_k : int, optional
        Only the best k predictions of each sample may be positive.
    class_id : int, optional
        The only class to look at.
    name : str, optional
    dtype : {"float32", "float64"}, optional

    Examples
    --------
    >>> from pymlp import metrics
    >>> round(metrics.Precision()([0, 1, 1, 1], [0.6, 0.4, 0.6, 0.8]), 4)
    0.6667
    """

    _others = "false_positives"


class Recall(_Share):
    """How many of the positive targets are found: ``true_positives / (true_positives + false_negatives)``.

    Parameters
    ----------
    thresholds, top_k, class_id, name, dtype
        As in `Precision`.

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.Recall()([1, 1, 1, 1], [0.6, 0.4, 0.6, 0.8])
    0.75
    """

    _others = "false_negatives"
