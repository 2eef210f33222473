"""What loading a file may not do, watched from inside the process: for processes of their own only.

An audit hook cannot be taken away again, and the limit on memory stays, so nothing here is for pytest's own process.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["limit_memory", "opened_in", "watching"]

GIGABYTE = 2**30

# Events that are code that runs, a process, an address, or a change to a file.
_NEVER = (
    "subprocess.", "socket.", "urllib.", "ftplib.", "http.", "smtplib.", "ctypes.", "marshal.", "pickle.", "shelve.",
    "webbrowser.", "pty.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.startfile",
    "os.kill", "os.putenv", "os.chdir", "code.__new__", "function.__new__", "sqlite3.", "syslog.", "exec", "compile",
    "import",
)  # fmt: skip
# Events whose first arguments are paths.
_PATHS = {
    "open": 1, "os.remove": 1, "os.rename": 2, "os.mkdir": 1, "os.rmdir": 1, "os.link": 2, "os.symlink": 2,
    "os.truncate": 1, "os.chmod": 1, "os.chown": 1, "os.utime": 1, "os.listdir": 1, "os.scandir": 1,
    "shutil.rmtree": 1, "shutil.move": 2, "shutil.copyfile": 2, "os.mkfifo": 1,
}  # fmt: skip

_found: list[str] | None = None
_allowed: Path | None = None
_hooked = False


@contextmanager
def watching(path: Path) -> Iterator[list[str]]:
    """Collect, inside the block, what is done besides reading one file and using the folder of temporary files."""
    global _found, _allowed, _hooked
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked = True
    found: list[str] = []
    _found, _allowed = found, path
    try:
        yield found
    finally:
        _found = None
    left = os.listdir(tempfile.gettempdir())
    if left:
        found.append(f"left {left} among the temporary files")


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    found = _found
    if found is None:
        return
    if event.startswith(_NEVER):
        found.append(f"{event}{arguments!r:.200}")
    elif event in _PATHS:
        for argument in arguments[: _PATHS[event]]:
            if not _is_allowed(event, argument, arguments):
                found.append(f"{event}{arguments!r:.200}")


def _is_allowed(event: str, argument: Any, arguments: tuple[Any, ...]) -> bool:
    if argument is None or isinstance(argument, int):
        return True  # a file that is open already
    path = os.path.abspath(os.fsdecode(argument))
    if path.startswith(tempfile.gettempdir() + os.sep):
        return True
    if event != "open" or path != str(_allowed):
        return False
    return arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC) == 0


def limit_memory(more: int = GIGABYTE) -> None:
    """Let the process take so many bytes more than it has."""
    import resource

    with open("/proc/self/statm") as stream:
        pages = int(stream.read().split()[0])
    most = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


@contextmanager
def opened_in(folder: Path) -> Iterator[list[str]]:
    """Collect, inside the block, the files of a folder that any code of this machine opens, in C too."""
    libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK)
    if watch < 0 or libc.inotify_add_watch(watch, os.fsencode(folder), 0xFFF) < 0:
        raise OSError(ctypes.get_errno(), "inotify")
    found: list[str] = []
    try:
        yield found
        try:
            data = os.read(watch, 2**16)
        except BlockingIOError:
            return
        while data:
            length = struct.unpack_from("iIII", data)[3]
            found.append(data[16 : 16 + length].rstrip(b"\0").decode())
            data = data[16 + length :]
    finally:
        os.close(watch)
