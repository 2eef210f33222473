"""What the machine is and how fast it can be: the yardstick of every share of peak."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

from bench.processes import processors

__all__ = ["Peak", "describe"]

_SOURCE = Path(__file__).with_name("peak.c")


class Peak:
    """The machine's own speed, measured as often as asked, between the others' samples.

    Parameters
    ----------
    folder : Path
        Where to build the measuring program.
    threads : int
    seconds : float
        How long each of the two loops runs in one sample.

    Attributes
    ----------
    problem : str or None
        Why there is no measurement, when there is none.
    """

    def __init__(self, folder: Path, threads: int, seconds: float = 0.2) -> None:
        self.problem: str | None = None
        self._command = [str(folder / "peak"), str(threads), str(seconds)]
        self._pinned = processors(threads)
        compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            self.problem = "no C compiler found; set CC"
            return
        flags = ["-O3", "-std=c11", "-march=native", "-ffp-contract=fast", "-pthread"]
        built = subprocess.run(
            [*compiler.split(), *flags, str(_SOURCE), "-o", self._command[0]],
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode:
            self.problem = f"bench/peak.c did not compile: {built.stderr.strip()[:200]}"

    def sample(self) -> dict[str, float] | None:
        """Measure once: ``fma_gflops`` and ``copy_gbs`` of all threads together."""
        if self.problem:
            return None
        before = os.sched_getaffinity(0) if self._pinned else None
        if before is not None:
            os.sched_setaffinity(0, self._pinned)  # inherited by the child
        try:
            done = subprocess.run(self._command, capture_output=True, text=True, check=True)
        finally:
            if before is not None:
                os.sched_setaffinity(0, before)
        measured: dict[str, float] = json.loads(done.stdout)
        return {name: measured[name] for name in ("fma_gflops", "copy_gbs")}


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
