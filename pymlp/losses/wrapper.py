"""Losses as objects: a function of target and prediction, with its arguments and a reduction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymlp._lookup import describe
from pymlp.graph.tensor import Shape
from pymlp.losses.crossentropy import (
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from pymlp.losses.loss import Loss
from pymlp.losses.regression import huber, mean_absolute_error, mean_squared_error
from pymlp.losses.shapes import same_rank
from pymlp.losses.targets import (
    check_any_targets,
    check_categorical_targets,
    check_elementwise_targets,
    check_probability_targets,
    check_sparse_targets,
)

__all__ = ["LossFunctionWrapper"]

_CHECKS: dict[Callable[..., Any], Callable[..., None]] = {
    mean_squared_error: check_elementwise_targets,
    mean_absolute_error: check_elementwise_targets,
    huber: check_elementwise_targets,
    binary_crossentropy: check_probability_targets,
    categorical_crossentropy: check_categorical_targets,
    sparse_categorical_crossentropy: check_sparse_targets,
}


class LossFunctionWrapper(Loss):
    """A loss made of a function.

    Parameters
    ----------
    fn : callable ``(y_true, y_pred, **kwargs) -> values``
        Returns the loss of every sample.
    reduction, name, dtype
        As in `Loss`.
    **kwargs
        Further arguments of `fn`.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.fn(*same_rank(y_true, y_pred), **self._fn_kwargs)

    def check_targets(self, y: Any, output_shape: Shape, *, output_name: str) -> None:
        checks = (check for fn, check in _CHECKS.items() if fn is self.fn)
        check: Callable[..., None] = next(checks, check_any_targets)
        check(y, output_shape, output_name=output_name)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "fn": describe(self.fn, "loss"), **self._fn_kwargs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        if isinstance(config.get("fn"), dict):
            from pymlp.losses.lookup import get

            config = {**config, "fn": get(config["fn"])}
        return cls(**config)
