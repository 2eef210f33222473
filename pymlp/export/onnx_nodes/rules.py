"""What the rules have in common: the table, axes and shapes that leave the samples alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pymlp import layers
from pymlp.export.onnx_file import FileNode
from pymlp.export.onnx_network import Network, Value
from pymlp.graph.tensor import Tensor
from pymlp.saving.refusal import FileRefused

__all__ = ["NODES", "NUMBER", "as_meant", "axes_of", "inner_axis", "known", "reshaped", "rule"]

Rule = Callable[[Network, FileNode], Any]
NODES: dict[str, Rule] = {}
NUMBER = (int, float)


def rule(*kinds: str) -> Callable[[Rule], Rule]:
    """Enter a rule for operators of these names."""

    def enter(function: Rule) -> Rule:
        NODES.update(dict.fromkeys(kinds, function))
        return function

    return enter


def known(*values: Value) -> bool:
    return not any(isinstance(x, Tensor) for x in values)


def as_meant(network: Network, value: float) -> float:
    """Return a number of an attribute, which is in single precision, as it was meant: 1e-5, not 9.999999747e-06."""
    return float(str(np.float32(value))) if network.dtype == "float32" else float(value)


def inner_axis(network: Network, axis: int, ndim: int) -> int:
    """Return an axis counted from the front, or raise FileRefused for that of the samples."""
    if not -ndim <= axis < ndim:
        raise FileRefused(f"axis {axis} is none of {ndim}")
    if axis % ndim == 0:
        raise FileRefused(
            "it goes along the first axis, that of the samples, which stay apart in a model"
        )
    return axis % ndim


def axes_of(network: Network, node: FileNode, index: int = 1) -> list[int] | None:
    """Return the axes that a node is given as an attribute or, by later operator sets, as an input."""
    axes: list[int] | None = node.attribute("axes", None, list)
    if axes is None and network.has(node, index):
        axes = network.integers(node, index)
    return axes


def reshaped(network: Network, node: FileNode, x: Tensor, sample: Sequence[int]) -> Tensor:
    """Return x with samples of another shape."""
    if any(n < 0 for n in sample) or math.prod(sample) != math.prod(n or 0 for n in x.shape[1:]):
        raise FileRefused(f"samples of shape {x.shape[1:]} do not become such of {tuple(sample)}")
    if tuple(sample) == x.shape[1:]:
        return x
    if len(sample) == 1:
        return network.call(node, layers.Flatten, [x])
    if not sample:
        found = network.operation(node, "Reshape", [x], shape=[])
        assert isinstance(found, Tensor)
        return found
    return network.call(node, layers.Reshape, [x], target_shape=tuple(int(n) for n in sample))
