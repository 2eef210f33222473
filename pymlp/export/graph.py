"""What a model computes when it predicts, as other formats are made of it: one operation after the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pymlp.graph.lower import canonical_graph, lower
from pymlp.graph.tensor import Tensor
from pymlp.nesting import flatten, paths
from pymlp.variables import Trace, tracing

__all__ = ["ExportError", "PredictionGraph", "sample_shape", "size_of"]


class ExportError(ValueError):
    """A model cannot be written in a format; the message names what in it, and what to do."""


@dataclass(frozen=True)
class PredictionGraph:
    """The operations that make a model's outputs of its inputs.

    Attributes
    ----------
    dtype : {"float32", "float64"}
    inputs : list of Tensor
        In the order in which `predict` takes them, nests flattened. Their first axis is that of the samples.
    outputs : list of Tensor
        One of them may be an input, a constant, or the same as another.
    input_names, output_names : list of str
        What they are called in the model, where they have names, else "".
    steps : list of Tensor
        What the operations make of the inputs, each after what it is made of. Operations on weights alone are not
        among them: they are done.
    constants : dict
        By the id of each tensor that no input goes into, its value.
    names : dict
        By the id of a constant, the path of the variable that it is, as far as it is one.
    layers : dict
        By the id of a step, the layer in whose call it was made.
    """

    dtype: str
    inputs: list[Tensor]
    outputs: list[Tensor]
    input_names: list[str]
    output_names: list[str]
    steps: list[Tensor]
    constants: dict[int, np.ndarray]
    names: dict[int, str]
    layers: dict[int, Any]

    @classmethod
    def of(cls, model: Any) -> PredictionGraph:
        """Return the graph of a built model.

        Raises
        ------
        ExportError
            If the model is not built; if predicting draws random numbers, changes a variable or looks at several
            samples at once; if there is a tensor without elements.
        """
        if not model.built or model._build_shape is None:
            raise ExportError(
                f"Model {model.name!r} cannot be exported, it is not built: the shapes of its weights are not known. "
                "Give it an Input, call model.build(input_shape), or call it on data once."
            )
        with tracing(anew=True) as trace:
            x, y = model.trace()
        inputs, roots = flatten(x), flatten(y)
        order, canonical = canonical_graph(roots)
        fed = {id(tensor) for tensor in inputs}
        steps = []
        for tensor in order:
            if any(id(source) in fed for source in tensor.inputs):
                fed.add(id(tensor))
                steps.append(tensor)
        outputs = [canonical(root) for root in roots]
        used = [source for step in steps for source in step.inputs] + outputs
        constants = {id(tensor): tensor for tensor in used if id(tensor) not in fed}
        graph = cls(
            model.dtype,
            inputs,
            outputs,
            [str(t.name) for t in model.inputs] or _keys(x),
            list(getattr(model, "output_names", ())) or _keys(y),
            steps,
            _values(model.dtype, list(constants.values())),
            {
                key: tensor.attributes["variable"].path
                for key, tensor in constants.items()
                if "variable" in tensor.attributes
            },
            _layers(roots, canonical, trace),
        )
        _check(graph, order, trace, model.name)
        return graph

    def where(self, step: Tensor) -> str:
        """Say which operation of which layer a step is, for messages."""
        layer = self.layers.get(id(step))
        name = "?" if step.operation is None else step.operation.name
        if layer is None:
            return f"operation {name!r}"
        return f"operation {name!r} of layer {layer.name!r} ({type(layer).__name__})"


def sample_shape(tensor: Tensor) -> tuple[int, ...]:
    """Return the shape of one sample of a tensor, or its own where it has no samples."""
    return tuple(n for n in tensor.shape if n is not None)


def size_of(tensor: Tensor) -> int:
    """Return how many numbers a sample has."""
    return math.prod(sample_shape(tensor))


def _keys(nest: Any) -> list[str]:
    """Return the keys that lead to each leaf of a nest as one text."""
    return ["/".join(map(str, path)) for path, _ in paths(nest)]


def _values(dtype: str, tensors: Sequence[Tensor]) -> dict[int, np.ndarray]:
    """Return what tensors hold that are made of variables and constants alone, by their id."""
    if any(t.operation is not None and t.operation.seed_at is not None for t in tensors):
        return {}  # refused by _check, with the layer's name
    found = {}
    computed = [tensor for tensor in tensors if tensor.operation is not None]
    if computed:
        lowered = lower(dtype, (), results=computed)
        lowered.program.run(None, 0, 1, 1, None, 1)
        found = {id(tensor): lowered.result(i, 1) for i, tensor in enumerate(computed)}
    for tensor in tensors:
        if "variable" in tensor.attributes and tensor.operation is None:
            found[id(tensor)] = tensor.attributes["variable"].numpy()
        elif "constant" in tensor.attributes and tensor.operation is None:
            found[id(tensor)] = np.asarray(tensor.attributes["constant"])
    return found


def _layers(roots: Sequence[Tensor], canonical: Any, trace: Trace) -> dict[int, Any]:
    """Return the layer in whose call each tensor was made, by the id of the one that stands for it."""
    found: dict[int, Any] = {}
    stack, seen = list(roots), set()
    while stack:
        tensor = stack.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        stack.extend(tensor.inputs)
        # Inner calls end first, so the first that fits is the innermost.
        for first, last, layer in trace.calls:
            if first < tensor.number < last:
                found.setdefault(id(canonical(tensor)), layer)
                break
    return found


def _check(graph: PredictionGraph, order: Sequence[Tensor], trace: Trace, name: str) -> None:
    """Raise ExportError for what depends on more than one sample and the weights."""
    for step in order:
        if step.operation is not None and step.operation.seed_at is not None:
            raise ExportError(
                f"Model {name!r}: {graph.where(step)} draws random numbers when the model predicts, which an exported "
                "model does not. Leave the layer out, or call it with training=False."
            )
        if None not in step.shape and any(None in source.shape for source in step.inputs):
            raise ExportError(
                f"Model {name!r}: {graph.where(step)} makes one result of all samples of a batch, so that a prediction "
                "depends on the samples beside it. An exported model takes each for itself: compute over other axes."
            )
    if trace.assigned:
        paths = [variable.path for variable, _ in trace.assigned.values()]
        raise ExportError(
            f"Model {name!r} changes its variables {paths} when it predicts; an exported model has constant weights. "
            "Assign to them in training alone."
        )
    for tensor in (*graph.inputs, *order):
        if size_of(tensor) == 0:
            raise ExportError(
                f"Model {name!r}: a tensor of shape {tensor.shape} ({tensor.name or graph.where(tensor)}) has no "
                "elements, for which there is nothing to write. Give every axis at least one."
            )
