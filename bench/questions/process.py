"""What does a whole process cost, from its start to the first trained epoch?

A sample is a new process: Python starts, reads the data, imports the library, builds the model and
trains it for an epoch. The clock of the whole runs outside of it.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import data, report
from bench.contest import Contest, Entrant
from bench.peers import PEERS
from bench.questions.question import Question
from bench.questions.training import compare_losses
from bench.workloads import WORKLOADS, Workload, tiny

__all__ = ["WholeProcess"]

_FIRST_EPOCH = replace(WORKLOADS["fashion-sgd-32"], name="fashion-first-epoch")
_WORK = {_FIRST_EPOCH.name: _FIRST_EPOCH}


class WholeProcess(Question):
    name = "process"
    title = "What does a whole process cost?"
    session = "process"
    work = _WORK
    libraries = PEERS

    def tiny(self, workload: Workload) -> Workload:
        return tiny(workload)

    def make(self, workload: Workload, folder: Path) -> str:
        arrays, source = data.make(workload)
        data.save(arrays, folder / "arrays.npz")
        self._arrays = folder / "arrays.npz"
        return source

    def prepare(
        self, entrant: Entrant, workload: Workload, folder: Path, contest: Contest
    ) -> dict[str, Any]:
        """Weigh its files, and go the whole way once: files are then in memory for everybody."""
        with contest.start(entrant) as worker:
            installed: dict[str, Any] = worker.ask("installed", peer=entrant.library)
        loss = self.sample(entrant, workload, contest)["loss"]
        agreement = [("the epoch", workload.tolerances["the epoch"])]
        return {**installed, "losses": [loss], "agreement": agreement}

    def sample(self, entrant: Entrant, workload: Workload, contest: Contest) -> dict[str, float]:
        start = time.perf_counter()
        with contest.start(entrant) as worker:
            found: dict[str, float] = worker.ask(
                "epoch",
                peer=entrant.library,
                workload=workload.to_json(),
                arrays=str(self._arrays),
                threads=entrant.threads,
            )
            return {"seconds": time.perf_counter() - start, **found}

    def compare(self, entrants: dict[Entrant, dict[str, Any]], folder: Path) -> list[str]:
        return compare_losses(entrants)

    def section(self, result: dict[str, Any]) -> list[str]:
        workload = Workload.from_json(result["workload"])
        lines = [
            f"### {report.shape(workload.units)}, batch {workload.batch_size:,}, from the start of Python "
            "to the first trained epoch",
            "",
            f"{workload.rows:,} rows ({result['data']}), read from a file. *Import* is what the library takes once "
            "NumPy is there; *memory* the most that the process took beyond Python, NumPy and the data; *installed* "
            "the size of the library's files, and with those of all that it needs.",
            "",
        ]
        head = ["library", "start to first epoch (quartiles)", "time / pymlp's", "import"]
        head += ["model and epoch", "memory", "installed", "with its needs"]
        rows = [
            [
                report.library(row),
                report.spread(row["time"]),
                report.times(row),
                report.seconds(row["import_seconds"]),
                report.seconds(row["training_seconds"]),
                *(report.size(row[f"{what}_bytes"]) for what in ("memory", "own", "installed")),
            ]
            for row in report.fastest_first(result["libraries"])
        ]
        return (
            lines + report.table(head, rows) + report.remarks(result, "All losses agree to 1e-3.")
        )
