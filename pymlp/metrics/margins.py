"""Missing margins as running means."""

from __future__ import annotations

from pymlp.losses import categorical_hinge, hinge, squared_hinge
from pymlp.metrics.running import MeanMetricWrapper

__all__ = ["CategoricalHinge", "Hinge", "SquaredHinge"]


class Hinge(MeanMetricWrapper):
    """Mean of `pymlp.losses.hinge`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.Hinge()([[-1.0], [1.0]], [[0.5], [3.0]])
    0.75
    """

    _direction = "down"

    def __init__(self, name: str | None = "hinge", dtype: str | None = None) -> None:
        super().__init__(hinge, name, dtype)


class SquaredHinge(MeanMetricWrapper):
    """Mean of `pymlp.losses.squared_hinge`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.SquaredHinge()([[-1.0], [1.0]], [[0.5], [3.0]])
    1.125
    """

    _direction = "down"

    def __init__(self, name: str | None = "squared_hinge", dtype: str | None = None) -> None:
        super().__init__(squared_hinge, name, dtype)


class CategoricalHinge(MeanMetricWrapper):
    """Mean of `pymlp.losses.categorical_hinge`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.CategoricalHinge()([[0.0, 1.0, 0.0]], [[0.5, 2.0, 1.5]])
    0.5
    """

    _direction = "down"

    def __init__(self, name: str | None = "categorical_hinge", dtype: str | None = None) -> None:
        super().__init__(categorical_hinge, name, dtype)
