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

__all__ = ["SpanRunner"]

# Whoever predicts on ever other numbers of rows must not fill the memory with what was learnt of each.
MOST_PACES = 64


class SpanRunner:
    """Runs a program over arrays, span by span.

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
        self.lowered = lowered
        self.arrays = arrays
        self.rows = rows
        self.batch_size = batch_size
        self.steps = math.ceil(rows / batch_size)
        step_work = lowered.work * min(batch_size, rows)
        # What was learnt in an earlier fit or prediction holds in this one.
        key = (threads_for(step_work), min(batch_size, rows))
        pace = lowered.paces.get(key)
        if pace is None:
            if len(lowered.paces) >= MOST_PACES:
                lowered.paces.clear()
            pace = lowered.paces[key] = Pace(key[0], step_work)
        self.pace = pace

    def run(
        self,
        order: np.ndarray | None = None,
        first_step: int = 0,
        steps: int | None = None,
        *,
        numbers: Callable[[int, int], np.ndarray] | None = None,
        batch_begins: Callable[[int], Any] | None = None,
        span_ended: Callable[[int, int], bool] | None = None,
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
            Called before every batch; spans are then of one batch each.
        span_ended : callable ``(last_step, steps) -> bool``, optional
            Called after every span; True stops.
        """
        program = self.lowered.program
        if steps is None:
            steps = self.steps - first_step
        done = 0
        # The lock is held for a span at a time, with the arrays bound anew: between spans callbacks may predict
        # with the same model, and other threads may use it.
        while done < steps:
            count = 1 if batch_begins else min(steps - done, self.pace.steps)
            if batch_begins:
                batch_begins(done)
            first = (first_step + done) * self.batch_size
            last = min(first + count * self.batch_size, self.rows)
            scalars = None if numbers is None else numbers(done, count)
            started = time.perf_counter()
            with program.lock:
                program.bind(self.arrays)
                try:
                    program.run(order, first, last, self.batch_size, scalars, self.pace.threads)
                finally:
                    program.unbind()
            self.pace.ran(count, time.perf_counter() - started)
            done += count
            if span_ended is not None and span_ended(done - 1, count):
                break
        return done
