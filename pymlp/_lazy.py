"""Packages that import a module of theirs when one of its names is first asked for (PEP 562).

Such a package's ``__init__.py`` is a table of names; ``__init__.pyi`` beside it says the same to type checkers and
editors, and tests/test_lazy.py that they agree.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

__all__ = ["Named", "full_names", "homes_of", "lazily"]

_NOTHING: Mapping[str, str] = MappingProxyType({})


def homes_of(package: str, table: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return for each name in a table the module that has it, and what it is called there."""
    found = {}
    for module, names in table.items():
        home = module if module.startswith("pymlp") else f"{package}.{module}".rstrip(".")
        for entry in names.split():
            name, _, there = entry.partition("=")
            found[name] = home, there or name
    return found


def lazily(
    package: str,
    table: Mapping[str, str],
    *,
    unlisted: Mapping[str, str] = _NOTHING,
    made: Callable[[str, Any], Any] | None = None,
    missing: Callable[[str], str | None] | None = None,
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return the ``__getattr__``, ``__dir__`` and ``__all__`` of a package.

    Parameters
    ----------
    package : str
    table : mapping
        From a module of the package, or one by its full name, to its names; ``a=b`` calls its b a. Names of the empty
        module are modules themselves.
    unlisted : mapping
        The same of names that are not in ``__all__``.
    made : callable ``(name, value) -> value``, optional
        What the package has instead of what the module has.
    missing : callable ``(name) -> str or None``, optional
        What to say of a name that is not there.
    """
    listed = homes_of(package, table)
    homes = {**homes_of(package, unlisted), **listed}
    found: dict[str, Any] = {}

    def __getattr__(name: str) -> Any:
        if name not in homes:
            said = missing(name) if missing is not None else None
            raise AttributeError(said or f"module {package!r} has no attribute {name!r}")
        home, there = homes[name]
        if home == package:
            value: Any = import_module(f"{package}.{there}")
        else:
            value = getattr(import_module(home), there)
        if made is not None:
            value = made(name, value)
        # Threads that ask at the same time get the same thing, that of the first.
        value = found.setdefault(name, value)
        setattr(sys.modules[package], name, value)
        return value

    names = sorted(listed)
    return __getattr__, lambda: list(names), names


def full_names(package: str, names: Iterable[str], aliases: Mapping[str, str]) -> dict[str, str]:
    """Return the full names that names in a package stand for, and its aliases, in small letters and in capitals."""
    capitals = {alias.upper(): name for alias, name in aliases.items()}
    meant = {**{name: name for name in names}, **aliases, **capitals}
    return {name: f"{package}.{there}" for name, there in meant.items()}


class Named(Mapping[str, Any]):
    """What names stand for: a mapping from each to a thing in some package, which is looked up when asked for.

    Parameters
    ----------
    names : mapping of str to str
        To full names, such as ``"pymlp.losses.huber"``.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def __getitem__(self, name: str) -> Any:
        package, _, there = self._names[name].rpartition(".")
        return getattr(import_module(package), there)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
