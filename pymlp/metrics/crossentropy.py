"""Cross-entropies as running means."""

from __future__ import annotations

from typing import Any

from pymlp.losses import (
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from pymlp.metrics.metric import Metric
from pymlp.metrics.running import MeanMetricWrapper

__all__ = ["BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"]


class BinaryCrossentropy(MeanMetricWrapper):
    """Mean of `pymlp.losses.binary_crossentropy`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional
    from_logits, label_smoothing
        As in `pymlp.losses.binary_crossentropy`.
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
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing

    def get_config(self) -> dict[str, Any]:
        return {**Metric.get_config(self), **self._fn_kwargs}


class CategoricalCrossentropy(MeanMetricWrapper):
    """Mean of `pymlp.losses.categorical_crossentropy`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional
    from_logits, label_smoothing, axis
        As in `pymlp.losses.categorical_crossentropy`.
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
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis

    def get_config(self) -> dict[str, Any]:
        return {**Metric.get_config(self), **self._fn_kwargs}


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """Mean of `pymlp.losses.sparse_categorical_crossentropy`.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional
    from_logits, ignore_class, axis
        As in `pymlp.losses.sparse_categorical_crossentropy`.
    """

    _direction = "down"

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        ignore_class: None = None,
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
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis

    def get_config(self) -> dict[str, Any]:
        return {**Metric.get_config(self), **self._fn_kwargs}
