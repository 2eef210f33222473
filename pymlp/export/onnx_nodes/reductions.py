"""One number of many: sums, the greatest, the first few."""

from __future__ import annotations

from pymlp.export.onnx_file import FileNode
from pymlp.export.onnx_network import Network, Value
from pymlp.export.onnx_nodes.rules import axes_of, inner_axis, rule
from pymlp.saving.refusal import FileRefused


@rule(
    "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceLogSumExp", "ReduceL1", "ReduceL2",
    "ReduceSumSquare",
)  # fmt: skip
def _reduce(network: Network, node: FileNode) -> Value:
    x, axes = network.tensor(node, 0), axes_of(network, node)
    keepdims = bool(node.attribute("keepdims", 1, int))
    if not axes:
        if node.attribute("noop_with_empty_axes", 0, int):
            return x
        raise FileRefused("it goes over all axes, that of the samples too")
    node.attribute("noop_with_empty_axes", 0, int)
    places = sorted({inner_axis(network, axis, x.ndim) for axis in axes})
    return network.operation(node, node.kind, [x], axes=places, keepdims=keepdims)


@rule("ArgMax", "ArgMin")
def _arg(network: Network, node: FileNode) -> Value:
    x = network.tensor(node, 0)
    axis = inner_axis(network, node.attribute("axis", 0, int), x.ndim)
    keepdims = bool(node.attribute("keepdims", 1, int))
    if node.attribute("select_last_index", 0, int):
        raise FileRefused("it asks for the last of equals")
    network.whole.add(node.outputs[0])
    return network.operation(node, node.kind, [x], axis=axis, keepdims=keepdims)


@rule("CumSum")
def _cumsum(network: Network, node: FileNode) -> Value:
    x = network.tensor(node, 0)
    axis = inner_axis(network, int(network.number(node, 1)), x.ndim)
    if node.attribute("exclusive", 0, int):
        raise FileRefused("exclusive sums are not supported")
    reverse = bool(node.attribute("reverse", 0, int))
    return network.operation(node, node.kind, [x], axis=axis, reverse=reverse)


@rule("TopK")
def _top_k(network: Network, node: FileNode) -> list[Value]:
    x = network.tensor(node, 0)
    axis = inner_axis(network, node.attribute("axis", -1, int), x.ndim)
    k = int(network.number(node, 1)) if network.has(node, 1) else node.attribute("k", 0, int)
    largest = bool(node.attribute("largest", 1, int))
    node.attribute("sorted", 1, int)
    if not 0 <= k <= (x.shape[axis] or 0):
        raise FileRefused(f"there are no {k} elements along an axis of {x.shape[axis]}")
    places = network.operation(node, node.kind, [x], k=k, axis=axis, largest=largest)
    network.whole.update(node.outputs[1:2])
    return [network.operation(node, "GatherElements", [x, places], axis=axis), places]
