"""The same training written out in NumPy: matrix products by its BLAS, the rest elementwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.data import Arrays
from bench.peers.base import Peer
from bench.workloads import BETA_1, BETA_2, EPSILON, MOMENTUM, Workload

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
        update = {"sgd": _Sgd, "momentum": _Momentum, "adam": _Adam}[self.workload.optimizer]
        self.updates = [
            (update(kernel), update(bias))
            for kernel, bias in zip(self.kernels, self.biases, strict=True)
        ]

    def train(self, rows: int, epochs: int) -> float:
        size, total = self.workload.batch_size, 0.0
        for _ in range(epochs):
            for start in range(0, rows, size):
                x = self.arrays["x"][start : min(start + size, rows)]
                x = x.astype(self.workload.dtype, copy=False)
                y = self.arrays["y"][start : min(start + size, rows)]
                total += self._step(x, y) * len(x)
        return total / (rows * epochs)

    def _step(self, x: Any, target: Any) -> float:
        outputs = [x]
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            z = outputs[-1] @ kernel
            z += bias
            last = len(outputs) == len(self.kernels)
            outputs.append(z if last else self.activate(z))
        loss, dz = self.loss(outputs.pop(), target)
        rate = dz.dtype.type(self.workload.learning_rate)
        for i in reversed(range(len(self.kernels))):
            below = outputs[i]
            dkernel, dbias = below.T @ dz, dz.sum(axis=0)
            if i:
                dz = self.backward(dz @ self.kernels[i].T, below)
            update_kernel, update_bias = self.updates[i]
            update_kernel(self.kernels[i], dkernel, rate)
            update_bias(self.biases[i], dbias, rate)
        return loss


class _Sgd:
    """w -= rate * dw; all three rules work in place and use `dw` up."""

    def __init__(self, w: Any) -> None:
        pass

    def __call__(self, w: Any, dw: Any, rate: Any) -> None:
        dw *= rate
        w -= dw


class _Momentum:
    """velocity = MOMENTUM * velocity - rate * dw; w += velocity."""

    def __init__(self, w: Any) -> None:
        self.velocity = np.zeros_like(w)

    def __call__(self, w: Any, dw: Any, rate: Any) -> None:
        self.velocity *= MOMENTUM
        dw *= rate
        self.velocity -= dw
        w += self.velocity


class _Adam:
    """Keras's rule, see `bench.workloads`."""

    def __init__(self, w: Any) -> None:
        self.m, self.v, self.t = np.zeros_like(w), np.zeros_like(w), 0
        self.scratch = np.empty_like(w)

    def __call__(self, w: Any, dw: Any, rate: Any) -> None:
        self.t += 1
        alpha = float(rate) * (1 - BETA_2**self.t) ** 0.5 / (1 - BETA_1**self.t)
        self.m *= BETA_1
        self.m += np.multiply(dw, 1 - BETA_1, out=self.scratch)
        self.v *= BETA_2
        dw *= dw
        self.v += np.multiply(dw, 1 - BETA_2, out=dw)
        root = np.sqrt(self.v, out=self.scratch)
        root += EPSILON
        step = np.divide(self.m, root, out=dw)
        step *= alpha
        w -= step


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
    output *= 2.0 / output.size
    return loss, output
