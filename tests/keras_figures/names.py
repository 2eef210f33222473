"""Public names of Keras or pymlp and the arguments they take, as plain data."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

__all__ = ["MODULES", "arguments", "public_names"]

MODULES = (
    "activations", "backend", "callbacks", "config", "constraints", "initializers", "layers", "losses", "metrics",
    "models", "ops", "optimizers", "optimizers.schedules", "random", "regularizers", "saving", "utils",
)  # fmt: skip


def public_names(library: str) -> dict[str, list[list[str]] | None]:
    """Map "module.name" to the arguments of what it is, None where these cannot be known."""
    found: dict[str, list[list[str]] | None] = {}
    for module in MODULES:
        try:
            home = importlib.import_module(f"{library}.{module}")
        except ImportError:
            continue
        for name in dir(home):
            value = getattr(home, name)
            if not name.startswith("_") and callable(value):
                found[f"{module}.{name}"] = arguments(value)
    return found


def arguments(value: Any) -> list[list[str]] | None:
    """Return [name, default] of each argument, ["name"] where it has none; without ``*args`` and ``**kwargs``."""
    if inspect.isclass(value) and value.__init__ is object.__init__:
        return []
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return None
    return [
        [p.name] if p.default is p.empty else [p.name, _written(p.default)]
        for p in signature.parameters.values()
        if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]


def _written(default: Any) -> str:
    if isinstance(default, bool) or default is None or isinstance(default, str):
        return repr(default)
    if isinstance(default, int | float):
        return repr(float(default))
    if isinstance(default, tuple | list):
        return "[" + ", ".join(_written(item) for item in default) + "]"
    return getattr(default, "__name__", type(default).__name__)
