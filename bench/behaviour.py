"""Circumstances under which training is watched: threads, a busy processor, growing work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from bench.workloads import WORKLOADS, Workload

__all__ = ["BEHAVIOUR", "Circumstances", "Condition"]

_FASHION = WORKLOADS["fashion-sgd-32"]
_WIDE = WORKLOADS["wide-sgd-128"]
_HOUSING = WORKLOADS["housing-sgd-32"]


@dataclass(frozen=True)
class Condition:
    """A workload under one circumstance.

    `threads` is how many each library may use, None for all of the run's. With `busy` another
    process keeps one of the processors busy meanwhile.
    """

    label: str
    workload: Workload
    threads: int | None = None
    busy: bool = False


@dataclass(frozen=True)
class Circumstances:
    """Conditions to be compared.

    `verb` is what the session is asked for, ``"time"`` or ``"idle"``; `relation` says what the last
    condition's time over the first one's is.
    """

    name: str
    about: str
    conditions: tuple[Condition, ...]
    relation: str
    verb: str = "time"

    dtype = "float32"

    def __str__(self) -> str:
        """One line for `python -m bench list`."""
        return self.about

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Circumstances:
        conditions = tuple(
            Condition(**{**c, "workload": Workload.from_json(c["workload"])})
            for c in fields["conditions"]
        )
        return cls(**{**fields, "conditions": conditions})


def _growth(what: str, workloads: Iterable[tuple[str, Workload]], relation: str) -> Circumstances:
    conditions = tuple(
        Condition(label, replace(workload, name=f"{what}-{label}")) for label, workload in workloads
    )
    return Circumstances(
        f"growth-{what.split()[0]}", f"cost as the {what} grows", conditions, relation
    )


def _layers(count: int, width: int) -> tuple[int, ...]:
    return (784, *(width,) * count, 10)


_SMALL = replace(_FASHION, rows=6_400, learning_rate=0.001)
_ALONE, _BUSY = "alone", "one processor busy"

BEHAVIOUR: dict[str, Circumstances] = {
    circumstances.name: circumstances
    for circumstances in (
        *(
            Circumstances(
                f"threads-{name}",
                f"one thread against all, {workload}",
                (Condition("all threads", workload), Condition("1 thread", workload, 1)),
                "1 thread / all",
            )
            for name, workload in (("fashion", _FASHION), ("wide", _WIDE))
        ),
        Circumstances(
            "busy-processor",
            f"another process keeps one processor busy, {_FASHION}",
            (
                Condition(f"1 thread, {_BUSY}", _FASHION, 1, busy=True),
                Condition(f"all threads, {_ALONE}", _FASHION),
                Condition(f"all threads, {_BUSY}", _FASHION, busy=True),
            ),
            "all / 1 thread, both beside the busy process",
        ),
        *(
            Circumstances(
                f"{kind}-{name}",
                f"{about}, {workload}",
                (
                    Condition("plain", workload),
                    Condition(about, replace(workload, **changes)),
                ),
                f"{about} / plain",
            )
            for kind, about, changes in (
                ("wide", "wide and deep", {"wide": True}),
                ("dropout", "batch normalisation and dropout", {"dropout": 0.2}),
            )
            for name, workload in (("fashion", _FASHION), ("housing", _HOUSING))
        ),
        Circumstances(
            "own-loss",
            f"a loss of one's own beside the library's, {_HOUSING}",
            (
                Condition("Huber", replace(_HOUSING, loss="huber")),
                Condition("written with NumPy", replace(_HOUSING, loss="numpy_huber")),
            ),
            "written / the library's",
        ),
        Circumstances(
            "idle",
            "processor time used while a trained model is kept and nothing is asked for",
            (Condition("a second of doing nothing", _SMALL),),
            "",
            "idle",
        ),
        _growth(
            "rows",
            ((f"{n:,}", replace(_FASHION, rows=n)) for n in (6_400, 12_800, 25_600, 51_200)),
            "a row, most / fewest",
        ),
        _growth(
            "batch size",
            ((f"{n:,}", replace(_SMALL, batch_size=n)) for n in (1, 8, 32, 128, 512, 2048)),
            "a row, largest / smallest",
        ),
        _growth(
            "width",
            ((f"2 of {n:,}", replace(_SMALL, units=_layers(2, n))) for n in (32, 128, 512, 2048)),
            "a row, widest / narrowest",
        ),
        _growth(
            "depth",
            ((f"{n} of 64", replace(_SMALL, units=_layers(n, 64))) for n in (2, 8, 32)),
            "a row, deepest / shallowest",
        ),
    )
}
