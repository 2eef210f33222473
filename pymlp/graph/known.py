"""The numbers of symbolic tensors, where a graph is traced for one batch and will not be run on another."""

from __future__ import annotations

import numpy as np

from pymlp.graph.gradient import topological_order
from pymlp.graph.lower import lower
from pymlp.graph.tensor import Tensor
from pymlp.tracing import current_trace, tracing

__all__ = ["numbers_of"]


def numbers_of(tensor: Tensor) -> np.ndarray | None:
    """Return what a tensor will be, or None if it is not traced `eagerly`.

    What it is made of is computed anew whenever somebody asks.
    """
    trace = current_trace()
    if trace is None or trace.known is None or tensor.history is not None:
        return None
    known = trace.known
    rows = next(map(len, known.values()), 1)

    def array_of(leaf: Tensor) -> np.ndarray:
        if id(leaf) in known:
            return known[id(leaf)]
        return np.zeros([rows if n is None else n for n in leaf.shape])

    inputs = [leaf for leaf in topological_order([tensor]) if "input" in leaf.attributes]
    with tracing(False):
        (found,) = lower(tensor.dtype, inputs, results=[tensor]).run([*map(array_of, inputs)], rows)
    return found
