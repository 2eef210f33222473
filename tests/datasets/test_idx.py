from __future__ import annotations

import gzip
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pymlp.datasets.idx import read_idx

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: "i2", 0x0C: "i4", 0x0D: "f4", 0x0E: "f8"}


def write(path: Path, array: np.ndarray, code: int) -> Path:
    """Write `array` by the format's definition: big-endian numbers behind a header."""
    header = struct.pack(f">4B{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    data = header + array.astype(array.dtype.newbyteorder(">")).tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["plain", "packed.gz"])
@pytest.mark.parametrize("code", TYPES)
def test_every_type_comes_back_in_native_order(tmp_path: Path, code: int, name: str) -> None:
    array = np.arange(-3, 21).astype(TYPES[code]).reshape(2, 3, 4)
    read = read_idx(write(tmp_path / name, array, code))
    assert read.dtype == np.dtype(TYPES[code])
    assert read.dtype.isnative
    assert read.flags.writeable
    np.testing.assert_array_equal(read, array)


@given(array=hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=4, min_side=0), fill=None))
def test_any_shape_comes_back(tmp_path_factory: pytest.TempPathFactory, array: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("idx") / "any"
    read = read_idx(write(path, array, 0x08))
    assert read.shape == array.shape
    np.testing.assert_array_equal(read, array)


@given(data=st.binary(max_size=40))
def test_arbitrary_bytes_are_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("idx") / "noise"
    path.write_bytes(data)
    complaint = ""
    try:
        array = read_idx(path)
    except ValueError as error:
        complaint = str(error)
    if complaint:
        assert str(path) in complaint
    else:
        assert 4 + 4 * array.ndim + array.nbytes == len(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "first bytes are 00 00"),
        (b"\x00\x00\x08", "first bytes are 00 00"),
        (b"\x1f\x8b\x08\x00", "received the bytes '1f 8b 08 00'"),
        (b"\x00\x00\x07\x01\x00\x00\x00\x00", "received the bytes '00 00 07 01'"),
        (b"\x00\x00\x08\x00", "first bytes are 00 00"),
        (b"\x00\x00\x08\x02\x00\x00\x00\x01", "ends inside the header of its 2 axes"),
        (b"\x00\x00\x08\x01\x00\x00\x00\x03ab", "promises 3 bytes of data, it holds 2"),
        (b"\x00\x00\x08\x01\x00\x00\x00\x01ab", "more in it than the 1 bytes"),
        (b"\x00\x00\x08\x01\xff\xff\xff\xff", "claims the shape"),
    ],
)
def test_damage_is_named(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="train-images-idx3-ubyte is not usable") as caught:
        read_idx(path)
    assert message in str(caught.value)


def test_a_truncated_gzip_file_is_named(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, 1000, dtype=np.uint8)
    path = write(tmp_path / "labels.gz", noise, 0x08)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ValueError, match=r"labels\.gz is not usable: it cannot be decompressed"):
        read_idx(path)


def test_a_file_that_is_not_gzip_is_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.gz"
    path.write_bytes(b"<html>404 not found</html>")
    with pytest.raises(ValueError, match=r"labels\.gz is not usable: it cannot be decompressed"):
        read_idx(path)


def test_what_a_header_promises_takes_no_memory(tmp_path: Path) -> None:
    """A file of 20 bytes that says it has two billion."""
    path = tmp_path / "images"
    path.write_bytes(struct.pack(">4BI", 0, 0, 0x08, 1, 2**31 - 1) + bytes(12))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="promises 2147483647 bytes of data, it holds 12"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 2**26
    finally:
        tracemalloc.stop()
