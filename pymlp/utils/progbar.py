"""The progress bar that `fit`, `evaluate` and `predict` draw."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from time import perf_counter
from typing import Any

import numpy as np

from pymlp.config import is_interactive_logging_enabled
from pymlp.utils import terminal

__all__ = ["Progbar"]

_BAR = "━"
_BAR_TO_DO_WITHOUT_COLOUR = "─"  # with colours the same stroke in grey
_STYLES = {"bold": "\x1b[1m", "green": "\x1b[32m", "grey": "\x1b[37m"}
_RESET = "\x1b[0m"

_Segments = list[tuple[str, str]]  # (text, style), the style "" for none


class Progbar:
    """Show how far a loop has come, how long a step takes, and running values.

    On a terminal and in a notebook one line is drawn again and again::

        812/1719 ━━━━━━━━━─────────── 0s 390us/step - accuracy: 0.7934 - loss: 0.6105

    Anywhere else (a file, a pipe, or the log of `pymlp.config.disable_interactive_logging`)
    nothing is written until the end, and then one line without control characters, so that
    logs stay readable.

    Parameters
    ----------
    target : int or None
        Number of steps in all; None where it is not known.
    width : int
        Width of the bar in characters.
    verbose : {0, 1, 2}
        0 writes nothing, 1 draws the bar, 2 writes one line at the end.
    interval : float
        Least time between two drawings, in seconds.
    stateful_metrics : iterable of str, optional
        Names of the values to be shown as they are given. All others are averaged over the
        steps. Not together with `stateless_metrics`.
    stateless_metrics : iterable of str, optional
        Names of the values to be averaged over the steps; all others are shown as given.
    unit_name : str
        What a step is called in the time per step.

    Raises
    ------
    ValueError
        If both `stateful_metrics` and `stateless_metrics` are given.

    Notes
    -----
    Keras draws the bar wherever it runs, files included, and lets long lines wrap; both differ
    here. A line that does not fit the terminal gets a shorter bar, and until the last drawing
    loses its end.

    Examples
    --------
    >>> bar = Progbar(target=3, verbose=0)
    >>> for step in range(3):
    ...     bar.update(step + 1, [("loss", 1.0 / (step + 1))])
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Progbar expected one of stateful_metrics and stateless_metrics, received both. "
                "Give the names of the values to be shown as they are, or of those to be averaged."
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.line_prefix = ""  # before the one line that is written where nothing can be redrawn
        self._stateful = None if stateful_metrics is None else frozenset(stateful_metrics)
        self._stateless = None if stateless_metrics is None else frozenset(stateless_metrics)

        stream = sys.stdout
        self.live = terminal.is_live(stream) and is_interactive_logging_enabled()
        self._colour = terminal.shows_colour(stream)
        strokes = (_BAR, _BAR if self._colour else _BAR_TO_DO_WITHOUT_COLOUR)
        if not terminal.can_encode(stream, "".join(strokes)):
            strokes = ("=", "=" if self._colour else ".")
        self._done, self._to_do = strokes

        self._sums: dict[str, tuple[Any, int]] = {}  # name -> (sum, count), in order of arrival
        self._seen = 0
        self._start = perf_counter()
        self._last_drawn = -math.inf
        self._after_first_step: float | None = None
        self._drawn_width = 0
        self._line_open = False

    def update(
        self,
        current: int,
        values: Iterable[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """Note that `current` steps are done, and show it when it is time to.

        Parameters
        ----------
        current : int
            Number of steps done so far.
        values : iterable of (str, float), optional
            The values to show: each for the steps since the last call, or as it stands (see
            `stateful_metrics`).
        finalize : bool, optional
            Whether this is the last call; by default, whether `current` has reached `target`.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        self._note(current, values or (), finalize)
        if self.verbose not in (1, 2):
            return
        now = perf_counter()
        step_time = self._estimate_step_time(current, now)
        if self.verbose == 1 and self.live:
            if finalize or now - self._last_drawn >= self.interval:
                self._draw(current, now, step_time, finalize)
                self._last_drawn = now
        elif finalize:
            elapsed = f"{now - self._start:.0f}s"
            parts = [self._count(current), elapsed, _format_step_time(step_time, self.unit_name)]
            terminal.print_message(self.line_prefix + " - ".join(parts) + self._format_values())

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Note that `n` more steps are done; see `update`."""
        self.update(self._seen + n, values)

    def interrupt(self) -> None:
        """End the line being drawn, so that what is printed next starts on its own."""
        if self._line_open:
            self._line_open = False
            terminal.write("\n")

    def _note(self, current: int, values: Iterable[tuple[str, Any]], finalize: bool) -> None:
        """Take in the values given for the steps since the last call."""
        steps = max(current - self._seen, 1)
        for name, value in values:
            if not self._is_averaged(name) or finalize:
                # The values of the last call are those of the whole loop, averaged already.
                self._sums[name] = (value, 1)
            else:
                total, count = self._sums.get(name, (0.0, 0))
                self._sums[name] = (total + value * steps, count + steps)
        self._seen = current

    def _is_averaged(self, name: str) -> bool:
        if self._stateless is not None:
            return name in self._stateless
        return self._stateful is None or name not in self._stateful

    def _estimate_step_time(self, current: int, now: float) -> float:
        """Return seconds per step, without the first, which may have had to set things up."""
        if not current:
            return 0.0
        if self._after_first_step is not None and current > 1:
            step_time = (now - self._after_first_step) / (current - 1)
        else:
            step_time = (now - self._start) / current
        if current == 1:
            self._after_first_step = now
        return step_time

    def _draw(self, current: int, now: float, step_time: float, finalize: bool) -> None:
        """Write the line over the one before."""
        if self.target and not finalize:
            time = _format_duration(step_time * (self.target - current))
        else:
            time = f"{now - self._start:.0f}s"
        tail: _Segments = [
            (" ", ""),
            (time, "bold"),
            (f" {_format_step_time(step_time, self.unit_name)}{self._format_values()}", ""),
        ]
        limit = terminal.columns(sys.stdout)
        line = self._bar(current, self.width) + tail
        if limit is not None:
            # The last column stays free: some terminals wrap as soon as it is written.
            excess = _length(line) - (limit - 1)
            if excess > 0:
                line = self._bar(current, max(self.width - excess, 0)) + tail
            if not finalize:
                line = _cut(line, limit - 1)
        width = _length(line)
        padding = " " * max(self._drawn_width - width, 0)
        end = "\n" if finalize else ""
        terminal.write("\r" + self._paint(line) + padding + end)
        self._drawn_width = width
        self._line_open = not finalize

    def _count(self, current: int) -> str:
        if not self.target:
            return f"{current:7d}/Unknown"
        return f"{current:{len(str(self.target))}d}/{self.target}"

    def _bar(self, current: int, width: int) -> _Segments:
        if not self.target:
            return [(self._count(current), "")]
        done = min(int(width * current / self.target), width)
        return [
            (self._count(current), "bold"),
            (" ", ""),
            (self._done * done, "green"),
            (self._to_do * (width - done), "grey"),
        ]

    def _format_values(self) -> str:
        text = ""
        for name, (total, count) in self._sums.items():
            mean = float(np.mean(total)) / max(1, count)
            text += f" - {name}: {mean:.4f}" if abs(mean) > 1e-3 else f" - {name}: {mean:.4e}"
        return text

    def _paint(self, line: _Segments) -> str:
        if not self._colour:
            return "".join(text for text, _ in line)
        return "".join(
            f"{_STYLES[style]}{text}{_RESET}" if style and text else text for text, style in line
        )


def _length(line: _Segments) -> int:
    return sum(len(text) for text, _ in line)


def _cut(line: _Segments, limit: int) -> _Segments:
    """Return the first `limit` characters of `line`."""
    kept: _Segments = []
    for text, style in line:
        kept.append((text[: max(limit, 0)], style))
        limit -= len(text)
    return kept


def _format_duration(seconds: float) -> str:
    """Return ``12s``, ``3:07`` or ``1:02:03``."""
    whole = int(seconds)
    if seconds > 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    if seconds > 60:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole}s"


def _format_step_time(seconds: float, unit_name: str) -> str:
    """Return ``2s/step``, ``7ms/step`` or ``345us/step``."""
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s/{unit_name}"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.0f}ms/{unit_name}"
    return f"{seconds * 1e6:.0f}us/{unit_name}"
