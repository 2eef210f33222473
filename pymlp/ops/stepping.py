"""Numbers that differ from step to step, within a graph."""

from __future__ import annotations

from pymlp.graph.tensor import Tensor
from pymlp.ops.operation import Kernel, Operation

__all__ = ["step_number"]

_STEP_NUMBER = Operation(
    "step_number",
    lambda *, index: (),
    lambda y: Kernel("step_number", (y,), (y.attributes["index"],), share="first"),
)


def step_number(index: int, dtype: str) -> Tensor:
    """Return the number of that index among those that a program is given for each step."""
    return Tensor((), dtype, _STEP_NUMBER, (), {"index": index})
