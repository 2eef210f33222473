"""JAX: one compiled function; the input and the weights are placed already."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from bench.data import Arrays
from bench.inference import Inference
from bench.predictors.base import Predictor


class ThisPredictor(Predictor):
    packages = ("jax", "jaxlib")

    def __init__(self, workload: Inference, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)

        @jax.jit
        def forward(layers: Any, x: Any) -> Any:
            *hidden, (kernel, bias) = layers
            for k, b in hidden:
                x = jax.nn.relu(x @ k + b)
            x = x @ kernel + bias
            return jax.nn.softmax(x) if workload.output else x

        self.forward = forward

    def caller(self) -> Callable[[], Any]:
        layers = [(jnp.asarray(kernel), jnp.asarray(bias)) for kernel, bias in self.layers]
        return partial(self._call, layers, jnp.asarray(self.arrays["x"]))

    def _call(self, layers: Any, x: Any) -> Any:
        return self.forward(layers, x).block_until_ready()
