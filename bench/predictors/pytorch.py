"""PyTorch, eager, under `inference_mode`; the input is a tensor already."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from bench.data import Arrays
from bench.inference import Inference
from bench.predictors.base import Predictor


class ThisPredictor(Predictor):
    packages = ("torch",)

    def __init__(self, workload: Inference, arrays: Arrays, threads: int) -> None:
        super().__init__(workload, arrays, threads)
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        layers: list[torch.nn.Module] = []
        for kernel, bias in self.layers:
            linear = torch.nn.Linear(*kernel.shape)
            linear.weight.copy_(torch.from_numpy(kernel).T)
            linear.bias.copy_(torch.from_numpy(bias))
            layers += [linear, torch.nn.ReLU()]
        layers[-1:] = [torch.nn.Softmax(dim=1)] if workload.output else []
        self.model = torch.nn.Sequential(*layers).eval()
        self.mode = torch.inference_mode()
        self.mode.__enter__()  # for good: nothing else happens in this process

    def caller(self) -> Callable[[], Any]:
        return partial(self.model, torch.from_numpy(self.arrays["x"]))
