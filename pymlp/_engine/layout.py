"""How kernels want matrices to lie in memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["aligned_matrix", "matrix_shape", "padded_columns"]

_ALIGNMENT = 64
_PAGE = 4096


def padded_columns(columns: int, dtype: str) -> int:
    """Return the distance between rows of a matrix, in elements.

    Rows are whole cache lines, so that kernels may read and write whole vectors. A distance that divides
    into pages would send every row to the same few cache sets; one line more spreads them.
    """
    itemsize = np.dtype(dtype).itemsize
    line = _ALIGNMENT // itemsize
    ld = -(-columns // line) * line
    return ld + line if ld and ld * itemsize % (_PAGE // 2) == 0 else ld


def matrix_shape(shape: Sequence[int]) -> tuple[int, int]:
    """Return (rows, columns) of the matrix that holds a tensor: the last axis runs along the rows."""
    if not shape:
        return 1, 1
    rows = 1
    for length in shape[:-1]:
        rows *= length
    return rows, shape[-1]


def aligned_matrix(rows: int, columns: int, dtype: str) -> np.ndarray:
    """Return a zeroed (rows, columns) view of aligned memory whose rows are padded."""
    itemsize = np.dtype(dtype).itemsize
    ld = padded_columns(columns, dtype)
    # One line more than the matrix: a kernel may run over the end of the last row as over any other.
    memory = np.zeros((rows * ld) * itemsize + 2 * _ALIGNMENT, np.uint8)
    offset = -memory.ctypes.data % _ALIGNMENT
    return np.ndarray((rows, columns), dtype, memory.data, offset, (ld * itemsize, itemsize))
