"""The IDX file format, in which MNIST and its relatives are published.

A file is a header and an array in row-major order, all numbers big-endian::

    0x00 0x00 type ndim     the magic number; type 0x08 is uint8, 0x0D is float32, ...
    size_0 ... size_ndim-1  one uint32 each
    data                    size_0 * ... * size_ndim-1 numbers
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["read_idx"]

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}

# A header may claim any size. Nothing published in this format comes near 2 GiB, so a larger
# claim is damage, and is refused before memory is asked for.
_MOST_BYTES = 2**31
_PIECE = 2**24


def read_idx(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Read one IDX file, plain or compressed with gzip (name ending in ``.gz``).

    Parameters
    ----------
    path : path-like

    Returns
    -------
    ndarray
        Fresh, writable, in the type and the shape that the header states and in this machine's
        byte order.

    Raises
    ------
    ValueError
        When the file is not IDX, is shorter or longer than its header says, or is damaged. The
        message names the file.
    OSError
        When the file cannot be opened.
    """
    path = Path(path)
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as opened:
        stream = cast("IO[bytes]", opened)
        try:
            dtype, shape = _read_header(stream, path)
            data = _read_data(stream, path, dtype.itemsize * math.prod(shape))
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise _damaged(path, f"it cannot be decompressed ({error})") from error
    array = np.frombuffer(data, dtype).reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _read_header(stream: IO[bytes], path: Path) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Return the type and the shape, having checked both."""
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or magic[3] == 0:
        known = ", ".join(f"0x{code:02x}" for code in _TYPES)
        raise _damaged(
            path,
            "expected an IDX file, whose first bytes are 00 00, a type "
            f"({known}) and a number of axes; received the bytes '{magic.hex(' ')}'",
        )
    sizes = stream.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise _damaged(path, f"it ends inside the header of its {magic[3]} axes")
    shape = struct.unpack(f">{magic[3]}I", sizes)
    dtype = np.dtype(_TYPES[magic[2]])
    if dtype.itemsize * math.prod(shape) > _MOST_BYTES:
        raise _damaged(path, f"its header claims the shape {shape}, over {_MOST_BYTES} bytes")
    return dtype, shape


def _read_data(stream: IO[bytes], path: Path, size: int) -> bytearray:
    """Return exactly `size` bytes, and insist that the file ends there."""
    # Piece by piece: what the header promises is not taken for granted.
    data = bytearray()
    while len(data) < size:
        piece = stream.read(min(size - len(data), _PIECE))
        if not piece:
            raise _damaged(path, f"its header promises {size} bytes of data, it holds {len(data)}")
        data += piece
    if stream.read(1):
        raise _damaged(path, f"there is more in it than the {size} bytes its header promises")
    return data


def _damaged(path: Path, what: str) -> ValueError:
    return ValueError(f"{path} is not usable: {what}. Delete the file, or supply it afresh.")
