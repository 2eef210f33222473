"""What the machine itself can do, by pymlp's engine: its threads, its instruction set, no network."""

from __future__ import annotations

import pymlp  # noqa: F401  (chooses the instruction set)
from pymlp._engine import peak


class Session:
    def measure(self, dtype: str, threads: int, seconds: float) -> dict[str, float]:
        """Multiply-adds on registers, two operations each, and memory copied, read plus written."""
        return {
            "fma_gflops": 1e-9 * peak.multiply_add_speed(dtype, threads, seconds),
            "copy_gbs": 1e-9 * peak.copy_speed(threads, seconds),
        }
