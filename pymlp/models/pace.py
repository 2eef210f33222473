"""How long spans are and with how many threads they run, learnt from the spans before."""

from __future__ import annotations

from collections import deque

__all__ = ["Pace"]

# A span should take about this long, so that a progress bar moves and Ctrl-C is heard; one that only tries out
# another number of threads this long.
SPAN = 0.06
TRIAL = 0.01
# The number of threads that was slower is tried again after two spans, then four, up to so many.
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
        self._choices = [threads, 1] if threads > 1 else [1]
        # Steps a second of the last two spans with each number: one alone may have been disturbed.
        self._speeds = {choice: deque[float](maxlen=2) for choice in self._choices}
        self._spans = 0
        self._fastest = threads
        self._until_trial = self._between_trials = 2
        self._plan(min(STEPS_A_SECOND, WORK_A_SECOND / max(step_work, 1.0)), SPAN)

    def _plan(self, steps_a_second: float, seconds: float) -> None:
        self.steps = max(1, int(steps_a_second * seconds))

    def ran(self, steps: int, seconds: float) -> None:
        """Take note of a span that was as planned, but maybe shorter; plan the next."""
        speed = steps / max(seconds, 1e-7)
        self._spans += 1
        if speed * TRIAL < 1:  # a step takes too long to try anything with
            self._choices = self._choices[:1]
        if len(self._choices) == 1:
            self.threads = self._choices[0]
            self._plan(speed, SPAN)
            return
        if self._spans == 1:  # threads were made, memory was touched: no measure of what follows
            self._plan(speed, TRIAL)
            return
        speeds = self._speeds
        speeds[self.threads].append(speed)
        unsure = [threads for threads in self._choices if len(speeds[threads]) < 2]
        fastest = max(self._choices, key=lambda threads: max(speeds[threads], default=0.0))
        if fastest != self._fastest:
            self._fastest = fastest
            self._until_trial = self._between_trials = 2
        self.threads = unsure[0] if unsure else fastest
        self._until_trial -= not unsure
        if self._until_trial <= 0:
            self.threads = next(threads for threads in self._choices if threads != fastest)
            self._between_trials = min(2 * self._between_trials, TRY_AGAIN)
            self._until_trial = self._between_trials
        trial = bool(unsure) or self.threads != fastest
        self._plan(max(speeds[self.threads], default=speed), TRIAL if trial else SPAN)
