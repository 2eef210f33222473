"""What a hostile file is: its ending, what makes it, and what the refusal says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from .valid import members_of, valid_files, zipped

__all__ = [
    "CASES", "SECRETS", "Case", "archive", "enter", "hostile", "layer", "with_config", "with_layer",
]  # fmt: skip

# The name of the folder, beside the file, in which are the files that hostile ones name.
SECRETS = "secrets"


class Case(NamedTuple):
    """A file; `make` is given the folder of files that it may name, and returns its bytes."""

    ending: str
    message: str
    make: Callable[[Path], bytes]
    weakness: str


CASES: dict[str, Case] = {}

Maker = Callable[[Path], bytes]


def hostile(message: str, ending: str = ".keras") -> Callable[[Maker], Maker]:
    """Enter a function, whose docstring says which weakness of which loader it is, into the corpus."""

    def entered(make: Maker) -> Maker:
        assert make.__doc__
        enter(make.__name__.replace("_", " "), Case(ending, message, make, make.__doc__))
        return make

    return entered


def enter(name: str, case: Case) -> None:
    """Enter a case into the corpus."""
    assert name not in CASES, name
    CASES[name] = case


def archive(**members: bytes | None) -> bytes:
    """Return a good archive with other ``config`` or ``weights``."""
    found = members_of(valid_files()["chain.keras"])
    names = {"config": "config.json", "weights": "model.weights.h5"}
    for key, content in members.items():
        if content is None:
            del found[names[key]]
        else:
            found[names[key]] = content
    return zipped(found)


def with_config(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """Return a good archive whose description was changed in place, or is what the function returns."""
    config = json.loads(members_of(valid_files()["chain.keras"])["config.json"])
    changed = change(config)
    text = (
        changed if isinstance(changed, str) else json.dumps(config if changed is None else changed)
    )
    return archive(config=text.encode("utf-8", "surrogatepass"))


def layer(class_name: str, module: str = "keras.layers", **config: Any) -> dict[str, Any]:
    """Return a description of a layer, or of something else."""
    return {
        "module": module, "class_name": class_name, "config": {"name": "evil", **config}, "registered_name": None,
    }  # fmt: skip


def with_layer(*described: Any) -> bytes:
    """Return a good archive with other layers behind the first Dense."""

    def put(config: dict[str, Any]) -> None:
        config["config"]["layers"][2:] = described

    return with_config(put)
