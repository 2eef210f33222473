"""What Keras and pymlp share: the model, and training through the public `fit`."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np

from bench.data import Arrays
from bench.keras_model import sequential, wide_and_deep
from bench.peers.base import Peer
from bench.workloads import MOMENTUM, Workload


class KerasLikePeer(Peer):
    library: ClassVar[Any]
    extras = frozenset({"batch normalisation and dropout", "wide and deep", "loss huber"})

    def __init__(self, workload: Workload, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        layers = list(zip(arrays["kernels"], arrays["biases"], strict=True))
        output = "softmax" if workload.loss.endswith("crossentropy") else None
        units, dtype, dropout = workload.units, workload.dtype, workload.dropout
        build = wide_and_deep if workload.wide else partial(sequential, dropout=dropout)
        self.model = build(self.library, units, workload.activation, output, dtype, layers)
        self.initial = self.model.get_weights()
        rate, optimizers = workload.learning_rate, self.library.optimizers
        optimizer = {
            "sgd": lambda: optimizers.SGD(learning_rate=rate),
            "momentum": lambda: optimizers.SGD(learning_rate=rate, momentum=MOMENTUM),
            "adam": lambda: optimizers.Adam(learning_rate=rate),
        }[workload.optimizer]()
        self.model.compile(loss=self.loss(), optimizer=optimizer)

    def loss(self) -> Any:
        """Return what `compile` is given as the loss."""
        return self.workload.loss

    def reset(self) -> None:
        self.model.set_weights(self.initial)
        optimizer = self.model.optimizer
        for variable in optimizer.variables:
            # By its path, because only pymlp's learning rate can be had as the variable it is.
            if not variable.path.endswith("learning_rate"):
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
