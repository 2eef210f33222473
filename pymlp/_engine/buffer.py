"""`Buffer`: a matrix that kernels work on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Buffer", "check_buffer"]

_LARGEST = 2**40  # no product of two sizes within 8-byte elements overflows


class Buffer(NamedTuple):
    """A matrix of ``rows + rows_per_sample * batch`` rows; `array` is its memory if it lives elsewhere."""

    rows: int
    rows_per_sample: int
    cols: int
    ld: int
    array: np.ndarray | None

    @property
    def extent(self) -> tuple[int, int]:
        return self.rows, self.rows_per_sample


def check_buffer(number: int, buffer: Buffer) -> None:
    """Raise ValueError or TypeError if a buffer cannot be what it says."""
    sizes = buffer[:4]
    if any(not isinstance(n, (int, np.integer)) or isinstance(n, bool) for n in sizes):
        raise TypeError(f"buffer {number}: sizes are whole numbers, received {sizes}")
    if not all(0 <= n < _LARGEST for n in sizes) or buffer.ld < buffer.cols:
        raise ValueError(
            f"buffer {number}: no matrix has (rows, rows a sample, columns, ld) = {sizes}"
        )
    array = buffer.array
    if array is None:
        return
    if not isinstance(array, np.ndarray) or array.dtype.name not in (
        "float32",
        "float64",
        "uint32",
    ):
        raise TypeError(
            f"buffer {number}: memory is an array of float32, float64 or, for a seed, uint32"
        )
    if not array.flags.writeable:
        raise ValueError(f"buffer {number}: memory must be writable")
    if (
        buffer.rows_per_sample
        or array.shape != (buffer.rows, buffer.cols)
        or (array.size and array.strides != (buffer.ld * array.itemsize, array.itemsize))
    ):
        raise ValueError(
            f"buffer {number}: memory of shape {array.shape} and strides {array.strides} is not laid out as {sizes}"
        )
