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

from pymlp._engine.contracts import Buffer
from pymlp._engine.core import Program
from pymlp.graph.fuse import fused_kernel
from pymlp.graph.gradient import topological_order
from pymlp.graph.simplify import simplified
from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.dense import DENSE_DKERNEL
from pymlp.ops.elementwise import UNARY
from pymlp.ops.operation import Kernel
from pymlp.ops.reduction import BATCH_SIZE
from pymlp.ops.shaping import RESHAPE, SUM_ROWS
from pymlp.variables import Trace, Variable, aligned_matrix, matrix_shape, padded_columns

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
        Whether a step leaves something behind, so that it matters which rows are a batch.
    paces : dict
        What whoever runs the program learns of its speed.
    """

    program: Program
    results: list[int]
    shapes: list[Shape]
    work: float
    keeps: bool = False
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


def _buffer_of(shape: Shape, dtype: str, memory: np.ndarray | None = None) -> Buffer:
    if None not in shape:
        rows, cols = matrix_shape([n for n in shape if n is not None])
        return Buffer(rows, 0, cols, padded_columns(cols, dtype), memory)
    if len(shape) == 1:
        return Buffer(0, 1, 1, 1, None)
    rows, cols = matrix_shape([n for n in shape[1:] if n is not None])
    return Buffer(0, rows, cols, padded_columns(cols, dtype), None)


@dataclass
class _Lowering:
    dtype: str
    inputs: Sequence[Tensor]
    buffers: list[Buffer] = field(default_factory=list)
    instructions: list[tuple[str, tuple[int, ...], tuple[int, ...], tuple[float, ...], bool]] = (
        field(default_factory=list)
    )
    # From the id of what a buffer holds to the buffer's number.
    number_of: dict[int, int] = field(default_factory=dict)
    # Since the last barrier: how each buffer was read and written.
    reads: dict[int, set[str]] = field(default_factory=dict)
    writes: dict[int, set[str]] = field(default_factory=dict)
    work: float = 0.0

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

    # ---- buffers ------------------------------------------------------------------------------

    def number(self, holder: Any, buffer: Buffer) -> int:
        if id(holder) not in self.number_of:
            self.number_of[id(holder)] = len(self.buffers)
            self.buffers.append(buffer)
        return self.number_of[id(holder)]

    def operand(self, tensor: Tensor | None) -> int:
        if tensor is None:
            return -1
        tensor = self.canonical(tensor)
        variable = tensor.attributes.get("variable")
        if variable is not None and tensor.operation is None:
            return self.variable(variable)
        memory = None
        if tensor.operation is None and "constant" in tensor.attributes:
            value = tensor.attributes["constant"]
            if id(tensor) not in self.number_of:
                memory = aligned_matrix(*matrix_shape(value.shape), self.dtype)
                memory[...] = value.reshape(memory.shape)
        return self.number(tensor, _buffer_of(tensor.shape, self.dtype, memory))

    def variable(self, variable: Variable) -> int:
        return self.number(variable, _buffer_of(variable.shape, variable.dtype, variable.storage))

    def memory(self, array: np.ndarray) -> int:
        rows, columns = array.shape
        return self.number(array, Buffer(rows, 0, columns, columns, array))

    # ---- instructions ---------------------------------------------------------------------------

    def emit(self, kernel: Kernel, operands: Sequence[int], written: Sequence[int]) -> None:
        """Append an instruction, behind a barrier if it meets what other threads are still at."""
        result = self.buffers[written[0]]
        accesses = []
        for number in operands:
            if number >= 0:
                buffer = self.buffers[number]
                aligned = (
                    kernel.share == "first"
                    or (kernel.share == "rows" and buffer.extent == result.extent)
                    or (kernel.share == "columns" and buffer.cols == result.cols)
                )
                how = kernel.share if aligned else "all"
                accesses.append((number, how, number in written))
        barrier = not self.instructions or any(
            self.meets(number, how, write) for number, how, write in accesses
        )
        if barrier:
            self.reads.clear()
            self.writes.clear()
        for number, how, write in accesses:
            (self.writes if write else self.reads).setdefault(number, set()).add(how)
        self.instructions.append(
            (kernel.name, tuple(operands), kernel.integers, kernel.numbers, barrier)
        )

    def meets(self, number: int, how: str, write: bool) -> bool:
        others = self.writes.get(number, set()) | (
            self.reads.get(number, set()) if write else set()
        )
        # Two accesses are of the same thread's part only if both go by the same rows or columns, or both by thread 0.
        return any(other != how or how == "all" for other in others)

    def emit_tensor(self, tensor: Tensor, kernel: Kernel) -> None:
        operands = [self.operand(x) for x in kernel.operands]
        self.count_work(kernel)
        self.emit(kernel, operands, [self.operand(tensor)])

    def count_work(self, kernel: Kernel) -> None:
        if kernel.name.startswith("dense"):
            x, other = kernel.operands[:2]
            assert x is not None
            assert other is not None
            rows = _buffer_of(x.shape, self.dtype).rows_per_sample
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
        elif tensor.operation is not None:
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
    for tensor in order:
        if tensor.operation is not None and id(tensor) not in skipped:
            lowering.emit_tensor(tensor, kernels[id(tensor)])
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
    program = Program(dtype, lowering.buffers, lowering.instructions, arrays)
    keeps = bool(accumulations or updates or late or assigned)
    shapes = [tensor.shape for tensor in results]
    return Lowered(program, result_numbers, shapes, lowering.work, keeps)


def _emit_late(lowering: _Lowering, updates: Sequence[Update]) -> None:
    """Emit updates with the graphs they are made of, which share nothing with those before: variables have changed."""
    kept = lowering.first_like  # whose tensors are known by their identity, and so must not go
    for tensor in lowering.canonicalize([update.gradient for update in updates]):
        if tensor.operation is not None:
            lowering.emit_tensor(tensor, tensor.operation.kernel(tensor))
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
