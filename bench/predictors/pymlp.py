"""pymlp through its public `predict`, as a user calls it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pymlp
from bench.data import Arrays
from bench.inference import Inference
from bench.keras_model import sequential
from bench.predictors.base import Predictor


class ThisPredictor(Predictor):
    packages = ("numpy",)

    def __init__(self, workload: Inference, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        units, dtype = workload.units, workload.dtype
        self.model = sequential(pymlp, units, "relu", workload.output, dtype, self.layers)

    def caller(self) -> Callable[[], Any]:
        return partial(self.model.predict, self.arrays["x"], verbose=0)

    @classmethod
    def versions(cls) -> dict[str, str]:
        return {"pymlp": pymlp.__version__, **super().versions()}
