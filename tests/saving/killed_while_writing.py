"""Save in children that the system kills when the file reaches a length, for each of many lengths.

A program by itself, for test_failing_writes.py: a process with threads should not fork. What it saves, that test
saves, too.
Usage: killed_while_writing.py KIND FOLDER. Prints how many were killed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import pymlp
from pymlp.saving import load_model, load_weights, save_model, save_weights
from pymlp.saving.atomic import replacing
from pymlp.saving.plain import read_plain, write_plain


class Kind(NamedTuple):
    """A kind of file that holds numbers: its name, what writes it, what reads the number again."""

    name: str
    write: Callable[[Path, int], Any]
    read: Callable[[Path], float]


def model_of(value: int) -> Any:
    model = pymlp.Sequential([pymlp.Input((40,)), pymlp.layers.Dense(30)])
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_weights)
    model.set_weights([np.full((40, 30), value), np.full(30, value)])
    return model


def only_value(weights: list[np.ndarray]) -> float:
    """Return the one value that all weights have: half of a file would hold two."""
    (value,) = {float(v) for array in weights for v in array.ravel()}
    return value


def loaded(path: Path) -> Any:
    model = model_of(-1)
    load_weights(model, path)
    return model


def write_backup(path: Path, value: int) -> None:
    with replacing(path) as stream:
        write_plain(stream, {"value": value, "arrays": [np.full(1000, value)] * 3})


def read_backup(path: Path) -> float:
    state = read_plain(path)
    assert only_value(state["arrays"]) == state["value"]
    return float(state["value"])


KINDS = {
    "model": Kind(
        "kept.keras",
        lambda path, value: save_model(model_of(value), path),
        lambda path: only_value(load_model(path).get_weights()),
    ),
    "weights": Kind(
        "kept.weights.h5",
        lambda path, value: save_weights(model_of(value), path),
        lambda path: only_value(loaded(path).get_weights()),
    ),
    "backup": Kind("kept.backup", write_backup, read_backup),
}


@contextmanager
def no_file_longer_than(length: int) -> Iterator[None]:
    """Have the system refuse to write beyond a length: an error, unless SIGXFSZ is to kill the process."""
    import resource  # not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def lengths_up_to(size: int) -> list[int]:
    """Return lengths to fail at: all over the file, and beside its ends and those of buffers."""
    edges = [0, 1, size - 1, size - 2, *range(8191, size, 8192), *range(8192, size, 8192)]
    return sorted({length for length in [*edges, *range(0, size, 1 + size // 23)] if 0 <= length < size})  # fmt: skip


def main(kind: Kind, folder: Path) -> None:
    import resource

    path = folder / kind.name
    kind.write(path, 1)
    lengths = lengths_up_to(path.stat().st_size)
    for length in lengths:
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            with no_file_longer_than(length):
                kind.write(path, 2)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"not killed at {length} bytes: {status}"
        assert os.WTERMSIG(status) == signal.SIGXFSZ
        assert kind.read(path) == 1
        (left,) = set(folder.iterdir()) - {path}
        assert left.stat().st_size <= length
    kind.write(path, 3)
    assert kind.read(path) == 3
    assert list(folder.iterdir()) == [path]
    print(len(lengths))


if __name__ == "__main__":
    main(KINDS[sys.argv[1]], Path(sys.argv[2]))
