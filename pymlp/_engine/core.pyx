# cython: boundscheck=False, wraparound=False
"""The seam: `Program` holds instructions and buffers for C, binds the caller's arrays and runs spans."""

from cpython.buffer cimport PyBUF_FORMAT, PyBUF_ND, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int64_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free
from cpython.pyport cimport PY_SSIZE_T_MAX

from pymlp._engine.mlp cimport (
    MLP_ALIGNMENT, MLP_F16, MLP_F32, MLP_F64, MLP_I8, MLP_I16, MLP_I32, MLP_I64, MLP_MAX_INTEGERS,
    MLP_MAX_NUMBERS, MLP_MAX_OPERANDS, MLP_MAX_RANK, MLP_MAX_THREADS, MLP_U8, MLP_U16, MLP_U32,
    MLP_U64, mlp_array, mlp_choose_isa, mlp_find_kernel, mlp_instruction, mlp_isa, mlp_operand,
    mlp_profile, mlp_program, mlp_run, mlp_scratch_elements, mlp_shuffle, mlp_span, mlp_step, mlp_type,
)

import os
import threading

import numpy as np

from pymlp._engine.arena import Arena
from pymlp._engine.binding import check_arrays
from pymlp._engine.buffer import Buffer, check_buffer
from pymlp._engine.checking import check_call, check_instruction
from pymlp._engine.contracts import CALL

MAX_THREADS = MLP_MAX_THREADS

_TYPES = {
    "e": MLP_F16, "f": MLP_F32, "d": MLP_F64, "?": MLP_U8,
    "b": MLP_I8, "h": MLP_I16, "i": MLP_I32, "B": MLP_U8, "H": MLP_U16, "I": MLP_U32,
    "l": MLP_I64 if np.dtype("l").itemsize == 8 else MLP_I32,
    "L": MLP_U64 if np.dtype("L").itemsize == 8 else MLP_U32,
    "q": MLP_I64, "Q": MLP_U64,
}


def is_readable(array):
    """Whether the engine can gather from an array as it stands: native byte order, real numbers."""
    return array.dtype.char in _TYPES and array.dtype.isnative and array.ndim <= MLP_MAX_RANK


def choose_isa(limit):
    """Choose the best instruction set not above `limit` (None: the best there is); return its name."""
    cdef bytes encoded
    cdef const char *name
    if limit is None:
        name = mlp_choose_isa(NULL)
    else:
        encoded = limit.encode()
        name = mlp_choose_isa(encoded)
    return None if name == NULL else name.decode()


def isa():
    """Name of the instruction set in use."""
    cdef const char *name = mlp_isa()
    return None if name == NULL else name.decode()


def has_kernel(name):
    """Whether there is a kernel of that name."""
    return mlp_find_kernel(name.encode(), 0) != NULL


def shuffled(Py_ssize_t n, uint64_t seed):
    """Return 0 ... n - 1 in an order that depends on the seed alone."""
    order = np.empty(n, np.int64)
    cdef int64_t[::1] view = order
    if n:
        with nogil:
            mlp_shuffle(&view[0], n, seed)
    return order


cdef int _forks = 0  # between the first process and this one


def _forked():
    global _forks
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


cdef uintptr_t address_of(array) except? 0:
    return <uintptr_t>array.__array_interface__["data"][0]


cdef class _Call:
    """A Python function among a program's instructions, and the buffers that it is given."""

    cdef void *program  # borrowed: the program owns its calls
    cdef object function
    cdef tuple inputs, outputs


cdef int _call_python(void *context, const mlp_step *step) noexcept with gil:
    """Call a function on views of its buffers; keep what it raises, to be raised when all threads have come back."""
    cdef _Call call = <_Call>context
    cdef Program program = <Program>call.program
    program.calling_thread = threading.get_ident()
    try:
        call.function(
            [program.arena.view(number, step.batch) for number in call.inputs],
            [program.arena.view(number, step.batch) for number in call.outputs],
            step.batch,
        )
        return 0
    except BaseException as error:
        program.failure = error
        return 1
    finally:
        program.calling_thread = None


