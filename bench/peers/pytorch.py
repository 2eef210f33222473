"""PyTorch, eager: the usual loop over slices, with the fused optimizer."""

from __future__ import annotations

import torch

from bench.data import Arrays
from bench.peers.base import Peer
from bench.workloads import Workload

_ACTIVATIONS = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}


class ThisPeer(Peer):
    packages = ("torch",)

    def __init__(self, workload: Workload, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        torch.set_num_threads(threads)
        classifies = workload.loss == "sparse_categorical_crossentropy"
        self.x = torch.from_numpy(arrays["x"])
        self.y = torch.from_numpy(arrays["y"].astype("int64") if classifies else arrays["y"])
        layers: list[torch.nn.Module] = []
        for k, n in zip(workload.units, workload.units[1:], strict=False):
            layers += [torch.nn.Linear(k, n), _ACTIVATIONS[workload.activation]()]
        self.model = torch.nn.Sequential(*layers[:-1])
        self.loss = torch.nn.CrossEntropyLoss() if classifies else torch.nn.MSELoss()

    def reset(self) -> None:
        linear = [layer for layer in self.model if isinstance(layer, torch.nn.Linear)]
        with torch.no_grad():
            for layer, kernel, bias in zip(
                linear, self.arrays["kernels"], self.arrays["biases"], strict=True
            ):
                layer.weight.copy_(torch.from_numpy(kernel).T)
                layer.bias.copy_(torch.from_numpy(bias))
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=self.workload.learning_rate, fused=True
        )

    def train(self, rows: int) -> float:
        model, loss_of, optimizer = self.model, self.loss, self.optimizer
        x, y, size = self.x[:rows], self.y[:rows], self.workload.batch_size
        total = torch.zeros(())
        for start in range(0, rows, size):
            batch = x[start : start + size]
            optimizer.zero_grad()
            loss = loss_of(model(batch), y[start : start + size])
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(batch)
        return float(total) / rows
