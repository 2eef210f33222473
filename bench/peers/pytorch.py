"""PyTorch, eager: the usual loop over slices, with the fused optimizer.

Its Adam adds epsilon to the square root after correcting the bias, Keras's before: here epsilon
is divided by sqrt(1 - BETA_2^t) at every step, which makes the rules the same.
"""

from __future__ import annotations

import math

import torch

from bench.data import Arrays
from bench.peers.base import Peer
from bench.torch_model import fill, network
from bench.workloads import BETA_1, BETA_2, EPSILON, MOMENTUM, Workload

_ACTIVATIONS = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}


class ThisPeer(Peer):
    packages = ("torch",)
    extras = frozenset({"batch normalisation and dropout"})

    def __init__(self, workload: Workload, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        torch.set_num_threads(threads)
        classifies = workload.loss == "sparse_categorical_crossentropy"
        self.dtype = getattr(torch, workload.dtype)
        self.x = torch.from_numpy(arrays["x"])
        self.y = torch.from_numpy(arrays["y"].astype("int64") if classifies else arrays["y"])
        activation = _ACTIVATIONS[workload.activation]
        self.model = network(workload.units, activation, workload.dtype, workload.dropout)
        self.criterion = torch.nn.CrossEntropyLoss() if classifies else torch.nn.MSELoss()
        rate, parameters = workload.learning_rate, self.model.parameters()
        self.adam = workload.optimizer == "adam"
        self.optimizer: torch.optim.Optimizer
        if self.adam:
            betas = (BETA_1, BETA_2)
            self.optimizer = torch.optim.Adam(
                parameters, lr=rate, betas=betas, eps=EPSILON, fused=True
            )
        else:
            momentum = MOMENTUM if workload.optimizer == "momentum" else 0.0
            self.optimizer = torch.optim.SGD(parameters, lr=rate, momentum=momentum, fused=True)

    def loss(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """The mean loss of a batch; this is what can be compiled."""
        loss: torch.Tensor = self.criterion(self.model(x.to(self.dtype)), y)
        return loss

    def reset(self) -> None:
        fill(self.model, self.arrays["kernels"], self.arrays["biases"])
        with torch.no_grad():
            for slots in self.optimizer.state.values():
                for slot in slots.values():
                    if slot is not None:
                        slot.zero_()
        self.steps = 0

    def train(self, rows: int, epochs: int) -> float:
        total = sum(self._epoch(rows) for _ in range(epochs))
        return float(total) / (rows * epochs)

    def _epoch(self, rows: int) -> torch.Tensor:
        loss_of, optimizer = self.loss, self.optimizer
        x, y, size = self.x[:rows], self.y[:rows], self.workload.batch_size
        total = torch.zeros((), dtype=self.dtype)
        for start in range(0, rows, size):
            batch = x[start : start + size]
            optimizer.zero_grad()
            loss = loss_of(batch, y[start : start + size])
            loss.backward()
            if self.adam:
                self.steps += 1
                optimizer.param_groups[0]["eps"] = EPSILON / math.sqrt(1 - BETA_2**self.steps)
            optimizer.step()
            total += loss.detach() * len(batch)
        return total
