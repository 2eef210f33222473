"""Watching one number from epoch to epoch: is it getting better?"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from pymlp.callbacks.callback import Callback

__all__ = ["MonitorCallback"]


class MonitorCallback(Callback):
    """Base of the callbacks that act on whether a monitored quantity improves.

    Parameters
    ----------
    monitor : str
        Name of the quantity in the logs.
    mode : {"auto", "min", "max"}
        Whether lower or higher is better. ``"auto"`` takes the loss to be better when lower, and
        asks the metric of that name about itself.
    min_delta : float
        A change must be larger than this to be an improvement.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "auto",
        min_delta: float = 0,
    ) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__} expected mode 'auto', 'min' or 'max', received {mode!r}; "
                "going on with 'auto'.",
                stacklevel=3,
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best: Any = None
        self.min_delta = abs(min_delta)
        self.monitor_op: Callable[[Any, Any], Any] | None = None

    def _set_monitor_op(self) -> None:
        """Find out what is better; at the end of an epoch, when the metrics all exist."""
        mode = self._infer_mode() if self.mode == "auto" else self.mode
        self.monitor_op = operator.lt if mode == "min" else operator.gt

    def _infer_mode(self) -> str:
        name = self.monitor.removeprefix("val_")
        for metric in _flat_metrics(getattr(self.model, "metrics", None) or ()):
            direction = getattr(metric, "_direction", None)
            if getattr(metric, "name", None) == name and direction is not None:
                return "max" if direction == "up" else "min"
        if name == "loss":
            return "min"
        raise ValueError(
            f"{type(self).__name__} with monitor={self.monitor!r} and mode='auto' expected the "
            "loss or a metric of the model that is known to be better when higher or when lower; "
            f"of {name!r} this is not known. Pass mode='max' if higher is better, else mode='min'."
        )

    def _is_improvement(self, value: Any, reference: Any) -> bool:
        """Whether `value` beats `reference` by more than `min_delta`. Anything beats None."""
        if reference is None:
            return True
        if self.monitor_op is operator.lt:
            return bool(value + self.min_delta < reference)
        return bool(value - self.min_delta > reference)


def _flat_metrics(metrics: Any) -> Iterator[Any]:
    """Yield the metrics in a list, and those inside containers of metrics."""
    for metric in metrics:
        inner = getattr(metric, "metrics", None)
        if inner is None:
            yield metric
        else:
            yield from _flat_metrics(inner)
