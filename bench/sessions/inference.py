"""Predicting one workload with one library."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from bench import data, predictors
from bench.inference import Inference


class Session:
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
        return {"versions": kind.versions()}

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
