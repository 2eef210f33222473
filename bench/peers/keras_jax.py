"""Keras on JAX, through `fit`."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"

import keras

from bench.data import Arrays
from bench.peers.base import Peer
from bench.workloads import Workload


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
        optimizer = keras.optimizers.SGD(learning_rate=workload.learning_rate)
        self.model.compile(loss=workload.loss, optimizer=optimizer)

    def reset(self) -> None:
        # SGD without momentum keeps nothing but its step counter.
        layers = zip(self.arrays["kernels"], self.arrays["biases"], strict=True)
        self.model.set_weights([array for layer in layers for array in layer])

    def train(self, rows: int) -> float:
        history = self.model.fit(
            self.arrays["x"][:rows],
            self.arrays["y"][:rows],
            batch_size=self.workload.batch_size,
            shuffle=False,
            verbose=0,
        )
        return float(history.history["loss"][0])
