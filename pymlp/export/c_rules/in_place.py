"""Where results may lie in the memory of inputs."""

from __future__ import annotations

from collections.abc import Sequence

from pymlp.export.c_rules.elementwise import ELEMENTWISE
from pymlp.export.sample_graph import size_of
from pymlp.graph.tensor import Tensor

__all__ = ["SAME_ELEMENTS", "may_replace"]

# Operations that change nothing but the shape: no code, the result lies where the input does.
SAME_ELEMENTS = frozenset({"reshape", "copy"})
# Functions of rows and columns that have read an element, and all that it goes into, when they write it.
_IN_PLACE = frozenset({"softmax", "batch_norm", "row_norm", "cumsum_cols"})


def may_replace(y: Tensor) -> Sequence[Tensor]:
    """Return the inputs of a step whose memory it may write its result to: all read of it is read by then."""
    assert y.operation is not None
    if y.operation.name in _IN_PLACE:
        return y.inputs[:1]
    if y.operation.name == "searchsorted":
        return y.inputs[1:]
    if y.operation.name not in ELEMENTWISE:
        return ()
    # Of several operands in the same memory each has the same size, and so is read at the same places.
    return [x for x in y.inputs if size_of(x) == size_of(y)]
