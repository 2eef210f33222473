"""pymlp through its public `predict`, as a user calls it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pymlp
from bench.data import Arrays
from bench.inference import Inference
from bench.predictors.base import Predictor


class ThisPredictor(Predictor):
    packages = ("numpy",)

    def __init__(self, workload: Inference, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        *hidden, units = workload.units[1:]
        self.model = pymlp.Sequential(
            [
                pymlp.Input((workload.units[0],)),
                *(pymlp.layers.Dense(n, activation="relu") for n in hidden),
                pymlp.layers.Dense(units, activation=workload.output),
            ]
        )
        self.model.set_weights([array for layer in self.layers for array in layer])

    def caller(self) -> Callable[[], Any]:
        return partial(self.model.predict, self.arrays["x"], verbose=0)

    @classmethod
    def versions(cls) -> dict[str, str]:
        return {"pymlp": pymlp.__version__, **super().versions()}
