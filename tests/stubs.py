"""The ``.pyi`` files of packages that load their modules lazily: ``python tests/stubs.py`` writes them."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import pymlp
from pymlp._lazy import homes_of


def packages() -> list[ModuleType]:
    """All that have a table."""
    found = [m.name for m in pkgutil.walk_packages(pymlp.__path__, "pymlp.") if m.ispkg]
    return [each for each in map(importlib.import_module, found) if hasattr(each, "TABLE")]


def stub_of(package: ModuleType) -> str:
    """What the stub should say: every name of the package's tables, imported for others to import."""
    homes = homes_of(package.__name__, package.TABLE)
    homes |= homes_of(package.__name__, getattr(package, "UNLISTED", {}))
    imports = sorted(
        (home, there.swapcase(), f"from {home} import {there} as {there}")
        for name, (home, there) in homes.items()
        if name == there
    )
    aliases = [f"{name} = {there}" for name, (_, there) in homes.items() if name != there]
    return "\n".join([*(line for *_, line in imports), "", *aliases, "__all__: list[str]", ""])


def path_of(package: ModuleType) -> Path:
    assert package.__file__ is not None
    return Path(package.__file__).with_suffix(".pyi")


if __name__ == "__main__":
    for each in packages():
        path_of(each).write_text(stub_of(each), encoding="utf-8")
