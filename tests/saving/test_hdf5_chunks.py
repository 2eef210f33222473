"""Chunks put together here are what the HDF5 library reads, and those that it would misread are refused."""

from __future__ import annotations

import io
import itertools
import zlib
from typing import Any

import h5py
import numpy as np
import pytest

from pymlp.saving import FileRefused
from pymlp.saving.hdf5_chunks import read_chunks

# And the shapes of their chunks.
SHAPES = {
    (3, 4): (2, 2), (7,): (3,), (5, 4, 3): (2, 3, 3), (0, 3): (1, 3), (1, 1): (1, 1), (300, 257): (100, 64),
}  # fmt: skip


def stored(values: Any, **options: Any) -> io.BytesIO:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.create_dataset("x", data=values, maxshape=(None,) * values.ndim, **options)
    return stream


@pytest.mark.parametrize("dtype", ["f4", ">f8", "i2", "u1", "bool", "i8"])
@pytest.mark.parametrize("shape", SHAPES)
def test_numbers_are_those_of_the_library(dtype: str, shape: tuple[int, ...], rng: Any) -> None:
    values = (100 * rng.normal(size=shape)).astype(dtype)
    for compression, shuffle, fletcher in itertools.product(
        (None, "gzip"), (False, True), (False, True)
    ):
        options = {"compression": compression, "shuffle": shuffle, "fletcher32": fletcher}
        with h5py.File(stored(values, chunks=SHAPES[shape], **options)) as file:
            found = read_chunks(file["x"], "x")
            assert found.dtype == file["x"].dtype
            np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 2**17 + 1])
def test_checksums(size: int) -> None:
    """Of zeros, of bytes that add up to 65535 again and again, and of an odd number of them."""
    for values in (np.zeros(size, np.uint8), np.full(size, 255, np.uint8)):
        with h5py.File(stored(values, chunks=(max(size, 1),), fletcher32=True)) as file:
            np.testing.assert_array_equal(read_chunks(file["x"], "x"), values)


@pytest.mark.parametrize(
    ("options", "content", "message"),
    [
        ({"compression": "gzip"}, zlib.compress(bytes(8)), "has 8 bytes, expected 48"),
        ({"compression": "gzip"}, zlib.compress(bytes(60)), "does not end where its 48 bytes"),
        ({"compression": "gzip"}, zlib.compress(bytes(48))[:-3], "does not end where its 48 bytes"),
        ({"compression": "gzip"}, b"none", "is damaged"),
        ({"shuffle": True}, bytes(47), "has 47 bytes, expected 48"),
        ({"fletcher32": True}, bytes(48) + b"\1\0\0\0", "its checksum is of something else"),
        ({"fletcher32": True}, b"\0", "its checksum is of something else"),
        ({"fletcher32": True, "compression": "gzip"}, zlib.compress(bytes(8)), "checksum|has 4 bytes"),
    ],
)  # fmt: skip
def test_chunks_of_another_length(options: dict[str, Any], content: bytes, message: str) -> None:
    with h5py.File(stored(np.ones((3, 4), "f4"), chunks=(3, 4), **options), "r+") as file:
        file["x"].id.write_direct_chunk((0, 0), content)
        with pytest.raises(FileRefused, match=f"x, the chunk at .*({message})"):
            read_chunks(file["x"], "x")


def test_very_many_chunks() -> None:
    with h5py.File(io.BytesIO(), "w") as file:
        file.create_dataset("x", (1000, 1000), "f4", chunks=(1, 1))
        with pytest.raises(FileRefused, match="1000000 chunks, expected at most"):
            read_chunks(file["x"], "x")
