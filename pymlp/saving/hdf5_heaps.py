"""The collections of texts in an HDF5 file, looked through before the HDF5 library reads them.

The library goes through a collection by the sizes that its objects say. It trusts them: an object of no size at all
keeps HDF5 2.0 busy for ever.

References
----------
The HDF Group: "HDF5 File Format Specification Version 3.0", III.E (global heaps).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from pymlp.saving.refusal import FileRefused

__all__ = ["measured"]

_MARK = b"GCOL"
_HEADER = 16
_MOST_BYTES = 2**26
_BLOCK = 2**20


def measured(stream: IO[bytes], where: str) -> tuple[int, int]:
    """Return the number of bytes, and the size of the largest collection, all of which were found to be in order."""
    places, size = _found(stream)
    largest = total = 0
    for at in places:
        stream.seek(at)
        length = int.from_bytes(stream.read(_HEADER)[8:], "little")
        total += length
        if length > size - at or length > _MOST_BYTES or total > size:
            raise FileRefused(
                f"{where}: a collection of texts at byte {at} would have {length} bytes, which the file has not."
            )
        stream.seek(at)
        _check(stream.read(length), at, where)
        largest = max(largest, length)
    stream.seek(0)
    return size, largest


def _found(stream: IO[bytes]) -> tuple[list[int], int]:
    """Return where collections of the only version there is begin, and the number of bytes."""
    places: list[int] = []
    size = 0
    before = b""
    stream.seek(0)
    while block := stream.read(_BLOCK):
        start = size - len(before)
        size += len(block)
        block = before + block
        places += (start + at for at in _marks(block) if at + _HEADER <= len(block))
        before = block[-(_HEADER - 1) :]
    return places, size


def _marks(block: bytes) -> Iterator[int]:
    at = block.find(_MARK)
    while at >= 0:
        if block[at + 4 : at + 5] == b"\1":
            yield at
        at = block.find(_MARK, at + 4)


def _check(collection: bytes, place: int, where: str) -> None:
    """Raise FileRefused unless objects of the sizes that they say fill a collection."""
    at, end = _HEADER, len(collection)
    while at + _HEADER <= end:
        index = int.from_bytes(collection[at : at + 2], "little")
        length = int.from_bytes(collection[at + 8 : at + 16], "little")
        # What is left free is an object without a number, whose size counts its header.
        step = _HEADER + (length + 7) // 8 * 8 if index else length
        if step < _HEADER or step > end - at:
            raise FileRefused(
                f"{where}: the weights in it cannot be read: a text at byte {place + at} would have {length} bytes, "
                "which its collection has not."
            )
        at += step
