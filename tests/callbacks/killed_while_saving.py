"""Save a model by `ModelCheckpoint` again and again, each time in a child that is killed one line further on.

A program by itself, for test_model_checkpoint.py: a process with threads should not fork.
Usage: killed_while_saving.py FILE. Prints how often the old model was found in the file, and how often the new one.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

import pymlp

WATCHED = ("atomic.py", "models.py")


def kill_at_line(number: int) -> None:
    """Have this process killed before it runs line `number` of what writes files."""
    lines = itertools.count()

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        folder, _, file = frame.f_code.co_filename.rpartition("/")
        if not folder.endswith("pymlp/saving") or file not in WATCHED:
            return None
        if event == "line" and next(lines) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


def leave_one_part(path: Path) -> None:
    """Have one file of a killed process beside `path`, whatever was there: each child then runs the same lines."""
    for file in path.parent.iterdir():
        if file != path:
            file.unlink()
    path.with_name(f".{path.name}.0123abcd.part").touch()


def main(path: Path) -> None:
    model = pymlp.Sequential([pymlp.Input((3,)), pymlp.layers.Dense(1)])
    checkpoint = pymlp.callbacks.ModelCheckpoint(path, save_weights_only=True)
    checkpoint.set_model(model)

    def save(value: int) -> None:
        model.set_weights([np.full((3, 1), value), np.full(1, value)])
        checkpoint.on_epoch_end(0, {"loss": 1.0})

    save(0)
    in_file, found = 0, {"old": 0, "new": 0}
    for number in itertools.count():
        leave_one_part(path)
        child = os.fork()
        if child == 0:
            kill_at_line(number)
            save(number + 1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, f"saving failed, not killed, at line {number}"
            break
        model.load_weights(path)
        (value,) = {float(v) for weights in model.get_weights() for v in weights.ravel()}
        assert value in (in_file, number + 1), f"line {number}: neither old nor new"
        found["old" if value == in_file else "new"] += 1
        in_file = int(value)
    assert list(path.parent.iterdir()) == [path], "the last saving has left more than the model"
    print(found["old"], found["new"])


main(Path(sys.argv[1]))
