"""Which tests another library judges: those of ``pytest --judged``."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

# Libraries that the extra `test` does not bring.
_JUDGES = {"jax", "joblib", "keras", "onnxruntime", "pandas", "polars", "pyarrow", "torch"}


def judged(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the tests that use the fixture `keras` or ask for a judge by `importorskip`, themselves or by a helper."""
    functions = [item for item in items if isinstance(item, pytest.Function)]
    asking = {module: _asking(module) for module in {item.module for item in functions}}

    def is_judged(item: pytest.Function) -> bool:
        names = {item.originalname, *item.fixturenames, *([item.cls.__name__] if item.cls else [])}
        return "keras" in names or not names.isdisjoint(asking[item.module])

    return [item for item in functions if is_judged(item)]


@cache
def _asking(module: ModuleType) -> set[str]:
    """Return the names of the functions and classes of a module that ask for a judge, imported ones too."""
    mentioned: dict[str, set[str]] = {}
    found: set[str] = set()
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            mentioned[node.name] = {word for inner in ast.walk(node) for word in _words(inner)}
        elif isinstance(node, ast.ImportFrom) and Path(__file__).parent in _parents(node.module):
            found |= _asking(sys.modules[str(node.module)]) & {name.name for name in node.names}
    wanted = {"importorskip of a judge", *found}
    while more := {name for name, words in mentioned.items() if words & wanted} - found:
        found |= more
        wanted |= more
    return found


def _parents(name: str | None) -> Sequence[Path]:
    """Return the folders that a module lies in."""
    file = getattr(sys.modules.get(str(name)), "__file__", None)
    return Path(file).parents if file else ()


def _words(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "importorskip":
        (library, *_) = node.args
        constant = isinstance(library, ast.Constant)
        if not constant or str(library.value).partition(".")[0] in _JUDGES:
            return ["importorskip of a judge"]
    return []
