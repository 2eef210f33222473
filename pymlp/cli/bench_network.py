"""The network of ``pymlp bench``: its model, its data, and how much work it is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

import pymlp
from pymlp.cli.optimizers import make_optimizer

__all__ = ["Network"]


@dataclass(frozen=True)
class Network:
    """A multilayer perceptron and how it is trained."""

    units: tuple[int, ...]
    activation: str
    loss: str
    optimizer: str
    batch_size: int
    dtype: str

    @property
    def forward_flops(self) -> int:
        """Floating-point operations of one row's matrix products, forward: a product and a sum for each weight."""
        return 2 * sum(k * n for k, n in pairwise(self.units))

    @property
    def input_gradient_flops(self) -> int:
        """The same of the gradient of each layer's inputs, which the first layer does not need."""
        return self.forward_flops - 2 * self.units[0] * self.units[1]

    @property
    def step_flops(self) -> int:
        """The same of a step of training: the gradient of the weights takes as many as going forward."""
        return self.batch_size * (2 * self.forward_flops + self.input_gradient_flops)

    @property
    def weight_bytes(self) -> int:
        count = sum((k + 1) * n for k, n in pairwise(self.units))
        return count * np.dtype(self.dtype).itemsize

    def __str__(self) -> str:
        loss = {"mse": "mean squared error", "crossentropy": "softmax and crossentropy"}[self.loss]
        return (
            f"{'-'.join(map(str, self.units))}, {self.activation}, {loss}, {self.optimizer}, "
            f"batch {self.batch_size:,}, {self.dtype}"
        )

    def model(self) -> Any:
        """Return the network, compiled."""
        layers = pymlp.layers
        last = "softmax" if self.loss == "crossentropy" else None
        model = pymlp.Sequential(
            [
                pymlp.Input((self.units[0],), dtype=self.dtype),
                *(
                    layers.Dense(n, activation=self.activation, dtype=self.dtype)
                    for n in self.units[1:-1]
                ),
                layers.Dense(self.units[-1], activation=last, dtype=self.dtype),
            ]
        )
        loss = "mean_squared_error" if self.loss == "mse" else "sparse_categorical_crossentropy"
        # Small steps, so that no network runs away from numbers that mean nothing.
        model.compile(loss=loss, optimizer=make_optimizer(self.optimizer, 1e-5))
        return model

    def data(self, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """Return made-up inputs and targets."""
        draw = np.random.default_rng(0)
        x = draw.standard_normal((rows, self.units[0]), np.float32).astype(self.dtype, copy=False)
        if self.loss == "crossentropy":
            return x, draw.integers(0, self.units[-1], rows, dtype=np.int32)
        y = draw.standard_normal((rows, self.units[-1]), np.float32)
        return x, y.astype(self.dtype, copy=False)
