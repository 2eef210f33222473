"""Makes the ONNX files of PyTorch that are committed in onnx_files/, with inputs and what PyTorch computes of them.

    KERAS_BACKEND=jax python tests/export/make_onnx_files.py

needs torch and onnx; its exporter that needs no further packages, ``dynamo=False``, writes them.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).with_name("onnx_files")


def models() -> dict[str, tuple[Any, list[Any]]]:
    """Return by name a model of PyTorch and inputs for it."""
    import torch
    from torch import nn

    class Perceptron(nn.Module):
        """Flattens by the batch's own size, as tutorials do; the last activation has no layer."""

        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(
                nn.Linear(12, 9), nn.ReLU(), nn.BatchNorm1d(9), nn.Dropout(0.3), nn.Linear(9, 7), nn.PReLU(),
                nn.LayerNorm(7), nn.Linear(7, 6, bias=False), nn.ELU(), nn.Linear(6, 5), nn.GELU(),
                nn.Linear(5, 4), nn.SiLU(), nn.Linear(4, 3),
            )  # fmt: skip

        def forward(self, x: Any) -> Any:
            return torch.softmax(self.layers(x.view(x.size(0), -1)), dim=1)

    class Branches(nn.Module):
        """Two inputs, two outputs, a layer that is called twice, and arithmetic."""

        def __init__(self) -> None:
            super().__init__()
            self.shared = nn.Linear(4, 4)
            self.scale = nn.Parameter(torch.linspace(0.5, 2.0, 4))

        def forward(self, a: Any, b: Any) -> Any:
            left, right = self.shared(a), torch.tanh(self.shared(b))
            joined = torch.cat([left, right * self.scale, a - b], dim=-1)
            parts = torch.clamp(joined, -1.0, 1.5).reshape(-1, 3, 4).transpose(1, 2)
            return torch.sigmoid(joined[:, 1:9:2]), parts.mean(dim=-1)

    class Indices(nn.Module):
        """Looks rows up, by whole numbers."""

        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(7, 3)
            self.last = nn.Linear(6, 2)

        def forward(self, x: Any) -> Any:
            return self.last(self.table(x).flatten(1))

    torch.manual_seed(3)
    found: dict[str, tuple[Any, list[Any]]] = {
        "perceptron": (Perceptron(), [torch.randn(5, 3, 4)]),
        "branches": (Branches(), [torch.randn(5, 4), torch.randn(5, 4)]),
        "indices": (Indices(), [torch.randint(0, 7, (5, 2))]),
    }
    for variable in found["perceptron"][0].parameters():
        variable.data += 0.05 * torch.randn_like(variable)
    found["perceptron"][0].train()(torch.randn(20, 3, 4))  # moving statistics other than 0 and 1
    return found


def write(folder: Path, opset: int = 17) -> None:
    """Write the files and the numbers into a folder."""
    import torch

    for name, (model, inputs) in models().items():
        model.eval()
        names = [f"input_{i}" for i in range(len(inputs))]
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            results = model(*inputs)
            results = list(results) if isinstance(results, tuple) else [results]
            outputs = [f"output_{i}" for i in range(len(results))]
            torch.onnx.export(
                model, tuple(inputs), str(folder / f"{name}.onnx"), dynamo=False, opset_version=opset,
                input_names=names, output_names=outputs,
                dynamic_axes={key: {0: "batch"} for key in (*names, *outputs)},
            )  # fmt: skip
        numbers = {
            key: x.numpy() for key, x in zip((*names, *outputs), (*inputs, *results), strict=True)
        }
        np.savez(folder / f"{name}.npz", **numbers)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    write(FOLDER)
