"""Standard output: writing to it, and what it can show.

Everything that pymlp prints goes through `write`, so that there is one place that knows about
terminals, notebooks, files and narrow encodings.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from pymlp.config import is_interactive_logging_enabled

__all__ = [
    "can_encode",
    "columns",
    "is_live",
    "is_notebook",
    "print_message",
    "shows_colour",
    "write",
]

# Modules that define the output stream of a notebook's kernel. Such a stream says that it is no
# terminal, yet it understands carriage returns and colours.
_NOTEBOOK_MODULES = ("ipykernel", "pyodide_kernel", "xeus_python")

_PLAIN = str.maketrans({"━": "=", "─": "-"})


def write(text: str) -> None:
    """Write `text` to standard output as it stands, and flush; or to the log (`disable_interactive_logging`).

    Characters that the stream's encoding lacks are replaced: a progress bar must not end a
    training run.
    """
    if not is_interactive_logging_enabled():
        from logging import getLogger

        getLogger("pymlp").info("%s", text.strip("\n"))
        return
    stream = sys.stdout
    if stream is None:  # a windowed program on Windows has no standard output
        return
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = getattr(stream, "encoding", None) or "ascii"
        stream.write(text.translate(_PLAIN).encode(encoding, "replace").decode(encoding))
    stream.flush()


def print_message(message: str) -> None:
    """Write one line to standard output."""
    write(f"{message}\n")


def is_notebook(stream: Any) -> bool:
    """Whether `stream` is the output of a notebook's kernel."""
    module = type(stream).__module__
    return module.split(".", 1)[0] in _NOTEBOOK_MODULES


def is_live(stream: Any) -> bool:
    """Whether a line written to `stream` can be drawn again after a carriage return."""
    if stream is None:
        return False
    try:
        if stream.isatty():
            return True
    except (AttributeError, ValueError):  # no such method; a closed file
        pass
    if is_notebook(stream):
        return True
    # PyCharm's run window is no terminal either; only its own stream counts, not a redirected one.
    return "PYCHARM_HOSTED" in os.environ and stream is sys.__stdout__


def shows_colour(stream: Any) -> bool:
    """Whether to colour what is written to `stream` (see https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return is_live(stream)


def can_encode(stream: Any, text: str) -> bool:
    """Whether the encoding of `stream` has every character of `text`."""
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def columns(stream: Any) -> int | None:
    """Return the width of the terminal behind `stream`, or None where lines have no limit."""
    try:
        if not stream.isatty():
            return None
        width = os.get_terminal_size(stream.fileno()).columns
    except (AttributeError, ValueError, OSError):
        return None
    if not width:  # as of a pseudo-terminal that nobody has sized
        from shutil import get_terminal_size

        width = get_terminal_size().columns
    return width
