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
    r"arguments are those of|Return `pymlp\.ops\.\w+`|Parameters(, \w+)?( and \w+)? are those of"
    r"|Return ``\w+\(.*\)\(inputs\)``"
)


def documentation(thing: Any) -> str:
    """The docstring that is its own, not an inherited one."""
    return (thing.__dict__.get("__doc__") if inspect.isclass(thing) else thing.__doc__) or ""


@pytest.mark.parametrize("thing", THINGS)
def test_each_section_stands_once(thing):
    sections = re.findall(r"^ *(.+)\n *-{4,}$", documentation(thing), re.MULTILINE)
    assert len(sections) == len(set(sections))


@pytest.mark.parametrize("thing", THINGS)
def test_it_says_what_it_is(thing):
    text = documentation(thing)
    assert len(text.split("\n")[0]) > 10
    assert ">>> " in text, "give an example"
    sections = re.findall(r"^ *(\w+)\n *-{3,}$", text, re.MULTILINE)
    assert len(set(sections)) == len(sections), f"say each of {sections} once"
    signature = inspect.signature(thing)
    parameters = signature.parameters.values()
    without_type = [p.name for p in parameters if p.annotation is p.empty]
    assert not without_type, f"give types to {without_type}"
    returns = inspect.isclass(thing) or signature.return_annotation is not inspect.Signature.empty
    assert returns, "say what type it returns"
    if not REFERRING.search(text):
        named = [p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
        missing = [p for p in named if not re.search(rf"\b{p}\b", text)]
        assert not missing, f"say what {missing} are"


OPERATIONS = [p for p in THINGS if p.id.startswith("ops.")]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_says_what_its_options_are(operation):
    """What is no tensor, or may be left out, has a line of its own, or is said to be as another's."""
    text = documentation(operation)
    options = [
        p.name
        for p in inspect.signature(operation).parameters.values()
        if p.default is not p.empty or p.annotation != "Any"
    ]
    assert not options or "Parameters\n" in text or REFERRING.search(text), (
        f"say what {options} are"
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_says_what_it_raises(operation):
    text, source = documentation(operation), inspect.getsource(inspect.unwrap(operation))
    raised = set(re.findall(r"^ +raise (\w+)", source, re.MULTILINE))
    missing = {error for error in raised if not re.search(rf"Raises\n[^`]*\b{error}\n", text)}
    assert not missing or "errors" in text, f"say when {missing} are raised"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_refers_to_one_that_says_more(operation):
    for other in re.findall(r"are those of `(\w+)`", documentation(operation)):
        text = documentation(getattr(importlib.import_module("pymlp.ops"), other))
        assert "Parameters\n" in text
