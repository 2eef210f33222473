"""Running a program over many batches in few native calls."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from pymlp._engine.runtime import threads_for
from pymlp.graph.lower import Lowered
from pymlp.models.pace import Pace

__all__ = ["Runner", "SpanRunner"]

# Whoever predicts on ever other numbers of rows must not fill the memory with what was learnt of each.
MOST_PACES = 64


class Runner:
    """Runs something over samples, batch after batch, several of them at once: a span.

    Parameters
    ----------
    rows : int
        Samples.
    batch_size : int
    """

    def __init__(self, rows: int, batch_size: int) -> None:
        self.rows = rows
        self.batch_size = batch_size
        self.steps = math.ceil(rows / batch_size)

    @property
    def span(self) -> int:
        """How many batches the next span is best made of."""
        raise NotImplementedError

    def run_span(
        self, order: np.ndarray | None, first: int, last: int, numbers: np.ndarray | None
    ) -> None:
        """Run the batches of the samples from `first` to before `last`; the other arguments are as in `run`."""
        raise NotImplementedError

    def run(
        self,
        order: np.ndarray | None = None,
        first_step: int = 0,
        steps: int | None = None,
        *,
        numbers: Callable[[int, int], np.ndarray] | None = None,
        batch_begins: Callable[[int], Any] | None = None,
        span_ended: Callable[[int, int], bool] | None = None,
        at_once: int = 1,
    ) -> int:
        """Run batches, by default all; return how many ran.

        Parameters
        ----------
        order : int64 array of shape (rows,), optional
            Which sample stands where; default: as in the arrays.
        first_step : int
            The batch to begin with. The functions below are told numbers counted from there.
        steps : int, optional
            How many batches; default: those up to the end.
        numbers : callable ``(first_step, steps) -> array (steps, n)``, optional
            The optimizer's numbers.
        batch_begins : callable ``(step)``, optional
            Called before every span, and these are then of `at_once` batches each.
        span_ended : callable ``(last_step, steps) -> bool``, optional
            Called after every span; True stops.
        at_once : int
        """
        if steps is None:
            steps = self.steps - first_step
        done = 0
        while done < steps:
            count = min(steps - done, at_once if batch_begins else self.span)
            if batch_begins:
                batch_begins(done)
            first = (first_step + done) * self.batch_size
            last = min(first + count * self.batch_size, self.rows)
            self.run_span(order, first, last, None if numbers is None else numbers(done, count))
            done += count
            if span_ended is not None and span_ended(done - 1, count):
                break
        return done


class SpanRunner(Runner):
    """Runs a program over arrays.

    Parameters
    ----------
    lowered : Lowered
    arrays : list of ndarray
        What the program is bound to.
    rows : int
        Samples in the arrays.
    batch_size : int
    """

    def __init__(
        self, lowered: Lowered, arrays: list[np.ndarray], rows: int, batch_size: int
    ) -> None:
        super().__init__(rows, batch_size)
        self.lowered = lowered
        self.arrays = arrays
        step_work = lowered.work * min(batch_size, rows)
        # What was learnt in an earlier fit or prediction holds in this one.
        key = (threads_for(step_work), min(batch_size, rows))
        pace = lowered.paces.get(key)
        if pace is None:
            if len(lowered.paces) >= MOST_PACES:
                lowered.paces.clear()
            pace = lowered.paces[key] = Pace(key[0], step_work)
        self.pace = pace

    @property
    def span(self) -> int:
        # A Python function may raise: whoever counts steps should have counted those before.
        return 1 if self.lowered.program.calls_python else self.pace.steps

    def run_span(
        self, order: np.ndarray | None, first: int, last: int, numbers: np.ndarray | None
    ) -> None:
        program = self.lowered.program
        started = time.perf_counter()
        # The lock is held for a span at a time, with the arrays bound anew: between spans callbacks may predict
        # with the same model, and other threads may use it.
        with program.lock:
            program.bind(self.arrays)
            try:
                program.run(order, first, last, self.batch_size, numbers, self.pace.threads)
            finally:
                program.unbind()
        self.pace.ran(math.ceil((last - first) / self.batch_size), time.perf_counter() - started)
