"""How long does a prediction take?

Every library predicts the same rows with the same weights. First the outputs are compared, then
calls are timed in turn, as epochs are in the question about training.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bench import data, report
from bench.contest import Contest
from bench.inference import INFERENCE, Inference, make, tiny
from bench.options import Options, Say
from bench.predictors import CONCURRENT, PREDICTORS
from bench.processes import Worker

__all__ = ["LIBRARIES", "TITLE", "WORK", "ask", "section"]

TITLE = "How long does a prediction take?"
WORK = INFERENCE
LIBRARIES = PREDICTORS

# The largest difference from the first library's outputs, relative to their root mean square.
TOLERANCE = 1e-4
# `model.predictor()` is for the same few rows again and again.
_ROWS_OF_A_PREDICTOR = 32


def ask(options: Options, say: Say) -> dict[str, Any]:
    """Measure every workload; returns ``{"workloads": [...]}`` ready for JSON."""
    results = []
    for name in options.chosen(WORK):
        workload = tiny(INFERENCE[name]) if options.tiny else INFERENCE[name]
        say(f"{name}: {workload}")
        with tempfile.TemporaryDirectory() as folder:
            results.append(_measure(workload, Path(folder), options, say))
    return {"title": TITLE, "workloads": results}


def _measure(workload: Inference, folder: Path, options: Options, say: Say) -> dict[str, Any]:
    path = folder / "arrays.npz"
    data.save(make(workload), path)
    outputs: dict[str, Any] = {}

    def prepare(name: str, worker: Worker) -> dict[str, Any]:
        """Load the library, warm it up and take its outputs."""
        prepared = worker.ask(
            "prepare",
            peer=name,
            workload=workload.to_json(),
            arrays=str(path),
            threads=options.threads,
            seconds=options.sample_seconds,
        )
        worker.ask("output", path=str(folder / f"{name}.npy"))
        outputs[name] = np.load(folder / f"{name}.npy")
        return {"versions": prepared["versions"]}

    titles = {name: PREDICTORS[name] for name in _fit_for(workload, options)}
    with Contest(titles, "inference", folder, options, say) as contest:
        contest.gather(prepare)
        disagreements = _compare_outputs({name: outputs[name] for name in contest.libraries})
        for line in disagreements:
            say(f"  OUTPUTS DIFFER: {line}")
        contest.play()
        measured = contest.result(workload.flops)
    for row in measured["libraries"]:
        row["rows_a_second"] = workload.rows / row["time"]["median"]
    return {"workload": workload.to_json(), "disagreements": disagreements, **measured}


def _fit_for(workload: Inference, options: Options) -> list[str]:
    names = options.taking_part(LIBRARIES)
    if workload.callers:
        return [name for name in names if name in CONCURRENT]
    if workload.rows > _ROWS_OF_A_PREDICTOR:
        return [name for name in names if name != "pymlp_predictor"]
    return names


def _compare_outputs(outputs: dict[str, Any]) -> list[str]:
    """Return a line for every library whose outputs are not the first one's."""
    if not outputs:
        return []
    lines = []
    reference, *others = outputs
    expected = outputs[reference].astype(np.float64)
    scale = np.sqrt(np.square(expected).mean())
    for name in others:
        given = outputs[name]
        if given.shape != expected.shape:
            lines.append(f"{PREDICTORS[name]} {given.shape}, expected {expected.shape}")
            continue
        difference = np.abs(given - expected).max() / scale
        if not difference <= TOLERANCE:  # NaN too
            lines.append(
                f"{PREDICTORS[name]} by {difference:.1e} from {PREDICTORS[reference]} "
                f"(tolerance {TOLERANCE:g})"
            )
    return lines


def section(result: dict[str, Any]) -> list[str]:
    """Return one workload's part of the page, as Markdown lines."""
    workload = result["workload"]
    rows = "one row" if workload["rows"] == 1 else f"{workload['rows']:,} rows"
    threads = "threads" if workload["callers"] > 1 else "thread"
    callers = f" from {workload['callers']} Python {threads} at once" if workload["callers"] else ""
    kind = "time a prediction" if workload["callers"] else "a call"
    lines = [
        f"### {report.shape(workload['units'])}, {rows} a call{callers}",
        "",
        f"{1e3 * result['gflop']:.3g} MFLOP a call. {report.peak(result)}",
        "",
    ]
    cells = [
        [
            report.library(row),
            report.spread(row["time"]),
            f"{row['rows_a_second']:,.0f}",
            report.times(row),
            *report.efforts(row, row["time"]),
        ]
        for row in sorted(result["libraries"], key=lambda row: row["time"]["median"])
    ]
    head = ["library", f"{kind} (quartiles)", "rows a second", "time / fastest pymlp's"]
    lines += report.table([*head, *report.EFFORTS], cells)
    lines += report.absent(result)
    if result["disagreements"]:
        lines += ["", "**Outputs differ: " + "; ".join(result["disagreements"]) + ".**"]
    elif len(result["libraries"]) > 1:
        lines += ["", f"All outputs agree to {TOLERANCE:g}."]
    return lines
