"""Lowering: a graph becomes a program, a flat list of kernel calls over buffers.

In order: equal subgraphs are made one; chains are fused; every tensor gets a buffer; kernels are listed so that
each comes after what it reads; updates of variables come last, the optimizer's and those that layers assigned, after
everything that reads the old values; and barriers are put where a thread would look at what another has yet to finish.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from pymlp._engine.core import Program
from pymlp.graph.emitter import Emitter, buffer_of
from pymlp.graph.fuse import fused_kernel
from pymlp.graph.gradient import topological_order
from pymlp.graph.simplify import simplified
from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.dense import DENSE_DKERNEL
from pymlp.ops.elementwise import UNARY
from pymlp.ops.operation import Kernel
from pymlp.ops.samples import BATCH_SIZE
from pymlp.ops.several import RESULT
from pymlp.ops.shaping import RESHAPE, SUM_ROWS
from pymlp.variables import Trace, Variable

__all__ = ["Accumulation", "Count", "Lowered", "Update", "canonical_graph", "lower"]


@dataclass(frozen=True)
class Update:
    """A variable, its gradient, and the rule by which an optimizer changes it.

    `rule` is a number of ``enum mlp_rule`` in csrc/kernels/rules.inc.c, `numbers_at` where the rule's numbers
    begin in a step's scalars, `slots` variables of the same shape; `options` a sum of ``enum mlp_option``, `options_at`
    where their numbers begin, `option_slots` the variables they bring. One that comes `afterwards` is made of variables
    as the others left them.
    """

    variable: Variable
    gradient: Tensor
    rule: int
    numbers_at: int = 0
    slots: tuple[Variable, ...] = ()
    options: int = 0
    options_at: int = 0
    option_slots: tuple[Variable, ...] = ()
    afterwards: bool = False


@dataclass(frozen=True)
class Accumulation:
    """``total += (sum of weights * values, sum of weights)``, over the batches of a span.

    `total` is a float64 array of shape (1, 2).
    """

    kernel: ClassVar[str] = "accumulate"

    values: Tensor
    weights: Tensor | None
    total: np.ndarray


@dataclass(frozen=True)
class Count(Accumulation):
    """``total[value] += weight`` for every element of `values`, over the batches of a span: a histogram.

    `total` is a float64 array of shape (1, k), and values are places in it; what is no place of the k is left out.
    `weights` has the shape of `values`; None stands for 1.
    """

    kernel: ClassVar[str] = "count"


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
    """

    program: Program
    results: list[int]
    shapes: list[Shape]
    work: float
    keeps: bool = False
    whole: bool = False
    paces: dict[Any, Any] = field(default_factory=dict)

    def result(self, index: int, batch: int) -> np.ndarray:
        """Return a copy of a result, in its shape, for a batch of that size."""
        shape = tuple(batch if n is None else n for n in self.shapes[index])
        return np.array(self.program.view(self.results[index], batch)).reshape(shape)


def _key(tensor: Tensor) -> Any:
    """Return what equal tensors have in common, their inputs being the very same."""
    if tensor.operation is not None:
        inputs = tuple(id(x) for x in tensor.inputs)
        return (tensor.operation, inputs, tuple(sorted(tensor.attributes.items())))
    constant = tensor.attributes.get("constant")
    if constant is not None and constant.size == 1:
        return constant.shape, constant.dtype, constant.tobytes()
    return id(tensor.attributes.get("variable", tensor))


