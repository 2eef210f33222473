"""Results as a Markdown page."""

from __future__ import annotations

from typing import Any

__all__ = ["markdown"]

_COLUMNS = (
    "library",
    "epoch (quartiles)",
    "a step",
    "time / pymlp's",
    "GFLOP/s",
    "of peak",
    "CPUs busy",
    "loss",
)


def markdown(result: dict[str, Any]) -> str:
    """Return the page: the machine, and a table for every workload.

    Rows are in order of speed, whoever is first.
    """
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
        lines += ["", *_workload(workload)]
    return "\n".join(lines) + "\n"


def _workload(result: dict[str, Any]) -> list[str]:
    workload = result["workload"]
    shape = "-".join(map(str, workload["units"]))
    lines = [
        f"### {shape}, batch {workload['batch_size']}, {workload['optimizer']} "
        f"{workload['learning_rate']:g}",
        "",
        f"{workload['rows']:,} rows ({result['data']}), {result['steps']:,} steps and "
        f"{result['gflop']:.2f} GFLOP an epoch. {_peak(result)}",
        "",
        "| " + " | ".join(_COLUMNS) + " |",
        "| :-- " + "| --: " * (len(_COLUMNS) - 1) + "|",
    ]
    for row in sorted(result["libraries"], key=lambda row: row["epoch"]["median"]):
        lines.append(_row(row))
    lines += [f"\nSkipped: {name} ({why})." for name, why in result["skipped"].items()]
    lines += [f"\n**Failed: {name} ({why}).**" for name, why in result["failed"].items()]
    if result["disagreements"]:
        lines += ["", "**Losses differ: " + "; ".join(result["disagreements"]) + ".**"]
    elif len(result["libraries"]) > 1:
        lines += ["", "All losses agree (first ten batches to 1e-5, the epoch to 1e-3)."]
    return lines


def _row(row: dict[str, Any]) -> str:
    epoch = row["epoch"]
    version = next(iter(row["versions"].values()))
    cells = [
        f"{row['title']} {version}",
        f"{_seconds(epoch['median'])} ({_seconds(epoch['low'])}–{_seconds(epoch['high'])})",
        _seconds(1e-6 * row["step_microseconds"]),
        "" if row["times_pymlp"] is None else f"{row['times_pymlp']:.2f}",
        f"{row['gflops']:.1f}",
        "" if row["share_of_peak"] is None else f"{100 * row['share_of_peak']:.0f} %",
        f"{row['processor_seconds'] / epoch['median']:.1f}",
        f"{row['losses'][1]:.5f}",
    ]
    return "| " + " | ".join(cells) + " |"


def _peak(result: dict[str, Any]) -> str:
    if not result["peak"]:
        return f"The machine's peak was not measured: {result['peak_problem']}."
    fma = max(sample["fma_gflops"] for sample in result["peak"])
    copied = max(sample["copy_gbs"] for sample in result["peak"])
    return (
        f"Measured in the same run: {fma:.0f} GFLOP/s of multiply-adds, {copied:.0f} GB/s copied."
    )


def _seconds(value: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"
