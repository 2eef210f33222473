"""How much room a library takes once it is installed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

__all__ = ["installed_bytes"]


def installed_bytes(packages: Iterable[str]) -> tuple[int, int]:
    """Return the bytes of the first distribution's files, and of all of them and all that they need.

    Of what is not installed as such (a source tree) the package's folder counts. Extras and what is
    not there are left out.
    """
    waiting = list(packages)
    own, total = _size(waiting[0]), 0
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if _normal(name) not in found:
            found.add(_normal(name))
            total += _size(name)
            waiting += _needs(name)
    return own, total


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _needs(name: str) -> list[str]:
    try:
        lines = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        lines = _project(name).get("dependencies", [])
    names = [re.match(r"[\w.-]+", line) for line in lines if "extra ==" not in line]
    return [match.group() for match in names if match]


def _project(name: str) -> dict[str, Any]:
    """Return what a source tree's pyproject.toml says of the project."""
    try:
        import tomllib

        folder = Path(import_module(name).__path__[0]).parent
        found: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    except (ImportError, AttributeError, OSError, KeyError):
        return {}
    return found


def _size(name: str) -> int:
    try:
        files = metadata.files(name)
    except metadata.PackageNotFoundError:
        files = None
    if files is not None and len(files) > 20:  # an editable install lists but a handful
        paths = [Path(str(file.locate())) for file in files]
    else:
        try:
            module = import_module(name)
        except ImportError:  # needed on another system only
            return 0
        folders = getattr(module, "__path__", [])
        paths = [path for folder in folders for path in Path(folder).rglob("*")]
    return sum(p.stat().st_size for p in paths if p.is_file() and "__pycache__" not in p.parts)
