"""Functions of single elements: of one tensor, of two, of one and a constant."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pymlp import layers
from pymlp.export.onnx_file import FileNode
from pymlp.export.onnx_network import Network, Value
from pymlp.export.onnx_nodes.rules import rule
from pymlp.graph.tensor import Tensor
from pymlp.saving.refusal import FileRefused

_LAYERS_OF_TWO = {
    "Add": layers.Add, "Sub": layers.Subtract, "Mul": layers.Multiply, "Max": layers.Maximum, "Min": layers.Minimum,
    "Sum": layers.Add, "Mean": layers.Average,
}  # fmt: skip
_WHOLE_TOO = (
    "Add",
    "Sub",
    "Mul",
    "Max",
    "Min",
    "Equal",
    "Less",
    "LessOrEqual",
    "Greater",
    "GreaterOrEqual",
)


@rule(
    *_LAYERS_OF_TWO,
    "Div",
    "Pow",
    "Less",
    "LessOrEqual",
    "Greater",
    "GreaterOrEqual",
    "Equal",
    "And",
    "Or",
    "Xor",
)
def _of_two(network: Network, node: FileNode) -> Value:
    values = network.values_of(node)
    if not values or (len(values) != 2 and node.kind not in ("Max", "Min", "Sum", "Mean")):
        raise FileRefused(f"it has {len(values)} inputs")
    if any(name in network.whole for name in node.inputs) and node.kind not in _WHOLE_TOO:
        raise FileRefused("of whole numbers it is not supported")
    tensors = [x for x in values if isinstance(x, Tensor)]
    if len(tensors) == len(values):
        if len({x.ndim for x in tensors}) > 1:
            raise FileRefused(f"shapes {[x.shape for x in tensors]} would mix samples")
        if len(tensors) == 1:
            return tensors[0]
        if node.kind in _LAYERS_OF_TWO:
            return network.call(node, _LAYERS_OF_TWO[node.kind], tensors)
    if not tensors and any(x.dtype.kind != "f" for x in values if isinstance(x, np.ndarray)):
        return _of_whole_numbers(network, node, [x for x in values if isinstance(x, np.ndarray)])
    kind = "Add" if node.kind in ("Sum", "Mean") else node.kind
    found = values[0]
    for other in values[1:]:
        found = network.operation(node, kind, [found, other])
    if node.kind == "Mean" and len(values) > 1:
        found = network.operation(node, "Mul", [found, np.asarray(1.0 / len(values))])
    return found


def _of_whole_numbers(network: Network, node: FileNode, arrays: list[np.ndarray]) -> np.ndarray:
    """Return what shapes and indices are computed to; an unknown number of samples does not go in."""
    functions: dict[str, Callable[..., Any]] = {
        "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.floor_divide, "Equal": np.equal,
    }  # fmt: skip
    if node.kind not in functions:
        raise FileRefused("of whole numbers it is not supported")
    network.take(math.prod(np.broadcast_shapes(*(x.shape for x in arrays))))
    return np.asarray(functions[node.kind](*arrays))


@rule("Where")
def _where(network: Network, node: FileNode) -> Value:
    values = network.values_of(node)
    if len({x.ndim for x in values if isinstance(x, Tensor)}) > 1:
        raise FileRefused("its shapes would mix samples")
    return network.operation(node, "Where", values)


@rule(
    "Abs", "Neg", "Sign", "Sqrt", "Log", "Erf", "Sin", "Cos", "Tan", "Sinh", "Cosh", "Asin", "Acos", "Atan",
    "Asinh", "Acosh", "Atanh", "Floor", "Ceil", "Round", "Reciprocal", "Not", "IsNaN",
)  # fmt: skip
def _of_one(network: Network, node: FileNode) -> Value:
    return network.operation(node, node.kind, [network.value(node, 0)])


@rule("IsInf")
def _isinf(network: Network, node: FileNode) -> Value:
    if any(node.attribute(key, 1, int) != 1 for key in ("detect_negative", "detect_positive")):
        raise FileRefused("it asks for one of the infinities")
    return network.operation(node, node.kind, [network.value(node, 0)])


@rule("Identity")
def _identity(network: Network, node: FileNode) -> Value:
    return network.value(node, 0)


@rule("Cast")
def _cast(network: Network, node: FileNode) -> Value:
    """Truth values and whole numbers are numbers in a model, of its one type."""
    types = {1: "float32", 6: "int32", 7: "int64", 9: "bool", 11: "float64"}
    node.attribute("saturate", 1, int)
    wanted = types.get(node.attribute("to", 0, int))
    if wanted is None or (wanted.startswith("float") and wanted != network.dtype):
        raise FileRefused(f"it makes another type than the model's {network.dtype}")
    x = network.value(node, 0)
    if not isinstance(x, Tensor):
        return x if x.dtype == object else x.astype(wanted)
    if wanted == "bool":
        return network.operation(node, "Truth", [x])
    if wanted.startswith("int") and node.inputs[0] not in network.whole:
        network.whole.add(node.outputs[0])
        # As an index of an embedding it is cut off there; a layer for it would be for nothing.
        readers = network.only_reader(node.outputs[0])
        if readers is not None and readers.kind == "Gather":
            return x
        return network.operation(node, "Truncate", [x])
    return x
