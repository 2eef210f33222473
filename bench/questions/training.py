"""How long does an epoch of training take?

Every library trains the same network from the same weights on the same batches in the same order.
First the losses are compared, then epochs are timed in turn, A B C A B C ..., each round next to a
measurement of what the machine itself can do.
"""

from __future__ import annotations

import contextlib
import math
import tempfile
from pathlib import Path
from typing import Any

from bench import data
from bench.machine import Peak
from bench.options import Options, Say
from bench.peers import PEERS
from bench.processes import Missing, Worker, WorkerError
from bench.spread import ratio, summary
from bench.workloads import WORKLOADS, Workload, tiny

__all__ = ["TITLE", "ask"]

TITLE = "How long does an epoch of training take?"

# Mean losses must agree with pymlp's (or the first library's) to these relative differences:
# after ten batches only rounding can differ; over an epoch of float32 rounding has been fed back
# through a thousand steps.
TOLERANCE_TEN_BATCHES = 1e-5
TOLERANCE_EPOCH = 1e-3


def ask(options: Options, say: Say) -> dict[str, Any]:
    """Measure every workload; returns ``{"workloads": [...]}`` ready for JSON."""
    results = []
    for name in options.workloads:
        workload = tiny(WORKLOADS[name]) if options.tiny else WORKLOADS[name]
        say(f"{name}: making the data")
        with tempfile.TemporaryDirectory() as folder:
            results.append(_measure(workload, Path(folder), options, say))
    return {"title": TITLE, "workloads": results}


def _measure(workload: Workload, folder: Path, options: Options, say: Say) -> dict[str, Any]:
    arrays, source = data.make(workload)
    path = folder / "arrays.npz"
    data.save(arrays, path)
    peak = Peak(folder, options.threads, 0.02 if options.tiny else 0.2)
    skipped: dict[str, str] = {}
    failed: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        workers: dict[str, Worker] = {}
        libraries: dict[str, dict[str, Any]] = {}
        for name in options.peers:
            python = options.python if name == "pymlp" else options.peer_python
            worker = stack.enter_context(Worker(python, options.threads))
            try:
                libraries[name] = _prepare(worker, name, workload, path, options.threads, say)
            except Missing as reason:
                skipped[name] = str(reason)
                say(f"  {PEERS[name]}: skipped, {reason}")
                worker.close()
            except WorkerError as error:
                failed[name] = str(error).strip().splitlines()[-1]
                say(f"  {PEERS[name]}: FAILED\n{error}")
                worker.close()
            else:
                workers[name] = worker
        disagreements = _compare_losses(libraries)
        for line in disagreements:
            say(f"  LOSSES DIFFER: {line}")
        samples, peaks = _rounds(workers, workload, peak, options.rounds, say)
    return {
        "workload": workload.to_json(),
        "data": source,
        "steps": workload.steps,
        "gflop": workload.flops * 1e-9,
        "skipped": skipped,
        "failed": failed,
        "disagreements": disagreements,
        "peak_problem": peak.problem,
        "peak": peaks,
        "libraries": _figures(workload, libraries, samples, peaks),
    }


def _prepare(
    worker: Worker, name: str, workload: Workload, path: Path, threads: int, say: Say
) -> dict[str, Any]:
    """Load the library, warm it up and take its losses: of ten batches, then of an epoch."""
    say(f"  {PEERS[name]}: preparing")
    prepared = worker.ask(
        "prepare", peer=name, workload=workload.to_json(), arrays=str(path), threads=threads
    )
    ten = min(10 * workload.batch_size, workload.rows)
    worker.ask("loss", rows=workload.rows)  # compiles, touches every page
    losses = [worker.ask("loss", rows=rows) for rows in (ten, workload.rows)]
    say(f"  {PEERS[name]}: loss of ten batches {losses[0]:.7f}, of the epoch {losses[1]:.6f}")
    return {"versions": prepared["versions"], "losses": losses}


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


def _rounds(
    workers: dict[str, Worker], workload: Workload, peak: Peak, rounds: int, say: Say
) -> tuple[dict[str, list[dict[str, float]]], list[dict[str, float]]]:
    samples: dict[str, list[dict[str, float]]] = {name: [] for name in workers}
    peaks = []
    for number in range(1, rounds + 1):
        measured = peak.sample()
        if measured:
            peaks.append(measured)
        for name, worker in workers.items():
            sample = worker.ask("time", rows=workload.rows)
            if not math.isfinite(sample["loss"]):
                raise WorkerError(f"{PEERS[name]}: the loss is {sample['loss']}")
            samples[name].append(sample)
            say(f"  round {number}/{rounds}  {PEERS[name]}: {sample['seconds']:.4g} s")
    return samples, peaks


def _figures(
    workload: Workload,
    libraries: dict[str, dict[str, Any]],
    samples: dict[str, list[dict[str, float]]],
    peaks: list[dict[str, float]],
) -> list[dict[str, Any]]:
    """Turn samples into what the table shows, in the order measured."""
    # The best round is the machine's peak: anything that disturbs the loop only slows it.
    fma = max((p["fma_gflops"] for p in peaks), default=None)
    own = [s["seconds"] for s in samples["pymlp"]] if "pymlp" in samples else None
    figures = []
    for name, library in libraries.items():
        seconds = [s["seconds"] for s in samples[name]]
        epoch = summary(seconds)
        processor = summary([s["processor_seconds"] for s in samples[name]])
        gflops = workload.flops * 1e-9 / epoch["median"]
        figures.append(
            {
                "name": name,
                "title": PEERS[name],
                **library,
                "seconds": seconds,
                "epoch": epoch,
                "processor_seconds": processor["median"],
                "step_microseconds": 1e6 * epoch["median"] / workload.steps,
                "times_pymlp": ratio(seconds, own) if own else None,
                "gflops": gflops,
                "share_of_peak": gflops / fma if fma else None,
            }
        )
    return figures
