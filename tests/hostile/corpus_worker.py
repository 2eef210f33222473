"""A process that loads the corpus under guard: ``python -m hostile.corpus_worker FOLDER NAME ...``.

It writes a line before each file, and one after it with what came of it.
"""

from __future__ import annotations

import faulthandler
import json
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from pymlp.saving import FileRefused

from .corpus import SECRETS, made
from .guard import limit_memory, opened_in, watching
from .loading import import_all, load, session, target_of
from .valid import valid_files

__all__ = ["main"]


def main(folder: Path, names: list[str]) -> None:
    import_all()
    for name, data in valid_files().items():  # imports what is imported when used
        (folder / name).write_bytes(data)
        load(folder / name)
    limit_memory()
    for name in names:
        path = made(name, folder)
        print(json.dumps({"name": name}), flush=True)
        print(json.dumps({"name": name, **_outcome(path, folder / SECRETS)}), flush=True)
        session()


def _outcome(path: Path, secrets: Path) -> dict[str, Any]:
    """Return what loading a file raised, and what it touched."""
    said, kind = "", "nothing"
    target = target_of(path)
    before = _bits(target)
    with opened_in(secrets) as opened, watching(path) as touched:
        try:
            load(path)
        except FileRefused as error:
            said, kind = str(error), "FileRefused"
        except BaseException as error:
            said, kind = traceback.format_exc(limit=-8), type(error).__name__
    if _bits(target) != before:
        kind = "weights that were changed"
    return {"kind": kind, "said": said, "touched": touched + [f"opened {o}" for o in opened]}


def _bits(model: Any) -> list[bytes]:
    return [] if model is None else [weight.tobytes() for weight in model.get_weights()]


if __name__ == "__main__":
    faulthandler.enable()
    home = Path(sys.argv[1])
    tempfile.tempdir = str(home / "temporary")
    main(home, sys.argv[2:])
