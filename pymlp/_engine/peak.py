"""What this machine can do, measured with the engine's own threads and instruction set."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from pymlp._engine.core import MAX_THREADS, Program

__all__ = ["copy_speed", "multiply_add_speed", "read_speed"]

# Much more than any cache holds, yet not more memory than a small machine has.
_COPY_BYTES_A_THREAD, _COPY_BYTES = 64 << 20, 256 << 20


def multiply_add_speed(dtype: str, threads: int, seconds: float) -> float:
    """Return the floating-point operations a second of multiply-adds on registers, all threads together.

    A multiply-add counts as two. On an instruction set without them it is a multiplication and an addition.
    """
    sums, operations = _matrix(MAX_THREADS, 1, dtype), _matrix(1, 1, dtype)
    program = _program("peak_multiply_add", dtype, [sums, operations])
    runs_a_second, used = _speed(program, threads, seconds)
    return runs_a_second * used * float(operations[0, 0])


def copy_speed(threads: int, seconds: float) -> float:
    """Return the bytes a second, read and written, of copying from memory to memory."""
    columns = min(_COPY_BYTES_A_THREAD, _COPY_BYTES // threads) // 4
    source, target = (_matrix(threads, columns, "float32") for _ in range(2))
    # So that it has memory of its own, rather than one page of zeros again and again.
    source[...] = 1.0
    runs_a_second, _ = _speed(_program("peak_copy", "float32", [source, target]), threads, seconds)
    return runs_a_second * 2 * source.nbytes


def read_speed(size: int, threads: int, seconds: float) -> float:
    """Return the bytes a second of reading the same `size` bytes again and again, from whatever cache holds them."""
    columns = 1024
    source = _matrix(max(1, round(size / (4 * columns))), columns, "float32")
    source[...] = 1.0
    sums = _matrix(len(source), 1, "float32")
    runs_a_second, _ = _speed(_program("peak_read", "float32", [source, sums]), threads, seconds)
    return runs_a_second * source.nbytes


def _matrix(rows: int, columns: int, dtype: str) -> np.ndarray:
    """Return zeros with room for a vector behind the last row."""
    lines = rows * columns * np.dtype(dtype).itemsize // 64 + 2
    memory = np.zeros((lines, 64), np.uint8).reshape(-1)
    return np.ndarray((rows, columns), dtype, memory.data, -memory.ctypes.data % 64)


def _program(kernel: str, dtype: str, matrices: Sequence[np.ndarray]) -> Program:
    buffers = [(*(m.shape[0], 0, m.shape[1], m.shape[1]), m) for m in matrices]
    return Program(dtype, buffers, [(kernel, range(len(buffers)), (), (1.0,), False)], [])


def _speed(program: Program, threads: int, seconds: float) -> tuple[float, int]:
    """Return runs a second and the number of threads; a first run warms up and tells how many fill the time."""
    runs, took, used = 1, 0.0, 1
    program.run(None, 0, 1, 1, None, threads)
    while took < seconds / 2:
        start = time.perf_counter()
        used = program.run(None, 0, runs, 1, None, threads)
        took = max(time.perf_counter() - start, 1e-9)
        done, runs = runs, max(2 * runs, min(round(runs * seconds / took), 1 << 40))
    return done / took, used
