"""What the command line settles for every question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Options", "Say"]

Say = Callable[[str], None]
"""Shows one line of progress."""


@dataclass(frozen=True)
class Options:
    """Settings of one run.

    `python` runs pymlp, `peer_python` everything else. `tiny` cuts the work down until its figures
    mean nothing, to see that everything runs.
    """

    python: str
    peer_python: str
    workloads: tuple[str, ...]
    peers: tuple[str, ...]
    threads: int
    rounds: int
    tiny: bool
