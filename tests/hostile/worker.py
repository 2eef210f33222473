"""A process that loads mutated files under guard: ``python -m hostile.worker SEED FIRST STEP LAST``.

It writes a line before each input, its number, so that whoever reads knows which one a crash belongs to; and a line for
each that failed.
"""

from __future__ import annotations

import faulthandler
import json
import random
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

from pymlp.saving import FileRefused

from .guard import limit_memory, watching
from .loading import check, import_all, load, session
from .mutations import mutated
from .valid import valid_files

__all__ = ["main"]


def main(seed: int, first: int, step: int, last: int, folder: Path) -> None:
    temporary = folder / "temporary"
    temporary.mkdir()
    tempfile.tempdir = str(temporary)
    outcomes: Counter[str] = Counter()
    import_all()
    for name, data in valid_files().items():  # which also imports all that is imported when used
        path = folder / name
        path.write_bytes(data)
        check(load(path), path)
        path.write_bytes(data[:-20])
        try:
            load(path)
        except FileRefused:
            outcomes["warm"] += 1
    limit_memory()
    for number in range(first, last, step):
        print(number, flush=True)
        name, data = mutated(random.Random(f"{seed}/{number}"))
        path = folder / name
        path.write_bytes(data)
        # One in four is saved again, which takes longer than all the rest.
        problem = _problem(path, outcomes, again=number % 4 == 0)
        session()
        if problem:
            print("failed", json.dumps([number, name, problem]), flush=True)
    print("done", json.dumps(outcomes), flush=True)


def _problem(path: Path, outcomes: Counter[str], again: bool) -> str:
    ending = path.name.partition(".")[2]
    with watching(path) as touched:
        try:
            model = load(path)
        except FileRefused as error:
            outcomes[f"{ending}: refused"] += 1
            if path.suffix != ".json" and path.name not in str(error):
                return f"the message does not name the file: {error}"
            model = None
        except BaseException:
            return traceback.format_exc(limit=-8)
    if touched:
        return "; ".join(touched)
    if model is None:
        return ""
    outcomes[f"{ending}: loaded"] += 1
    try:
        check(model, path, again)
    except BaseException:
        return "loaded, and then: " + traceback.format_exc(limit=-8)
    return ""


if __name__ == "__main__":
    faulthandler.enable()
    with tempfile.TemporaryDirectory() as home:
        main(*(int(argument) for argument in sys.argv[1:5]), Path(home))
