"""The process in which one library is measured.

It reads one JSON object a line from standard input and answers each with one line on standard
output: ``prepare``, ``loss``, ``time``, ``quit``. What the library itself prints goes to standard
error. An answer is ``{"ok": ...}``, ``{"missing": reason}``, ``{"unsupported": reason}`` or
``{"failed": traceback}``.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from bench import data, peers
from bench.workloads import Workload

__all__ = ["main"]

# A sample is repeated until it has run this long, so that short epochs are not lost in noise.
_SECONDS_A_SAMPLE = 0.3


class _Session:
    """What the commands act on."""

    def prepare(self, peer: str, workload: dict[str, Any], arrays: str, threads: int) -> Any:
        """Import the library and build the model."""
        kind = peers.load(peer)
        self.peer = kind(Workload.from_json(workload), data.load(Path(arrays)), threads)
        self.repeats = 1
        return {"versions": kind.versions(), "threads": threads}

    def loss(self, rows: int) -> float:
        """Train on the first rows from the initial weights, off the clock; this is the warm-up."""
        self.peer.reset()
        start = time.perf_counter()
        loss = self.peer.train(rows)
        self.repeats = max(1, round(_SECONDS_A_SAMPLE / (time.perf_counter() - start)))
        return loss

    def time(self, rows: int) -> dict[str, float]:
        """Time an epoch, always from the initial weights."""
        wall = processor = 0.0
        gc.collect()
        for _ in range(self.repeats):
            self.peer.reset()
            wall -= time.perf_counter()
            processor -= time.process_time()
            loss = self.peer.train(rows)
            wall += time.perf_counter()
            processor += time.process_time()
        return {
            "seconds": wall / self.repeats,
            "processor_seconds": processor / self.repeats,
            "loss": loss,
        }


def main() -> None:
    """Serve until ``quit`` or the end of the input."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # a library that prints must not get in between the answers
    session = _Session()
    for line in sys.stdin:
        command = json.loads(line)
        name = command.pop("do")
        if name == "quit":
            break
        try:
            answer = {"ok": getattr(session, name)(**command)}
        except ImportError as error:
            answer = {"missing": str(error)}
        except peers.Unsupported as error:
            answer = {"unsupported": str(error)}
        except Exception:
            answer = {"failed": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
