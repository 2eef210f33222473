"""Medians, quartiles and ratios of samples."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

__all__ = ["ratio", "summary"]


def summary(samples: Sequence[float]) -> dict[str, float]:
    """Return ``median``, ``low`` and ``high`` quartiles, ``min`` and ``max``.

    >>> summary([3.0, 1.0, 2.0, 5.0, 4.0])
    {'median': 3.0, 'low': 2.0, 'high': 4.0, 'min': 1.0, 'max': 5.0}
    """
    if len(samples) == 1:
        low = high = samples[0]
    else:
        low, _, high = statistics.quantiles(samples, n=4, method="inclusive")
    return {
        "median": statistics.median(samples),
        "low": low,
        "high": high,
        "min": min(samples),
        "max": max(samples),
    }


def ratio(samples: Sequence[float], reference: Sequence[float]) -> float:
    """Return the median of the rounds' ratios.

    Samples of one round were taken next to each other, so a slow spell of the machine hits both and
    cancels.

    >>> ratio([2.0, 4.0, 9.0], [1.0, 2.0, 3.0])
    2.0
    """
    return statistics.median(a / b for a, b in zip(samples, reference, strict=True))
