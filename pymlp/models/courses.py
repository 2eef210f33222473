"""Courses: the way through the data that an epoch or an evaluation takes. Through a stream: stream_course.py."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from pymlp import random as pymlp_random
from pymlp._engine.core import shuffled
from pymlp.models.spans import Runner

__all__ = ["ArrayCourse", "Course", "Part", "tell_that_data_ran_out"]


class Part(NamedTuple):
    """Batches that one `Runner` runs, one after the other.

    Attributes
    ----------
    runner : Runner
    order : array, or None for the order of the arrays
    first, steps : int
        The batch to begin with, and how many.
    """

    runner: Runner
    order: np.ndarray | None
    first: int
    steps: int


class Course:
    """What an epoch goes through.

    Attributes
    ----------
    steps : int or None
        Batches of an epoch, None if that is not known.
    """

    steps: int | None

    def parts(self, shuffle: bool, epoch: int = 0, skip: int = 0) -> Iterator[Part]:
        """Yield what the next epoch runs, but for so many batches that were run already."""
        raise NotImplementedError

    @property
    def sizes(self) -> dict[str, Any]:
        """What another course must have in common with this one to go on from its place, by the arguments of `fit`."""
        raise NotImplementedError

    @property
    def place(self) -> dict[str, Any]:
        """Where this epoch begins; between two, where the next one will: plain data."""
        raise NotImplementedError

    def go_to(self, place: dict[str, Any], shuffle: bool) -> None:
        """Go to where a course like this one was."""
        raise NotImplementedError


class ArrayCourse(Course):
    """Through arrays, which are bound as they are; an epoch of fewer steps goes on where the last stopped.

    Parameters
    ----------
    runner : Runner
    steps : int or None
        Batches of an epoch; None: all.
    where : {"fit", "validation", "evaluate"}
        For messages.
    """

    def __init__(self, runner: Runner, steps: int | None, where: str = "fit") -> None:
        self.runner = runner
        self._where = where
        self.steps = runner.steps if steps is None else int(steps)
        self._done = 0
        self._seed: int | None = None  # of the order
        self._order: np.ndarray | None = None

    @property
    def sizes(self) -> dict[str, Any]:
        return {
            "samples": self.runner.rows,
            "batch_size": self.runner.batch_size,
            "steps_per_epoch": self.steps,
        }

    @property
    def place(self) -> dict[str, Any]:
        return {"done": self._done, "seed": self._seed}

    def go_to(self, place: dict[str, Any], shuffle: bool) -> None:
        if not 0 <= place["done"] < max(1, self.runner.steps):
            raise ValueError(
                f"{self._where}: there is no batch {place['done']} to go on from, but {self.runner.steps}."
            )
        self._done = place["done"]
        self._put_in_order(place["seed"])

    def _put_in_order(self, seed: int | None) -> None:
        self._seed = seed
        self._order = None if seed is None else shuffled(self.runner.rows, seed)

    def parts(self, shuffle: bool, epoch: int = 0, skip: int = 0) -> Iterator[Part]:
        runner = self.runner
        if shuffle and self._done == 0 and not skip:
            self._put_in_order(pymlp_random.draw_seed())
        count = min(self.steps or 0, runner.steps - self._done)
        yield Part(runner, self._order, self._done + skip, count - skip)
        self._done = (self._done + count) % runner.steps
        if count < (self.steps or 0):
            tell_that_data_ran_out(self._where, count, self.steps, epoch)


def tell_that_data_ran_out(
    where: str,
    batches: int,
    steps: int | None,
    epoch: int = 0,
    first: str = "the first",
    stacklevel: int = 5,
) -> None:
    """Warn that there were fewer batches than were asked for; `first` says with which the next epoch starts."""
    if where == "fit":
        said = (
            f"epoch {epoch + 1} of fit has {batches} of its {steps} batches, as there are no more; the next epoch "
            f"starts with {first} again. Give data for steps_per_epoch * epochs batches, or data that begins anew for "
            "every epoch: arrays, or a PyDataset."
        )
    else:
        argument = "validation_steps" if "validation" in where else "steps"
        said = (
            f"{where} has {batches} of {steps} batches. The results are those of what there was; leave {argument} "
            "out, and give data that begins anew each time, to go through all of it."
        )
    warnings.warn(f"Your input ran out of data: {said}", stacklevel=stacklevel)
