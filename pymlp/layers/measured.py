"""`Measured`: the metrics that layers hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pymlp.layers.weights import BOOKKEEPING
from pymlp.metrics.metric import Metric

if TYPE_CHECKING:
    from pymlp.layers.layer import Layer

__all__ = ["Measured", "own_metrics"]


class Measured:
    """The part of a layer that knows its metrics."""

    if TYPE_CHECKING:

        def _inner_layers(self) -> Iterator[Layer]: ...

    @property
    def metrics(self) -> list[Any]:
        """The metrics that are attributes of this layer, or in lists and dicts that are; then those of layers within.

        `update_state` on what `call` computes runs natively; a model resets them at the beginning of every epoch and
        evaluation, and logs them.
        """
        return _within(self, set())

    @property
    def metrics_variables(self) -> list[Any]:
        """The variables of the metrics."""
        return [variable for metric in self.metrics for variable in metric.variables]


def _within(layer: Any, seen: set[int]) -> list[Any]:
    seen.add(id(layer))
    found = own_metrics(layer)
    for inner in layer._inner_layers():
        if id(inner) not in seen:  # layers may hold one another
            found += _within(inner, seen)
    return found


def own_metrics(layer: Any) -> list[Any]:
    """Return the metrics that are attributes of the layer itself, in the order they were made so."""
    found: dict[int, Any] = {}
    for name, value in list(vars(layer).items()):
        if isinstance(value, (Metric, list, tuple, dict)) and name not in BOOKKEEPING:
            found.update((id(metric), metric) for metric in _metrics_in(value))
    return list(found.values())


def _metrics_in(value: Any) -> Iterator[Metric]:
    """Yield a metric, or those in a list, tuple or dict of whatever depth."""
    if isinstance(value, Metric):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _metrics_in(item)
    elif isinstance(value, dict):
        yield from _metrics_in(list(value.values()))
