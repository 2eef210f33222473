"""Plain data in a file: numbers, texts and arrays, in lists and dicts. Nothing in it is ever run.

The file is a zip archive, nothing in it compressed: ``state.json`` describes the whole, ``arrays/0, 1, ...`` are the
bytes of the arrays. Zip archives hold a checksum of each part, so damage is noticed.
"""

from __future__ import annotations

import json
import math
import os
import zipfile
from typing import IO, Any

import numpy as np

__all__ = ["read_plain", "write_plain"]

_DESCRIPTION = "state.json"
# What reading a damaged file may raise. RuntimeError: encrypted, compressed in an unknown way, nested too deeply.
_DAMAGE = (
    zipfile.BadZipFile, EOFError, OSError, RuntimeError, AttributeError, LookupError, TypeError, ValueError,
)  # fmt: skip


def write_plain(stream: IO[bytes], value: Any) -> None:
    """Write plain data to an open file.

    Parameters
    ----------
    stream : binary file
        Seekable.
    value : nest of dict and list of None, bool, int, float, str, NumPy number or array
        Keys of dicts are texts. Tuples will be read as lists.

    Raises
    ------
    ValueError
        If there is anything else in it.
    """
    arrays: list[np.ndarray] = []
    packed = _packed(value, arrays, "")
    forms = [[array.dtype.str, list(array.shape)] for array in arrays]
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_DESCRIPTION, json.dumps({"value": packed, "arrays": forms}))
        for i, array in enumerate(arrays):
            with archive.open(f"arrays/{i}", "w", force_zip64=True) as member:
                member.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def read_plain(path: str | os.PathLike[str]) -> Any:
    """Return what `write_plain` wrote to a file.

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If it is damaged, or no such file.
    """
    with open(path, "rb") as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                _check_sizes(archive, os.fstat(stream.fileno()).st_size)
                said = json.loads(archive.read(_DESCRIPTION))
                arrays = [_array(archive, i, *form) for i, form in enumerate(said["arrays"])]
                return _unpacked(said["value"], arrays)
        except _DAMAGE as error:
            raise ValueError(f"{os.fspath(path)} is damaged: {error}") from error


def _packed(value: Any, arrays: list[np.ndarray], where: str) -> Any:
    """Return `value` for JSON, its arrays in a list of their own."""
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fiub":
        arrays.append(np.asarray(value))
        return {"array" if isinstance(value, np.ndarray) else "number": len(arrays) - 1}
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, (list, tuple)):
        return [_packed(item, arrays, f"{where}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {k: _packed(item, arrays, f"{where}[{k!r}]") for k, item in value.items()}}
    raise ValueError(
        f"{where or 'What was given'} cannot be kept in a file: it is {value!r}, a {type(value).__name__}. Only plain "
        "data can: None, numbers, texts, arrays, and lists and dicts (by texts) of such."
    )


def _unpacked(packed: Any, arrays: list[np.ndarray]) -> Any:
    if isinstance(packed, list):
        return [_unpacked(item, arrays) for item in packed]
    if not isinstance(packed, dict):
        return packed
    ((kind, content),) = packed.items()
    if kind == "dict":
        return {key: _unpacked(item, arrays) for key, item in content.items()}
    array = arrays[content]
    return array if kind == "array" else array[()]


def _check_sizes(archive: zipfile.ZipFile, size: int) -> None:
    """Raise ValueError if there would be more to read than the file is long."""
    parts = archive.infolist()
    if any(part.compress_type != zipfile.ZIP_STORED for part in parts):
        raise ValueError("something in it is compressed, which nothing should be.")
    if sum(part.file_size for part in parts) > size:
        raise ValueError("its parts are longer than the whole.")


def _array(archive: zipfile.ZipFile, number: int, dtype: str, shape: list[int]) -> np.ndarray:
    kind = np.dtype(str(dtype))
    if kind.kind not in "fiub":
        raise ValueError(f"array {number} is of type {dtype}.")
    content = bytearray(archive.read(f"arrays/{number}"))  # which may be written to
    if math.prod(shape) * kind.itemsize != len(content):
        raise ValueError(
            f"array {number} has {len(content)} bytes, not those of its shape {shape}."
        )
    return np.frombuffer(content, kind).reshape(shape)
