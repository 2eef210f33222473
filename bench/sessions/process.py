"""A library's whole way from a new process to the first trained epoch."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from bench import data, peers
from bench.installed import installed_bytes
from bench.workloads import Workload


class Session:
    def epoch(
        self, peer: str, workload: dict[str, Any], arrays: str, threads: int
    ) -> dict[str, float]:
        """Import the library, build the model and train an epoch.

        Memory is what the process took at most beyond Python, NumPy and the data.
        """
        work = Workload.from_json(workload)
        given = data.load(Path(arrays))
        before = _memory("VmRSS")
        start = time.perf_counter()
        kind = peers.load(peer)
        imported = time.perf_counter()
        trained = kind(work, given, threads)
        trained.reset()
        loss = trained.train(work.rows, 1)
        return {
            "import_seconds": imported - start,
            "training_seconds": time.perf_counter() - imported,
            "loss": loss,
            "memory_bytes": _memory("VmHWM") - before,
        }

    def installed(self, peer: str) -> dict[str, Any]:
        """The library's version, and the size of its files: alone and with all it needs."""
        kind = peers.load(peer)
        own, everything = installed_bytes(kind.versions())
        return {"versions": kind.versions(), "own_bytes": own, "installed_bytes": everything}


def _memory(field: str) -> float:
    """Bytes of this process: ``VmRSS``, what it has, or ``VmHWM``, the most it had."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        import resource  # not on Linux: the most it had stands for what it has

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return float(most) * (1 if sys.platform == "darwin" else 1024)
    return float(status.split(f"{field}:")[1].split()[0]) * 1024
