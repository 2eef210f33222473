"""What both ways of driving JAX share: the network, its loss and one step of SGD."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from bench.data import Arrays
from bench.peers.base import Peer
from bench.workloads import Workload

_ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh}


def make_step(workload: Workload) -> Any:
    """Return ``step(params, x, y) -> (params, loss)``, not yet compiled."""
    activation = _ACTIVATIONS[workload.activation]
    classifies = workload.loss == "sparse_categorical_crossentropy"

    def loss_of(params: Any, x: Any, y: Any) -> Any:
        *hidden, (kernel, bias) = params
        for k, b in hidden:
            x = activation(x @ k + b)
        output = x @ kernel + bias
        if classifies:
            chosen = jnp.take_along_axis(jax.nn.log_softmax(output), y[:, None], axis=1)
            return -chosen.mean()
        return jnp.square(output - y).mean()

    def step(params: Any, x: Any, y: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(params, x, y)
        rate = workload.learning_rate
        return jax.tree.map(lambda p, g: p - rate * g, params, gradients), loss

    return step


class JaxPeer(Peer):
    """Holds the data and the parameters on JAX's device."""

    packages = ("jax", "jaxlib")

    def __init__(self, workload: Workload, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        self.x, self.y = jnp.asarray(arrays["x"]), jnp.asarray(arrays["y"])

    def reset(self) -> None:
        layers = zip(self.arrays["kernels"], self.arrays["biases"], strict=True)
        # Copies: the compiled steps are given these buffers to reuse.
        self.params = [(jnp.array(kernel), jnp.array(bias)) for kernel, bias in layers]
        jax.block_until_ready(self.params)
