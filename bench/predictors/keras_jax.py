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
from bench.keras_model import sequential
from bench.predictors.base import Predictor


class ThisPredictor(Predictor):
    packages = ("keras", "jax", "jaxlib")

    def __init__(self, workload: Inference, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        units, dtype = workload.units, workload.dtype
        self.model = sequential(keras, units, "relu", workload.output, dtype, self.layers)

    def caller(self) -> Callable[[], Any]:
        return partial(self.model.predict_on_batch, self.arrays["x"])
