"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

__all__ = ["replacing"]

_WINDOWS = os.name == "nt"
_OLD_SECONDS = 3600.0  # without locks only age tells what nobody is writing any more


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a new file for writing that takes the place of `path` when the block ends well.

    What is written goes to a file beside the target. At the end of the block it is flushed to the
    disk and renamed over the target in one step, so at every moment `path` is either the old
    file or the whole new one. If the block raises, the new file is removed and the old one stays.
    If the process is killed, the next one that writes the same file removes what it left behind.

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
    _remove_leftovers(target)
    stream = _open_beside(target)
    beside = Path(stream.name)
    try:
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            if target.exists():
                shutil.copymode(target, beside)
            if (
                not _WINDOWS
            ):  # which renames no open file; elsewhere it stays locked until it has its name
                os.replace(beside, target)
        if _WINDOWS:
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


def _open_beside(target: Path) -> IO[bytes]:
    """Return a new file beside the target, locked for as long as it is open."""
    while True:
        beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        # "x": whoever else happens to own a file of that name keeps it.
        stream = open(beside, "x+b")  # noqa: SIM115  (the caller closes it)
        _lock(stream, wait=True)
        try:
            if os.path.samestat(os.stat(beside), os.fstat(stream.fileno())):
                return stream
        except FileNotFoundError:
            pass  # taken for a leftover by another process, before it was locked
        stream.close()


def _remove_leftovers(target: Path) -> None:
    """Remove the files that processes have left beside the target that were killed while they wrote it."""
    name = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{8}}\.part")
    with suppress(OSError):  # a folder that cannot be read: saving does without
        for path in list(target.parent.iterdir()):
            if name.fullmatch(path.name):
                _remove_if_left(path)


def _remove_if_left(path: Path) -> None:
    """Remove a file unless somebody is writing it."""
    with suppress(OSError):  # not ours to remove, or removed by another process by now
        if _WINDOWS:
            if time.time() - path.stat().st_mtime > _OLD_SECONDS:
                path.unlink()
            return
        with open(path, "rb") as stream:
            if _lock(stream, wait=False):
                path.unlink()


def _lock(stream: IO[bytes], wait: bool) -> bool:
    """Lock a file, which the system undoes when whoever has it open is gone; return whether that could be done."""
    if _WINDOWS:
        return False
    import fcntl

    try:
        fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False  # another process has it; or the file system has no locks, and leftovers stay
    return True


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
