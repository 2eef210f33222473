"""PyTorch with the forward and the backward pass through `torch.compile`; the optimizer is fused."""

from __future__ import annotations

from bench.data import Arrays
from bench.peers import pytorch
from bench.torch_model import compiled
from bench.workloads import Workload


class ThisPeer(pytorch.ThisPeer):
    def __init__(self, workload: Workload, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        self.loss = compiled(super().loss)  # type: ignore[method-assign]
