"""What a model computes in prediction, as a graph of operations with names: what exporters walk along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pymlp.graph.canonical import Canonical
from pymlp.graph.gradient import topological_order
from pymlp.graph.tensor import Tensor
from pymlp.nesting import flatten, paths
from pymlp.tracing import Trace, tracing

__all__ = ["PredictionGraph", "prediction_graph"]


@dataclass(frozen=True)
class PredictionGraph:
    """A model in prediction: nothing is drawn, dropped or learnt.

    Attributes
    ----------
    name : str
        The model's.
    dtype : {"float32", "float64"}
    inputs, outputs : list of (str, Tensor)
        With the names by which they are told apart; all differ.
    order : list of Tensor
        All that the outputs are made of, each after what it is made of, leaves among them.
    layers : dict
        By the id of a tensor, the layer in whose call it was made, where that is known.
    """

    name: str
    dtype: str
    inputs: list[tuple[str, Tensor]]
    outputs: list[tuple[str, Tensor]]
    order: list[Tensor]
    layers: dict[int, Any]

    def place(self, tensor: Tensor) -> str:
        """Return the name of the layer that made a tensor, or the model's."""
        layer = self.layers.get(id(tensor))
        return self.name if layer is None else str(layer.name)

    def described(self, tensor: Tensor) -> str:
        """Return which layer made a tensor, for messages."""
        layer = self.layers.get(id(tensor))
        return "the model" if layer is None else f"{type(layer).__name__} {layer.name!r}"


def prediction_graph(model: Any) -> PredictionGraph:
    """Return what a model computes in prediction, simplified.

    Raises
    ------
    ValueError
        If the model is not built, or changes its variables when it predicts.
    """
    if not model.built or model._build_shape is None:
        raise ValueError(
            f"Exporting the model {model.name!r} needs it to be built, so that the shape of its inputs is known. Give "
            "it an Input, call model.build(input_shape), or call it on data once."
        )
    with tracing(anew=True) as trace:
        x, y = model.trace()
    for variable, _ in trace.assigned.values():
        raise ValueError(
            f"Exporting the model {model.name!r}: it changes its variable {variable.path!r} when it predicts, and an "
            "exported model remembers nothing. Assign only when `training` is true."
        )
    inputs, outputs = flatten(x), flatten(y)
    canonical = Canonical(outputs)
    names = _different(_input_names(model, x) + _output_names(model, y))
    return PredictionGraph(
        model.name,
        model.dtype,
        list(zip(names[: len(inputs)], inputs, strict=True)),
        list(zip(names[len(inputs) :], map(canonical.of, outputs), strict=True)),
        canonical.order,
        _makers(trace, canonical, outputs),
    )


def _makers(trace: Trace, canonical: Canonical, outputs: list[Tensor]) -> dict[int, Any]:
    """Return which layer made what stands for each tensor that was traced."""
    found: dict[int, Any] = {}
    for tensor in topological_order(outputs):
        # Inner calls come first.
        calls = (layer for first, last, layer in trace.calls if first < tensor.number < last)
        layer = next(calls, None)
        if layer is not None:
            found.setdefault(id(canonical.of(tensor)), layer)
    return found


def _input_names(model: Any, x: Any) -> list[str]:
    if model.inputs:
        return [str(tensor.name) for tensor in model.inputs]
    return _keys(x) or ["input"] * len(flatten(x))


def _output_names(model: Any, y: Any) -> list[str]:
    keys = _keys(y)
    if keys or not model.inputs:
        return keys or ["output"] * len(flatten(y))
    return list(getattr(model, "output_names", None) or [model.layers[-1].name] * len(flatten(y)))


def _keys(nest: Any) -> list[str]:
    """Return names of the tensors in a dict, by their keys; nothing for any other nest."""
    if not isinstance(nest, dict):
        return []
    return ["/".join(map(str, path)) for path, _ in paths(nest)]


def _different(names: list[str]) -> list[str]:
    """Return names of which no two are equal: a later one gets a number."""
    found: list[str] = []
    for name in names:
        number, other = 0, name
        while other in found:
            number += 1
            other = f"{name}_{number}"
        found.append(other)
    return found
