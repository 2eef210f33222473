"""How long spans are and with how many threads they run, learnt from the spans before."""

from __future__ import annotations

__all__ = ["Pace"]

# A span should take about this long, so that a progress bar moves and Ctrl-C is heard; one that only tries out
# another number of threads this long.
SPAN = 0.06
TRIAL = 0.01
# Every so many spans the number of threads that was slower is tried again.
TRY_AGAIN = 16
# What the first span is planned by: multiply-adds a second, steps a second.
WORK_A_SECOND = 5e9
STEPS_A_SECOND = 2e5


class Pace:
    """Plans spans: how many steps, with how many threads.

    Several threads are faster than one as long as each has a processor of its own; while another process
    keeps one busy, they wait for each other and may be slower. Nothing tells which it is but the time that
    spans take, so both are tried now and then. Results do not depend on it.

    Parameters
    ----------
    threads : int
        The greatest number to use.
    step_work : float
        Multiply-adds of a step.

    Attributes
    ----------
    threads : int
        To be used for the next span.
    steps : int
        What the next span should consist of.
    """

    def __init__(self, threads: int, step_work: float) -> None:
        self.threads = threads
        self._choices = sorted({threads, 1}, reverse=True)
        self._steps_a_second: dict[int, float] = {}
        self._spans = 0
        self._plan(min(STEPS_A_SECOND, WORK_A_SECOND / max(step_work, 1.0)), SPAN)

    def _plan(self, steps_a_second: float, seconds: float) -> None:
        self.steps = max(1, int(steps_a_second * seconds))

    def ran(self, steps: int, seconds: float) -> None:
        """Take note of a span that was as planned, but maybe shorter; plan the next."""
        speed = steps / max(seconds, 1e-7)
        self._spans += 1
        if self._spans == 1:  # threads are made, memory is touched: no measure of what follows
            self._plan(speed, TRIAL if len(self._choices) > 1 else SPAN)
            return
        known = self._steps_a_second
        known[self.threads] = speed
        untried = [threads for threads in self._choices if threads not in known]
        fastest = max(known, key=lambda threads: known[threads])
        if untried:
            self.threads = untried[0]
        elif self._spans % TRY_AGAIN == 0:
            self.threads = next(
                (threads for threads in self._choices if threads != fastest), fastest
            )
        else:
            self.threads = fastest
        self._plan(known.get(self.threads, speed), SPAN if self.threads == fastest else TRIAL)
