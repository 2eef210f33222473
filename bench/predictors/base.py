"""What the harness asks of every library that predicts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, ClassVar

from bench.data import Arrays
from bench.inference import Inference

__all__ = ["Predictor"]


class Predictor(ABC):
    """One library predicting one workload.

    Parameters
    ----------
    workload : Inference
    arrays : dict
        As `bench.data.load` returns it; not to be changed.
    threads : int
        How many the library may use.
    """

    packages: ClassVar[tuple[str, ...]]
    """Names of the installed distributions whose versions the report shows."""

    def __init__(self, workload: Inference, arrays: Arrays, threads: int) -> None:
        self.workload = workload
        self.arrays = arrays
        self.threads = threads
        self.layers = list(zip(arrays["kernels"], arrays["biases"], strict=True))

    @abstractmethod
    def caller(self) -> Callable[[], Any]:
        """Return the call that is timed: it predicts all rows, and its result is there on return.

        Every Python thread that calls gets one of its own.
        """

    @classmethod
    def versions(cls) -> dict[str, str]:
        return {package: version(package) for package in cls.packages}
