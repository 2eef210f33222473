"""Process-wide choices: the instruction set, and how many threads a run may use."""

from __future__ import annotations

import os
import sys
from functools import cache

from pymlp._engine import core

__all__ = ["get_num_threads", "processors", "set_num_threads", "start", "threads_for"]

# A step shares its work out only if each thread gets this many multiply-adds: some 10 microseconds of them, a
# good deal more than what the barriers of a step cost.
WORK_PER_THREAD = 300_000

_num_threads: int | None = None


def start() -> None:
    """Choose the instruction set: the best there is, or what the environment's PYMLP_ISA narrows it to."""
    limit = os.environ.get("PYMLP_ISA") or None
    if core.choose_isa(limit) is None:
        core.choose_isa(None)
        raise ImportError(
            f"PYMLP_ISA={limit!r} is not an instruction set that this machine and this build have; "
            f"known are baseline, avx2, avx512 and neon, and the best here is {core.isa()!r}. Unset PYMLP_ISA."
        )


def processors() -> int:
    """Return how many processors this process may use: by its affinity and its control group's share."""
    count = _processors_allowed()
    return min(count, _processors_granted() or count)


def _processors_allowed() -> int:
    """Return how many processors the process's affinity leaves it."""
    if sys.platform == "win32":
        import ctypes

        process, system = ctypes.c_size_t(), ctypes.c_size_t()
        kernel32 = ctypes.WinDLL("kernel32")
        kernel32.GetCurrentProcess.restype = ctypes.c_void_p
        current = ctypes.c_void_p(kernel32.GetCurrentProcess())
        kernel32.GetProcessAffinityMask(current, ctypes.byref(process), ctypes.byref(system))
        # 0 for a process in several groups of processors, which is bound to none.
        return process.value.bit_count() or os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS has no affinity


@cache
def _processors_granted(
    system: str = "/sys/fs/cgroup", own: str = "/proc/self/cgroup"
) -> int | None:
    """Return how many processors' time the process's control groups are granted; None for no limit.

    A group's limit holds for all groups within. Inside a container the outermost that can be seen is often the
    process's own. Read are the files of cgroup v2, ``cpu.max``, and of v1, ``cpu.cfs_quota_us``.
    """
    grants = []
    for line in _words(own, "\n"):
        _, controllers, path = line.split(":", 2)
        folder = f"{system}/cpu" if "cpu" in controllers.split(",") else system
        for part in ["", *path.split("/")]:
            folder = os.path.join(folder, part)
            v1 = [
                word
                for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us")
                for word in _words(os.path.join(folder, name))
            ]
            for limit in (_words(os.path.join(folder, "cpu.max")), v1):
                if len(limit) == 2 and limit[0].isdigit() and limit[1].isdigit():
                    grants.append(max(1, int(limit[0]) // int(limit[1])))
    return min(grants, default=None)


def _words(file: str, separator: str | None = None) -> list[str]:
    """Return what a file holds, in parts; none where it is empty or there is no such file."""
    try:
        with open(file, encoding="utf-8") as opened:
            text = opened.read().strip()
    except OSError:
        return []
    return text.split(separator) if text else []


def get_num_threads() -> int:
    """Return the greatest number of threads a run may use.

    It is what `set_num_threads` was given, else the environment's PYMLP_NUM_THREADS or OMP_NUM_THREADS (of a
    list for nested levels, such as ``4,2``, the first), else the number of processors this process may use. A run
    whose steps are small uses fewer. Results do not depend on it.

    Examples
    --------
    >>> import pymlp
    >>> pymlp.get_num_threads() >= 1
    True
    """
    if _num_threads is not None:
        return _num_threads
    for name in ("PYMLP_NUM_THREADS", "OMP_NUM_THREADS"):
        value = os.environ.get(name, "").partition(",")[0].strip()
        if value.isdigit() and int(value) > 0:
            return min(int(value), core.MAX_THREADS)
    return min(processors(), core.MAX_THREADS)


def set_num_threads(threads: int | None) -> None:
    """Set the greatest number of threads a run may use; None goes back to the default.

    Raises
    ------
    ValueError
        If `threads` is not a whole number of at least 1.
    """
    global _num_threads
    if threads is not None and (
        isinstance(threads, bool) or not isinstance(threads, int) or threads < 1
    ):
        raise ValueError(
            f"set_num_threads: expected a whole number of at least 1, received {threads!r}."
        )
    _num_threads = None if threads is None else min(threads, core.MAX_THREADS)


def threads_for(work: float) -> int:
    """Return the number of threads for steps of so many multiply-adds."""
    most = int(work / WORK_PER_THREAD)
    return min(get_num_threads(), most) if most > 1 else 1