class _Lowering(Emitter):
    """A graph on its way to a program: which tensors are the same, and what each of them becomes."""

    def __init__(self, dtype: str, inputs: Sequence[Tensor]) -> None:
        super().__init__(dtype)
        self.inputs = inputs
        self.work = 0.0

    # ---- equal subgraphs ----------------------------------------------------------------------

    def canonicalize(
        self, roots: Sequence[Tensor], kept: Sequence[Tensor] = (), changed: Collection[int] = ()
    ) -> list[Tensor]:
        """Simplify, find for every tensor the first one like it; return these, each after its inputs.

        Where one of the `changed` variables is all that is left of a root, it is copied if the root is to be `kept`.
        """
        self.first_like: dict[int, Tensor] = {}
        known: dict[Any, Tensor] = {}
        for tensor in topological_order(roots):
            simple = tensor
            if tensor.operation is not None:
                inputs = tuple(self.canonical(x) for x in tensor.inputs)
                simple = simplified(
                    Tensor(
                        tensor.shape,
                        tensor.dtype,
                        tensor.operation,
                        inputs,
                        tensor.attributes,
                        tensor.name,
                    )
                )
            self.first_like[id(tensor)] = known.setdefault(_key(simple), simple)
        for tensor in kept:
            self.first_like[id(tensor)] = _computed(self.canonical(tensor), changed)
        return topological_order(self.canonical(root) for root in roots)

    def canonical(self, tensor: Tensor) -> Tensor:
        # What is not known is canonical itself: its inputs are.
        return self.first_like.get(id(tensor), tensor)

    def operand(self, tensor: Tensor | None) -> int:
        """Return the number of the buffer of an operand, -1 for one that is left out."""
        return -1 if tensor is None else self.tensor(self.canonical(tensor))

    # ---- instructions ---------------------------------------------------------------------------

    def emit_graph(self, order: Sequence[Tensor], kernels: dict[int, Kernel]) -> None:
        """Emit the kernel of each tensor that has one, and the calls of Python functions with all their results."""
        results: dict[int, list[Tensor]] = {}
        for tensor in order:
            if tensor.operation is RESULT:
                results.setdefault(id(self.canonical(tensor.inputs[0])), []).append(tensor)
        for tensor in order:
            kernel = kernels.get(id(tensor))
            if kernel is None or (kernel.function is None and 0 in tensor.shape):
                continue
            if kernel.function is None:
                self.emit_tensor(tensor, kernel)
            else:
                inputs = [self.operand(x) for x in kernel.operands]
                found = [(y.attributes["number"], self.operand(y)) for y in results[id(tensor)]]
                self.emit_call(kernel.function, inputs, found)

    def emit_tensor(self, tensor: Tensor, kernel: Kernel) -> None:
        operands = [self.operand(x) for x in kernel.operands]
        self.count_work(kernel)
        self.emit(kernel, operands, [self.operand(tensor)])

    def count_work(self, kernel: Kernel) -> None:
        if kernel.name.startswith("dense"):
            x, other = kernel.operands[:2]
            assert x is not None
            assert other is not None
            rows = buffer_of(x.shape, self.dtype).rows_per_sample
            columns = (x.shape[-1] or 1) * (other.shape[-1] or 1)
            if kernel.name == "dense_dx":
                columns = (other.shape[0] or 1) * (other.shape[1] or 1)
            self.work += rows * columns

    def emit_input(self, tensor: Tensor, holder: Tensor) -> None:
        """Gather an input, laid out in the shape of `holder`: the input itself, or a reshape of it."""
        number = self.operand(holder)
        which = [i for i, x in enumerate(self.inputs) if x is tensor]
        if not which:
            raise ValueError(f"input {tensor.name!r} of the graph is not among those that are fed.")
        share = "rows" if self.buffers[number].rows_per_sample == 1 else "all"
        self.emit(Kernel("gather", (), (which[0],), share=share), [number], [number])

    def emit_update(self, update: Update, fused: bool) -> None:
        gradient = self.canonical(update.gradient)
        own = (update.variable, *update.slots)
        targets = [self.variable(v) for v in (*own, *update.option_slots)]
        if fused:
            kernel = gradient.operation.kernel(gradient) if gradient.operation else None
            assert kernel is not None
            sources = [self.operand(x) for x in kernel.operands if x is not gradient]
            self.count_work(kernel)
            name = kernel.name
        else:
            sources, name = [self.operand(gradient)], "update"
        integers: tuple[int, ...] = (update.rule, update.numbers_at, len(sources))
        if update.options:
            integers += (update.options, update.options_at, len(own))
        self.emit(Kernel(name, (), integers, share="all"), [*sources, *targets], targets)


