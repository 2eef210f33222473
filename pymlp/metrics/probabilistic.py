"""Cross-entropies and other losses of probabilities as running means."""

from __future__ import annotations

from pymlp.losses import (
    binary_crossentropy,
    categorical_crossentropy,
    kl_divergence,
    poisson,
    sparse_categorical_crossentropy,
)
from pymlp.metrics.running import MeanMetricWrapper

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "KLDivergence",
    "Poisson",
    "SparseCategoricalCrossentropy",
]


class BinaryCrossentropy(MeanMetricWrapper):
    """Mean of `pymlp.losses.binary_crossentropy`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional
    from_logits, label_smoothing
        As in `pymlp.losses.binary_crossentropy`.

    Examples
    --------
    >>> from pymlp import metrics
    >>> round(metrics.BinaryCrossentropy()([[0.0, 1.0]], [[0.6, 0.4]]), 4)
    0.9163
    """

    _direction = "down"

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(
            binary_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class CategoricalCrossentropy(MeanMetricWrapper):
    """Mean of `pymlp.losses.categorical_crossentropy`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional
    from_logits, label_smoothing, axis
        As in `pymlp.losses.categorical_crossentropy`.

    Examples
    --------
    >>> from pymlp import metrics
    >>> round(metrics.CategoricalCrossentropy()([[0.0, 1.0]], [[0.25, 0.75]]), 4)
    0.2877
    """

    _direction = "down"

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """Mean of `pymlp.losses.sparse_categorical_crossentropy`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional
    from_logits, ignore_class, axis
        As in `pymlp.losses.sparse_categorical_crossentropy`.

    Examples
    --------
    >>> from pymlp import metrics
    >>> round(metrics.SparseCategoricalCrossentropy()([1], [[0.25, 0.75]]), 4)
    0.2877
    """

    _direction = "down"

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )


class KLDivergence(MeanMetricWrapper):
    """Mean of `pymlp.losses.kl_divergence`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional

    Examples
    --------
    >>> from pymlp import metrics
    >>> round(metrics.KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]]), 4)
    0.1438
    """

    _direction = "down"

    def __init__(self, name: str | None = "kl_divergence", dtype: str | None = None) -> None:
        super().__init__(kl_divergence, name, dtype)


class Poisson(MeanMetricWrapper):
    """Mean of `pymlp.losses.poisson`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional

    Examples
    --------
    >>> from pymlp import metrics
    >>> round(metrics.Poisson()([[3.0], [0.0]], [[1.0], [2.0]]), 4)
    1.5
    """

    _direction = "down"

    def __init__(self, name: str | None = "poisson", dtype: str | None = None) -> None:
        super().__init__(poisson, name, dtype)
