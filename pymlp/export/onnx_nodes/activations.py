"""Activations: single layers, and what a dense layer ends with."""

from __future__ import annotations

import math

from pymlp import layers
from pymlp.export.onnx_file import FileNode
from pymlp.export.onnx_network import Network, Value
from pymlp.export.onnx_nodes.rules import NUMBER, as_meant, inner_axis, known, rule
from pymlp.graph.tensor import Tensor
from pymlp.saving.refusal import FileRefused

_PLAIN = {
    "Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus", "Softsign": "softsign",
    "Exp": "exponential", "Mish": "mish", "HardSwish": "hard_silu",
}  # fmt: skip
_WITH_NUMBERS: dict[str, tuple[str | None, dict[str, float]]] = {
    # Of each: Keras's name for the function, if its numbers are these; ONNX's own defaults are in `_DEFAULTS`.
    "Elu": ("elu", {"alpha": 1.0}),
    "Celu": ("celu", {"alpha": 1.0}),
    "LeakyRelu": ("leaky_relu", {"alpha": 0.2}),
    "Selu": ("selu", {"alpha": 1.6732632, "gamma": 1.0507010}),
    "HardSigmoid": ("hard_sigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "ThresholdedRelu": (None, {"alpha": 1.0}),
}
_DEFAULTS = {"LeakyRelu": {"alpha": 0.01}, "HardSigmoid": {"alpha": 0.2, "beta": 0.5}}


def _numbers(network: Network, node: FileNode) -> dict[str, float]:
    names = _WITH_NUMBERS[node.kind][1]
    defaults = {**names, **_DEFAULTS.get(node.kind, {})}
    return {name: as_meant(network, node.attribute(name, defaults[name], NUMBER)) for name in names}


def _softmax_axis(network: Network, node: FileNode, x: Tensor) -> int:
    """Return the axis; before operator set 13 it stood for all axes from there on."""
    old = network.file.opset < 13
    axis = inner_axis(network, node.attribute("axis", 1 if old else -1, int), x.ndim)
    if old and axis != x.ndim - 1:
        raise FileRefused("it goes over several axes")
    return axis


def activation_of(network: Network, node: FileNode, x: Tensor) -> str | None:
    """Return Keras's name of the function that a node is, or None if it is none or has other numbers."""
    if node.kind in _PLAIN:
        return _PLAIN[node.kind]
    if node.kind in _WITH_NUMBERS:
        name, expected = _WITH_NUMBERS[node.kind]
        numbers = _numbers(network, node)
        same = all(abs(numbers[key] - value) < 1e-6 for key, value in expected.items())
        return name if same else None
    if node.kind in ("Softmax", "LogSoftmax") and _softmax_axis(network, node, x) == x.ndim - 1:
        return "softmax" if node.kind == "Softmax" else "log_softmax"
    if node.kind == "Gelu":
        how = node.attribute("approximate", "none", str)
        if how not in ("none", "tanh"):
            raise FileRefused(f"approximate={how!r} is neither 'none' nor 'tanh'")
        return "gelu" if how == "none" else None
    return None


@rule(*_PLAIN, *_WITH_NUMBERS, "Softmax", "LogSoftmax", "Gelu")
def _activate(network: Network, node: FileNode) -> Value:
    x = network.value(node, 0)
    if known(x):
        if node.kind not in ("Relu", "Sigmoid", "Tanh", "Softplus", "Exp"):
            raise FileRefused("of a constant it is not supported")
        return network.operation(node, node.kind, [x])
    x = network.tensor(node, 0)
    if node.kind == "Softmax" and _softmax_axis(network, node, x) == x.ndim - 1:
        return network.call(node, layers.Softmax, [x])
    if node.kind == "Relu":
        return network.call(node, layers.ReLU, [x])
    name = activation_of(network, node, x)
    if name is not None:
        return network.call(node, layers.Activation, [x], activation=name)
    if node.kind == "LeakyRelu":
        slope = _numbers(network, node)["alpha"]
        if slope >= 0:
            return network.call(node, layers.LeakyReLU, [x], negative_slope=slope)
    if node.kind in ("Softmax", "LogSoftmax"):
        return network.operation(node, node.kind, [x], axis=_softmax_axis(network, node, x))
    if node.kind == "Gelu":
        return network.operation(node, node.kind, [x], approximate=True)
    return network.operation(node, node.kind, [x], **_numbers(network, node))


@rule("PRelu")
def _prelu(network: Network, node: FileNode) -> Value:
    x, slope = network.tensor(node, 0), network.value(node, 1)
    if isinstance(slope, Tensor):
        return network.operation(node, "PRelu", [x, slope])
    sample = [n or 1 for n in x.shape[1:]]
    shape: tuple[int, ...] = slope.shape
    shape = shape[1:] if len(shape) == x.ndim and shape[0] == 1 else shape
    shape = (1,) * (len(sample) - len(shape)) + shape
    if len(shape) != len(sample) or any(
        n not in (1, m) for n, m in zip(shape, sample, strict=True)
    ):
        raise FileRefused(f"its slope of shape {slope.shape} does not go with {x.shape}")
    shared = [axis for axis, n in enumerate(shape, 1) if n == 1]
    return network.call(
        node,
        layers.PReLU,
        [x],
        [slope.reshape(shape)],
        node.inputs[1:2],
        shared_axes=shared or None,
    )


@rule("Clip")
def _clip(network: Network, node: FileNode) -> Value:
    x = network.value(node, 0)
    if network.file.opset < 11:
        low, high = (
            node.attribute(key, end, NUMBER) for key, end in (("min", -math.inf), ("max", math.inf))
        )
    else:
        low = network.number(node, 1) if network.has(node, 1) else -math.inf
        high = network.number(node, 2) if network.has(node, 2) else math.inf
    if isinstance(x, Tensor) and (low, high) in ((0.0, math.inf), (0.0, 6.0)):
        return network.call(node, layers.ReLU, [x], max_value=None if high == math.inf else high)
    return network.operation(node, "Clip", [x], low=float(low), high=float(high))
