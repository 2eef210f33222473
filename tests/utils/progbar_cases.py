"""Progress bars that are compared with Keras's, drawing by drawing.

``KERAS_BACKEND=jax python tests/utils/progbar_cases.py`` draws them with Keras's `Progbar` on a
made-up clock and stores the drawings in ``progbar.json``, which the tests compare with. Last made
with Keras 3.15.1.
"""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).with_name("progbar.json")

Step = tuple[float, int, list[tuple[str, float]], bool | None]  # clock, current, values, finalize


def steps(count: int, seconds: float, every: int = 1) -> list[Step]:
    """Return steps of equal length with a loss that falls and an accuracy that rises."""
    return [
        (i * seconds, i, [("accuracy", 1 - 0.9 / i), ("loss", 1.5 / i)], None)
        for i in range(every, count + 1, every)
    ]


ALL_AS_GIVEN: dict[str, Any] = {"stateless_metrics": []}

# name -> (arguments of Progbar, its updates)
CASES: dict[str, tuple[dict[str, Any], list[Step]]] = {
    "seconds": ({"target": 4, **ALL_AS_GIVEN}, steps(4, 2.0)),
    "milliseconds": ({"target": 100, **ALL_AS_GIVEN}, steps(100, 0.0123, every=7)),
    "microseconds": ({"target": 1719, **ALL_AS_GIVEN}, steps(1719, 3.4e-4, every=191)),
    "minutes_left": ({"target": 1000, **ALL_AS_GIVEN}, steps(3, 0.5)),
    "hours_left": ({"target": 100_000, **ALL_AS_GIVEN}, steps(3, 0.5)),
    "exactly_a_minute_left": ({"target": 61, **ALL_AS_GIVEN}, steps(1, 1.0)),
    "no_time_passed": ({"target": 2, **ALL_AS_GIVEN}, [(0.0, 2, [], None)]),
    "nothing_done": ({"target": 3, **ALL_AS_GIVEN}, [(1.0, 0, [("loss", 1.0)], None)]),
    "width_and_unit": ({"target": 4, "width": 7, "unit_name": "epoch"}, steps(4, 1.0)),
    "unknown_target": ({"target": None}, [*steps(3, 1.0), (3.5, 3, [("loss", 0.5)], True)]),
    "averaged": ({"target": 4}, steps(3, 1.0)),
    "averaged_over_several_steps": ({"target": 10}, steps(9, 1.0, every=3)),
    "some_as_given": ({"target": 4, "stateful_metrics": ["loss"]}, steps(4, 1.0)),
    "some_averaged": ({"target": 4, "stateless_metrics": ["loss"]}, steps(4, 1.0)),
    "last_values_are_not_averaged": (
        {"target": 2},
        [(1.0, 1, [("loss", 1.0)], False), (2.0, 2, [("loss", 3.0)], True)],
    ),
    "small_negative_and_strange_values": (
        {"target": 2, **ALL_AS_GIVEN},
        [
            (1.0, 1, [("a", 1e-3), ("b", 0.0), ("c", -2.5), ("d", float("nan"))], None),
            (2.0, 2, [("a", 1.1e-3), ("b", -1e-9), ("c", 12345.678), ("d", float("inf"))], None),
        ],
    ),
    "shrinking_line": (
        {"target": 3, **ALL_AS_GIVEN},
        [(1.0, 1, [("loss", 1e-9)], None), (2.0, 2, [("loss", 1.0)], None)],
    ),
    "too_soon_to_draw": (
        {"target": 5, "interval": 0.5, **ALL_AS_GIVEN},
        [(1.0, 1, [], None), (1.2, 2, [], None), (1.6, 3, [], None), (1.7, 5, [], None)],
    ),
    "ended_early": ({"target": 5, **ALL_AS_GIVEN}, [(1.0, 2, [("loss", 0.5)], True)]),
    "verbose_2": ({"target": 4, "verbose": 2, **ALL_AS_GIVEN}, steps(4, 0.5)),
    "verbose_0": ({"target": 4, "verbose": 0, **ALL_AS_GIVEN}, steps(4, 0.5)),
}


class FakeTerminal(io.StringIO):
    """Remembers each piece that is written, and says that it is a terminal (of any width)."""

    encoding = "utf-8"  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return len(text)


class Clock:
    """A clock that stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def visible(piece: str) -> str:
    """Return what matters of a drawing: neither backspaces before \\r nor colours of nothing."""
    return re.sub(r"\x1b\[\d+m\x1b\[0m", "", re.sub(r"\x08+\r", "\r", piece))


def main() -> None:
    import keras
    from keras.src.utils import progbar

    clock = Clock()
    stdout, real_time = sys.stdout, progbar.time.time
    golden = {}
    for name, (arguments, updates) in CASES.items():
        terminal = sys.stdout = FakeTerminal()
        progbar.time.time = clock
        clock.now = 0.0
        try:
            bar = keras.utils.Progbar(**arguments)
            for clock.now, current, values, finalize in updates:
                bar.update(current, values, finalize)
        finally:
            sys.stdout, progbar.time.time = stdout, real_time
        golden[name] = [visible(piece) for piece in terminal.pieces]
    GOLDEN.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(golden)} cases drawn by Keras {keras.version()}")


if __name__ == "__main__":
    main()
