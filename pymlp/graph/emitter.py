"""Buffers for tensors, and instructions one behind the other with barriers where threads would meet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from pymlp._engine.buffer import Buffer
from pymlp._engine.contracts import CALL
from pymlp._engine.layout import aligned_matrix, matrix_shape, padded_columns
from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.operation import Kernel
from pymlp.variables import Variable

__all__ = ["Emitter", "buffer_of"]

Instruction = tuple[str, tuple[int, ...], tuple[int, ...], tuple[float, ...], bool]


def buffer_of(shape: Shape, dtype: str, memory: np.ndarray | None = None) -> Buffer:
    """Return the matrix that holds a tensor of that shape, in memory of its own if it is given."""
    if None not in shape:
        rows, cols = matrix_shape([n for n in shape if n is not None])
        return Buffer(rows, 0, cols, padded_columns(cols, dtype), memory)
    if len(shape) == 1:
        return Buffer(0, 1, 1, 1, None)
    rows, cols = matrix_shape([n for n in shape[1:] if n is not None])
    if not rows:  # one without elements is of samples, too: it has an empty row for each
        rows, cols = 1, 0
    return Buffer(0, rows, cols, padded_columns(cols, dtype), None)


@dataclass
class Emitter:
    """What a `Program` is made of, as it grows."""

    dtype: str
    buffers: list[Buffer] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    functions: list[Any] = field(default_factory=list)
    # From the id of what a buffer holds to the buffer's number.
    number_of: dict[int, int] = field(default_factory=dict)
    # Since the last barrier: how each buffer was read and written.
    reads: dict[int, set[str]] = field(default_factory=dict)
    writes: dict[int, set[str]] = field(default_factory=dict)

    # ---- buffers ------------------------------------------------------------------------------

    def number(self, holder: Any, buffer: Buffer) -> int:
        """Return the number of the buffer of a tensor, a variable or an array; the first time, add it."""
        if id(holder) not in self.number_of:
            self.number_of[id(holder)] = len(self.buffers)
            self.buffers.append(buffer)
        return self.number_of[id(holder)]

    def tensor(self, tensor: Tensor) -> int:
        """Return the number of a tensor's buffer."""
        variable = tensor.attributes.get("variable")
        if variable is not None and tensor.operation is None:
            return self.variable(variable)
        memory = None
        if tensor.operation is None and "constant" in tensor.attributes:
            value = tensor.attributes["constant"]
            if id(tensor) not in self.number_of:
                memory = aligned_matrix(*matrix_shape(value.shape), self.dtype)
                memory[...] = value.reshape(memory.shape)
        return self.number(tensor, buffer_of(tensor.shape, self.dtype, memory))

    def variable(self, variable: Variable) -> int:
        """Return the number of the buffer that is a variable's own memory."""
        return self.number(variable, buffer_of(variable.shape, variable.dtype, variable.storage))

    def memory(self, array: np.ndarray) -> int:
        """Return the number of the buffer that is an array of two axes."""
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
            self._meets(number, how, write) for number, how, write in accesses
        )
        if barrier:
            self._synchronized()
        for number, how, write in accesses:
            (self.writes if write else self.reads).setdefault(number, set()).add(how)
        self.instructions.append(
            (kernel.name, tuple(operands), kernel.integers, kernel.numbers, barrier)
        )

    def emit_call(
        self, function: Any, inputs: Sequence[int], results: Collection[tuple[int, int]]
    ) -> None:
        """Append the call of a Python function that writes results, pairs of (number of the result, buffer).

        All threads wait before it and behind it.
        """
        numbers = [number for number, _ in results]
        operands = (*inputs, *(buffer for _, buffer in results))
        integers = (len(self.functions), len(inputs))
        self.functions.append(partial(function, numbers))
        self._synchronized()
        self.instructions.append((CALL, operands, integers, (), True))

    def _synchronized(self) -> None:
        self.reads.clear()
        self.writes.clear()

    def _meets(self, number: int, how: str, write: bool) -> bool:
        others = self.writes.get(number, set()) | (
            self.reads.get(number, set()) if write else set()
        )
        # Two accesses are of the same thread's part only if both go by the same rows or columns, or both by thread 0.
        return any(other != how or how == "all" for other in others)
