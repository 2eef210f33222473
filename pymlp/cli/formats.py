"""Which kinds of files the commands read and write, by the ending of their names: those of saving and export."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from pymlp.cli.arguments import EXIT_USAGE, CommandError

__all__ = ["FileKind", "endings", "kind_of", "kinds", "read_model"]


class FileKind(NamedTuple):
    """A kind of files.

    Attributes
    ----------
    ending : str
    read : callable, optional
        Returns the model in a file, or of a file of weights alone, into which model they go being the second argument,
        that model.
    write : callable, optional
        Takes a model and the file's name.
    weights_alone : bool
        Whether the file has no architecture.
    """

    ending: str
    read: Callable[..., Any] | None = None
    write: Callable[[Any, str], Any] | None = None
    weights_alone: bool = False


@cache
def kinds() -> tuple[FileKind, ...]:
    """Return all kinds, longer endings before those that they end in."""
    from pymlp import export, saving
    from pymlp.saving.models import MODELS, WEIGHTS

    def with_weights(name: str, model: Any) -> Any:
        saving.load_weights(model, name)
        return model

    found = [FileKind(ending, saving.load_model, saving.save_model) for ending in MODELS]
    found += [
        FileKind(ending, with_weights, saving.save_weights, weights_alone=True)
        for ending in WEIGHTS
    ]
    readers = {"onnx": export.import_onnx}
    for name, form in export.FORMATS.items():

        def write(model: Any, path: str, name: str = name) -> Any:
            return export.export_model(model, path, name, verbose=False)

        found.append(FileKind(form.ending, readers.get(name), write))
    return tuple(sorted(found, key=lambda kind: -len(kind.ending)))


def kind_of(name: str, use: str) -> FileKind:
    """Return the kind of a file that can be read, or written.

    Parameters
    ----------
    name : str
    use : {"read", "write"}

    Raises
    ------
    CommandError
        If its ending is of no such kind.
    """
    for kind in kinds():
        if name.endswith(kind.ending) and getattr(kind, use) is not None:
            return kind
    verb = "written" if use == "write" else use
    raise CommandError(
        f"{os.path.basename(name)}: files of this ending are not {verb}; those of {endings(use)} are.",
        EXIT_USAGE,
    )


def endings(use: str) -> str:
    """Return the endings of the files that can be read, or written, for messages."""
    return ", ".join(sorted(k.ending for k in kinds() if getattr(k, use) is not None))


def read_model(name: str, architecture: str | None = None) -> Any:
    """Return the model in a file, or that of the file `architecture` with the weights of `name`."""
    kind = kind_of(name, "read")
    assert kind.read is not None
    if not kind.weights_alone:
        if architecture is not None:
            raise CommandError(
                f"{os.path.basename(name)} has an architecture of its own: leave --architecture out.",
                EXIT_USAGE,
            )
        return kind.read(name)
    if architecture is None:
        raise CommandError(
            f"{os.path.basename(name)} holds weights alone, and no layers. 'pymlp convert {os.path.basename(name)} "
            "model.keras --architecture MODEL' puts them into those of a saved model.",
            EXIT_USAGE,
        )
    return kind.read(name, read_model(architecture))
