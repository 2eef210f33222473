"""What the command line settles for every question."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = ["Options", "Say"]

Say = Callable[[str], None]
"""Shows one line of progress."""


@dataclass(frozen=True)
class Options:
    """Settings of one run.

    `python` runs pymlp, `peer_python` everything else. `tiny` cuts the work down until its figures
    mean nothing, to see that everything runs. `patience` is how many seconds a library may take for
    an answer. Names of workloads and libraries that a question does not have are no concern of it;
    none at all means every one.
    """

    python: str
    peer_python: str
    workloads: tuple[str, ...]
    peers: tuple[str, ...]
    threads: int
    rounds: int
    tiny: bool
    patience: float = 600.0

    @property
    def sample_seconds(self) -> float:
        """How long a sample lasts at least, so that short work is not lost in noise."""
        return 0.001 if self.tiny else 0.3

    def python_of(self, library: str) -> str:
        """The interpreter that has the library; pymlp's own names start with ``pymlp``."""
        return self.python if library.startswith("pymlp") else self.peer_python

    def chosen(self, workloads: Iterable[str]) -> list[str]:
        return [name for name in workloads if name in self.workloads or not self.workloads]

    def taking_part(self, libraries: Iterable[str]) -> list[str]:
        return [name for name in libraries if name in self.peers or not self.peers]
