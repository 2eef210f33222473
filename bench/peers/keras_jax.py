"""Keras on JAX, through `fit`."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np

from bench.data import Arrays
from bench.peers.base import Peer
from bench.workloads import MOMENTUM, Workload


class ThisPeer(Peer):
    packages = ("keras", "jax", "jaxlib")

    def __init__(self, workload: Workload, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        output = "softmax" if workload.loss.endswith("crossentropy") else None
        hidden = workload.units[1:-1]
        self.model = keras.Sequential(
            [
                keras.Input((workload.units[0],)),
                *(keras.layers.Dense(n, activation=workload.activation) for n in hidden),
                keras.layers.Dense(workload.units[-1], activation=output),
            ]
        )
        rate, optimizers = workload.learning_rate, keras.optimizers
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
            if variable is not optimizer._learning_rate:
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
