"""What both ways of driving JAX share: the network, its loss and one step of the optimizer."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from bench.data import Arrays
from bench.peers.base import Peer
from bench.workloads import BETA_1, BETA_2, EPSILON, MOMENTUM, Workload

_ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh}


def make_step(workload: Workload) -> Any:
    """Return ``step(state, x, y) -> (state, loss)``, not yet compiled.

    The state is the parameters, the optimizer's slots (as many trees like the parameters as the
    rule needs) and the number of steps taken.
    """
    update = _UPDATES[workload.optimizer]
    activation = _ACTIVATIONS[workload.activation]
    classifies = workload.loss == "sparse_categorical_crossentropy"

    def loss_of(params: Any, x: Any, y: Any) -> Any:
        *hidden, (kernel, bias) = params
        x = x.astype(workload.dtype)
        for k, b in hidden:
            x = activation(x @ k + b)
        output = x @ kernel + bias
        if classifies:
            chosen = jnp.take_along_axis(jax.nn.log_softmax(output), y[:, None], axis=1)
            return -chosen.mean()
        return jnp.square(output - y).mean()

    def step(state: Any, x: Any, y: Any) -> Any:
        params, slots, steps = state
        loss, gradients = jax.value_and_grad(loss_of)(params, x, y)
        params, slots = update(params, slots, gradients, steps + 1, workload.learning_rate)
        return (params, slots, steps + 1), loss

    return step


def _sgd(params: Any, slots: Any, gradients: Any, t: Any, rate: float) -> Any:
    return jax.tree.map(lambda p, g: p - rate * g, params, gradients), slots


def _momentum(params: Any, slots: Any, gradients: Any, t: Any, rate: float) -> Any:
    velocity = jax.tree.map(lambda v, g: MOMENTUM * v - rate * g, slots[0], gradients)
    return jax.tree.map(jnp.add, params, velocity), [velocity]


def _adam(params: Any, slots: Any, gradients: Any, t: Any, rate: float) -> Any:
    m = jax.tree.map(lambda m, g: m + (1 - BETA_1) * (g - m), slots[0], gradients)
    v = jax.tree.map(lambda v, g: v + (1 - BETA_2) * (g * g - v), slots[1], gradients)
    alpha = rate * jnp.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
    params = jax.tree.map(lambda p, m, v: p - alpha * m / (jnp.sqrt(v) + EPSILON), params, m, v)
    return params, [m, v]


_UPDATES = {"sgd": _sgd, "momentum": _momentum, "adam": _adam}
_SLOTS = {"sgd": 0, "momentum": 1, "adam": 2}


class JaxPeer(Peer):
    """Holds the data and the parameters on JAX's device."""

    packages = ("jax", "jaxlib")

    def __init__(self, workload: Workload, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        jax.config.update("jax_enable_x64", workload.dtype == "float64")
        self.x, self.y = jnp.asarray(arrays["x"]), jnp.asarray(arrays["y"])

    def reset(self) -> None:
        layers = zip(self.arrays["kernels"], self.arrays["biases"], strict=True)
        # Copies: the compiled steps are given these buffers to reuse.
        params = [(jnp.array(kernel), jnp.array(bias)) for kernel, bias in layers]
        slots = [
            jax.tree.map(jnp.zeros_like, params) for _ in range(_SLOTS[self.workload.optimizer])
        ]
        self.state = jax.block_until_ready((params, slots, jnp.zeros((), self.workload.dtype)))
