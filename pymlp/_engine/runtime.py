"""Process-wide choices: the instruction set, and how many threads a run may use."""

from __future__ import annotations

import os
from contextlib import suppress
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
            f"known are baseline, avx2 and avx512, and the best here is {core.isa()!r}. Unset PYMLP_ISA."
        )


def processors() -> int:
    """Return how many processors this process may use: by its affinity and its control group's share."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        count = os.cpu_count() or 1
    return min(count, _processors_granted() or count)


@cache
def _processors_granted() -> int | None:
    """Return how many processors' time the process's control group is granted; None for no limit."""
    with suppress(OSError), open("/sys/fs/cgroup/cpu.max", encoding="ascii") as quota:
        allowed, _, period = quota.read().strip().partition(" ")
        if allowed.isdigit() and period.isdigit():
            return max(1, int(allowed) // int(period))
    return None


def get_num_threads() -> int:
    """Return the greatest number of threads a run may use.

    It is what `set_num_threads` was given, else the environment's PYMLP_NUM_THREADS or OMP_NUM_THREADS, else
    the number of processors this process may use. A run whose steps are small uses fewer. Results do not
    depend on it.

    Examples
    --------
    >>> import pymlp
    >>> pymlp.get_num_threads() >= 1
    True
    """
    if _num_threads is not None:
        return _num_threads
    for name in ("PYMLP_NUM_THREADS", "OMP_NUM_THREADS"):
        value = os.environ.get(name, "")
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
