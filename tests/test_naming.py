"""Names that paths in files are put together from have no slash in them, as in Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pymlp
from pymlp.ops.recording import operation_class

MAKERS: dict[str, Callable[[str], Any]] = {
    "Dense": lambda name: pymlp.layers.Dense(1, name=name),
    "Sequential": lambda name: pymlp.Sequential(name=name),
    "Model": lambda name: pymlp.Model(name=name),
    "InputLayer": lambda name: pymlp.Input((3,), name=name),
    "SGD": lambda name: pymlp.optimizers.SGD(name=name),
    "Variable": lambda name: pymlp.layers.Dense(1).add_weight((1,), name=name),
    "Exp": lambda name: operation_class("keras.src.ops.numpy", "Exp")(name=name),  # type: ignore[misc]
}


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("name", ["a/b", "/", 3])
def test_names_that_are_refused(kind: str, name: Any) -> None:
    message = f"^{kind}: name should be a string without '/', received {name!r}"
    with pytest.raises(ValueError, match=message):
        MAKERS[kind](name)


@pytest.mark.parametrize("kind", [kind for kind in MAKERS if kind not in ("Variable", "Exp")])
def test_keras_refuses_them_too(kind: str, keras: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "pymlp", keras)
    with pytest.raises(ValueError, match="cannot contain character `/`"):
        MAKERS[kind]("a/b")
