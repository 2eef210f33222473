"""What is said of several outputs: losses, metrics and weights given as one value, a list or a dict by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymlp import losses
from pymlp import metrics as metrics_module
from pymlp.graph.tensor import Shape
from pymlp.nesting import flatten

__all__ = [
    "CompiledOutput",
    "by_output",
    "spread",
    "spread_losses",
    "spread_metrics",
    "spread_weights",
]


class CompiledOutput:
    """Loss and metrics of one output.

    Attributes
    ----------
    name : str or None
        What the names of metrics begin with in logs; None where it is not needed to tell outputs apart.
    loss : Loss or None
    loss_weight : float or None
    loss_tracker : Mean or None
        The running mean of this output's own loss, where there are several.
    place : int
        Where that stands among those of all outputs.
    metrics, weighted_metrics : list of Metric
    """

    def __init__(
        self,
        name: str | None,
        loss: Any,
        loss_weight: float | None,
        metrics: Sequence[Any],
        weighted_metrics: Sequence[Any],
        target_shape: Shape | None,
        output_shape: Shape,
    ) -> None:
        if target_shape is None:
            loss, metrics, weighted_metrics = None, (), ()
        shapes = (target_shape or (), output_shape)
        self.name = name
        self.loss: Any = losses.for_compile(loss, *shapes)
        self.loss_weight = loss_weight
        self.loss_tracker: Any = None
        self.place = 0
        self.metrics = [metrics_module.for_compile(item, *shapes) for item in metrics]
        self.weighted_metrics = [
            metrics_module.for_compile(item, *shapes) for item in weighted_metrics
        ]

    def log_name(self, name: str) -> str:
        """Return the name of a metric in logs."""
        return name if self.name is None else f"{self.name}_{name}"

    def total(self, value: Any) -> Any:
        """Return the loss's part in the whole."""
        return value if self.loss_weight is None else value * self.loss_weight


def is_leaf(value: Any) -> bool:
    """Whether a value says something of one output: it may be a dict, being a serialized object."""
    return not isinstance(value, (list, tuple, Mapping)) or (
        isinstance(value, Mapping) and "class_name" in value
    )


def spread(
    argument: str, value: Any, names: Sequence[str | None], partial: bool = True
) -> list[Any]:
    """Return what is said of each output, None where nothing is.

    Parameters
    ----------
    argument : str
        For messages.
    value : list, tuple or dict
        In the order of the outputs, or by their names.
    names : sequence of str
    partial : bool
        Whether a dict may leave outputs out.

    Raises
    ------
    ValueError
        For another number of items, or names that are none of an output.
    """
    if isinstance(value, Mapping):
        unknown = [key for key in value if key not in names]
        missing = [name for name in names if name not in value]
        if unknown or (missing and not partial):
            raise ValueError(
                f"{argument} should have the names of the outputs {list(names)} as keys, received {list(value)}."
            )
        return [value.get(name) for name in names]
    if len(value) != len(names):
        raise ValueError(
            f"{argument} should have one item for each of the {len(names)} outputs {list(names)}, received "
            f"{len(value)}."
        )
    return list(value)


def by_output(nest: Any, names: Sequence[str | None]) -> list[Any]:
    """Return what a nest of tensors or arrays holds for each output; one alone is for all, as is None."""
    if isinstance(nest, Mapping) and set(nest) <= set(names):
        return [nest.get(name) for name in names]
    leaves = flatten(nest)
    return leaves * len(names) if len(leaves) == 1 else leaves


def spread_losses(loss: Any, names: Sequence[str | None], by_key: bool) -> list[Any]:
    """Return the loss of each output; one alone is that of all of them.

    As in Keras, a dict leaves no output out, unless the model's outputs are a dict too (`by_key`).
    """
    if is_leaf(loss):
        return [loss] * len(names)
    return spread("loss", loss, names, partial=by_key)


def spread_weights(loss_weights: Any, loss: Any, names: Sequence[str | None]) -> list[float | None]:
    """Return the number that the loss of each output is multiplied by, None for 1."""
    if loss_weights is None:
        return [None] * len(names)
    if is_leaf(loss_weights):
        if not is_leaf(loss) and len(names) > 1:
            raise ValueError(
                f"loss_weights should be a list or a dict, as there are {len(names)} losses; received {loss_weights!r}."
            )
        return [_number(loss_weights)] * len(names)
    count = 1 if is_leaf(loss) else len(flatten(loss))
    if len(loss_weights) != count:
        raise ValueError(
            f"loss_weights should be as many as there are losses, {count}, received {len(loss_weights)}."
        )
    if len(names) == 1:
        return [_number(weight) for weight in flatten(loss_weights)]
    return [
        None if weight is None else _number(weight)
        for weight in spread("loss_weights", loss_weights, names)
    ]


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"loss_weights should hold numbers, received {value!r}.") from error


def spread_metrics(argument: str, metrics: Any, names: Sequence[str | None]) -> list[list[Any]]:
    """Return the metrics of each output; a single output has all that are given."""
    if not metrics:
        return [[] for _ in names]
    if len(names) == 1:
        return [_items(metrics)]
    return [_items(item) for item in spread(argument, metrics, names)]


def _items(metrics: Any) -> list[Any]:
    if metrics is None:
        return []
    if is_leaf(metrics):
        return [metrics]
    inner = metrics.values() if isinstance(metrics, Mapping) else metrics
    return [item for one in inner for item in _items(one)]
