"""Losses as objects: a function of target and prediction, with its arguments and a reduction."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from pymlp._lookup import describe
from pymlp.graph.tensor import Shape
from pymlp.losses.loss import Loss
from pymlp.losses.registry import CHECKS, MASKS
from pymlp.losses.shapes import same_rank
from pymlp.losses.targets import check_any_targets

__all__ = ["LossFunctionWrapper"]


class LossFunctionWrapper(Loss):
    """A loss made of a function.

    Parameters
    ----------
    fn : callable ``(y_true, y_pred, **kwargs) -> values``
        Returns the loss of every sample.
    reduction, name, dtype
        As in `Loss`.
    **kwargs
        Further arguments of `fn`. They are attributes of the loss, too, and part of its configuration.

    Examples
    --------
    >>> from pymlp import losses
    >>> loss = losses.LossFunctionWrapper(losses.huber, delta=0.5)
    >>> float(loss([[0.0]], [[2.0]])), loss.delta
    (0.875, 0.5)
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

    def __getattr__(self, name: str) -> Any:
        # Only asked for what is not there. While a copy is made nothing is, not even the arguments.
        arguments = self.__dict__.get("_fn_kwargs", {})
        if name in arguments:
            return arguments[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.fn(*same_rank(y_true, y_pred), **self._fn_kwargs)

    def mask(self, y_true: Any, y_pred: Any, values: Any) -> Any:
        mask = MASKS.get(self.fn)
        return None if mask is None else mask(y_true, y_pred, values, **self._fn_kwargs)

    def check_targets(self, y: Any, output_shape: Shape, *, output_name: str) -> None:
        check: Callable[..., None] = CHECKS.get(self.fn, check_any_targets)
        check(y, output_shape, output_name=output_name, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        # A class derived from this one that always has the same function does not take it as an argument.
        if "fn" in inspect.signature(type(self)).parameters:
            config["fn"] = describe(self.fn, "loss")
        return {**config, **self._fn_kwargs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        if isinstance(config.get("fn"), dict):
            from pymlp.losses.lookup import get

            config = {**config, "fn": get(config["fn"])}
        return cls(**config)
