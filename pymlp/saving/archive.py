"""Zip archives: members that are written in place, and archives of others that are read with care."""

from __future__ import annotations

import io
import mmap
import os
import re
import stat
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from pymlp.saving.refusal import FileRefused

__all__ = ["Archive", "member_in_place", "opened_archive"]

# A member may be as large as this, or as so many archives: not for files that are meant to fill the memory.
_SMALL = 64 * 2**20
_GROWTH = 100
_MOST_DIRECTORY = 2**22
_BLOCK = 2**20
_ENCRYPTED = 0x1 | 0x40
_LOCAL_HEADER = 30


class Window(io.RawIOBase):
    """A part of a file as a file of its own, from `start` on; of `size` bytes, or growing if it is written."""

    def __init__(
        self, stream: IO[bytes], start: int, size: int = 0, writable: bool = False
    ) -> None:
        self._stream, self._start, self.size = stream, start, size
        self._at = 0
        self._writable = writable
        self.failed: OSError | None = None  # of the system, when it was written to

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return self._writable

    @property
    def place(self) -> slice:
        """Where it lies in the file."""
        return slice(self._start, self._start + self.size)

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = memoryview(buffer)[: max(self.size - self._at, 0)]
        self._stream.seek(self._start + self._at)
        count: int = self._stream.readinto(wanted)  # type: ignore[attr-defined]
        self._at += count
        return count

    def write(self, data: Any) -> int:
        try:
            self._stream.seek(self._start + self._at)
            count = self._stream.write(data)
        except OSError as error:
            self.failed = error
            raise
        self._at += count
        self.size = max(self.size, self._at)
        return count

    def truncate(self, size: int | None = None) -> int:
        self.size = self._at if size is None else size
        self._stream.truncate(self._start + self.size)
        return self.size


@contextmanager
def member_in_place(archive: Any, name: str) -> Iterator[Window]:
    """Add a member, not compressed, that is written at any place of it in any order; the archive is open for writing.

    It goes to where it will lie, and nothing is kept in memory; `zipfile` itself takes members from front to back only.
    """
    stream = archive.fp
    info: Any = zipfile.ZipInfo(name, time.localtime()[:6])
    info.external_attr = 0o600 << 16
    info.header_offset = archive.start_dir
    info.CRC = info.file_size = info.compress_size = 0
    stream.seek(archive.start_dir)
    stream.write(info.FileHeader(zip64=True))
    window = Window(stream, stream.tell(), writable=True)
    try:
        yield window
    except Exception as error:
        # Closing its file after a write that failed, h5py may raise anything instead.
        if window.failed is not None and error is not window.failed:
            raise window.failed from error
        raise
    info.file_size = info.compress_size = window.size
    info.CRC = _checksum_while_flushed(stream, window)
    stream.seek(info.header_offset)
    stream.write(info.FileHeader(zip64=True))
    archive.start_dir = stream.seek(0, os.SEEK_END)
    archive.filelist.append(info)
    archive.NameToInfo[name] = info
    archive._didModify = True


def _checksum_while_flushed(stream: Any, window: Window) -> int:
    """Return the checksum of what a window shows; meanwhile it goes to the disk, which it will have to in any case."""
    failures: list[OSError] = []

    def flush() -> None:
        try:
            os.fsync(stream.fileno())
        except OSError as error:  # the system tells once
            failures.append(error)

    stream.flush()
    flushing = threading.Thread(target=flush)
    flushing.start()
    try:
        with (
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
            memoryview(mapped) as whole,
            whole[window.place] as shown,
        ):
            checksum = zlib.crc32(shown)
    finally:
        flushing.join()
    if failures:
        raise failures[0]
    return checksum


