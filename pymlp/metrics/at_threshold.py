"""The best of one rate where another is at least a given value."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.metrics.counting import ratio
from pymlp.metrics.metric import check_room
from pymlp.metrics.thresholds import ThresholdMetric

__all__ = [
    "PrecisionAtRecall",
    "RecallAtPrecision",
    "SensitivityAtSpecificity",
    "SpecificityAtSensitivity",
    "even_thresholds",
]


def even_thresholds(count: int) -> list[float]:
    """Return `count` numbers from 0 to 1, the same distance apart."""
    check_room("num_thresholds", count)
    return [0.0, *(i / (count - 1) for i in range(1, count - 1)), 1.0]


class _BestWhere(ThresholdMetric):
    """The greatest `_wanted` rate over the thresholds at which the `_given` one is large enough."""

    _direction = "up"
    _given = _wanted = ""

    def __init__(
        self,
        argument: str,
        value: float,
        num_thresholds: int,
        class_id: int | None,
        name: str | None,
        dtype: str | None,
    ) -> None:
        who = type(self).__name__
        if not 0 <= value <= 1:
            raise ValueError(f"{who}: {argument} should be from 0 to 1, received {value!r}.")
        if num_thresholds <= 0:
            raise ValueError(
                f"{who}: num_thresholds should be above 0, received {num_thresholds!r}."
            )
        thresholds = [0.5] if num_thresholds == 1 else even_thresholds(num_thresholds)
        super().__init__(thresholds, name, dtype, class_id=class_id)
        self.num_thresholds = num_thresholds
        self.value = value
        self._argument = argument

    def __getattr__(self, name: str) -> Any:
        # The value under the name it was given by.
        if name == self.__dict__.get("_argument"):
            return self.value
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def result(self) -> float:
        """Return the best rate since `reset_state`; 0 if no threshold is good enough."""
        enough = self._rate(self._given) >= self.value
        return float(np.max(self._rate(self._wanted)[enough], initial=0.0))

    def _rate(self, name: str) -> np.ndarray:
        right = self.true_negatives if name == "specificity" else self.true_positives
        others = self.false_negatives if name == "recall" else self.false_positives
        return ratio(right, right + others)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "class_id": self.class_id,
            "num_thresholds": self.num_thresholds,
            self._argument: self.value,
        }


class SensitivityAtSpecificity(_BestWhere):
    """The best share of positive targets found, where the given share of negative ones is known as such.

    Parameters
    ----------
    specificity : float from 0 to 1
        The share of negative targets that must not be predicted above the threshold.
    num_thresholds : int
        How many thresholds from 0 to 1 are tried.
    class_id : int, optional
        The only class to look at.
    name : str, optional
    dtype : {"float32", "float64"}, optional

    Raises
    ------
    ValueError
        For a share out of range, or no thresholds.

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.SensitivityAtSpecificity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    0.5
    """

    _given, _wanted = "specificity", "recall"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__("specificity", specificity, num_thresholds, class_id, name, dtype)


class SpecificityAtSensitivity(_BestWhere):
    """The best share of negative targets known as such, where the given share of positive ones is found.

    Parameters
    ----------
    sensitivity : float from 0 to 1
        The share of positive targets that must be predicted above the threshold.
    num_thresholds, class_id, name, dtype
        As in `SensitivityAtSpecificity`.

    Examples
    --------
    >>> from pymlp import metrics
    >>> round(metrics.SpecificityAtSensitivity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]), 4)
    0.6667
    """

    _given, _wanted = "recall", "specificity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__("sensitivity", sensitivity, num_thresholds, class_id, name, dtype)


class PrecisionAtRecall(_BestWhere):
    """The best precision where the given share of positive targets is found.

    Parameters
    ----------
    recall : float from 0 to 1
    num_thresholds, class_id, name, dtype
        As in `SensitivityAtSpecificity`.

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.PrecisionAtRecall(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    0.5
    """

    _given, _wanted = "recall", "precision"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__("recall", recall, num_thresholds, class_id, name, dtype)


class RecallAtPrecision(_BestWhere):
    """The best share of positive targets found where the given share of positive predictions is right.

    Parameters
    ----------
    precision : float from 0 to 1
    num_thresholds, class_id, name, dtype
        As in `SensitivityAtSpecificity`.

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.RecallAtPrecision(0.8)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    0.5
    """

    _given, _wanted = "precision", "recall"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__("precision", precision, num_thresholds, class_id, name, dtype)
