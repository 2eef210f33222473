"""Train in children that are killed, each going on where the one before was, and compare with one that was not.

A program by itself, for test_backup_and_restore.py: a process with threads should not fork.
Usage: killed_while_training.py CASE SEED KILLINGS. Prints how many children were killed.
"""

from __future__ import annotations

import os
import pickle
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import Any

import interrupted

WATCHED = ("backup_and_restore.py", "plain.py", "atomic.py", "training.py", "csv_logger.py", "fitting.py")  # fmt: skip
RESULT = "result.pickle"


class Lines:
    """Counts the lines run of what trains and backs up, and kills this process before one of them."""

    def __init__(self, fatal: int | None) -> None:
        self.count = 0
        self._fatal = fatal

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        path = frame.f_code.co_filename
        if "pymlp" not in path or os.path.basename(path) not in WATCHED:
            return None
        if event == "line":
            self.count += 1
            if self.count == self._fatal:
                os.kill(os.getpid(), signal.SIGKILL)
        return self


def start(case: str, folder: Path, result: Path, fatal: int | None, backed_up: bool = True) -> int:
    """Train in a child, which leaves its result and the number of lines it ran."""
    child = os.fork()
    if child == 0:
        lines = Lines(fatal)
        sys.settrace(lines)
        found = interrupted.train(case, folder, backed_up=backed_up)
        sys.settrace(None)
        result.write_bytes(pickle.dumps((found, lines.count)))
        os._exit(0)
    return child


def was_killed(child: int) -> bool:
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert killed or os.WEXITSTATUS(status) == 0, f"the child has failed: {status}"
    return killed


def main(case: str, seed: int, killings: int) -> None:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        expected_in, expected_file = home / "expected", home / "expected.pickle"
        expected_in.mkdir()
        began = time.monotonic()
        assert not was_killed(start(case, expected_in, expected_file, None, backed_up=False))
        duration = time.monotonic() - began
        expected, _ = pickle.loads(expected_file.read_bytes())
        whole_in, whole_file = home / "whole", home / "whole.pickle"
        whole_in.mkdir()
        assert not was_killed(start(case, whole_in, whole_file, None))
        whole, lines = pickle.loads(whole_file.read_bytes())
        assert whole == expected, "backing up has changed something"

        killed, run = 0, 0
        while killed < killings or run == 0:
            folder, result = home / f"killed-{run}", home / f"killed-{run}.pickle"
            folder.mkdir(exist_ok=True)
            by_time = killed % 3 == 2
            last = killed >= killings
            # A training that goes on has less before it: it should not get to its end too often.
            fatal = chance.randint(1, lines // chance.choice([1, 2, 4]))
            child = start(case, folder, result, None if by_time or last else fatal)
            if by_time and not last:
                # From outside, wherever it may be, also within the kernels.
                time.sleep(chance.uniform(0, duration))
                os.kill(child, signal.SIGKILL)
            if was_killed(child):
                killed += 1
                continue
            found, _ = pickle.loads(result.read_bytes())
            for key, value in expected.items():
                assert found[key] == value, f"{key} differs after {killed} killings"
            run += 1
        print(killed)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
