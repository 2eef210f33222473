"""pymlp through `model.predictor()`, one for every thread that calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from bench.predictors import pymlp


class ThisPredictor(pymlp.ThisPredictor):
    def caller(self) -> Callable[[], Any]:
        return partial(self.model.predictor(self.workload.rows), self.arrays["x"])