class Archive:
    """An archive whose directory was found to be in order.

    Attributes
    ----------
    name : str
        Of the file, for messages.
    members : dict of str to ZipInfo
    """

    def __init__(self, archive: zipfile.ZipFile, stream: IO[bytes], name: str) -> None:
        self._archive, self._stream, self.name = archive, stream, name
        self.size = stream.seek(0, os.SEEK_END)
        self.members = {info.filename: info for info in archive.infolist()}
        self._starts: dict[str, int] = {}
        self._check_members()
        self._check_places()

    def _check_members(self) -> None:
        most = max(_SMALL, _GROWTH * self.size)
        total = 0
        for info in self._archive.infolist():
            where = f"{self.name}: {info.filename!r:.200} in it"
            # The name as it stands in the file; zipfile changes it.
            parts = re.split(r"[/\\]", info.orig_filename.rstrip("/"))
            if "\\" in info.orig_filename or "\0" in info.orig_filename or ":" in parts[0]:
                raise FileRefused(f"{where} has a name that is not a plain path.")
            if any(part in ("", ".", "..") for part in parts):
                raise FileRefused(f"{where} has a path that leads out of the archive.")
            if info.flag_bits & _ENCRYPTED:
                raise FileRefused(f"{where} is encrypted. Decrypt the archive first.")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise FileRefused(
                    f"{where} is compressed by method {info.compress_type}; expected none, or deflate."
                )
            if stat.S_ISLNK(info.external_attr >> 16):
                raise FileRefused(f"{where} is a symbolic link, which is not followed.")
            if self.members[info.filename] is not info:
                raise FileRefused(f"{where} is there twice.")
            total += info.file_size
            if total > most:
                raise FileRefused(
                    f"{self.name}: {info.filename} in it would have {info.file_size} bytes, the whole archive has "
                    f"{self.size}. No model is compressed so far; if it is one, save it uncompressed."
                )

    def _check_places(self) -> None:
        """Raise FileRefused if two members share bytes, or one says another name where it lies."""
        end = 0
        infos = sorted(self._archive.infolist(), key=lambda info: info.header_offset)
        for info in infos:
            where = f"{self.name}: {info.filename!r:.200} in it"
            self._stream.seek(max(info.header_offset, 0))
            header = self._stream.read(_LOCAL_HEADER)
            if len(header) < _LOCAL_HEADER or header[:4] != b"PK\3\4":
                raise FileRefused(f"{where} is damaged: it does not lie where the directory says.")
            name_length = int.from_bytes(header[26:28], "little")
            extra_length = int.from_bytes(header[28:30], "little")
            utf8 = int.from_bytes(header[6:8], "little") & 0x800
            name = self._stream.read(name_length).decode("utf-8" if utf8 else "cp437", "replace")
            if name != info.orig_filename:
                raise FileRefused(f"{where} is called {name!r:.200} where it lies.")
            start = info.header_offset + _LOCAL_HEADER + name_length + extra_length
            if info.header_offset < end or start + info.compress_size > self.size:
                raise FileRefused(f"{where} overlaps with another member, or with the file's end.")
            end = start + info.compress_size
            self._starts[info.filename] = start

    def info(self, member: str) -> zipfile.ZipInfo:
        """Return what the archive says of a member that has to be there."""
        if member not in self.members:
            raise FileRefused(f"{self.name} is not a whole .keras file: it has no {member}.")
        return self.members[member]

    def bytes_of(self, member: str) -> bytes:
        """Return what a member holds."""
        return b"".join(self._blocks(member))

    def stream_of(self, member: str) -> IO[bytes]:
        """Return a member as a file, checked; one that is not compressed is read from where it lies."""
        info = self.info(member)
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
            return io.BytesIO(self.bytes_of(member))
        for _ in self._blocks(member):
            pass  # compares the checksum
        window = Window(self._stream, self._starts[member], info.file_size)
        return io.BufferedReader(window, _BLOCK)

    def _blocks(self, member: str) -> Iterator[bytes]:
        try:
            with self._archive.open(self.info(member)) as stream:
                while block := stream.read(_BLOCK):
                    yield block
        except (
            zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error, OSError
        ) as error:  # fmt: skip
            raise FileRefused(f"{self.name}: {member} in it is damaged: {error}") from error


class _Sparing(io.BufferedReader):
    """A file of which nothing large is read at once: an archive's directory is."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > _MOST_DIRECTORY:
            raise zipfile.BadZipFile(f"its directory would have {size} bytes")
        return super().read(size)


@contextmanager
def opened_archive(filepath: str | os.PathLike[str]) -> Iterator[Archive]:
    """Open an archive, and explain what is wrong with it if it is not one."""
    name = os.fspath(filepath)
    with _Sparing(io.FileIO(name)) as stream:
        try:
            archive = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise FileRefused(
                f"{name} is not a .keras file, which is a zip archive: {error}"
            ) from error
        with archive:
            yield Archive(archive, stream, name)
