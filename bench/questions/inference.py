"""How long does a prediction take?

Every library predicts the same rows with the same weights. First the outputs are compared, then
calls are timed in turn, as epochs are in the question about training.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench import data, report
from bench.contest import Contest, Entrant
from bench.inference import INFERENCE, Inference, make, tiny
from bench.options import Options
from bench.predictors import CONCURRENT, PREDICTORS
from bench.questions.question import Question

__all__ = ["Predicting", "compare_outputs"]

# The largest difference from the first library's outputs, relative to their root mean square.
TOLERANCE = 1e-4
# `model.predictor()` is for the same few rows again and again.
_ROWS_OF_A_PREDICTOR = 32


class Predicting(Question):
    name = "inference"
    title = "How long does a prediction take?"
    session = "inference"
    work = INFERENCE
    libraries = PREDICTORS

    def tiny(self, workload: Inference) -> Inference:
        return tiny(workload)

    def make(self, workload: Inference, folder: Path) -> str:
        data.save(make(workload), folder / "arrays.npz")
        return "synthetic"

    def entrants(self, workload: Inference, options: Options) -> list[Entrant]:
        entrants = super().entrants(workload, options)
        if workload.callers:
            return [entrant for entrant in entrants if entrant.library in CONCURRENT]
        if workload.rows > _ROWS_OF_A_PREDICTOR:
            return [entrant for entrant in entrants if entrant.library != "pymlp_predictor"]
        return entrants

    def prepare(
        self, entrant: Entrant, workload: Inference, folder: Path, contest: Contest
    ) -> dict[str, Any]:
        """Load the library, warm it up and take its outputs."""
        prepared: dict[str, Any] = contest.ask(
            entrant,
            "prepare",
            peer=entrant.library,
            workload=workload.to_json(),
            arrays=str(folder / "arrays.npz"),
            threads=entrant.threads,
            seconds=contest.options.sample_seconds,
        )
        contest.ask(entrant, "output", path=str(folder / f"{entrant.library}.npy"))
        return prepared

    def compare(self, entrants: dict[Entrant, dict[str, Any]], folder: Path) -> list[str]:
        return compare_outputs({e.title: np.load(folder / f"{e.library}.npy") for e in entrants})

    def section(self, result: dict[str, Any]) -> list[str]:
        workload = Inference.from_json(result["workload"])
        rows = "one row" if workload.rows == 1 else f"{workload.rows:,} rows"
        threads = "threads" if workload.callers > 1 else "thread"
        callers = f" from {workload.callers} Python {threads} at once" if workload.callers else ""
        kind = "time a prediction" if workload.callers else "a call"
        lines = [
            f"### {report.shape(workload.units)}, {rows} a call{callers}",
            "",
            f"{1e-6 * workload.flops:.3g} MFLOP a call. {report.peak(result)}",
            "",
        ]
        cells = [
            [
                report.library(row),
                report.spread(row["time"]),
                f"{workload.rows / row['time']['median']:,.0f}",
                report.times(row),
                *report.efforts(row),
            ]
            for row in report.fastest_first(result["libraries"])
        ]
        head = ["library", f"{kind} (quartiles)", "rows a second", "time / fastest pymlp's"]
        lines += report.table([*head, *report.EFFORTS], cells)
        return lines + report.remarks(result, f"All outputs agree to {TOLERANCE:g}.")


def compare_outputs(outputs: Mapping[str, Any]) -> list[str]:
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
            lines.append(f"{name} {given.shape}, expected {expected.shape}")
            continue
        difference = np.abs(given - expected).max() / scale
        if not difference <= TOLERANCE:  # NaN too
            lines.append(f"{name} by {difference:.1e} from {reference} (tolerance {TOLERANCE:g})")
    return lines
