"""How does training behave: with fewer threads, beside a busy process, idle, as the work grows?

A table has a library in each row and a condition in each column; all conditions of all libraries
take turns in one run.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import data, report
from bench.behaviour import BEHAVIOUR, Circumstances, Condition
from bench.contest import Contest, Entrant
from bench.options import Options
from bench.peers import PEERS
from bench.processes import processors
from bench.questions.question import Question
from bench.questions.training import compare_losses, prepare_training
from bench.spread import ratio
from bench.workloads import tiny

__all__ = ["Behaviour", "kept_busy"]


class Behaviour(Question):
    name = "behaviour"
    title = "How does training behave?"
    session = "training"
    work = BEHAVIOUR
    libraries = PEERS

    def tiny(self, workload: Circumstances) -> Circumstances:
        return replace(
            workload,
            conditions=tuple(replace(c, workload=tiny(c.workload)) for c in workload.conditions),
        )

    def make(self, workload: Circumstances, folder: Path) -> str:
        for number, condition in enumerate(workload.conditions):
            arrays, source = data.make(condition.workload)
            data.save(arrays, folder / f"{number}.npz")
        return source

    def entrants(self, workload: Circumstances, options: Options) -> list[Entrant]:
        return [
            replace(entrant, task=condition.label, threads=condition.threads or options.threads)
            for entrant in super().entrants(workload, options)
            for condition in workload.conditions
        ]

    def prepare(
        self, entrant: Entrant, workload: Circumstances, folder: Path, contest: Contest
    ) -> dict[str, Any]:
        condition = _condition(workload, entrant.task)
        arrays = folder / f"{workload.conditions.index(condition)}.npz"
        return prepare_training(entrant, condition.workload, arrays, contest)

    def compare(self, entrants: dict[Entrant, dict[str, Any]], folder: Path) -> list[str]:
        return compare_losses(entrants)

    def sample(
        self, entrant: Entrant, workload: Circumstances, contest: Contest
    ) -> dict[str, float]:
        busy = _condition(workload, entrant.task).busy
        with kept_busy(processors(contest.options.threads)[-1:] if busy else None):
            found: dict[str, float] = contest.ask(entrant, workload.verb)
        return found

    def flops(self, workload: Circumstances) -> dict[str, float]:
        return {c.label: c.workload.flops for c in workload.conditions}

    def section(self, result: dict[str, Any]) -> list[str]:
        workload = Circumstances.from_json(result["workload"])
        labels = [condition.label for condition in workload.conditions]
        rows = {condition.label: condition.workload.rows for condition in workload.conditions}
        idle = workload.verb == "idle"
        what = "processor time" if idle else "time a row, and GFLOP/s"
        head = ["library", *labels, *([workload.relation] if len(labels) > 1 else [])]
        found: dict[str, dict[str, Any]] = {}
        for row in result["libraries"]:
            found.setdefault(report.library(row), {})[row["task"]] = row
        lines = []
        for library, cells in found.items():
            line = [library]
            for label in labels:
                if label not in cells:
                    line.append("")
                    continue
                row = cells[label]
                seconds = row["time"]["median"]
                text = report.seconds(seconds if idle else seconds / rows[label])
                line.append(text if idle else f"{text} ({row['gflops']:.1f})")
            if len(labels) > 1:
                ends = [cells[label] for label in (labels[0], labels[-1]) if label in cells]
                line.append(f"{_relation(*ends, rows):.2f}" if len(ends) == 2 else "")
            lines.append(line)
        title = [
            f"### {workload.about[:1].upper()}{workload.about[1:]}",
            "",
            f"Medians: {what}. {report.peak(result)}",
            "",
        ]
        return title + report.table(head, lines) + report.remarks(result, "All losses agree.")


def _condition(workload: Circumstances, label: str) -> Condition:
    return next(c for c in workload.conditions if c.label == label)


def _relation(first: dict[str, Any], last: dict[str, Any], rows: dict[str, int]) -> float:
    """Return the last condition's time a row over the first one's."""
    times = ratio(last["seconds"], first["seconds"])
    return times * rows[first["task"]] / rows[last["task"]]


_LOOP = """
import os, sys
if len(sys.argv) > 1 and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, map(int, sys.argv[1:]))
print(flush=True)
while True:
    pass
"""


@contextlib.contextmanager
def kept_busy(pinned: list[int] | None) -> Iterator[None]:
    """Within the block another process keeps one of the processors busy; None for no such process."""
    if pinned is None:
        yield
        return
    command = [sys.executable, "-c", _LOOP, *map(str, pinned)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it has begun
        try:
            yield
        finally:
            process.kill()
