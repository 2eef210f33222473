"""Lowering: a graph becomes a program, a flat list of kernel calls over buffers.

In order: equal subgraphs are made one; chains are fused; every tensor gets a buffer; kernels are listed so that
each comes after what it reads; updates of variables come last, the optimizer's and those that layers assigned, after
everything that reads the old values; and barriers are put where a thread would look at what another has yet to finish.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pymlp._engine.core import Program
from pymlp._engine.runtime import threads_for
from pymlp.graph.canonical import Canonical, copied
from pymlp.graph.effects import Accumulation, Update
from pymlp.graph.fuse import ends_in_rule, fused_kernel
from pymlp.graph.instructions import Instructions
from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.operation import Kernel
from pymlp.ops.samples import BATCH_SIZE
from pymlp.ops.several import RESULT
from pymlp.ops.shaping import RESHAPE
from pymlp.tracing import Trace

__all__ = ["Lowered", "lower"]


@dataclass
class Lowered:
    """A program and where its results are.

    Attributes
    ----------
    program : Program
    results : list of int
        Number of the buffer of each tensor asked for.
    shapes : list of tuple
        The shapes of those tensors.
    work : float
        Multiply-adds a sample, for choosing the number of threads.
    keeps : bool
        Whether a step leaves something behind.
    whole : bool
        Whether it matters which rows are a batch: a step leaves something behind, or the rows meet in a result.
    paces : dict
        What whoever runs the program learns of its speed.
    adding : list of Layer
        What adds to the loss within, in the order of the losses.
    """

    program: Program
    results: list[int]
    shapes: list[Shape]
    work: float
    keeps: bool = False
    whole: bool = False
    paces: dict[Any, Any] = field(default_factory=dict)
    adding: list[Any] = field(default_factory=list)

    def run(self, arrays: Sequence[np.ndarray], batch: int) -> list[np.ndarray]:
        """Run one batch on arrays; return the results."""
        program = self.program
        with program.lock:
            program.bind(list(arrays))
            try:
                program.run(None, 0, batch, batch, None, threads_for(self.work * batch))
            finally:
                program.unbind()
            return [self.result(index, batch) for index in range(len(self.results))]

    def result(self, index: int, batch: int) -> np.ndarray:
        """Return a copy of a result, in its shape, for a batch of that size."""
        shape = tuple(batch if n is None else n for n in self.shapes[index])
        return np.array(self.program.view(self.results[index], batch)).reshape(shape)


def lower(
    dtype: str,
    inputs: Sequence[Tensor],
    *,
    results: Sequence[Tensor] = (),
    stores: Sequence[Tensor] = (),
    accumulations: Sequence[Accumulation] = (),
    updates: Sequence[Update] = (),
    trace: Trace | None = None,
) -> Lowered:
    """Lower a graph to a program.

    Parameters
    ----------
    dtype : {"float32", "float64"}
    inputs : sequence of Tensor
        The leaves that are fed, in the order of the arrays given to `Program.bind`.
    results : sequence of Tensor
        What will be looked at after a run, through `Lowered.result`.
    stores : sequence of Tensor
        What is written for every batch into arrays that `Program.bind` takes after the inputs.
    accumulations, updates
        What is added up over batches, and how variables change.
    trace : Trace, optional
        What else a step does at its end: which variables layers have assigned, what was drawn, what metrics add up.
    """
    trace = trace or Trace()
    accumulations = [*accumulations, *trace.accumulated]
    late = [update for update in updates if update.afterwards]
    updates = [update for update in updates if not update.afterwards]
    # What is another variable's old value must be taken before that changes.
    changed = {id(v) for u in updates for v in (u.variable, *u.slots, *u.option_slots)}
    changed |= set(trace.assigned)
    updates = [
        replace(update, gradient=copied(update.gradient, changed - {id(update.variable)}))
        for update in updates
    ]
    assigned = [(variable, copied(tensor, changed)) for variable, tensor in trace.assigned.values()]
    gradients = [update.gradient for update in updates]
    new_values = [tensor for _, tensor in assigned]
    weights = [a.weights for a in accumulations if a.weights is not None]
    # Gradients first: the row-by-row work around the loss then needs no barrier within.
    roots = [*gradients, *(a.values for a in accumulations), *weights]
    roots += [*results, *stores, *new_values]
    kept = [tensor for tensor in (*gradients, *new_values) if tensor.operation is not None]
    canonical = Canonical(roots, kept, changed)
    uses = _Uses(canonical, roots)

    kernels = _kernels(canonical, uses)
    fused = set()
    for update in updates:
        gradient = canonical.of(update.gradient)
        if ends_in_rule(gradient, canonical.of) and uses.once(gradient):
            fused.add(id(update))
            del kernels[id(gradient)]
    code = Instructions(dtype, canonical)
    _emit_inputs(code, inputs, uses, kernels)
    code.emit_graph(kernels)
    for accumulation in accumulations:
        code.emit_accumulation(accumulation)
    for index, tensor in enumerate(stores, len(inputs)):
        code.emit_store(tensor, index)
    for update in updates:
        code.emit_update(update, id(update) in fused)
    for variable, tensor in assigned:
        code.emit_assignment(variable, tensor)
    for state, draws in trace.draws.values():
        code.emit_draws(state, draws)
    result_numbers = [code.operand(tensor) for tensor in results]
    _emit_late(code, late)

    arrays = [(_elements(x), False) for x in inputs] + [(_elements(x), True) for x in stores]
    program = Program(dtype, code.buffers, code.instructions, arrays, code.functions)
    keeps = bool(accumulations or updates or late or assigned)
    whole = keeps or any(map(_joins_rows, canonical.order))
    return Lowered(program, result_numbers, [x.shape for x in results], code.work, keeps, whole)


class _Uses:
    """How often each tensor is read by others, and asked for as a root."""

    def __init__(self, canonical: Canonical, roots: Sequence[Tensor]) -> None:
        self.read = Counter(id(canonical.of(x)) for y in canonical.order for x in y.inputs)
        self.asked = Counter(id(canonical.of(root)) for root in roots)

    def once(self, tensor: Tensor) -> bool:
        return self.read[id(tensor)] + self.asked[id(tensor)] == 1


def _kernels(canonical: Canonical, uses: _Uses) -> dict[int, Kernel]:
    """Return the kernel of each tensor that is computed, by its identity; fused ones with the chain's last tensor."""
    kernels: dict[int, Kernel] = {}
    for tensor in canonical.order:
        fusion = fused_kernel(tensor, canonical.of, uses.once)
        if fusion:
            kernels[id(tensor)], before = fusion
            del kernels[id(before)]
        elif tensor.operation not in (None, RESULT):
            kernels[id(tensor)] = tensor.operation.kernel(tensor)
    return kernels


