"""PyTorch, eager, under `inference_mode`; the input is a tensor already."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from bench.data import Arrays
from bench.inference import Inference
from bench.predictors.base import Predictor
from bench.torch_model import fill, network


class ThisPredictor(Predictor):
    packages = ("torch",)

    def __init__(self, workload: Inference, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        torch.set_num_threads(threads)
        model = network(workload.units, torch.nn.ReLU, workload.dtype)
        fill(model, arrays["kernels"], arrays["biases"])
        if workload.output:
            model.append(torch.nn.Softmax(dim=1))
        self.model = model.eval().requires_grad_(False)
        self.mode = torch.inference_mode()
        self.mode.__enter__()  # for good: nothing else happens in this process

    def caller(self) -> Callable[[], Any]:
        return partial(self.model, torch.from_numpy(self.arrays["x"]))
