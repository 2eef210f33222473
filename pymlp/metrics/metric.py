"""The base of all metrics."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.config import check_float_type, floatx
from pymlp.graph.lower import Accumulation
from pymlp.naming import auto_name, to_snake_case

__all__ = ["Metric"]


class Metric:
    """Base of the metrics: something kept up to date from batch to batch, and its value.

    Parameters
    ----------
    dtype : {"float32", "float64"}, optional
        The type that arrays are converted to (default: `pymlp.config.floatx`). Totals are kept in
        float64 whatever it is.
    name : str, optional

    Notes
    -----
    A metric of your own is most easily a function ``(y_true, y_pred) -> values``, which
    `MeanMetricWrapper` turns into a metric; or a class derived from `Mean` whose ``update_state``
    ends in ``super().update_state(values, sample_weight)``. Both run natively in `Model.fit`.
    """

    # "up" if higher is better, "down" if lower is: EarlyStopping and others ask for it.
    _direction: str | None = None

    def __init__(self, dtype: str | None = None, name: str | None = None) -> None:
        self.name = name or auto_name(to_snake_case(type(self).__name__))
        self._dtype = check_float_type(dtype or floatx(), self.name)

    @property
    def dtype(self) -> str:
        """The type that arrays are converted to."""
        return self._dtype

    @property
    def variables(self) -> list[np.ndarray]:
        """The numbers the metric keeps, as arrays without axes that may be written to."""
        return []

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take a batch into account."""
        raise NotImplementedError(f"{type(self).__name__} does not define update_state.")

    def accumulations(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> list[Accumulation]:
        """Return what a program must add up, so that batches it runs update this metric.

        Parameters
        ----------
        y_true, y_pred, sample_weight : Tensor
            Symbolic. `sample_weight` may be None.
        """
        raise NotImplementedError(
            f"The metric {self.name!r} ({type(self).__name__}) cannot be computed while a model "
            "is trained: derive it from pymlp.metrics.Mean, and end its update_state with "
            "super().update_state(values, sample_weight)."
        )

    def result(self) -> Any:
        """Return the value over all batches since `reset_state`."""
        raise NotImplementedError(f"{type(self).__name__} does not define result.")

    def reset_state(self) -> None:
        """Forget all batches."""
        for variable in self.variables:
            variable[...] = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Take a batch into account and return the value over all batches so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make a metric like this one."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """Return the metric that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"
