"""What is being traced: a graph, and what it does besides its outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from pymlp.graph.tensor import Tensor
    from pymlp.variables import Variable

__all__ = ["Trace", "current_trace", "eagerly", "is_eager", "tracing"]


class Trace:
    """What a graph does besides its outputs, at the end of each step.

    Attributes
    ----------
    assigned : dict
        By the identity of a variable, it and the tensor it is given: a layer's `call` said
        ``variable.assign(tensor)``. Whoever reads the variable after that, in the same graph, reads the tensor.
    draws : dict
        By the identity of a random state, it and how often was drawn from it.
    losses : list of (Layer, Tensor)
        What layers added to the loss.
    accumulated : list of Accumulation
        What metrics are to add up: `update_state` was called on symbolic tensors.
    calls : list of (int, int, Layer)
        Of each call of a layer that has ended, the numbers between which those of the tensors lie that it made. Calls
        within a call come before it.
    samples : Tensor or None
        One whose shape was asked for, and was told to have an unknown number of samples.
    known : dict or None
        Of a trace that is made `eagerly`: by the identity of an input, the array that it stands for. Tensors then tell
        their numbers to whoever looks at them.
    batch : list of ndarray
        Arrays that inputs still to be made stand for, in the order in which they are made.
    """

    def __init__(self, batch: Sequence[np.ndarray] = ()) -> None:
        self.known: dict[int, np.ndarray] | None = {} if _eager.get() else None
        self.batch = list(batch)
        self.samples: Tensor | None = None
        self.assigned: dict[int, tuple[Variable, Tensor]] = {}
        self.draws: dict[int, tuple[Variable, int]] = {}
        self.losses: list[tuple[Any, Any]] = []
        self.accumulated: list[Any] = []
        self.calls: list[tuple[int, int, Any]] = []

    def feed(self, inputs: Sequence[Tensor]) -> None:
        """Have inputs stand for the next arrays of the batch, if there are any."""
        for tensor in inputs[: len(self.batch)]:
            array = self.batch.pop(0)
            if self.known is not None:
                self.known[id(tensor)] = array

    def read(self, variable: Variable) -> Tensor:
        """Return the tensor that stands for a variable at this point."""
        found = self.assigned.get(id(variable))
        return variable.tensor if found is None else found[1]

    def draw(self, state: Variable) -> int:
        """Count a draw from a random state; return how many there were before it."""
        _, before = self.draws.get(id(state), (state, 0))
        self.draws[id(state)] = state, before + 1
        return before


_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)
_eager: ContextVar[bool] = ContextVar("eager", default=False)


@contextmanager
def eagerly(on: bool = True) -> Iterator[None]:
    """Inside the block tensors of new traces tell their numbers: those of a batch, or for inputs without one 0."""
    token = _eager.set(on)
    try:
        yield
    finally:
        _eager.reset(token)


def is_eager() -> bool:
    """Whether new traces are of tensors that tell their numbers."""
    return _eager.get()


@contextmanager
def tracing(
    on: bool = True, *, anew: bool = False, batch: Sequence[np.ndarray] = ()
) -> Iterator[Trace]:
    """Inside the block variables stand for themselves, not for the numbers they hold at the moment.

    An operation on variables alone is then part of the graph, like one on symbolic tensors; outside, or with
    ``on=False``, it is computed at once. A block inside another belongs to the same trace, unless it is to
    begin ``anew``; then `batch` is what its inputs stand for, one after the other.
    """
    current = _trace.get()
    trace = Trace(batch) if current is None or anew else current
    token = _trace.set(trace if on else None)
    try:
        yield trace
    finally:
        _trace.reset(token)


def current_trace() -> Trace | None:
    """Return what is being traced, or None."""
    return _trace.get()
