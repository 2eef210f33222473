"""How long does an epoch of training take?

Every library trains the same network from the same weights on the same batches in the same order.
First the losses are compared, then epochs are timed in turn, A B C A B C ..., each round next to a
measurement of what the machine itself can do.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Any

from bench import data, report
from bench.contest import Contest
from bench.options import Options, Say
from bench.peers import PEERS
from bench.processes import Worker
from bench.workloads import WORKLOADS, Workload, tiny

__all__ = ["LIBRARIES", "TITLE", "WORK", "ask", "section"]

TITLE = "How long does an epoch of training take?"
WORK = WORKLOADS
LIBRARIES = PEERS

# Mean losses must agree with pymlp's (or the first library's) to these relative differences:
# after ten batches only rounding can differ; over an epoch of float32 rounding has been fed back
# through a thousand steps.
TOLERANCE_TEN_BATCHES = 1e-5
TOLERANCE_EPOCH = 1e-3


def ask(options: Options, say: Say) -> dict[str, Any]:
    """Measure every workload; returns ``{"workloads": [...]}`` ready for JSON."""
    results = []
    for name in options.chosen(WORK):
        workload = tiny(WORKLOADS[name]) if options.tiny else WORKLOADS[name]
        say(f"{name}: making the data")
        with tempfile.TemporaryDirectory() as folder:
            results.append(_measure(workload, Path(folder), options, say))
    return {"title": TITLE, "workloads": results}


def _measure(workload: Workload, folder: Path, options: Options, say: Say) -> dict[str, Any]:
    arrays, source = data.make(workload)
    path = folder / "arrays.npz"
    data.save(arrays, path)

    def prepare(name: str, worker: Worker) -> dict[str, Any]:
        """Load the library, warm it up and take its losses: of ten batches, then of everything."""
        prepared = worker.ask(
            "prepare",
            peer=name,
            workload=workload.to_json(),
            arrays=str(path),
            threads=options.threads,
            seconds=options.sample_seconds,
        )
        ten = min(10 * workload.batch_size, workload.rows)
        # A shorter epoch is repeated until there are ten batches, where the workload repeats it.
        epochs = min(workload.epochs, 1 if workload.steps >= 10 else -(-10 // workload.steps))
        whole = {"rows": workload.rows, "epochs": workload.epochs}
        worker.ask("loss", **whole)  # compiles, touches every page
        losses = [worker.ask("loss", rows=ten, epochs=epochs), worker.ask("loss", **whole)]
        say(f"  {PEERS[name]}: loss of ten batches {losses[0]:.7f}, of all {losses[1]:.6f}")
        return {"versions": prepared["versions"], "losses": losses}

    titles = {name: PEERS[name] for name in options.taking_part(LIBRARIES)}
    with Contest(titles, "training", folder, options, say) as contest:
        contest.gather(prepare)
        disagreements = _compare_losses(contest.libraries)
        for line in disagreements:
            say(f"  LOSSES DIFFER: {line}")
        contest.play(rows=workload.rows, epochs=workload.epochs)
        measured = contest.result(workload.flops)
    for row in measured["libraries"]:
        row["epoch"] = row.pop("time")
        row["step_microseconds"] = 1e6 * row["epoch"]["median"] / workload.steps
    return {
        "workload": workload.to_json(),
        "data": source,
        "steps": workload.steps,
        "disagreements": disagreements,
        **measured,
    }


def _compare_losses(libraries: dict[str, dict[str, Any]]) -> list[str]:
    """Return a line for every loss that does not agree with the first library's."""
    if not libraries:
        return []
    lines = []
    reference, *others = libraries
    for which, tolerance in enumerate((TOLERANCE_TEN_BATCHES, TOLERANCE_EPOCH)):
        expected = libraries[reference]["losses"][which]
        for name in others:
            given = libraries[name]["losses"][which]
            if not math.isclose(given, expected, rel_tol=tolerance):
                lines.append(
                    f"{PEERS[name]} {given:.7f}, {PEERS[reference]} {expected:.7f} over "
                    f"{('ten batches', 'the epoch')[which]} (tolerance {tolerance:g})"
                )
    return lines


def section(result: dict[str, Any]) -> list[str]:
    """Return one workload's part of the page, as Markdown lines."""
    workload = result["workload"]
    together = f", {workload['epochs']} in one go" if workload["epochs"] > 1 else ""
    lines = [
        f"### {report.shape(workload['units'])}, {workload['activation']}, batch "
        f"{workload['batch_size']:,}, {workload['optimizer']} {workload['learning_rate']:g}",
        "",
        f"{workload['rows']:,} rows ({result['data']}), {result['steps']:,} step{'s' * (result['steps'] > 1)} and "
        f"{result['gflop']:.2f} GFLOP an epoch{together}. {report.peak(result)}",
        "",
    ]
    head = ["library", "epoch (quartiles)", "a step", "time / pymlp's"]
    rows = []
    for row in sorted(result["libraries"], key=lambda row: row["epoch"]["median"]):
        rows.append(
            [
                report.library(row),
                report.spread(row["epoch"]),
                report.seconds(1e-6 * row["step_microseconds"]),
                report.times(row),
                *report.efforts(row, row["epoch"]),
                f"{row['losses'][1]:.5f}",
            ]
        )
    lines += report.table([*head, *report.EFFORTS, "loss"], rows)
    lines += report.absent(result)
    if result["disagreements"]:
        lines += ["", "**Losses differ: " + "; ".join(result["disagreements"]) + ".**"]
    elif len(result["libraries"]) > 1:
        lines += ["", "All losses agree (first ten batches to 1e-5, the epoch to 1e-3)."]
    return lines
