"""`Arena`: memory for the buffers of a program, laid out one behind the other for a number of samples."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from pymlp._engine.buffer import Buffer

__all__ = ["Arena"]

_LARGEST = sys.maxsize


class Arena:
    """The memory of those buffers that have none of their own, and where each buffer is.

    Parameters
    ----------
    dtype : {"float32", "float64"}
    buffers : sequence of Buffer
        Checked.
    alignment : int
        In bytes: of every buffer.

    Attributes
    ----------
    capacity : int
        For so many samples there is room; -1 before there is any memory.
    tallest : int
        Rows of the tallest buffer at that many samples.
    addresses : list of int
        Of the first element of each buffer.
    """

    def __init__(self, dtype: str, buffers: Sequence[Buffer], alignment: int) -> None:
        self.dtype = np.dtype(dtype)
        self.buffers = buffers
        self.alignment = alignment
        self.capacity = -1
        self.tallest = 0
        self.addresses: list[int] = []
        self._memory = np.empty(0, np.uint8)
        self._offsets: list[int] = []

    def reserve(self, batch: int) -> None:
        """Make room for that many samples, all of it zero; what was there is gone.

        Raises
        ------
        MemoryError
            If there is not so much; the arena is then as it was.
        """
        offsets = []
        total = tallest = 0
        for rows, rows_per_sample, _, ld, array in self.buffers:
            offsets.append(total)
            extent = rows + rows_per_sample * batch
            if array is None:
                # One vector more than the matrix, so that the last row may be overrun like any other.
                size = extent * ld * self.dtype.itemsize + 2 * self.alignment - 1
                total += size // self.alignment * self.alignment
            if extent >= _LARGEST // 64 or total >= _LARGEST // 2:
                raise MemoryError(f"no memory for a batch of {batch} rows")
            tallest = max(tallest, extent)
        memory = np.zeros(total + self.alignment, np.uint8)
        base = -_address(memory) % self.alignment
        self._memory = memory
        self._offsets = [base + offset for offset in offsets]
        self.addresses = [
            _address(memory) + offset if buffer.array is None else _address(buffer.array)
            for offset, buffer in zip(self._offsets, self.buffers, strict=True)
        ]
        self.capacity, self.tallest = batch, tallest

    def view(self, number: int, batch: int) -> np.ndarray:
        """Return a buffer as an array of shape (rows, cols) for a batch of that size, which there must be room for."""
        rows, rows_per_sample, cols, ld, array = self.buffers[number]
        if array is not None:
            return array
        strides = (ld * self.dtype.itemsize, self.dtype.itemsize)
        shape = (rows + rows_per_sample * batch, cols)
        return np.ndarray(shape, self.dtype, self._memory.data, self._offsets[number], strides)


def _address(array: np.ndarray) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
