"""How long does an epoch of training take?

Every library trains the same network from the same weights on the same batches in the same order.
First the losses are compared, then epochs are timed in turn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import data, report
from bench.contest import Contest, Entrant
from bench.peers import PEERS
from bench.questions.question import Question
from bench.workloads import WORKLOADS, Workload, tiny

__all__ = ["Training", "compare_losses", "prepare_training"]


class Training(Question):
    name = "training"
    title = "How long does an epoch of training take?"
    session = "training"
    work = WORKLOADS
    libraries = PEERS

    def tiny(self, workload: Workload) -> Workload:
        return tiny(workload)

    def make(self, workload: Workload, folder: Path) -> str:
        arrays, source = data.make(workload)
        data.save(arrays, folder / "arrays.npz")
        return source

    def prepare(
        self, entrant: Entrant, workload: Workload, folder: Path, contest: Contest
    ) -> dict[str, Any]:
        return prepare_training(entrant, workload, folder / "arrays.npz", contest)

    def compare(self, entrants: dict[Entrant, dict[str, Any]], folder: Path) -> list[str]:
        return compare_losses(entrants)

    def section(self, result: dict[str, Any]) -> list[str]:
        workload = Workload.from_json(result["workload"])
        together = f", {workload.epochs} in one go" if workload.epochs > 1 else ""
        dtype = "" if workload.dtype == "float32" else f", {workload.dtype}"
        extras = "".join(f", {extra}" for extra in workload.extras)
        lines = [
            f"### {report.shape(workload.units)}, {workload.activation}, batch "
            f"{workload.batch_size:,}, {workload.optimizer} {workload.learning_rate:g}{dtype}{extras}",
            "",
            f"{workload.rows:,} rows ({result['data']}), {workload.steps:,} "
            f"step{'s' * (workload.steps > 1)} and {1e-9 * workload.flops:.2f} GFLOP an "
            f"epoch{together}. {report.peak(result)}",
            "",
        ]
        head = ["library", "epoch (quartiles)", "a step", "time / pymlp's", *report.EFFORTS, "loss"]
        rows = [
            [
                report.library(row),
                report.spread(row["time"]),
                report.seconds(row["time"]["median"] / workload.steps),
                report.times(row),
                *report.efforts(row),
                f"{row['losses'][1]:.5f}",
            ]
            for row in report.fastest_first(result["libraries"])
        ]
        ten, all_of_it = (f"{tolerance:g}" for tolerance in workload.tolerances.values())
        agreed = f"All losses agree (first ten batches to {ten}, the epoch to {all_of_it})."
        return lines + report.table(head, rows) + report.remarks(result, agreed)


def prepare_training(
    entrant: Entrant, workload: Workload, arrays: Path, contest: Contest
) -> dict[str, Any]:
    """Load the library, warm it up and take its losses: of ten batches, then of everything."""
    prepared = contest.ask(
        entrant,
        "prepare",
        peer=entrant.library,
        workload=workload.to_json(),
        arrays=str(arrays),
        threads=entrant.threads,
        seconds=contest.options.sample_seconds,
    )
    ten = min(10 * workload.batch_size, workload.rows)
    # A shorter epoch is repeated until there are ten batches, where the workload repeats it.
    epochs = min(workload.epochs, 1 if workload.steps >= 10 else -(-10 // workload.steps))
    whole = {"rows": workload.rows, "epochs": workload.epochs}
    contest.ask(entrant, "loss", **whole)  # compiles, touches every page
    losses = [contest.ask(entrant, "loss", rows=ten, epochs=epochs)]
    losses.append(contest.ask(entrant, "loss", **whole))
    contest.say(f"  {entrant}: loss of ten batches {losses[0]:.7f}, of all {losses[1]:.6f}")
    agreement = list(workload.tolerances.items())
    return {"versions": prepared["versions"], "losses": losses, "agreement": agreement}


def compare_losses(entrants: Mapping[Entrant, dict[str, Any]]) -> list[str]:
    """Return a line for every loss that does not agree with that of the first at the same task.

    Each entrant has its ``losses`` and for each of them in its ``agreement`` what it is the loss of, and how far it
    may differ.
    """
    lines = []
    first: dict[str, Entrant] = {}
    for entrant, learnt in entrants.items():
        reference = first.setdefault(entrant.task, entrant)
        for which, (span, tolerance) in enumerate(learnt["agreement"]):
            given, expected = learnt["losses"][which], entrants[reference]["losses"][which]
            if entrant is not reference and not math.isclose(given, expected, rel_tol=tolerance):
                lines.append(
                    f"{entrant} {given:.7f}, {reference.title} {expected:.7f} over {span} "
                    f"(tolerance {tolerance:g})"
                )
    return lines
