"""JAX with a compiled step, called from a Python loop."""

from __future__ import annotations

from typing import Any

import jax

from bench.data import Arrays
from bench.peers.jax_common import JaxPeer, make_step
from bench.workloads import Workload


class ThisPeer(JaxPeer):
    def __init__(self, workload: Workload, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        self.step = jax.jit(make_step(workload), donate_argnums=0)
        self.batches: dict[int, Any] = {}

    def train(self, rows: int, epochs: int) -> float:
        size = self.workload.batch_size
        if rows not in self.batches:  # once, in the warm-up
            starts = range(0, rows, size)
            ends = [min(start + size, rows) for start in starts]
            self.batches[rows] = jax.block_until_ready(
                [(self.x[a:b], self.y[a:b]) for a, b in zip(starts, ends, strict=True)]
            )
        losses = []
        for _ in range(epochs):
            for x, y in self.batches[rows]:
                self.state, loss = self.step(self.state, x, y)
                losses.append((loss, len(x)))
        jax.block_until_ready(self.state)
        return sum(float(loss) * n for loss, n in losses) / (rows * epochs)
