"""The instructions of a graph's tensors, inputs and effects, in terms of buffers."""

from __future__ import annotations

from collections.abc import Mapping

from pymlp.graph.canonical import Canonical
from pymlp.graph.effects import Accumulation, Update
from pymlp.graph.emitter import Emitter, buffer_of
from pymlp.graph.tensor import Tensor
from pymlp.ops.operation import Kernel
from pymlp.ops.several import RESULT
from pymlp.variables import Variable

__all__ = ["Instructions"]


class Instructions(Emitter):
    """An emitter that is told of tensors. `work` is what it has emitted so far: multiply-adds a sample."""

    def __init__(self, dtype: str, canonical: Canonical) -> None:
        super().__init__(dtype)
        self.canonical = canonical
        self.work = 0.0

    def operand(self, tensor: Tensor | None) -> int:
        """Return the number of the buffer of an operand, -1 for one that is left out."""
        return -1 if tensor is None else self.tensor(self.canonical.of(tensor))

    # ---- tensors ------------------------------------------------------------------------------

    def emit_graph(self, kernels: Mapping[int, Kernel]) -> None:
        """Emit the kernel of each tensor that has one, and the calls of Python functions with all their results."""
        results: dict[int, list[Tensor]] = {}
        for tensor in self.canonical.order:
            if tensor.operation is RESULT:
                results.setdefault(id(self.canonical.of(tensor.inputs[0])), []).append(tensor)
        for tensor in self.canonical.order:
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
        self._count_work(kernel)
        self.emit(kernel, operands, [self.operand(tensor)])

    def _count_work(self, kernel: Kernel) -> None:
        if kernel.name.startswith("dense"):
            x, other = kernel.operands[:2]
            assert x is not None
            assert other is not None
            rows = buffer_of(x.shape, self.dtype).rows_per_sample
            columns = (x.shape[-1] or 1) * (other.shape[-1] or 1)
            if kernel.name == "dense_dx":
                columns = (other.shape[0] or 1) * (other.shape[1] or 1)
            self.work += rows * columns

    # ---- the caller's arrays --------------------------------------------------------------------

    def emit_input(self, holder: Tensor, index: int) -> None:
        """Gather one of the arrays, laid out in the shape of `holder`: the input itself, or a reshape of it."""
        self._transfer("gather", holder, index)

    def emit_store(self, tensor: Tensor, index: int) -> None:
        """Write a tensor into one of the arrays."""
        self._transfer("scatter", tensor, index)

    def _transfer(self, kernel: str, tensor: Tensor, index: int) -> None:
        number = self.operand(tensor)
        share = "rows" if self.buffers[number].rows_per_sample == 1 else "all"
        self.emit(Kernel(kernel, (), (index,), share=share), [number], [number])

    # ---- effects ------------------------------------------------------------------------------

    def emit_accumulation(self, accumulation: Accumulation) -> None:
        total = self.memory(accumulation.total)
        operands = [self.operand(accumulation.values), self.operand(accumulation.weights), total]
        self.emit(Kernel(accumulation.kernel, (), share="first"), operands, [total])

    def emit_update(self, update: Update, fused: bool = False) -> None:
        """Change a variable by its rule: as the end of the kernel that makes the gradient, or alone."""
        gradient = self.canonical.of(update.gradient)
        own = (update.variable, *update.slots)
        targets = [self.variable(v) for v in (*own, *update.option_slots)]
        if fused:
            kernel = gradient.operation.kernel(gradient) if gradient.operation else None
            assert kernel is not None
            sources = [self.operand(x) for x in kernel.operands if x is not gradient]
            self._count_work(kernel)
            name = kernel.name
        else:
            sources, name = [self.operand(gradient)], "update"
        integers: tuple[int, ...] = (update.rule, update.numbers_at, len(sources))
        if update.options:
            integers += (update.options, update.options_at, len(own))
        self.emit(Kernel(name, (), integers, share="all"), [*sources, *targets], targets)

    def emit_assignment(self, variable: Variable, tensor: Tensor) -> None:
        source, target = self.operand(tensor), self.variable(variable)
        self.emit(Kernel("copy", ()), [source, target], [target])

    def emit_draws(self, state: Variable, draws: int) -> None:
        """Count so many draws from a random state."""
        target = self.variable(state)
        self.emit(Kernel("advance", (), (draws,), share="first"), [target], [target])
