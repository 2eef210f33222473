"""Reading HDF5 files that somebody else may have written.

Only what a file of weights needs is touched: groups and arrays of numbers that hard links lead to, in the file itself,
and short texts beside them. Links to elsewhere, arrays that lie in other files or are put together from them, and
filters, which may be loaded from libraries, are refused before they are followed. What an array says of its size is
compared with the shape that the model wants, and with what the file holds, before memory is taken for it.

References
----------
The HDF Group: "HDF5 File Format Specification Version 3.0", III.D and IV.A (global heaps, layouts, filters).
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np

from pymlp.saving.hdf5_chunks import FILTERS, read_chunks
from pymlp.saving.hdf5_heaps import measured
from pymlp.saving.refusal import FileRefused

__all__ = ["Hdf5File", "opened"]

# Arrays that were compressed may be so many times as large as the file, all together.
_GROWTH = 100
_SMALL = 2**26
_MOST_TEXT = 2**24
_MOST_TEXTS = 2**28


class Hdf5File:
    """An open HDF5 file, of which plain groups, arrays and texts are read.

    Parameters
    ----------
    file : h5py.File
    where : str
        Its name, for messages.
    size : int
        How many bytes it has.
    largest_heap : int
        How long a text in it may be: the size of the largest of its collections of texts.
    """

    def __init__(self, file: Any, where: str, size: int, largest_heap: int) -> None:
        self.root = file
        self.where = where
        self._most_texts = _MOST_TEXTS // max(largest_heap, 1)
        self._stored_left = size
        self._bytes_left = max(_SMALL, _GROWTH * size)

    def group(self, path: str, within: Any = None) -> Any:
        """Return the group that a path leads to, or None if there is none."""
        import h5py

        found = self.root if within is None else within
        for name in [part for part in path.split("/") if part]:
            found = self._linked(found, name)
            if found is None:
                return None
            if not isinstance(found, h5py.Group):
                raise FileRefused(f"{self.where}: {found.name} is not a group of its own.")
        return found

    def _linked(self, group: Any, name: str) -> Any:
        import h5py

        link = group.get(name, getlink=True)
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise FileRefused(
                f"{self.where}: {name!r} of {group.name} is not an array in the file itself, and not a group of its "
                f"own: it is a link to elsewhere ({type(link).__name__}), which is not followed."
            )
        return group[name]

    def dataset(self, group: Any, path: str) -> Any:
        """Return an array of numbers that lies in the file; nothing of it is read yet."""
        import h5py

        folder, _, name = path.rpartition("/")
        holder = self.group(folder, group)
        where = f"{self.where}: {group.name.rstrip('/')}/{path}"
        dataset = None if holder is None else self._linked(holder, name)
        if dataset is None:
            raise FileRefused(f"{where} is missing.")
        if not isinstance(dataset, h5py.Dataset):
            raise FileRefused(f"{where} is not an array in the file itself.")
        plist = dataset.id.get_create_plist()
        if dataset.is_virtual or plist.get_external_count():
            raise FileRefused(
                f"{where} is not an array in the file itself: its numbers are in other files, which are not opened."
            )
        filters = {plist.get_filter(i)[0] for i in range(plist.get_nfilters())}
        if not filters <= FILTERS:
            raise FileRefused(
                f"{where} went through the filters {sorted(filters - FILTERS)}; expected none, or deflate. Save the "
                "weights uncompressed."
            )
        if (
            dataset.dtype.kind not in "fiub"
            or dataset.dtype.itemsize > 8
            or dataset.id.get_type() != h5py.h5t.py_create(dataset.dtype)
        ):
            raise FileRefused(f"{where} holds {dataset.dtype}, expected numbers of a usual type.")
        if dataset.shape is None:
            raise FileRefused(f"{where} is empty, expected an array.")
        return dataset

    def read(self, dataset: Any) -> np.ndarray:
        """Return the numbers of an array, whose shape the caller wants, if the file holds them all."""
        where = f"{self.where}: {dataset.name}"
        declared = math.prod(dataset.shape) * dataset.dtype.itemsize
        stored = dataset.id.get_storage_size()
        plain = dataset.id.get_create_plist().get_nfilters() == 0
        if (stored < declared) if plain else (declared and not stored):
            raise FileRefused(
                f"{where} says that it has {declared} bytes, of which the file has {stored}: the file is not whole."
            )
        self._stored_left -= stored
        self._bytes_left -= declared
        if self._stored_left < 0 or self._bytes_left < 0:
            raise FileRefused(
                f"{where}: up to here the arrays of the file have more bytes than the file. Arrays in it overlap, or "
                "are no weights."
            )
        if dataset.chunks is None:
            return np.asarray(dataset[()])
        chunk = math.prod(dataset.chunks) * dataset.dtype.itemsize
        if chunk > self._bytes_left + declared:
            raise FileRefused(f"{where} is in chunks of {chunk} bytes, of which it has {declared}.")
        return read_chunks(dataset, where)

    def text(self, group: Any, name: str) -> str | None:
        """Return a text that is an attribute, or None if there is none of that name."""
        if name not in group.attrs:
            return None
        where = f"{self.where}: attribute {name!r} of {group.name}"
        _check_attribute(group, name, where, 1)
        value = group.attrs[name]
        if isinstance(value, np.ndarray):
            if value.size != 1:
                raise FileRefused(f"{where} should be a text.")
            value = value.reshape(-1)[0]
        return _decoded(value, where)

    def texts(self, group: Any, name: str) -> list[str]:
        """Return the texts of an attribute; a long list is kept in several, with a number after the name."""
        if name in group.attrs:
            return self._texts(group, name)
        found: list[str] = []
        part = 0
        while f"{name}{part}" in group.attrs:
            found += self._texts(group, f"{name}{part}")
            part += 1
        return found

    def _texts(self, group: Any, name: str) -> list[str]:
        where = f"{self.where}: attribute {name!r} of {group.name}"
        _check_attribute(group, name, where, self._most_texts)
        value = np.asarray(group.attrs[name])
        return [_decoded(item, where) for item in value.reshape(-1).tolist()]


def _check_attribute(group: Any, name: str, where: str, most: int) -> None:
    """Raise FileRefused unless an attribute is made of texts, and of no more bytes than is reasonable."""
    import h5py

    attribute = group.attrs.get_id(name)
    count = math.prod(attribute.shape or ())
    kind = attribute.get_type().get_class()
    of_any_length = kind == h5py.h5t.STRING and attribute.get_type().is_variable_str()
    if count == 0:
        return
    if kind != h5py.h5t.STRING:
        raise FileRefused(f"{where} holds {attribute.dtype}, expected texts.")
    size = attribute.dtype.itemsize * count
    if size > _MOST_TEXT or (of_any_length and count > most):
        raise FileRefused(f"{where} holds {count} texts, which is more than the file can hold.")


def _decoded(value: Any, where: str) -> str:
    try:
        return value.decode("utf-8") if isinstance(value, bytes) else str(value)
    except UnicodeDecodeError as error:
        raise FileRefused(f"{where} is not a text: {error}") from error


class _Whole(io.RawIOBase):
    """A stream of which nothing is read behind its end: h5py would go on with what lies in memory."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream: Any = stream
        self.seek, self.tell = stream.seek, stream.tell  # type: ignore[method-assign]

    def readinto(self, buffer: Any) -> int:
        count = int(self._stream.readinto(buffer))
        if count < len(buffer):
            raise OSError(f"{len(buffer)} bytes should lie where there are {count}")
        return count


@contextmanager
def opened(stream: IO[bytes], where: str) -> Iterator[Hdf5File]:
    """Open an HDF5 file that lies in a binary stream; what goes wrong in it becomes a FileRefused."""
    import h5py

    try:
        size, largest = measured(stream, where)
        with h5py.File(_Whole(stream), "r") as file:
            yield Hdf5File(file, where, size, largest)
    except FileRefused:
        raise
    # h5py raises any of these, by where the damage is.
    except (OSError, RuntimeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise FileRefused(f"{where}: the weights in it cannot be read: {error}") from error
