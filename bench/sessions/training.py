"""Training one workload with one library."""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import Any

from bench import data, peers
from bench.workloads import Workload


class Session:
    def prepare(
        self, peer: str, workload: dict[str, Any], arrays: str, threads: int, seconds: float
    ) -> Any:
        """Import the library and build the model."""
        kind = peers.load(peer)
        self.workload = Workload.from_json(workload)
        self.peer = kind(self.workload, data.load(Path(arrays)), threads)
        self.seconds = seconds
        self.repeats = 1
        return {"versions": kind.versions()}

    def loss(self, rows: int, epochs: int) -> float:
        """Train on the first rows from the initial weights, off the clock; this is the warm-up."""
        self.peer.reset()
        start = time.perf_counter()
        loss = self.peer.train(rows, epochs)
        self.repeats = max(1, round(self.seconds / (time.perf_counter() - start)))
        return loss

    def time(self) -> dict[str, float]:
        """Time an epoch, the mean of all, always from the initial weights."""
        rows, epochs = self.workload.rows, self.workload.epochs
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

    def idle(self) -> dict[str, float]:
        """Train an epoch, then do nothing: processor seconds used in a second of that."""
        self.peer.reset()
        self.peer.train(self.workload.rows, self.workload.epochs)
        wall, processor = -time.perf_counter(), -time.process_time()
        time.sleep(max(0.02, self.seconds))
        wall += time.perf_counter()
        processor += time.process_time()
        return {"seconds": processor / wall, "processor_seconds": processor}
