"""scikit-learn's MLPClassifier and MLPRegressor, an epoch of `partial_fit`.

Its squared error is halved, and its gradient is that of the sum over the outputs rather than of
their mean: the learning rate, or Adam's epsilon, makes up for it, and the steps are the same.
"""

from __future__ import annotations

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from bench.data import Arrays
from bench.peers.base import Peer
from bench.workloads import BETA_1, BETA_2, EPSILON, MOMENTUM, Workload


class ThisPeer(Peer):
    packages = ("scikit-learn", "numpy")

    def __init__(self, workload: Workload, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        self.classifies = workload.loss == "sparse_categorical_crossentropy"
        # Mean squared error's gradient over its own.
        self.factor = 1.0 if self.classifies else 2.0 / workload.units[-1]
        self.y = arrays["y"]
        if not self.classifies and workload.units[-1] == 1:
            self.y = self.y.ravel()

    def reset(self) -> None:
        workload = self.workload
        estimator = MLPClassifier if self.classifies else MLPRegressor
        adam = workload.optimizer == "adam"
        self.model = estimator(
            hidden_layer_sizes=workload.units[1:-1],
            activation=workload.activation,
            solver="adam" if adam else "sgd",
            alpha=0.0,
            batch_size=workload.batch_size,
            learning_rate_init=workload.learning_rate * (1.0 if adam else self.factor),
            shuffle=False,
            momentum=MOMENTUM if workload.optimizer == "momentum" else 0.0,
            nesterovs_momentum=False,
            beta_1=BETA_1,
            beta_2=BETA_2,
            epsilon=EPSILON / self.factor,
        )
        self._train(workload.batch_size)  # makes the arrays that are then overwritten
        pairs = [
            *zip(self.model.coefs_, self.arrays["kernels"], strict=True),
            *zip(self.model.intercepts_, self.arrays["biases"], strict=True),
        ]
        for mine, given in pairs:
            mine[...] = given
        optimizer = self.model._optimizer  # there is no public way to a fresh one
        optimizer.t = 0
        for slots in ("velocities", "ms", "vs"):
            for slot in getattr(optimizer, slots, ()):
                slot[...] = 0

    def train(self, rows: int, epochs: int) -> float:
        total = 0.0
        for _ in range(epochs):
            self._train(rows)
            total += float(self.model.loss_)
        return total / epochs * (1.0 if self.classifies else 2.0)

    def _train(self, rows: int) -> None:
        options = {"classes": np.arange(self.workload.units[-1])} if self.classifies else {}
        # It would take bytes for whole numbers and compute in float64.
        x = self.arrays["x"][:rows].astype(self.workload.dtype, copy=False)
        self.model.partial_fit(x, self.y[:rows], **options)
