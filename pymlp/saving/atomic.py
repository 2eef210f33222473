"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

__all__ = ["replacing"]


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a new file for writing that takes the place of `path` when the block ends well.

    What is written goes to a file beside the target. At the end of the block it is flushed to the
    disk and renamed over the target in one step, so at every moment `path` is either the old
    file or the whole new one. If the block raises, the new file is removed and the old one stays.

    Parameters
    ----------
    path : path-like
        The target. If it is a symbolic link, the file it points to is replaced; if it exists, its
        permissions are kept.

    Yields
    ------
    binary file
        Readable, writable and seekable.

    Raises
    ------
    FileNotFoundError, NotADirectoryError, IsADirectoryError
        If the target's folder is missing or is no folder, or the target is one; before the block is entered.
    """
    target = Path(os.path.realpath(path))
    _check_place(os.fspath(path), target)
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        # "x": whoever else happens to own a file of that name keeps it.
        with open(beside, "x+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, beside)
        os.replace(beside, target)
    except BaseException:
        with suppress(FileNotFoundError):
            beside.unlink()
        raise
    _sync_folder(target.parent)


def _check_place(given: str, target: Path) -> None:
    """Raise for a place where no file can be, in terms of what was given rather than of the file beside it."""
    if target.is_dir():
        raise IsADirectoryError(
            f"{given}: cannot be written, it is a folder. Give a file name in it."
        )
    if not target.parent.exists():
        raise FileNotFoundError(
            f"{given}: cannot be written, there is no folder {target.parent}. Make it first, for example by "
            "os.makedirs, or give another name."
        )
    if not target.parent.is_dir():
        raise NotADirectoryError(
            f"{given}: cannot be written, {target.parent} is not a folder. Give another name."
        )


def _sync_folder(folder: Path) -> None:
    """Make the renaming itself survive a power cut, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        pass  # some file systems cannot; the file itself is safe
    finally:
        os.close(handle)
