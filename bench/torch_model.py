"""What PyTorch's peers and predictors share: the network, and whether it can be compiled here."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch

from bench.peers.base import Unsupported

__all__ = ["compiled", "fill", "network"]


def network(
    units: Sequence[int], activation: type[torch.nn.Module], dtype: str, dropout: float = 0.0
) -> Any:
    """Return Linear layers with the activation between; with `dropout`, behind batch normalisation as Keras has it."""
    real = getattr(torch, dtype)
    *hidden, (k, n) = pairwise(units)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in hidden:
        layers.append(torch.nn.Linear(inputs, outputs, dtype=real))
        if dropout:
            layers.append(torch.nn.BatchNorm1d(outputs, eps=1e-3, momentum=0.01, dtype=real))
        layers.append(activation())
        if dropout:
            layers.append(torch.nn.Dropout(dropout))
    return torch.nn.Sequential(*layers, torch.nn.Linear(k, n, dtype=real))


def fill(model: Any, kernels: Sequence[Any], biases: Sequence[Any]) -> None:
    """Give the Linear layers these weights, and normalisation those it starts with."""
    linear = [layer for layer in model if isinstance(layer, torch.nn.Linear)]
    with torch.no_grad():
        for layer, kernel, bias in zip(linear, kernels, biases, strict=True):
            layer.weight.copy_(torch.from_numpy(kernel).T)
            layer.bias.copy_(torch.from_numpy(bias))
    for layer in model:
        if isinstance(layer, torch.nn.BatchNorm1d):
            layer.reset_parameters()


def compiled(function: Any) -> Any:
    """Return the function compiled, for the shapes it is called with.

    Raises
    ------
    Unsupported
        Where there is no compiler that `torch.compile` can use.
    """
    try:
        torch.compile(lambda x: torch.relu(x) + 1)(torch.zeros(3))
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise Unsupported(f"torch.compile does not work here: {reason}") from error
    return torch.compile(function, dynamic=False)
