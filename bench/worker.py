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
import threading
import time
import traceback
from collections.abc import Callable
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from bench import data, peers, predictors
from bench.inference import Inference
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


class _Inference:
    """What the commands of the question about inference act on."""

    def prepare(
        self, peer: str, workload: dict[str, Any], arrays: str, threads: int, seconds: float
    ) -> Any:
        """Import the library and build the model."""
        kind = predictors.load(peer)
        self.workload = Inference.from_json(workload)
        predictor = kind(self.workload, data.load(Path(arrays)), threads)
        self.callers = [predictor.caller() for _ in range(max(1, self.workload.callers))]
        self.seconds = seconds
        self.calls = 0
        return {"versions": kind.versions(), "threads": threads}

    def output(self, path: str) -> None:
        """Save what the library predicts."""
        np.save(path, np.asarray(self.callers[0]()))

    def time(self) -> dict[str, float]:
        """Time calls, the mean of as many as fill the time; with several callers, per call of any.

        The first time they are counted, which warms up.
        """
        if not self.calls:
            self.calls = self._count()
        gc.collect()
        wall, processor = -time.perf_counter(), -time.process_time()
        if self.workload.callers:
            self._together()
        else:
            _repeat(self.callers[0], self.calls)
        wall += time.perf_counter()
        processor += time.process_time()
        done = self.calls * len(self.callers)
        return {"seconds": wall / done, "processor_seconds": processor / done}

    def _count(self) -> int:
        for call in self.callers:
            call()
        calls, wall = 1, 0.0
        while wall < self.seconds / 4:
            wall = -time.perf_counter()
            _repeat(self.callers[0], calls)
            wall += time.perf_counter()
            calls *= 2
        # `calls` is twice what took `wall`.
        return max(1, round(self.seconds / wall * calls / 2 / len(self.callers)))

    def _together(self) -> None:
        threads = [
            threading.Thread(target=_repeat, args=(call, self.calls)) for call in self.callers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _repeat(call: Callable[[], Any], times: int) -> None:
    for _ in repeat(None, times):
        call()


SESSIONS = {"training": _Training, "inference": _Inference}


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
