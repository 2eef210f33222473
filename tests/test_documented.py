"""Every public name of the packages that models are made of says what it is: types, arguments, an example."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

import pymlp

PACKAGES = {
    "constraints": pymlp.constraints,
    "initializers": pymlp.initializers,
    "layers": pymlp.layers,
    "losses": pymlp.losses,
    "metrics": pymlp.metrics,
    "optimizers": pymlp.optimizers,
    "regularizers": pymlp.regularizers,
    "schedules": pymlp.optimizers.schedules,
}
NAMES = [
    (package, name)
    for package, module in PACKAGES.items()
    for name in module.__all__
    if callable(getattr(module, name))
]
# Whose arguments are all of another, which the docstring names.
REFERRING = re.compile(
    r"arguments are those of|Parameters (and \w+ )?are those of|Return ``\w+\(.*\)\(inputs\)``"
)


def documentation(thing: Any) -> str:
    """The docstring that is its own, not an inherited one."""
    return (thing.__dict__.get("__doc__") if inspect.isclass(thing) else thing.__doc__) or ""


@pytest.mark.parametrize(("package", "name"), NAMES, ids=lambda x: x)
def test_it_says_what_it_is(package, name):
    thing = getattr(PACKAGES[package], name)
    text = documentation(thing)
    assert len(text.split("\n")[0]) > 10
    assert ">>> " in text, "give an example"
    parameters = inspect.signature(thing).parameters.values()
    without_type = [p.name for p in parameters if p.annotation is p.empty]
    assert not without_type, f"give types to {without_type}"
    if not REFERRING.search(text):
        named = [p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
        missing = [p for p in named if not re.search(rf"\b{p}\b", text)]
        assert not missing, f"say what {missing} are"
