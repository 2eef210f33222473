"""What all questions have in common: workloads, libraries, and how they are gone through."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from bench.contest import Contest, Entrant
from bench.options import Options, Say

__all__ = ["Question"]


class Question(ABC):
    """A question that `python -m bench` can answer.

    For every workload the arrays are made, the libraries prepared, what they computed compared, and
    then they are timed in turn, A B C A B C ..., each round next to a measurement of what the
    machine itself can do.

    Attributes
    ----------
    name, title : str
    session : str
        What the workers do, a name in `bench.sessions.SESSIONS`.
    work : dict
        The workloads that can be asked for by name: each with `to_json`, and a line as its `str`.
    libraries : dict
        The libraries that can: module names, and what tables call them.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    session: ClassVar[str]
    work: ClassVar[Mapping[str, Any]]
    libraries: ClassVar[Mapping[str, str]]

    def ask(self, options: Options, say: Say) -> dict[str, Any]:
        """Measure every workload; returns what is written as JSON."""
        results = []
        names = options.chosen(self.work)
        for number, name in enumerate(names, 1):
            workload = self.tiny(self.work[name]) if options.tiny else self.work[name]
            say(f"{self.name} {number}/{len(names)}, {name}: {workload}")
            with (
                tempfile.TemporaryDirectory() as folder,
                Contest(self.session, options, say) as contest,
            ):
                results.append(self.measure(workload, Path(folder), contest))
        return {"title": self.title, "workloads": results}

    def measure(self, workload: Any, folder: Path, contest: Contest) -> dict[str, Any]:
        """Measure one workload."""
        source = self.make(workload, folder)
        entrants = self.entrants(workload, contest.options)
        contest.gather(entrants, lambda entrant: self.prepare(entrant, workload, folder, contest))
        disagreements = self.compare(contest.entrants, folder)
        for line in disagreements:
            contest.say(f"  RESULTS DIFFER: {line}")
        contest.play(lambda entrant: self.sample(entrant, workload, contest), workload.dtype)
        return {
            "workload": workload.to_json(),
            "data": source,
            "disagreements": disagreements,
            **contest.result(self.flops(workload)),
        }

    def entrants(self, workload: Any, options: Options) -> list[Entrant]:
        """Who takes part."""
        return [
            Entrant(name, self.libraries[name], options.threads)
            for name in options.taking_part(self.libraries)
        ]

    def sample(self, entrant: Entrant, workload: Any, contest: Contest) -> dict[str, float]:
        """Measure once; ``seconds`` is what is compared."""
        found: dict[str, float] = contest.ask(entrant, "time")
        return found

    def flops(self, workload: Any) -> dict[str, float]:
        """Operations of the work that a sample's seconds are for, by task."""
        return {"": workload.flops}

    @abstractmethod
    def tiny(self, workload: Any) -> Any:
        """Return the workload cut down, to try the harness."""

    @abstractmethod
    def make(self, workload: Any, folder: Path) -> str:
        """Write the workload's arrays to the folder; return a word on where the data came from."""

    @abstractmethod
    def prepare(
        self, entrant: Entrant, workload: Any, folder: Path, contest: Contest
    ) -> dict[str, Any]:
        """Make an entrant ready to be timed and return what there is to know of it."""

    @abstractmethod
    def compare(self, entrants: dict[Entrant, dict[str, Any]], folder: Path) -> list[str]:
        """Return a line for every entrant that computed something else."""

    @abstractmethod
    def section(self, result: dict[str, Any]) -> list[str]:
        """Return one workload's part of the Markdown page, a list of lines."""
