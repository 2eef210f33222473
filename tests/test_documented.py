"""Every public name of a package says what it is: types, arguments, an example."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

import pytest

PACKAGES = [
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets.fashion_mnist",
    "datasets.mnist",
    "export",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "optimizers.schedules",
    "random",
    "regularizers",
    "saving",
    "utils",
]


def public_names(module: str) -> list[tuple[str, Any]]:
    found = importlib.import_module(module)
    return [(name, getattr(found, name)) for name in found.__all__]


THINGS = [
    pytest.param(thing, id=f"{package}.{name}")
    for package in PACKAGES
    for name, thing in public_names(f"pymlp.{package}")
    if callable(thing) and not (inspect.isclass(thing) and issubclass(thing, Exception))
]
# Whose arguments are all of another, which the docstring names.
REFERRING = re.compile(
    r"arguments are those of|Return `pymlp\.ops\.\w+`|Parameters (and \w+ )?are those of|Return ``\w+\(.*\)\(inputs\)``"
)


def documentation(thing: Any) -> str:
    """The docstring that is its own, not an inherited one."""
    return (thing.__dict__.get("__doc__") if inspect.isclass(thing) else thing.__doc__) or ""


@pytest.mark.parametrize("thing", THINGS)
def test_it_says_what_it_is(thing):
    text = documentation(thing)
    assert len(text.split("\n")[0]) > 10
    assert ">>> " in text, "give an example"
    signature = inspect.signature(thing)
    parameters = signature.parameters.values()
    without_type = [p.name for p in parameters if p.annotation is p.empty]
    assert not without_type, f"give types to {without_type}"
    returns = inspect.isclass(thing) or signature.return_annotation is not inspect.Signature.empty
    assert returns, "say what type it returns"
    of_an_operation = thing.__module__.startswith("pymlp.ops")  # NumPy's, or Keras's own
    if not of_an_operation and not REFERRING.search(text):
        named = [p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
        missing = [p for p in named if not re.search(rf"\b{p}\b", text)]
        assert not missing, f"say what {missing} are"
