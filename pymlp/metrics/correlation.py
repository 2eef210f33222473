"""How targets and predictions go together: correlations, and the angle between them."""

from __future__ import annotations

from typing import Any

from pymlp import ops
from pymlp.config import epsilon
from pymlp.losses.shapes import matched
from pymlp.losses.similarity import cosine_of_angle
from pymlp.metrics.running import MeanMetricWrapper

__all__ = [
    "ConcordanceCorrelation",
    "CosineSimilarity",
    "PearsonCorrelation",
    "concordance_correlation",
    "pearson_correlation",
]


def _centred(x: Any, axis: int) -> tuple[Any, Any, Any]:
    """Return the mean along an axis, what is left of x without it, and the variance."""
    mean = ops.mean(x, axis=axis, keepdims=True)
    rest = ops.subtract(x, mean)
    return mean, rest, ops.mean(ops.square(rest), axis=axis, keepdims=True)


def pearson_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Return ``cov(y_true, y_pred) / sqrt(var(y_true) * var(y_pred))`` along an axis; NaN where one is constant.

    Parameters
    ----------
    y_true, y_pred : tensors or arrays of the same shape
    axis : int

    Returns
    -------
    tensor or array without that axis

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import metrics
    >>> metrics.pearson_correlation(np.array([[0.0, 1.0, 0.5]]), np.array([[0.1, 0.9, 1.0]])).round(4)
    array([0.8109])
    """
    y_true, y_pred = matched("pearson_correlation", y_true, y_pred)
    _, true, true_variance = _centred(y_true, axis)
    _, predicted, variance = _centred(y_pred, axis)
    true = ops.divide(true, ops.sqrt(true_variance))
    predicted = ops.divide(predicted, ops.sqrt(variance))
    return ops.mean(ops.multiply(true, predicted), axis=axis)


def concordance_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Return ``2 cov / (var(y_true) + var(y_pred) + (mean(y_true) - mean(y_pred)) ** 2)`` along an axis.

    Parameters
    ----------
    y_true, y_pred : tensors or arrays of the same shape
    axis : int

    Returns
    -------
    tensor or array without that axis

    References
    ----------
    L. I.-K. Lin, "A concordance correlation coefficient to evaluate reproducibility", Biometrics 45 (1989).

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import metrics
    >>> metrics.concordance_correlation(np.array([[0.0, 1.0, 0.5]]), np.array([[0.1, 0.9, 1.0]])).round(4)
    array([0.7477])
    """
    y_true, y_pred = matched("concordance_correlation", y_true, y_pred)
    true_mean, _, true_variance = _centred(y_true, axis)
    mean, predicted, variance = _centred(y_pred, axis)
    both = ops.multiply(ops.subtract(y_true, mean), predicted)
    spread = ops.add(ops.add(true_variance, variance), ops.square(ops.subtract(true_mean, mean)))
    shares = ops.divide(ops.multiply(both, 2.0), ops.add(spread, epsilon()))
    return ops.mean(shares, axis=axis)


class PearsonCorrelation(MeanMetricWrapper):
    """Mean of `pearson_correlation`, by default of each sample's values.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional
    axis : int

    Examples
    --------
    >>> from pymlp import metrics
    >>> round(metrics.PearsonCorrelation()([[0, 1, 0.5]], [[0.1, 0.9, 1.0]]), 4)
    0.8109
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "pearson_correlation", dtype: str | None = None, axis: int = -1
    ) -> None:
        super().__init__(pearson_correlation, name, dtype, axis=axis)


class ConcordanceCorrelation(MeanMetricWrapper):
    """Mean of `concordance_correlation`, by default of each sample's values.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional
    axis : int

    Examples
    --------
    >>> from pymlp import metrics
    >>> round(metrics.ConcordanceCorrelation()([[0, 1, 0.5]], [[0.1, 0.9, 1.0]]), 4)
    0.7477
    """

    _direction = "up"

    def __init__(
        self,
        name: str | None = "concordance_correlation",
        dtype: str | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(concordance_correlation, name, dtype, axis=axis)


class CosineSimilarity(MeanMetricWrapper):
    """Mean cosine of the angle between target and prediction: 1 if they point the same way.

    The sign is the other way round than that of `pymlp.losses.cosine_similarity`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional
    axis : int

    Examples
    --------
    >>> from pymlp import metrics
    >>> round(metrics.CosineSimilarity()([[1.0, 0.0]], [[3.0, 4.0]]), 4)
    0.6
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "cosine_similarity", dtype: str | None = None, axis: int = -1
    ) -> None:
        super().__init__(cosine_of_angle, name, dtype, axis=axis)
