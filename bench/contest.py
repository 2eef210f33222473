"""What every question does with its libraries: start them, let them take turns, sum up."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from bench.machine import Peak
from bench.options import Options, Say
from bench.processes import Missing, Worker, WorkerError, processors
from bench.spread import ratio, summary

__all__ = ["Contest", "Entrant"]

Sample = dict[str, float]


@dataclass(frozen=True)
class Entrant:
    """A library at a task: what takes its turn.

    Parameters
    ----------
    library : str
        The name of its module.
    title : str
        What tables call it.
    threads : int
        How many it may use.
    task : str
        Which one, where there are several. A library's tasks with as many threads share a process.
    """

    library: str
    title: str
    threads: int
    task: str = ""

    def __str__(self) -> str:
        return f"{self.title}, {self.task}" if self.task else self.title


class Contest:
    """One workload's libraries, in worker processes; a context manager.

    Parameters
    ----------
    session : str
        What the workers do, a name in `bench.sessions.SESSIONS`.
    options, say

    Attributes
    ----------
    entrants : dict
        What was learnt when each that takes part was prepared.
    skipped, failed : dict
        Why the others do not.
    """

    def __init__(self, session: str, options: Options, say: Say) -> None:
        self.session = session
        self.options = options
        self.say = say
        self.peak = Peak(options)
        self.entrants: dict[Entrant, dict[str, Any]] = {}
        self.skipped: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self._workers: dict[tuple[str, int], Worker] = {}
        self._samples: dict[Entrant, list[Sample]] = {}
        self._peaks: list[Sample] = []

    def __enter__(self) -> Contest:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.peak.close()
        for worker in self._workers.values():
            worker.close()

    def start(self, entrant: Entrant) -> Worker:
        """Return a new process for the entrant, which the caller closes."""
        options = self.options
        return Worker(
            options.python_of(entrant.library),
            entrant.threads,
            self.session,
            options.patience,
            # The same processors whatever the threads: what one thread leaves free counts, too.
            processors(options.threads),
        )

    def ask(self, entrant: Entrant, command: str, **arguments: Any) -> Any:
        """Ask the entrant's lasting process, which is started when first asked."""
        key = (entrant.library, entrant.threads)
        if key not in self._workers:
            self._workers[key] = self.start(entrant)
        return self._workers[key].ask(command, task=entrant.task, **arguments)

    def gather(
        self, entrants: Iterable[Entrant], prepare: Callable[[Entrant], dict[str, Any]]
    ) -> None:
        """`prepare` every entrant; keep those that can take part."""
        for entrant in entrants:
            self.say(f"  {entrant}: preparing")
            try:
                self.entrants[entrant] = prepare(entrant)
            except Missing as reason:
                self.skipped[entrant.title] = str(reason)
                self.say(f"  {entrant}: skipped, {reason}")
            except WorkerError as error:
                self._fail(entrant, error)

    def play(self, sample: Callable[[Entrant], Sample], dtype: str = "float32") -> None:
        """Let the entrants take turns at `sample`, the machine's peak before each round."""
        rounds = self.options.rounds
        self._samples = {entrant: [] for entrant in self.entrants}
        for number in range(1, rounds + 1):
            measured = self.peak.sample(dtype)
            if measured:
                self._peaks.append(measured)
            for entrant in list(self.entrants):
                try:
                    found = sample(entrant)
                    if not all(map(math.isfinite, found.values())):
                        raise WorkerError(f"not finite: {found}")
                except WorkerError as error:
                    del self.entrants[entrant], self._samples[entrant]
                    self._fail(entrant, error)
                    continue
                self._samples[entrant].append(found)
                self.say(f"  round {number}/{rounds}  {entrant}: {found['seconds']:.4g} s")

    def result(self, flops: Mapping[str, float]) -> dict[str, Any]:
        """Return what the tables show, the entrants in the order measured.

        Parameters
        ----------
        flops : mapping of task to float
            Operations of the work that a sample's ``seconds`` are for.
        """
        # The best round is the machine's peak: anything that disturbs the loop only slows it.
        fma = max((sample["fma_gflops"] for sample in self._peaks), default=None)
        figures = []
        for entrant, learnt in self.entrants.items():
            samples = self._samples[entrant]
            seconds = self._seconds(entrant)
            own = self._fastest_own(entrant.task)
            gflops = flops[entrant.task] * 1e-9 / statistics.median(seconds)
            figures.append(
                {
                    "name": entrant.library,
                    "title": entrant.title,
                    "task": entrant.task,
                    "threads": entrant.threads,
                    **learnt,
                    "seconds": seconds,
                    "time": summary(seconds),
                    **{
                        name: statistics.median(sample[name] for sample in samples)
                        for name in samples[0]
                        if name != "seconds"
                    },
                    "times_pymlp": ratio(seconds, self._seconds(own)) if own else None,
                    "gflops": gflops,
                    "share_of_peak": gflops / fma if fma else None,
                }
            )
        return {
            "skipped": self.skipped,
            "failed": self.failed,
            "peak_problem": self.peak.problem,
            "peak": self._peaks,
            "libraries": figures,
        }

    def _seconds(self, entrant: Entrant) -> list[float]:
        return [sample["seconds"] for sample in self._samples[entrant]]

    def _fastest_own(self, task: str) -> Entrant | None:
        """Return the fastest of pymlp's own entrants at the task."""
        return min(
            (e for e in self.entrants if e.library.startswith("pymlp") and e.task == task),
            key=lambda entrant: statistics.median(self._seconds(entrant)),
            default=None,
        )

    def _fail(self, entrant: Entrant, error: WorkerError) -> None:
        self.failed[str(entrant)] = str(error).strip().splitlines()[-1]
        self.say(f"  {entrant}: FAILED\n{error}")
