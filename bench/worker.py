"""The process in which one library is measured.

It reads one JSON object a line from standard input and answers each with one line on standard
output: a method of the session and its arguments, or ``quit``. What the library itself prints goes to standard
error. An answer is ``{"ok": ...}``, ``{"missing": reason}``, ``{"unsupported": reason}`` or
``{"failed": traceback}``.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from bench import data, peers
from bench.workloads import Workload

__all__ = ["SESSIONS", "main"]


class _Training:
    """What the commands of the question about training act on."""

    def prepare(
        self, peer: str, workload: dict[str, Any], arrays: str, threads: int, seconds: float
    ) -> Any:
        """Import the library and build the model."""
        kind = peers.load(peer)
        self.peer = kind(Workload.from_json(workload), data.load(Path(arrays)), threads)
        self.seconds = seconds
        self.repeats = 1
        return {"versions": kind.versions(), "threads": threads}

    def loss(self, rows: int, epochs: int) -> float:
        """Train on the first rows from the initial weights, off the clock; this is the warm-up."""
        self.peer.reset()
        start = time.perf_counter()
        loss = self.peer.train(rows, epochs)
        self.repeats = max(1, round(self.seconds / (time.perf_counter() - start)))
        return loss

    def time(self, rows: int, epochs: int) -> dict[str, float]:
        """Time an epoch, the mean of all, always from the initial weights."""
        wall = processor = 0.0
        gc.collect()
        for _ in range(self.repeats):
            self.peer.reset()
            wall -= time.perf_counter()
            processor -= time.process_time()
            loss = self.peer.train(rows, epochs)
            wall += time.perf_counter()
            processor += time.process_time()
        return {
            "seconds": wall / (self.repeats * epochs),
            "processor_seconds": processor / (self.repeats * epochs),
            "loss": loss,
        }


SESSIONS = {"training": _Training}


def main(name: str) -> None:
    """Serve until ``quit`` or the end of the input."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # a library that prints must not get in between the answers
    session = SESSIONS[name]()
    for line in sys.stdin:
        command = json.loads(line)
        verb = command.pop("do")
        if verb == "quit":
            break
        try:
            answer = {"ok": getattr(session, verb)(**command)}
        except ImportError as error:
            answer = {"missing": str(error)}
        except peers.Unsupported as error:
            answer = {"unsupported": str(error)}
        except Exception:
            answer = {"failed": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
