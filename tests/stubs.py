"""The ``.pyi`` files of packages that load their modules lazily: ``python tests/stubs.py`` writes them."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from pymlp._lazy import homes_of

PACKAGES = [
    "callbacks",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "optimizers.schedules",
    "random",
    "utils",
]


def packages() -> list[ModuleType]:
    return [importlib.import_module(f"pymlp.{name}") for name in PACKAGES]


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
