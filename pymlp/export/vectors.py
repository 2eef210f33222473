"""Samples that a self-test holds, with what the model predicts for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pymlp.export.sample_graph import ExportError, SampleGraph, sample_shape
from pymlp.graph.tensor import Tensor
from pymlp.nesting import flatten, pack_shapes

__all__ = ["Vectors", "drawn_samples", "predictions", "vectors_of"]


@dataclass(frozen=True)
class Vectors:
    """Arrays of as many samples: one for each input, one for each output."""

    inputs: list[np.ndarray]
    outputs: list[np.ndarray]

    def __len__(self) -> int:
        return len(self.inputs[0])


def vectors_of(model: Any, graph: SampleGraph, examples: Any, count: int) -> Vectors:
    """Return the examples, or so many samples drawn at random, with their predictions."""
    if examples is None:
        inputs = drawn_samples(graph, count, seed=0)
    else:
        inputs = list(model._inputs(examples, "export").values())
        if len({len(x) for x in inputs}) > 1:
            raise ExportError(
                f"Model {model.name!r}: examples has {[len(x) for x in inputs]} samples for its inputs; give as many "
                "for each."
            )
    inputs = [np.ascontiguousarray(x, graph.dtype) for x in inputs]
    return Vectors(inputs, predictions(model, inputs))


def predictions(model: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """Return the outputs for arrays of samples, nests flattened."""
    x = pack_shapes(model._build_shape, inputs)
    return [np.asarray(y) for y in flatten(model.predict_on_batch(x))]


def drawn_samples(graph: SampleGraph, count: int, seed: int) -> list[np.ndarray]:
    """Return samples for each input: normal random numbers, and whole numbers where they are used as indices."""
    rng = np.random.default_rng(seed)
    found = []
    for tensor in graph.inputs:
        shape = (count, *sample_shape(tensor))
        length = _index_below(graph, tensor)
        x = rng.normal(size=shape) if length is None else rng.integers(0, length, shape)
        found.append(x.astype(graph.dtype))
    return found


def _index_below(graph: SampleGraph, tensor: Tensor) -> int | None:
    """Return the length of what an input picks from, None if it is no index."""
    same = {id(tensor)}
    for step in graph.steps:
        name = step.operation.name if step.operation else ""
        if name in ("reshape", "copy") and id(step.inputs[0]) in same:
            same.add(id(step))
        if name in ("take_rows", "take_cols") and id(step.inputs[1]) in same:
            lengths = sample_shape(step.inputs[0])
            return lengths[0] if name == "take_rows" else lengths[-1]
    return None
