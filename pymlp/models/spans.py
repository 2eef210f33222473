"""Running a program over many batches in few native calls."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from pymlp._engine.runtime import threads_for
from pymlp.graph.lower import Lowered

__all__ = ["SpanRunner"]

# A span should take about this long, so that a progress bar moves and Ctrl-C is heard.
_SECONDS = 0.06
# What a first span is planned by, before anything was measured: multiply-adds a second, steps a second.
_WORK_A_SECOND = 5e9
_STEPS_A_SECOND = 2e5


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
        self.threads = threads_for(step_work)
        self._steps_a_second = min(_STEPS_A_SECOND, _WORK_A_SECOND / max(step_work, 1.0))

    def run(
        self,
        order: np.ndarray | None = None,
        *,
        numbers: Callable[[int, int], np.ndarray] | None = None,
        batch_begins: Callable[[int], Any] | None = None,
        span_ended: Callable[[int, int], bool] | None = None,
    ) -> int:
        """Run all batches once; return how many ran.

        Parameters
        ----------
        order : int64 array of shape (rows,), optional
            Which sample stands where; default: as in the arrays.
        numbers : callable ``(first_step, steps) -> array (steps, n)``, optional
            The optimizer's numbers.
        batch_begins : callable ``(step)``, optional
            Called before every batch; spans are then of one batch each.
        span_ended : callable ``(last_step, steps) -> bool``, optional
            Called after every span; True stops.
        """
        program = self.lowered.program
        done = 0
        # The lock is held for a span at a time, with the arrays bound anew: between spans callbacks may predict
        # with the same model, and other threads may use it.
        while done < self.steps:
            count = 1 if batch_begins else min(self.steps - done, self._planned_steps())
            if batch_begins:
                batch_begins(done)
            first = done * self.batch_size
            last = min((done + count) * self.batch_size, self.rows)
            scalars = None if numbers is None else numbers(done, count)
            started = time.perf_counter()
            with program.lock:
                program.bind(self.arrays)
                try:
                    program.run(order, first, last, self.batch_size, scalars, self.threads)
                finally:
                    program.unbind()
            elapsed = time.perf_counter() - started
            self._steps_a_second = count / max(elapsed, 1e-7)
            done += count
            if span_ended is not None and span_ended(done - 1, count):
                break
        return done

    def _planned_steps(self) -> int:
        return max(1, int(self._steps_a_second * _SECONDS))
