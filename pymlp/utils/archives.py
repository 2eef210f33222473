"""Unpacking archives from the network: what they name outside of their folder is not written."""

from __future__ import annotations

import os
import tarfile
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

__all__ = ["extract_archive"]

# What libraries raise for damaged archives, depending on where the damage is.
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    EOFError,
    zlib.error,
    NotImplementedError,
    RuntimeError,
)
# Files may be so large, or so many times as large as their archive.
_SMALL = 2**30
_GROWTH = 500


def extract_archive(archive: Path, folder: Path, formats: Sequence[str]) -> None:
    """Unpack a tar or zip archive into a folder, whose other files stay.

    All is unpacked elsewhere first, and then put into its place file by file: none is ever there in part.

    Raises
    ------
    ValueError
        If the file is no archive of these formats, or a damaged one.
    """
    # Beside the folder: moving is then renaming.
    with tempfile.TemporaryDirectory(prefix=".unpacked", dir=folder.parent) as beside:
        new = Path(beside, folder.name)
        new.mkdir()
        try:
            if "tar" in formats and tarfile.is_tarfile(archive):
                _unpack_tar(archive, new)
            elif "zip" in formats and zipfile.is_zipfile(archive):
                _unpack_zip(archive, new)
            else:
                raise ValueError(
                    f"get_file: {archive} is no archive of the format {' or '.join(formats)}."
                )
        except (*_DAMAGE, OSError) as error:
            raise ValueError(
                f"get_file: {archive} cannot be unpacked: {error}. If it is damaged, get it again by "
                "force_download=True."
            ) from error
        _move(new, folder)


def _unpack_tar(archive: Path, folder: Path) -> None:
    if not hasattr(tarfile, "data_filter"):
        raise RuntimeError("this Python cannot unpack tar archives safely; update it")

    size = 0

    def safe(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
        nonlocal size
        size += member.size
        _check_room(size, archive)
        # Python's filter follows links to judge them, and loses its way behind long paths (CVE-2025-4517): links that
        # lead down alone cannot lead out, however many there are.
        is_link = member.issym() or member.islnk()
        named = (member.name, member.linkname) if is_link else (member.name,)
        if any(".." in name.split("/") for name in named):
            _tell_of(f"{member.name!r:.200} has .. in its path, or is a link to such a path")
            return None
        try:
            return tarfile.data_filter(member, path)
        except tarfile.FilterError as error:
            _tell_of(str(error))
            return None

    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter=safe)
        while opened.fileobj and opened.fileobj.read(1 << 20):
            pass  # to the end, where the check sum of what is compressed stands


def _unpack_zip(archive: Path, folder: Path) -> None:
    root = os.path.realpath(folder)
    with zipfile.ZipFile(archive) as opened:
        _check_room(sum(member.file_size for member in opened.infolist()), archive)
        for member in opened.infolist():
            place = os.path.realpath(os.path.join(root, member.filename))
            if place == root or place.startswith(root + os.sep):
                opened.extract(member, folder)
            else:
                _tell_of(
                    f"{member.filename!r} would be extracted to {place!r}, which is outside the destination"
                )


def _check_room(size: int, archive: Path) -> None:
    """Raise RuntimeError for an archive that would fill the disk: no data is compressed so far."""
    most = max(_SMALL, _GROWTH * archive.stat().st_size)
    if size > most:
        raise RuntimeError(f"its files would have {size} bytes, expected at most {most}")


def _tell_of(what: str) -> None:
    warnings.warn(f"get_file skips a member of the archive: {what}.", stacklevel=4)


def _move(source: Path, target: Path) -> None:
    """Put a file or a folder into its place; folders that are there get the files of the new ones."""
    if source.is_dir() and not source.is_symlink() and target.is_dir():
        for inner in source.iterdir():
            _move(inner, target / inner.name)
    else:
        os.replace(source, target)
