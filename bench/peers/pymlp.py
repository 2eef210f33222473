"""pymlp through its public `fit`, as a user calls it."""

from __future__ import annotations

import numpy as np

import pymlp
from bench.data import Arrays
from bench.peers.base import Peer
from bench.workloads import MOMENTUM, Workload


class ThisPeer(Peer):
    packages = ("numpy",)

    def __init__(self, workload: Workload, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        pymlp.utils.set_random_seed(0)
        output = "softmax" if workload.loss.endswith("crossentropy") else None
        hidden = workload.units[1:-1]
        self.model = pymlp.Sequential(
            [
                pymlp.Input((workload.units[0],)),
                *(pymlp.layers.Dense(n, activation=workload.activation) for n in hidden),
                pymlp.layers.Dense(workload.units[-1], activation=output),
            ]
        )
        rate, optimizers = workload.learning_rate, pymlp.optimizers
        optimizer = {
            "sgd": lambda: optimizers.SGD(learning_rate=rate),
            "momentum": lambda: optimizers.SGD(learning_rate=rate, momentum=MOMENTUM),
            "adam": lambda: optimizers.Adam(learning_rate=rate),
        }[workload.optimizer]()
        self.model.compile(loss=workload.loss, optimizer=optimizer)

    def reset(self) -> None:
        layers = zip(self.arrays["kernels"], self.arrays["biases"], strict=True)
        self.model.set_weights([array for layer in layers for array in layer])
        optimizer = self.model.optimizer
        for variable in optimizer.variables:
            if variable is not optimizer.learning_rate:
                variable.assign(np.zeros(variable.shape))

    def train(self, rows: int, epochs: int) -> float:
        history = self.model.fit(
            self.arrays["x"][:rows],
            self.arrays["y"][:rows],
            batch_size=self.workload.batch_size,
            epochs=epochs,
            shuffle=False,
            verbose=0,
        )
        return float(np.mean(history.history["loss"]))

    @classmethod
    def versions(cls) -> dict[str, str]:
        return {"pymlp": pymlp.__version__, **super().versions()}
