"""PyTorch through `torch.compile`, under `inference_mode`; the input is a tensor already."""

from __future__ import annotations

from bench.data import Arrays
from bench.inference import Inference
from bench.predictors import pytorch
from bench.torch_model import compiled


class ThisPredictor(pytorch.ThisPredictor):
    def __init__(self, workload: Inference, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        self.model = compiled(self.model)
