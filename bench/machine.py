"""What the machine is and how fast it can be: the yardstick of every share of peak."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from bench.options import Options
from bench.processes import Missing, Worker, WorkerError, processors

__all__ = ["Peak", "describe"]


class Peak:
    """The machine's own speed, measured as often as asked, between the others' samples.

    It is measured by pymlp's engine in a process of its own, see `bench.sessions.machine`.

    Attributes
    ----------
    problem : str or None
        Why there is no measurement, when there is none.
    """

    def __init__(self, options: Options) -> None:
        self.problem: str | None = None
        self._threads = options.threads
        self._seconds = 0.02 if options.tiny else 0.2
        self._worker = Worker(options.python, options.threads, "machine", options.patience)

    def sample(self, dtype: str) -> dict[str, float] | None:
        """Measure once: ``fma_gflops`` of that type and ``copy_gbs``, of all threads together."""
        if self.problem:
            return None
        try:
            measured: dict[str, float] = self._worker.ask(
                "measure", dtype=dtype, threads=self._threads, seconds=self._seconds
            )
        except (Missing, WorkerError) as error:
            self.problem = str(error).strip().splitlines()[-1]
            return None
        return measured

    def close(self) -> None:
        self._worker.close()


def describe(threads: int) -> dict[str, Any]:
    """Return what a reader of the figures must know about the machine."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {
        "processor": model,
        "processors": os.cpu_count(),
        "threads": threads,
        "pinned_to": processors(threads),
        "system": platform.platform(),
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }
