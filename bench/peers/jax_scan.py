"""JAX with a whole epoch compiled into one `lax.scan`."""

from __future__ import annotations

from typing import Any

import jax

from bench.data import Arrays
from bench.peers.jax_common import JaxPeer, make_step
from bench.workloads import Workload


class ThisPeer(JaxPeer):
    def __init__(self, workload: Workload, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        step = make_step(workload)
        size = workload.batch_size

        def epoch(state: Any, batches: Any, tail: Any) -> Any:
            state, losses = jax.lax.scan(lambda s, batch: step(s, *batch), state, batches)
            total = losses.sum() * size
            if len(tail[0]):
                state, loss = step(state, *tail)
                total += loss * len(tail[0])
            return state, total

        self.epoch = jax.jit(epoch, donate_argnums=0)
        self.batches: dict[int, Any] = {}

    def train(self, rows: int, epochs: int) -> float:
        if rows not in self.batches:  # once, in the warm-up
            self.batches[rows] = self._split(rows)
        totals = []
        for _ in range(epochs):
            self.state, total = self.epoch(self.state, *self.batches[rows])
            totals.append(total)
        jax.block_until_ready(self.state)
        return sum(map(float, totals)) / (rows * epochs)

    def _split(self, rows: int) -> Any:
        size = self.workload.batch_size
        full = rows - rows % size
        batches = tuple(a[:full].reshape(-1, size, *a.shape[1:]) for a in (self.x, self.y))
        return jax.block_until_ready((batches, (self.x[full:rows], self.y[full:rows])))
