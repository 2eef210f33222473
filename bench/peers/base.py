"""What the harness asks of every library."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib.metadata import version
from typing import ClassVar

from bench.data import Arrays
from bench.workloads import Workload

__all__ = ["Peer", "Unsupported"]


class Unsupported(Exception):
    """This library cannot do this workload; the message says why."""


class Peer(ABC):
    """One library training one workload.

    Everything that can be prepared is prepared outside the clock: arrays are converted and placed
    by the constructor, programs compiled by a first call of `train`. The clock runs over `train`.

    Parameters
    ----------
    workload : Workload
    arrays : dict
        As `bench.data.load` returns it; not to be changed.
    threads : int
        How many the library may use. The worker has set the usual environment variables and the
        processors it may run on before the library was imported.
    """

    packages: ClassVar[tuple[str, ...]]
    """Names of the installed distributions whose versions the report shows."""

    extras: ClassVar[frozenset[str]] = frozenset()
    """Which of `Workload.extras` are written for this library."""

    def __init__(self, workload: Workload, arrays: Arrays, threads: int) -> None:
        self.workload = workload
        self.arrays = arrays
        self.threads = threads
        if workload.optimizer not in ("sgd", "momentum", "adam"):
            raise Unsupported(f"no {workload.optimizer} here")
        missing = [extra for extra in workload.extras if extra not in self.extras]
        if missing:
            raise Unsupported(f"no {' or '.join(missing)} here")

    @abstractmethod
    def reset(self) -> None:
        """Go back to the initial weights and a fresh optimizer."""

    @abstractmethod
    def train(self, rows: int, epochs: int) -> float:
        """Train on the first `rows` rows in order, `epochs` times; return the mean loss of it all.

        The loss of a batch is the one before its step; a short last batch counts by its rows.
        """

    @classmethod
    def versions(cls) -> dict[str, str]:
        return {package: version(package) for package in cls.packages}
