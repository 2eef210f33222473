"""The same training written out in NumPy: matrix products by its BLAS, the rest elementwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.data import Arrays
from bench.peers.base import Peer
from bench.workloads import Workload

_ACTIVATIONS = {
    "relu": (lambda z: np.maximum(z, 0, out=z), lambda dy, y: np.multiply(dy, y > 0, out=dy)),
    "tanh": (lambda z: np.tanh(z, out=z), lambda dy, y: np.multiply(dy, 1 - y * y, out=dy)),
}


class ThisPeer(Peer):
    packages = ("numpy",)

    def __init__(self, workload: Workload, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        self.activate, self.backward = _ACTIVATIONS[workload.activation]
        classifies = workload.loss == "sparse_categorical_crossentropy"
        self.loss = _cross_entropy if classifies else _squared_error

    def reset(self) -> None:
        self.kernels = [kernel.copy() for kernel in self.arrays["kernels"]]
        self.biases = [bias.copy() for bias in self.arrays["biases"]]

    def train(self, rows: int) -> float:
        size, total = self.workload.batch_size, 0.0
        for start in range(0, rows, size):
            x = self.arrays["x"][start : min(start + size, rows)]
            y = self.arrays["y"][start : min(start + size, rows)]
            total += self._step(x, y) * len(x)
        return total / rows

    def _step(self, x: Any, target: Any) -> float:
        outputs = [x]
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            z = outputs[-1] @ kernel
            z += bias
            last = len(outputs) == len(self.kernels)
            outputs.append(z if last else self.activate(z))
        loss, dz = self.loss(outputs.pop(), target)
        rate = np.float32(self.workload.learning_rate)
        for i in reversed(range(len(self.kernels))):
            below = outputs[i]
            dkernel, dbias = below.T @ dz, dz.sum(axis=0)
            if i:
                dz = self.backward(dz @ self.kernels[i].T, below)
            dkernel *= rate
            self.kernels[i] -= dkernel
            self.biases[i] -= rate * dbias
        return loss


def _cross_entropy(logits: Any, labels: Any) -> tuple[float, Any]:
    """Mean cross-entropy of softmax(logits) and its gradient, written over the logits."""
    rows = np.arange(len(labels))
    logits -= logits.max(axis=1, keepdims=True)
    chosen = logits[rows, labels]
    np.exp(logits, out=logits)
    total = logits.sum(axis=1)
    loss = float((np.log(total) - chosen).mean())
    logits /= total[:, None]
    logits[rows, labels] -= 1
    logits /= len(labels)
    return loss, logits


def _squared_error(output: Any, target: Any) -> tuple[float, Any]:
    output -= target
    loss = float(np.square(output).mean())
    output *= np.float32(2.0 / output.size)
    return loss, output