cdef class Program:
    """Instructions over buffers.

    Parameters
    ----------
    dtype : {"float32", "float64"}
    buffers : sequence of (rows, rows_per_sample, cols, ld, array)
        A matrix of ``rows + rows_per_sample * batch`` rows. `array` is memory that lives elsewhere
        (a variable, a constant, an accumulator), or None for a place in the program's own arena.
    instructions : sequence of (kernel, operands, integers, numbers, barrier)
        `operands` are numbers of buffers, -1 for one that is left out. The kernel may be "call": of the function and
        with the number of inputs that its two integers say; its operands are the inputs and what the function writes.
    arrays : sequence of (elements, writable)
        For every array that `bind` takes: elements of one sample, and whether the program writes it.
    functions : sequence of callable ``(inputs, outputs, batch)``
        Called with lists of views, as `view` returns them, valid during the call, and the samples of the batch. One
        thread calls, and holds the GIL, while the others wait. What it raises ends the run.

    Attributes
    ----------
    calls_python : bool
        Whether one of the functions is called.
    kernels : tuple of str
        The kernel of each instruction.

    Notes
    -----
    Everything is checked, here and in the methods, so that no program reads or writes what is not its own.
    One thing cannot be: that behind the last row of an `array` there is room for a whole vector.
    """

    cdef readonly str dtype
    cdef readonly Py_ssize_t capacity
    cdef mlp_instruction *instructions
    cdef mlp_array *arrays
    cdef void **scratch
    cdef mlp_program program
    cdef readonly tuple kernels
    cdef readonly bint calls_python
    cdef object buffers, operands, array_specs, arena, scratch_memory, bound, calls, calling_thread, failure
    cdef Py_ssize_t rows_to_read, rows_to_write, widest, scalars_needed
    cdef object _lock
    cdef int made_after_forks
    cdef bint at_work

    def __init__(self, dtype, buffers, instructions, arrays, functions=()):
        cdef Py_ssize_t i, j
        cdef mlp_instruction *instruction
        if self.instructions != NULL:
            raise RuntimeError("a Program is initialised once")
        if dtype not in ("float32", "float64"):
            raise ValueError(f"a program is of float32 or float64, received {dtype!r}")
        buffers = [Buffer(*buffer) for buffer in buffers]
        array_specs = [(int(elements), bool(writable)) for elements, writable in arrays]
        self.widest = 1
        checked = []
        for i, buffer in enumerate(buffers):
            check_buffer(i, buffer)
            self.widest = max(self.widest, <Py_ssize_t>buffer.cols)
        functions = tuple(functions)
        for name, operands, integers, numbers, barrier in instructions:
            if name == CALL:
                check_call(operands, integers, buffers, functions, dtype)
                checked.append((name, tuple(operands), tuple(integers), (), True))
                continue
            if (len(operands) > MLP_MAX_OPERANDS or len(integers) > MLP_MAX_INTEGERS
                    or len(numbers) > MLP_MAX_NUMBERS):
                raise ValueError(f"kernel {name!r} was given too many arguments")
            if "\0" in name or mlp_find_kernel(name.encode(), 0) == NULL:
                raise ValueError(f"there is no kernel {name!r}")
            needed = check_instruction(name, operands, integers, buffers, array_specs, dtype)
            self.scalars_needed = max(self.scalars_needed, <Py_ssize_t>needed)
            checked.append((name, tuple(operands), tuple(integers), tuple(numbers), bool(barrier)))
        self._lock = threading.Lock()
        self.made_after_forks = _forks
        self.dtype = dtype
        self.kernels = tuple([entry[0] for entry in checked])
        self.operands = [() if entry[0] == CALL else entry[1] for entry in checked]
        self.calls = []
        self.arena = Arena(dtype, buffers, MLP_ALIGNMENT)
        self.array_specs = array_specs
        self.capacity = -1
        self.scratch_memory = []
        self.bound = ()
        self.instructions = <mlp_instruction *>calloc(max(1, len(checked)), sizeof(mlp_instruction))
        self.arrays = <mlp_array *>calloc(max(1, len(array_specs)), sizeof(mlp_array))
        self.scratch = <void **>calloc(MLP_MAX_THREADS, sizeof(void *))
        if self.instructions == NULL or self.arrays == NULL or self.scratch == NULL:
            raise MemoryError("no memory for a program's instructions")
        for i, (name, operands, integers, numbers, barrier) in enumerate(checked):
            instruction = &self.instructions[i]
            if name == CALL:
                self._set_call(instruction, functions[integers[0]], operands[:integers[1]], operands[integers[1]:])
                continue
            instruction.run = mlp_find_kernel(name.encode(), dtype == "float64")
            instruction.barrier = barrier
            for j in range(len(integers)):
                instruction.integer[j] = integers[j]
            for j in range(len(numbers)):
                instruction.number[j] = numbers[j]
        self.program = mlp_program(self.instructions, len(checked), self.scratch)
        self.buffers = buffers  # last: without them nothing runs

    cdef _set_call(self, mlp_instruction *instruction, function, inputs, outputs):
        cdef _Call call = _Call()
        call.program = <void *>self
        call.function, call.inputs, call.outputs = function, inputs, outputs
        self.calls.append(call)
        self.calls_python = True
        instruction.call = _call_python
        instruction.context = <void *>call
        instruction.barrier = True

    def __dealloc__(self):
        free(self.instructions)
        free(self.arrays)
        free(self.scratch)

    @property
    def lock(self):
        """For whoever binds arrays and runs, from the one to the end of the other.

        Raises RuntimeError within a function that the program calls, which would wait for itself.
        """
        self._notice_fork()
        if self.calling_thread is not None and self.calling_thread == threading.get_ident():
            raise RuntimeError(
                "a Python function that a model calls has the same model do what it is at: predict within predict, or "
                "fit within fit. Use another model there, or a copy made by clone_model."
            )
        return self._lock

    cdef _notice_fork(self):
        """In the child of a fork nobody is left who would release the lock or finish a run."""
        if self.made_after_forks != _forks:
            self.made_after_forks = _forks
            self._lock = threading.Lock()
            self.at_work = False

    def reserve(self, Py_ssize_t batch):
        """Make room for batches of up to `batch` rows; what the arena held is gone if it grows."""
        if self.buffers is None:
            raise RuntimeError("the program was not initialised")
        if batch <= self.capacity:
            return
        self._check_idle()
        cdef Py_ssize_t i, j
        cdef mlp_operand *operand
        self.arena.reserve(batch)
        addresses = self.arena.addresses
        for i, operands in enumerate(self.operands):
            for j, number in enumerate(operands):
                operand = &self.instructions[i].operand[j]
                if number < 0:
                    operand.data = NULL
                    continue
                rows, rows_per_sample, cols, ld, _ = self.buffers[number]
                operand.data = <void *><uintptr_t>addresses[number]
                operand.rows = rows
                operand.rows_per_sample = rows_per_sample
                operand.cols = cols
                operand.ld = ld
        self.capacity = batch
        self.scratch_memory = []  # which depends on the sizes

    def view(self, Py_ssize_t number, Py_ssize_t batch):
        """Return buffer `number` as a NumPy view of shape (rows, cols) for a batch of that size."""
        if self.buffers is None or not 0 <= number < len(self.buffers):
            raise IndexError(f"there is no buffer {number}")
        if self.buffers[number].array is None and not 0 <= batch <= self.capacity:
            raise ValueError(f"no view of {batch} rows: there is room for {self.capacity}")
        return self.arena.view(number, batch)

    def bind(self, arrays):
        """Give the program the caller's arrays, samples along their first axes.

        Arrays must be `is_readable` and have the elements per sample that were announced.
        """
        cdef Py_ssize_t i
        cdef int axis
        cdef mlp_array *target
        self._check_idle()
        arrays = tuple(arrays)
        if self.array_specs is None:
            raise ValueError("the program takes 0 arrays: it was not initialised")
        to_read, to_write = check_arrays(arrays, self.array_specs, self.dtype, is_readable)
        for i, array in enumerate(arrays):
            target = &self.arrays[i]
            target.data = <char *>address_of(array)
            target.type = <mlp_type><int>_TYPES[array.dtype.char]
            target.sample_stride = array.strides[0]
            target.rank = 1
            target.shape[0] = 1
            target.stride[0] = 0
            for axis in range(1, array.ndim):
                # Two axes that follow one another evenly are one; so is one of a single element with any.
                if target.shape[target.rank - 1] == 1:
                    target.shape[target.rank - 1] = array.shape[axis]
                elif array.shape[axis] == 1:
                    continue
                elif target.stride[target.rank - 1] == array.shape[axis] * array.strides[axis]:
                    target.shape[target.rank - 1] *= array.shape[axis]
                else:
                    target.rank += 1
                    target.shape[target.rank - 1] = array.shape[axis]
                target.stride[target.rank - 1] = array.strides[axis]
        self.bound = arrays
        self.rows_to_read = PY_SSIZE_T_MAX if to_read is None else to_read
        self.rows_to_write = PY_SSIZE_T_MAX if to_write is None else to_write

    def unbind(self):
        """Forget the caller's arrays, so that they can be freed."""
        self._check_idle()
        self.bound = ()
        self.rows_to_read = self.rows_to_write = 0

    cdef _check_idle(self):
        self._notice_fork()
        if self.at_work:
            raise RuntimeError("the program is at work in another thread: hold its lock")

    def run(self, order, Py_ssize_t first, Py_ssize_t last, Py_ssize_t batch_size, scalars, int threads,
            seconds=None):
        """Run rows [first, last) of `order` (int64 sample numbers; None: in order), `batch_size` at a time.

        scalars : float64 array of shape (steps, numbers), the optimizer's numbers for every step, or None.
        seconds : float64 array of shape (instructions,), or None. Given, what each instruction took is added to
            it, and one thread runs.
        Returns the number of threads that ran. The GIL is released. What a Python function raised is raised; the steps
        before that one are done, of it what stands before the call: no update, as these come last.
        """
        cdef mlp_span span
        cdef int used
        cdef const int64_t[::1] order_view
        cdef const double[:, ::1] scalar_view
        cdef double[::1] second_view
        cdef Py_ssize_t steps, i
        cdef int64_t least = 0, most = 0
        self._check_idle()
        if not 0 <= first <= last <= PY_SSIZE_T_MAX // 2 or batch_size < 1:
            raise ValueError(f"no such rows: {first} to {last} in batches of {batch_size}")
        batch_size = min(batch_size, max(last - first, 1))
        if self.array_specs and last > self.rows_to_write:
            raise ValueError(f"results go to arrays of {self.rows_to_write} rows, {last} were asked for")
        span.order = NULL
        if order is not None:
            order_view = order
            if last > order_view.shape[0]:
                raise ValueError(f"the order has {order_view.shape[0]} rows, {last} were asked for")
            if last > first:
                span.order = &order_view[0]
                least = most = order_view[first]
                for i in range(first, last):
                    least = min(least, order_view[i])
                    most = max(most, order_view[i])
                if self.array_specs and (least < 0 or most >= self.rows_to_read):
                    raise IndexError(
                        f"the order has rows {least} to {most}, the arrays have {self.rows_to_read}"
                    )
        elif self.array_specs and last > self.rows_to_read:
            raise ValueError(f"the arrays have {self.rows_to_read} rows, {last} were asked for")
        span.scalars = NULL
        span.scalars_per_step = 0
        if scalars is not None:
            scalar_view = scalars
            steps = (last - first - 1) // batch_size + 1 if last > first else 0
            if scalar_view.shape[0] < steps:
                raise ValueError(f"numbers for {steps} steps are needed, received {scalar_view.shape[0]}")
            if steps > 0 and scalar_view.shape[1] > 0:
                span.scalars = &scalar_view[0, 0]
            span.scalars_per_step = scalar_view.shape[1]
        if span.scalars_per_step < self.scalars_needed and last > first:
            raise ValueError(
                f"{self.scalars_needed} numbers a step are needed, received {span.scalars_per_step}"
            )
        if seconds is not None:
            second_view = seconds
            if second_view.shape[0] != self.program.count:
                raise ValueError(f"there are {self.program.count} instructions to time, room for {len(seconds)}")
            threads = 1
        self.reserve(batch_size)
        threads = max(1, min(threads, MLP_MAX_THREADS))
        self._reserve_scratch(threads)
        span.first = first
        span.last = last
        span.batch_size = batch_size
        span.arrays = self.arrays
        self.at_work = True
        try:
            if seconds is not None and self.program.count > 0:
                used = 1
                with nogil:
                    mlp_profile(&self.program, &span, &second_view[0])
            else:
                with nogil:
                    used = mlp_run(&self.program, &span, threads)
        finally:
            self.at_work = False
        self._raise_failure()
        return used

    cdef _raise_failure(self):
        """Raise what a Python function raised in the run that has ended."""
        failure, self.failure = self.failure, None
        if failure is not None:
            raise failure

    cdef _reserve_scratch(self, int threads):
        cdef Py_ssize_t itemsize = 8 if self.dtype == "float64" else 4
        cdef Py_ssize_t elements = mlp_scratch_elements(self.widest, self.arena.tallest)
        cdef uintptr_t address
        while len(self.scratch_memory) < threads:
            memory = np.empty(elements * itemsize + MLP_ALIGNMENT, np.uint8)
            address = address_of(memory)
            address += <uintptr_t>(-<Py_ssize_t>address % MLP_ALIGNMENT)
            self.scratch[len(self.scratch_memory)] = <void *>address
            self.scratch_memory.append(memory)


include "predictor.pxi"
