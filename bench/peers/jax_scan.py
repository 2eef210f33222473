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

        def epoch(params: Any, batches: Any, tail: Any) -> Any:
            params, losses = jax.lax.scan(lambda p, batch: step(p, *batch), params, batches)
            total = losses.sum() * size
            if len(tail[0]):
                params, loss = step(params, *tail)
                total += loss * len(tail[0])
            return params, total

        self.epoch = jax.jit(epoch, donate_argnums=0)
        self.batches: dict[int, Any] = {}

    def train(self, rows: int) -> float:
        if rows not in self.batches:  # once, in the warm-up
            self.batches[rows] = self._split(rows)
        self.params, total = self.epoch(self.params, *self.batches[rows])
        jax.block_until_ready(self.params)
        return float(total) / rows

    def _split(self, rows: int) -> Any:
        size = self.workload.batch_size
        full = rows - rows % size
        batches = tuple(a[:full].reshape(-1, size, *a.shape[1:]) for a in (self.x, self.y))
        return jax.block_until_ready((batches, (self.x[full:rows], self.y[full:rows])))
