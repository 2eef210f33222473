"""The losses as classes, with Keras's arguments."""

from __future__ import annotations

from typing import Any

from pymlp.losses.crossentropy import (
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from pymlp.losses.loss import Loss
from pymlp.losses.regression import huber, mean_absolute_error, mean_squared_error
from pymlp.losses.wrapper import LossFunctionWrapper

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Huber",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
]


class MeanSquaredError(LossFunctionWrapper):
    """Mean of the squared errors: see `pymlp.losses.mean_squared_error`.

    Parameters
    ----------
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> float(losses.MeanSquaredError()([[0.0], [1.0]], [[1.0], [3.0]]))
    2.5
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(mean_squared_error, reduction, name, dtype)

    def get_config(self) -> dict[str, Any]:
        return Loss.get_config(self)


class MeanAbsoluteError(LossFunctionWrapper):
    """Mean of the absolute errors: see `pymlp.losses.mean_absolute_error`.

    Parameters
    ----------
    reduction, name, dtype
        As in `Loss`.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(mean_absolute_error, reduction, name, dtype)

    def get_config(self) -> dict[str, Any]:
        return Loss.get_config(self)


class Huber(LossFunctionWrapper):
    """Quadratic for small errors, linear for large ones: see `pymlp.losses.huber`.

    Parameters
    ----------
    delta : float
        The error from which on the loss is linear.
    reduction, name, dtype
        As in `Loss`.

    Notes
    -----
    The configuration holds `delta`. Keras's does not, so that a file written by Keras gives 1.
    """

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: str | None = None,
    ) -> None:
        super().__init__(huber, reduction, name, dtype, delta=delta)
        self.delta = delta

    def get_config(self) -> dict[str, Any]:
        return {**Loss.get_config(self), "delta": self.delta}


class BinaryCrossentropy(LossFunctionWrapper):
    """Cross-entropy of independent yes-or-no targets: see `pymlp.losses.binary_crossentropy`.

    Parameters
    ----------
    from_logits, label_smoothing, axis
        As in `pymlp.losses.binary_crossentropy`.
    reduction, name, dtype
        As in `Loss`.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(
            binary_crossentropy,
            reduction,
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
        return {**Loss.get_config(self), **self._fn_kwargs}


class CategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy of one-hot targets: see `pymlp.losses.categorical_crossentropy`.

    Parameters
    ----------
    from_logits, label_smoothing, axis
        As in `pymlp.losses.categorical_crossentropy`.
    reduction, name, dtype
        As in `Loss`.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            reduction,
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
        return {**Loss.get_config(self), **self._fn_kwargs}


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy of class numbers: see `pymlp.losses.sparse_categorical_crossentropy`.

    Parameters
    ----------
    from_logits, ignore_class, axis
        As in `pymlp.losses.sparse_categorical_crossentropy`.
    reduction, name, dtype
        As in `Loss`.

    Raises
    ------
    ValueError
        If `ignore_class` is given: it is not supported yet.
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        if ignore_class is not None:
            raise ValueError(
                f"SparseCategoricalCrossentropy: ignore_class={ignore_class!r} is not supported "
                "yet. Give the samples to be ignored a sample_weight of 0 instead."
            )
        super().__init__(
            sparse_categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            axis=axis,
        )
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis

    def get_config(self) -> dict[str, Any]:
        # Keras's configuration has no axis.
        own = {"from_logits": self.from_logits, "ignore_class": self.ignore_class}
        return {**Loss.get_config(self), **own}
