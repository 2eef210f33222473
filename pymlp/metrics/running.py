"""Sums and means over samples, kept up to date from batch to batch."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pymlp import ops
from pymlp._lookup import describe
from pymlp.graph.effects import Accumulation
from pymlp.losses.loss import Loss, masked_weights
from pymlp.losses.registry import CHECKS, MASKS
from pymlp.losses.shapes import as_float, flatten_samples, same_rank
from pymlp.metrics.metric import Metric

__all__ = ["Mean", "MeanMetricWrapper", "Sum"]


def _per_sample(values: Any, sample_weight: Any, reduce: Callable[..., Any]) -> tuple[Any, Any]:
    """Return values and weights of one and the same shape, one of each for every sample.

    What a sample has more than one value of is reduced: by `ops.mean` or `ops.sum`. Where single
    values have weights of their own, these must come first, and all values are returned.
    """
    if sample_weight is None:
        return (_reduced(values, 1, reduce) if values.ndim > 1 else values), None
    weights = as_float(sample_weight, values.dtype)
    values, weights = same_rank(values, weights)
    if values.ndim > weights.ndim:
        values = _reduced(values, weights.ndim, reduce)
    if weights.shape != values.shape:
        weights = ops.broadcast_to(weights, values.shape)
    if weights.ndim > 1:
        values, weights = flatten_samples(values), flatten_samples(weights)
        if reduce is ops.mean:
            weights = ops.multiply(weights, 1.0 / max(1, weights.shape[1]))
        # One value a row, for the program that adds them up.
        values, weights = ops.expand_dims(values, -1), ops.expand_dims(weights, -1)
    return values, weights


def _reduced(values: Any, kept: int, reduce: Callable[..., Any]) -> Any:
    """Return the values reduced over all axes but the first `kept`."""
    if math.prod(values.shape[kept:]) == 1:
        return ops.reshape(values, values.shape[:kept])
    return reduce(flatten_samples(values, kept), axis=-1)


class _Total(Metric):
    """A total over samples and its number of samples, in memory that programs add into."""

    _reduce = staticmethod(ops.mean)

    def __init__(self, name: str | None, dtype: str | None) -> None:
        super().__init__(dtype=dtype, name=name)
        self.state = np.zeros((1, 2))  # sum of weight * value, sum of weights

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take the values of a batch into account.

        Parameters
        ----------
        values : tensor or array of shape (batch_size, ...)
        sample_weight : tensor or array, optional
            One a sample, or one a value.
        """
        values, weights = _per_sample(as_float(values, self.dtype), sample_weight, self._reduce)
        if self._accumulate(Accumulation(values, weights, self.state)):
            return
        values = np.asarray(values, np.float64)
        if weights is None:
            self.state += values.sum(), values.size
        else:
            weights = np.asarray(weights, np.float64)
            self.state += (values * weights).sum(), weights.sum()


class Sum(_Total):
    """The (weighted) sum of values.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional

    Examples
    --------
    >>> from pymlp import metrics
    >>> total = metrics.Sum()
    >>> total.update_state([1.0, 3.0, 5.0], sample_weight=[1.0, 1.0, 0.0])
    >>> total.result()
    4.0
    """

    _reduce = staticmethod(ops.sum)

    def __init__(self, name: str | None = "sum", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    @property
    def variables(self) -> list[np.ndarray]:
        return [self.state[0, :1].reshape(())]

    def result(self) -> float:
        """Return the sum since `reset_state`."""
        return float(self.state[0, 0])


class Mean(_Total):
    """The (weighted) mean of values: of each sample the mean, and of these the weighted mean.

    Parameters
    ----------
    name : str
    dtype : {"float32", "float64"}, optional

    Attributes
    ----------
    state : ndarray of float64, shape (1, 2)
        Sum of weight times value, and sum of the weights. Always the same memory.

    Examples
    --------
    >>> from pymlp import metrics
    >>> mean = metrics.Mean()
    >>> mean.update_state([1.0, 3.0])
    >>> mean.update_state([8.0], sample_weight=[2.0])
    >>> mean.result()
    5.0
    """

    def __init__(self, name: str | None = "mean", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    @property
    def variables(self) -> list[np.ndarray]:
        return [self.state[0, :1].reshape(()), self.state[0, 1:].reshape(())]

    def result(self) -> float:
        """Return the mean since `reset_state`; 0 if there is nothing to take it of."""
        total, count = self.state[0]
        return float(total / count) if count else 0.0


class MeanMetricWrapper(Mean):
    """The mean of a function of target and prediction.

    Parameters
    ----------
    fn : callable ``(y_true, y_pred, **kwargs) -> values``
        Returns one value or more for every sample.
    name : str, optional
    dtype : {"float32", "float64"}, optional
    **kwargs
        Further arguments of `fn`. They are attributes of the metric, too, and part of its configuration.

    Examples
    --------
    >>> from pymlp import metrics, ops
    >>> def greatest_error(y_true, y_pred):
    ...     return ops.abs(y_pred - y_true)
    >>> metric = metrics.MeanMetricWrapper(greatest_error)
    >>> metric([[0.0], [1.0]], [[1.0], [4.0]])
    2.0
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str | None = None,
        dtype: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs
        if any(fn is loss for loss in CHECKS) or isinstance(fn, Loss):
            self._direction = "down"

    def __getattr__(self, name: str) -> Any:
        # Only asked for what is not there. While a copy is made nothing is, not even the arguments.
        arguments = self.__dict__.get("_fn_kwargs", {})
        if name in arguments:
            return arguments[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Take a batch into account.

        Parameters
        ----------
        y_true, y_pred : tensors or arrays
            Target and prediction.
        sample_weight : tensor or array, optional
            One a sample, or one a value.
        """
        y_true, y_pred = as_float(y_true, self.dtype), as_float(y_pred, self.dtype)
        values = self._fn(y_true, y_pred, **self._fn_kwargs)
        mask = MASKS.get(self._fn)
        if sample_weight is not None and mask is not None:
            # As in Keras, what a loss leaves out counts as 0 unless there are weights.
            counts = mask(y_true, y_pred, values, **self._fn_kwargs)
            if counts is not None:
                sample_weight = masked_weights(counts, sample_weight, reduction="sum")
        super().update_state(values, sample_weight)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        # A class derived from this one that always has the same function does not take it as an argument.
        if "fn" in inspect.signature(type(self)).parameters:
            config["fn"] = describe(self._fn, "metric")
        return {**config, **self._fn_kwargs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        if isinstance(config.get("fn"), dict):
            from pymlp.metrics.lookup import function

            config = {**config, "fn": function(config["fn"])}
        return cls(**config)
