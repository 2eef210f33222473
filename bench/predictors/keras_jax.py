"""Keras on JAX, through `predict_on_batch`."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"

from collections.abc import Callable
from functools import partial
from typing import Any

import keras

from bench.data import Arrays
from bench.inference import Inference
from bench.predictors.base import Predictor


class ThisPredictor(Predictor):
    packages = ("keras", "jax", "jaxlib")

    def __init__(self, workload: Inference, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        *hidden, units = workload.units[1:]
        self.model = keras.Sequential(
            [
                keras.Input((workload.units[0],)),
                *(keras.layers.Dense(n, activation="relu") for n in hidden),
                keras.layers.Dense(units, activation=workload.output),
            ]
        )
        self.model.set_weights([array for layer in self.layers for array in layer])

    def caller(self) -> Callable[[], Any]:
        return partial(self.model.predict_on_batch, self.arrays["x"])
