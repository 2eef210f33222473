"""What a model computes for one sample, one operation after the other: what C files are made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pymlp.export.traced import PredictionGraph, prediction_graph
from pymlp.graph.lower import lower
from pymlp.graph.tensor import Tensor

__all__ = ["ExportError", "SampleGraph", "sample_shape", "size_of"]


class ExportError(ValueError):
    """A model cannot be written in a format; the message names what in it, and what to do."""


@dataclass(frozen=True)
class SampleGraph:
    """The operations that make a model's outputs for one sample of its inputs, the weights being constants.

    Attributes
    ----------
    traced : PredictionGraph
        The whole graph, with the layers that made it.
    inputs : list of Tensor
        In the order in which `predict` takes them, nests flattened. Their first axis is that of the samples.
    outputs : list of Tensor
        One of them may be an input, a constant, or the same as another.
    steps : list of Tensor
        What the operations make of the inputs, each after what it is made of. Operations on weights alone are not
        among them: they are done.
    constants : dict
        By the id of each tensor that no input goes into, its value.
    names : dict
        By the id of a constant, the path of the variable that it is, as far as it is one.
    """

    traced: PredictionGraph
    inputs: list[Tensor]
    outputs: list[Tensor]
    steps: list[Tensor]
    constants: dict[int, np.ndarray]
    names: dict[int, str]

    @classmethod
    def of(cls, model: Any) -> SampleGraph:
        """Return the graph of a built model.

        Raises
        ------
        ValueError
            If the model is not built, or changes a variable when it predicts.
        ExportError
            A ValueError, too: if predicting draws random numbers or looks at several samples at once; if there is a
            tensor without elements.
        """
        traced = prediction_graph(model)
        inputs = [tensor for _, tensor in traced.inputs]
        outputs = [tensor for _, tensor in traced.outputs]
        fed = {id(tensor) for tensor in inputs}
        steps = []
        for tensor in traced.order:
            if any(id(source) in fed for source in tensor.inputs):
                fed.add(id(tensor))
                steps.append(tensor)
        used = [source for step in steps for source in step.inputs] + outputs
        constants = {id(tensor): tensor for tensor in used if id(tensor) not in fed}
        names = {
            key: str(tensor.attributes["variable"].path)
            for key, tensor in constants.items()
            if "variable" in tensor.attributes
        }
        values = _values(model.dtype, list(constants.values()))
        graph = cls(traced, inputs, outputs, steps, values, names)
        graph._check()
        return graph

    @property
    def dtype(self) -> str:
        return self.traced.dtype

    def where(self, step: Tensor) -> str:
        """Say which operation of which layer a step is, for messages."""
        name = "?" if step.operation is None else step.operation.name
        return f"operation {name!r} of {self.traced.described(step)}"

    def _check(self) -> None:
        """Raise ExportError for what depends on more than one sample and the weights."""
        model = f"Model {self.traced.name!r}"
        for step in self.traced.order:
            if step.operation is not None and step.operation.seed_at is not None:
                raise ExportError(
                    f"{model}: {self.where(step)} draws random numbers when the model predicts, which an exported "
                    "model does not. Leave the layer out, or call it with training=False."
                )
            if None not in step.shape and any(None in source.shape for source in step.inputs):
                raise ExportError(
                    f"{model}: {self.where(step)} makes one result of all samples of a batch, so that a prediction "
                    "depends on the samples beside it. An exported model takes each for itself: compute over other "
                    "axes."
                )
        for tensor in (*self.inputs, *self.traced.order):
            if size_of(tensor) == 0:
                raise ExportError(
                    f"{model}: a tensor of shape {tensor.shape} ({tensor.name or self.where(tensor)}) has no "
                    "elements, for which there is nothing to write. Give every axis at least one."
                )


def sample_shape(tensor: Tensor) -> tuple[int, ...]:
    """Return the shape of one sample of a tensor, or its own where it has no samples."""
    return tuple(n for n in tensor.shape if n is not None)


def size_of(tensor: Tensor) -> int:
    """Return how many numbers a sample has."""
    return math.prod(sample_shape(tensor))


def _values(dtype: str, tensors: Sequence[Tensor]) -> dict[int, np.ndarray]:
    """Return what tensors hold that are made of variables and constants alone, by their id."""
    if any(t.operation is not None and t.operation.seed_at is not None for t in tensors):
        return {}  # refused by `_check`, with the layer's name
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