def _emit_inputs(
    code: Instructions, inputs: Sequence[Tensor], uses: _Uses, kernels: dict[int, Kernel]
) -> None:
    """Gather every input; where it is only reshaped, straight into the shape it gets. Count the batch.

    What is done by that needs no kernel any more.
    """
    places = {id(x): i for i, x in reversed([*enumerate(inputs)])}

    def place(tensor: Tensor) -> int:
        if id(tensor) not in places:
            raise ValueError(f"input {tensor.name!r} of the graph is not among those that are fed.")
        return places[id(tensor)]

    elsewhere: Counter[int] = Counter()  # reads that are not of the input as it is
    for tensor in code.canonical.order:
        if tensor.operation not in (RESHAPE, BATCH_SIZE):
            continue
        source = code.canonical.of(tensor.inputs[0])
        if tensor.operation is BATCH_SIZE:
            code.emit_tensor(tensor, kernels.pop(id(tensor)))
        elif "input" in source.attributes:
            code.emit_input(tensor, place(source))
            del kernels[id(tensor)]
        else:
            continue
        elsewhere[id(source)] += 1
    for tensor in code.canonical.order:
        if "input" in tensor.attributes and (
            uses.read[id(tensor)] > elsewhere[id(tensor)] or uses.asked[id(tensor)]
        ):
            code.emit_input(tensor, place(tensor))


def _emit_late(code: Instructions, updates: Sequence[Update]) -> None:
    """Emit updates with the graphs they are made of, which share nothing with those before: variables have changed."""
    early = code.canonical  # whose tensors are known by their identity, and so must not go
    code.canonical = Canonical([update.gradient for update in updates])
    made = [tensor for tensor in code.canonical.order if tensor.operation not in (None, RESULT)]
    code.emit_graph({id(y): y.operation.kernel(y) for y in made if y.operation})
    for update in updates:
        code.emit_update(update)
    code.canonical = early


def _joins_rows(tensor: Tensor) -> bool:
    """Whether samples meet in a tensor: it is one for all of them and made of each, or drawn, or a Python function."""
    operation = tensor.operation
    if operation is None or operation.joins_samples:
        return operation is not None
    of_samples = operation.seed_at is not None or any(None in x.shape for x in tensor.inputs)
    return of_samples and None not in tensor.shape


def _elements(tensor: Tensor) -> int:
    """Return how many numbers a sample of a tensor has."""
    return int(np.prod([n for n in tensor.shape if n is not None], dtype=np.int64))
