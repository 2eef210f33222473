"""What every question does with its libraries: start them, let them take turns, sum up."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from bench.machine import Peak
from bench.options import Options, Say
from bench.processes import Missing, Worker, WorkerError
from bench.spread import ratio, summary

__all__ = ["Contest"]

Sample = dict[str, float]


class Contest:
    """One workload's libraries, each in a worker process; a context manager.

    Parameters
    ----------
    titles : dict
        The names of the modules that may take part, and what tables call them. pymlp's own start
        with ``pymlp``; they run in `options.python`, the others in `options.peer_python`.
    session : str
        What the workers do, a name in `bench.worker.SESSIONS`.
    folder : Path
        For files of this workload.

    Attributes
    ----------
    libraries : dict
        What `prepare` returned for every library that takes part.
    skipped, failed : dict
        Why the others do not.
    """

    def __init__(
        self, titles: dict[str, str], session: str, folder: Path, options: Options, say: Say
    ) -> None:
        self.titles = titles
        self.session = session
        self.options = options
        self.say = say
        self.peak = Peak(folder, options.threads, 0.02 if options.tiny else 0.2)
        self.libraries: dict[str, dict[str, Any]] = {}
        self.skipped: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self._workers: dict[str, Worker] = {}
        self._samples: dict[str, list[Sample]] = {}
        self._peaks: list[Sample] = []
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Contest:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def gather(self, prepare: Callable[[str, Worker], dict[str, Any]]) -> None:
        """Start every library's process and `prepare` it; keep those that can take part."""
        for name, title in self.titles.items():
            options = self.options
            python = options.python if name.startswith("pymlp") else options.peer_python
            worker = Worker(python, options.threads, self.session)
            self._stack.enter_context(worker)
            self.say(f"  {title}: preparing")
            try:
                self.libraries[name] = prepare(name, worker)
            except Missing as reason:
                self.skipped[name] = str(reason)
                self.say(f"  {title}: skipped, {reason}")
                worker.close()
            except WorkerError as error:
                self._fail(name, worker, error)
            else:
                self._workers[name] = worker

    def play(self, **work: Any) -> None:
        """Let the libraries take turns at ``time(**work)``, the machine's peak before each round."""
        rounds = self.options.rounds
        self._samples = {name: [] for name in self._workers}
        for number in range(1, rounds + 1):
            measured = self.peak.sample()
            if measured:
                self._peaks.append(measured)
            for name, worker in list(self._workers.items()):
                try:
                    sample = worker.ask("time", **work)
                    if not all(map(math.isfinite, sample.values())):
                        raise WorkerError(f"not finite: {sample}")
                except WorkerError as error:
                    del self._workers[name], self.libraries[name], self._samples[name]
                    self._fail(name, worker, error)
                    continue
                self._samples[name].append(sample)
                self.say(
                    f"  round {number}/{rounds}  {self.titles[name]}: {sample['seconds']:.4g} s"
                )

    def result(self, flops: float) -> dict[str, Any]:
        """Return what the tables show, the libraries in the order measured.

        Parameters
        ----------
        flops : float
            Operations of the work that a sample's ``seconds`` are for.
        """
        # The best round is the machine's peak: anything that disturbs the loop only slows it.
        fma = max((sample["fma_gflops"] for sample in self._peaks), default=None)
        seconds = {n: [s["seconds"] for s in samples] for n, samples in self._samples.items()}
        spreads = {name: summary(samples) for name, samples in seconds.items()}
        own = min(
            (name for name in seconds if name.startswith("pymlp")),
            key=lambda name: spreads[name]["median"],
            default=None,
        )
        figures = []
        for name, library in self.libraries.items():
            gflops = flops * 1e-9 / spreads[name]["median"]
            processor = summary([s["processor_seconds"] for s in self._samples[name]])
            figures.append(
                {
                    "name": name,
                    "title": self.titles[name],
                    **library,
                    "seconds": seconds[name],
                    "time": spreads[name],
                    "processor_seconds": processor["median"],
                    "times_pymlp": ratio(seconds[name], seconds[own]) if own else None,
                    "gflops": gflops,
                    "share_of_peak": gflops / fma if fma else None,
                }
            )
        return {
            "gflop": flops * 1e-9,
            "skipped": self.skipped,
            "failed": self.failed,
            "peak_problem": self.peak.problem,
            "peak": self._peaks,
            "libraries": figures,
        }

    def _fail(self, name: str, worker: Worker, error: WorkerError) -> None:
        self.failed[name] = str(error).strip().splitlines()[-1]
        self.say(f"  {self.titles[name]}: FAILED\n{error}")
        worker.close()
