"""What is predicted, and the arrays for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from bench import data
from bench.report import shape

__all__ = ["INFERENCE", "Inference", "make", "tiny"]


@dataclass(frozen=True)
class Inference:
    """Predicting `rows` rows in one call, hidden layers relu; float32.

    `output` is the activation of the last layer, ``"softmax"`` or none. With `callers` above zero
    so many Python threads call at once, and predictions a second are counted.
    """

    name: str
    units: tuple[int, ...]
    output: str | None
    rows: int
    callers: int = 0

    dtype = "float32"

    @property
    def flops(self) -> int:
        """Floating-point operations of a call's matrix products; nothing else is counted."""
        return 2 * self.rows * sum(k * n for k, n in zip(self.units, self.units[1:], strict=False))

    def __str__(self) -> str:
        """One line for `python -m bench list`."""
        from_threads = f" from each of {self.callers} Python threads" if self.callers else ""
        return f"{shape(self.units)}, {self.rows:,} rows a call{from_threads}"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Inference:
        return cls(**{**fields, "units": tuple(fields["units"])})


def tiny(workload: Inference) -> Inference:
    """Return the workload cut down, to try the harness."""
    first, *hidden, last = workload.units
    units = (first, *(min(n, 300) for n in hidden), last)
    return replace(workload, units=units, rows=min(workload.rows, 101))


def make(workload: Inference) -> data.Arrays:
    """Return the rows and the weights, biases that are not zero among them."""
    draw = np.random.Generator(np.random.Philox(5))
    kernels, biases = data.weights(pairwise(workload.units))
    biases = [draw.uniform(-0.1, 0.1, bias.shape).astype(np.float32) for bias in biases]
    x = draw.standard_normal((workload.rows, workload.units[0]), dtype=np.float32)
    return {"x": x, "y": np.zeros(0, np.float32), "kernels": kernels, "biases": biases}


_FASHION, _HOUSING = (784, 300, 100, 10), (8, 30, 30, 1)
_WIDE = (1024, 2048, 2048, 1024)
_ROWS = (1, 32, 10_000)

INFERENCE: dict[str, Inference] = {
    workload.name: workload
    for workload in (
        *(Inference(f"fashion-predict-{rows}", _FASHION, "softmax", rows) for rows in _ROWS),
        *(Inference(f"housing-predict-{rows}", _HOUSING, None, rows) for rows in _ROWS),
        *(Inference(f"wide-predict-{rows}", _WIDE, None, rows) for rows in _ROWS),
        *(Inference(f"fashion-callers-{n}", _FASHION, "softmax", 1, n) for n in (1, 2, 8)),
    )
}
