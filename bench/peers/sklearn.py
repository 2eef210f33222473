"""scikit-learn's MLPClassifier and MLPRegressor, an epoch of `partial_fit`."""

from __future__ import annotations

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from bench.data import Arrays
from bench.peers.base import Peer, Unsupported
from bench.workloads import Workload


class ThisPeer(Peer):
    packages = ("scikit-learn", "numpy")

    def __init__(self, workload: Workload, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        self.classifies = workload.loss == "sparse_categorical_crossentropy"
        if not self.classifies and workload.units[-1] != 1:
            raise Unsupported("regression here has one output")
        # Its squared error is halved, and so is the gradient; twice the rate makes the same step.
        self.factor = 1.0 if self.classifies else 2.0
        self.y = arrays["y"] if self.classifies else arrays["y"].ravel()

    def reset(self) -> None:
        workload = self.workload
        estimator = MLPClassifier if self.classifies else MLPRegressor
        self.model = estimator(
            hidden_layer_sizes=workload.units[1:-1],
            activation=workload.activation,
            solver="sgd",
            alpha=0.0,
            batch_size=workload.batch_size,
            learning_rate_init=workload.learning_rate * self.factor,
            shuffle=False,
            momentum=0.0,
            nesterovs_momentum=False,
        )
        self._train(workload.batch_size)  # makes the arrays that are then overwritten
        pairs = [
            *zip(self.model.coefs_, self.arrays["kernels"], strict=True),
            *zip(self.model.intercepts_, self.arrays["biases"], strict=True),
        ]
        for mine, given in pairs:
            mine[...] = given

    def train(self, rows: int) -> float:
        self._train(rows)
        return float(self.model.loss_) * self.factor

    def _train(self, rows: int) -> None:
        options = {"classes": np.arange(self.workload.units[-1])} if self.classifies else {}
        self.model.partial_fit(self.arrays["x"][:rows], self.y[:rows], **options)