def canonical_graph(roots: Sequence[Tensor]) -> tuple[list[Tensor], Callable[[Tensor], Tensor]]:
    """Simplify a graph and make equal subgraphs one, as lowering does, and no more.

    Returns
    -------
    order : list of Tensor
        All that the roots are made of now, each after its inputs.
    canonical : callable
        Of a tensor that the roots were made of, the one in its place.
    """
    lowering = _Lowering("", ())
    return lowering.canonicalize(roots), lowering.canonical


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
    lowering = _Lowering(dtype, inputs)
    trace = trace or Trace()
    accumulations = [*accumulations, *trace.accumulated]
    late = [update for update in updates if update.afterwards]
    updates = [update for update in updates if not update.afterwards]
    # What is another variable's old value must be taken before that changes.
    changed = {id(v) for u in updates for v in (u.variable, *u.slots, *u.option_slots)}
    changed |= set(trace.assigned)
    updates = [
        replace(update, gradient=_computed(update.gradient, changed - {id(update.variable)}))
        for update in updates
    ]
    weights = [a.weights for a in accumulations if a.weights is not None]
    # Gradients first: the row-by-row work around the loss then needs no barrier within.
    roots = [u.gradient for u in updates] + [a.values for a in accumulations] + weights
    assigned = [
        (variable, _computed(tensor, changed)) for variable, tensor in trace.assigned.values()
    ]
    roots += [*results, *stores, *(tensor for _, tensor in assigned)]
    given = [u.gradient for u in updates] + [tensor for _, tensor in assigned]
    order = lowering.canonicalize(roots, [t for t in given if t.operation is not None], changed)
    uses = Counter(id(lowering.canonical(x)) for tensor in order for x in tensor.inputs)
    wanted = Counter(id(lowering.canonical(root)) for root in roots)

    def used_once(tensor: Tensor) -> bool:
        return uses[id(tensor)] + wanted[id(tensor)] == 1

    skipped: set[int] = set()
    kernels: dict[int, Kernel] = {}
    for tensor in order:
        fusion = fused_kernel(tensor, lowering.canonical, used_once)
        if fusion:
            kernels[id(tensor)], before = fusion
            skipped.add(id(before))
        elif tensor.operation not in (None, RESULT):
            kernels[id(tensor)] = tensor.operation.kernel(tensor)
    fused_updates = set()
    for update in updates:
        gradient = lowering.canonical(update.gradient)
        # Updates come one after the other: none may read a variable that one before it has changed.
        reads_variables = any(
            "variable" in lowering.canonical(x).attributes for x in gradient.inputs
        )
        ends_in_rule = gradient.operation in (DENSE_DKERNEL, SUM_ROWS)
        if ends_in_rule and used_once(gradient) and not reads_variables:
            fused_updates.add(id(update))
            skipped.add(id(gradient))

    _emit_inputs(lowering, order, uses, wanted, skipped)
    lowering.emit_graph(order, {k: v for k, v in kernels.items() if k not in skipped})
    for accumulation in accumulations:
        total = lowering.memory(accumulation.total)
        operands = [
            lowering.operand(accumulation.values),
            lowering.operand(accumulation.weights),
            total,
        ]
        lowering.emit(Kernel(accumulation.kernel, (), share="first"), operands, [total])
    for index, tensor in enumerate(stores, len(inputs)):
        number = lowering.operand(tensor)
        share = "rows" if lowering.buffers[number].rows_per_sample == 1 else "all"
        lowering.emit(Kernel("scatter", (), (index,), share=share), [number], [number])
    for update in updates:
        lowering.emit_update(update, id(update) in fused_updates)
    for variable, tensor in assigned:
        source, target = lowering.operand(tensor), lowering.variable(variable)
        lowering.emit(Kernel("copy", ()), [source, target], [target])
    for state, draws in trace.draws.values():
        target = lowering.variable(state)
        lowering.emit(Kernel("advance", (), (draws,), share="first"), [target], [target])

    arrays = [(_elements(x.shape), False) for x in inputs] + [
        (_elements(x.shape), True) for x in stores
    ]
    result_numbers = [lowering.operand(tensor) for tensor in results]
    _emit_late(lowering, late)
    program = Program(dtype, lowering.buffers, lowering.instructions, arrays, lowering.functions)
    keeps = bool(accumulations or updates or late or assigned)
    shapes = [tensor.shape for tensor in results]
    whole = keeps or any(map(_joins_rows, order))
    return Lowered(program, result_numbers, shapes, lowering.work, keeps, whole)


def _joins_rows(tensor: Tensor) -> bool:
    """Whether samples meet in a tensor: it is one for all of them and made of each, or drawn, or a Python function."""
    operation = tensor.operation
    if operation is None or operation.joins_samples:
        return operation is not None
    of_samples = operation.seed_at is not None or any(None in x.shape for x in tensor.inputs)
    return of_samples and None not in tensor.shape


def _emit_late(lowering: _Lowering, updates: Sequence[Update]) -> None:
    """Emit updates with the graphs they are made of, which share nothing with those before: variables have changed."""
    kept = lowering.first_like  # whose tensors are known by their identity, and so must not go
    order = lowering.canonicalize([update.gradient for update in updates])
    made = [tensor for tensor in order if tensor.operation not in (None, RESULT)]
    lowering.emit_graph(order, {id(y): y.operation.kernel(y) for y in made if y.operation})
    for update in updates:
        lowering.emit_update(update, fused=False)
    lowering.first_like = kept


def _computed(tensor: Tensor, changed: Collection[int]) -> Tensor:
    """Return a copy of a variable that is among the `changed`, so that variables may change places; else the tensor."""
    if id(tensor.attributes.get("variable")) not in changed:
        return tensor
    copy = UNARY["copy"]
    return Tensor(tensor.shape, tensor.dtype, copy, (tensor,), {"parameters": ()})


def _emit_inputs(
    lowering: _Lowering,
    order: list[Tensor],
    uses: Counter[int],
    wanted: Counter[int],
    skipped: set[int],
) -> None:
    """Gather every input; where it is only reshaped, straight into the shape it gets. Count the batch."""
    reshaped: Counter[int] = Counter()
    for tensor in order:
        if tensor.operation not in (RESHAPE, BATCH_SIZE):
            continue
        source = lowering.canonical(tensor.inputs[0])
        if tensor.operation is BATCH_SIZE:
            lowering.emit_tensor(tensor, BATCH_SIZE.kernel(tensor))
            skipped.add(id(tensor))
            reshaped[id(source)] += 1
        elif "input" in source.attributes:
            lowering.emit_input(source, tensor)
            skipped.add(id(tensor))
            reshaped[id(source)] += 1
    for tensor in order:
        if "input" in tensor.attributes and (
            uses[id(tensor)] > reshaped[id(tensor)] or wanted[id(tensor)]
        ):
            lowering.emit_input(tensor, tensor)


def _elements(shape: Shape) -> int:
    return int(np.prod([n for n in shape if n is not None], dtype=np.int64))
