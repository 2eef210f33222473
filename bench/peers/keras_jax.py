"""Keras on JAX, through `fit`."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras

from bench.data import Arrays
from bench.peers.keras_like import KerasLikePeer
from bench.workloads import Workload


class ThisPeer(KerasLikePeer):
    packages = ("keras", "jax", "jaxlib")
    library = keras

    def __init__(self, workload: Workload, arrays: Arrays, threads: int) -> None:
        jax.config.update("jax_enable_x64", workload.dtype == "float64")
        keras.config.set_floatx(workload.dtype)
        super().__init__(workload, arrays, threads)
