"""Results as a Markdown page; the questions write their own sections with these words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = [
    "EFFORTS",
    "efforts",
    "fastest_first",
    "library",
    "markdown",
    "peak",
    "remarks",
    "seconds",
    "shape",
    "size",
    "spread",
    "table",
    "times",
]

EFFORTS = ("GFLOP/s", "of peak", "CPUs busy")
"""The columns that `efforts` fills."""


def markdown(result: dict[str, Any], section: Callable[[dict[str, Any]], list[str]]) -> str:
    """Return the page: the machine, and a section for every workload."""
    machine = result["machine"]
    lines = [
        f"## {result['title']}",
        "",
        f"{machine['processor']}, {machine['threads']} threads for every library, pinned to "
        f"processors {machine['pinned_to'] or 'not at all'}; {machine['system']}. "
        f"{result['rounds']} rounds, interleaved; medians and quartiles.",
    ]
    if result["tiny"]:
        lines += ["", "**Cut down with --tiny: these figures mean nothing.**"]
    for workload in result["workloads"]:
        lines += ["", *section(workload)]
    return "\n".join(lines) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table's lines, all columns but the first to the right.

    >>> table(["a", "b"], [["x", "1"]])
    ['| a | b |', '| :-- | --: |', '| x | 1 |']
    """
    cells = [head, [":--", *["--:"] * (len(head) - 1)], *rows]
    return ["| " + " | ".join(row) + " |" for row in cells]


def remarks(result: dict[str, Any], agreed: str) -> list[str]:
    """Say which libraries are not in the table and why, and whether the results agree."""
    lines = [f"\nSkipped: {name} ({why})." for name, why in result["skipped"].items()]
    lines += [f"\n**Failed: {name} ({why}).**" for name, why in result["failed"].items()]
    if result["disagreements"]:
        lines += ["", "**Results differ: " + "; ".join(result["disagreements"]) + ".**"]
    elif len(result["libraries"]) > 1:
        lines += ["", agreed]
    return lines


def fastest_first(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row["time"]["median"])


def library(row: dict[str, Any]) -> str:
    return f"{row['title']} {next(iter(row['versions'].values()))}"


def spread(samples: dict[str, float]) -> str:
    """Median and quartiles of seconds."""
    low, high = seconds(samples["low"]), seconds(samples["high"])
    return f"{seconds(samples['median'])} ({low}–{high})"


def times(row: dict[str, Any]) -> str:
    return "" if row["times_pymlp"] is None else f"{row['times_pymlp']:.2f}"


def efforts(row: dict[str, Any]) -> list[str]:
    return [
        f"{row['gflops']:.1f}",
        "" if row["share_of_peak"] is None else f"{100 * row['share_of_peak']:.0f} %",
        f"{row['processor_seconds'] / row['time']['median']:.1f}",
    ]


def shape(units: Sequence[int]) -> str:
    """The widths, a long run of the same one said in words.

    >>> shape([8, 30, 30, 1]), shape([100] * 101)
    ('8-30-30-1', '100 layers of 100')
    """
    if len(units) > 10 and len(set(units)) == 1:
        return f"{len(units) - 1} layers of {units[0]}"
    return "-".join(map(str, units))


def peak(result: dict[str, Any]) -> str:
    """What the machine reached by itself."""
    if not result["peak"]:
        return f"The machine's peak was not measured: {result['peak_problem']}."
    fma = max(sample["fma_gflops"] for sample in result["peak"])
    copied = max(sample["copy_gbs"] for sample in result["peak"])
    return (
        f"Measured in the same run: {fma:.0f} GFLOP/s of multiply-adds, {copied:.0f} GB/s copied."
    )


def seconds(value: float) -> str:
    """Seconds in the unit that suits them.

    >>> seconds(0.0123)
    '12.3 ms'
    """
    if value <= 0:
        return "0 s"
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def size(count: float) -> str:
    """Bytes as megabytes.

    >>> size(12_345_678)
    '12 MB'
    """
    return f"{count / 1e6:,.0f} MB" if count >= 9.5e6 else f"{count / 1e6:.1f} MB"
