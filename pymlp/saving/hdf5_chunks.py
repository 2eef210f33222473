"""Arrays that an HDF5 file keeps in chunks, put together here.

The library takes a chunk for as long as the array's description says, whatever the filters made of it. Of one that is
shorter, the rest is what happens to lie in memory behind it: such a file would make weights of it, which are then saved
or sent on.

References
----------
The HDF Group: "HDF5 File Format Specification Version 3.0", IV.A.2.l (filter pipelines); H5Zfletcher32.c, H5checksum.c.
"""

from __future__ import annotations

import itertools
import math
import zlib
from typing import Any

import numpy as np

from pymlp.saving.refusal import FileRefused

__all__ = ["FILTERS", "read_chunks"]

_DEFLATE, _SHUFFLE, _FLETCHER = 1, 2, 3
# Those that every HDF5 library has, by their registered numbers.
FILTERS = frozenset((_DEFLATE, _SHUFFLE, _FLETCHER))
_CHECKSUM = 4
# Each is a step in Python. h5py's own choice of chunks has some thousands a gigabyte.
_MOST_CHUNKS = 100_000


def read_chunks(dataset: Any, where: str) -> np.ndarray:
    """Return the numbers of an array, each chunk of which must be as long as it is said to be."""
    steps: tuple[int, ...] = dataset.chunks
    count = math.prod(-(-n // step) for n, step in zip(dataset.shape, steps, strict=True))
    if count > _MOST_CHUNKS:
        raise FileRefused(
            f"{where} is in {count} chunks, expected at most {_MOST_CHUNKS}: save it in larger ones."
        )
    plist = dataset.id.get_create_plist()
    described = [plist.get_filter(i) for i in range(plist.get_nfilters())]
    filters = [number for number, *_ in described]
    found = np.empty(dataset.shape, dataset.dtype)
    if any(n == _SHUFFLE and values != (found.itemsize,) for n, _, values, _ in described):
        raise FileRefused(f"{where} was shuffled as if its numbers had another size.")
    starts = (range(0, n, step) for n, step in zip(dataset.shape, steps, strict=True))
    for corner in itertools.product(*starts):
        skipped, stored = dataset.id.read_direct_chunk(corner)
        used = [number for i, number in enumerate(filters) if not skipped >> i & 1]
        content = _unfiltered(
            stored, used, math.prod(steps), found.itemsize, f"{where}, the chunk at {corner},"
        )
        part = found[tuple(slice(at, at + step) for at, step in zip(corner, steps, strict=True))]
        chunk = np.frombuffer(content, found.dtype).reshape(steps)
        part[...] = chunk[tuple(slice(length) for length in part.shape)]
    return found


def _unfiltered(stored: bytes, filters: list[int], count: int, itemsize: int, where: str) -> bytes:
    """Return what filters were applied to, which is so many numbers."""
    content, length = stored, count * itemsize
    for number in reversed(filters):
        if number == _DEFLATE:
            content = _inflated(content, length + _CHECKSUM * filters.count(_FLETCHER), where)
        elif number == _FLETCHER:
            content, checksum = content[:-_CHECKSUM], content[-_CHECKSUM:]
            if checksum != _fletcher(content):
                raise FileRefused(f"{where} is damaged: its checksum is of something else.")
        elif len(content) == length:
            # Shuffled: the first bytes of all numbers, then the second ones.
            content = np.frombuffer(content, np.uint8).reshape(itemsize, count).T.tobytes()
    if len(content) != length:
        raise FileRefused(f"{where} has {len(content)} bytes, expected {length}.")
    return content


def _inflated(content: bytes, most: int, where: str) -> bytes:
    stream = zlib.decompressobj()
    try:
        found = stream.decompress(content, most + 1)
    except zlib.error as error:
        raise FileRefused(f"{where} is damaged: {error}.") from error
    if not stream.eof or len(found) > most:
        raise FileRefused(
            f"{where} is damaged: it does not end where its {most} bytes have come out."
        )
    return found


def _fletcher(content: bytes) -> bytes:
    """Return HDF5's variant of Fletcher's checksum, over big-endian words of 16 bits."""
    words = np.frombuffer(content + bytes(len(content) % 2), ">u2").astype(np.uint64)
    first = int(words.sum()) if words.size else 0
    weights = np.arange(words.size, 0, -1, dtype=np.uint64)
    second = sum(
        int((words[i : i + 2**16] * weights[i : i + 2**16]).sum())
        for i in range(0, words.size, 2**16)
    )
    return b"".join(
        ((value - 1) % 65535 + 1 if value else 0).to_bytes(2, "little") for value in (first, second)
    )
