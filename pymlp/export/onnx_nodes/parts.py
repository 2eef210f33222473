"""Parts of tensors: slices, picked elements, padding."""

from __future__ import annotations

import numpy as np

from pymlp import layers
from pymlp.export.onnx_file import FileNode
from pymlp.export.onnx_network import Network, Value
from pymlp.export.onnx_nodes.rules import NUMBER, inner_axis, reshaped, rule
from pymlp.graph.tensor import Tensor
from pymlp.saving.refusal import FileRefused


def _bounds(start: int, end: int, step: int, length: int) -> tuple[int, int | None]:
    """Return where NumPy would start and stop: ONNX cuts off what is beyond the axis, at the first element too."""
    start, end = (n + length if n < 0 else n for n in (start, end))
    last = length if step > 0 else length - 1
    end = min(max(end, 0 if step > 0 else -1), last)
    return min(max(start, 0), last), None if end < 0 else end


@rule("Slice")
def _slice(network: Network, node: FileNode) -> Value:
    x = network.value(node, 0)
    if network.file.opset < 10:
        starts, ends = node.attribute("starts", [], list), node.attribute("ends", [], list)
        axes, steps = node.attribute("axes", None, list), None
    else:
        starts, ends = network.integers(node, 1), network.integers(node, 2)
        axes = network.integers(node, 3) if network.has(node, 3) else None
        steps = network.integers(node, 4) if network.has(node, 4) else None
    axes = (
        list(range(len(starts)))
        if axes is None
        else [a % x.ndim for a in axes if -x.ndim <= a < x.ndim]
    )
    steps = [1] * len(starts) if steps is None else steps
    if (
        not len(starts) == len(ends) == len(axes) == len(steps)
        or 0 in steps
        or len(set(axes)) < len(axes)
    ):
        raise FileRefused("its starts, ends, axes and steps do not go together")
    parts = list(zip(axes, starts, ends, steps, strict=True))
    if not isinstance(x, Tensor):
        key = [slice(None)] * x.ndim
        for axis, start, end, step in parts:
            key[axis] = slice(start, end, step)
        return x[tuple(key)]
    whole = [p for p in parts if p[0] == 0 and p[1] == 0 and p[2] >= 2**31 - 1 and p[3] == 1]
    parts = [p for p in parts if p not in whole]
    for part in parts:
        inner_axis(network, part[0], x.ndim)
    bounded = [
        [axis, *_bounds(start, end, step, x.shape[axis] or 0), step]
        for axis, start, end, step in parts
    ]
    return network.operation(node, node.kind, [x], parts=bounded) if bounded else x


@rule("Split")
def _split(network: Network, node: FileNode) -> list[Value]:
    x = network.tensor(node, 0)
    axis = inner_axis(network, node.attribute("axis", 0, int), x.ndim)
    length, count = x.shape[axis] or 0, len(node.outputs)
    sizes = node.attribute("split", None, list)
    if network.has(node, 1):
        sizes = network.integers(node, 1)
    if node.attribute("num_outputs", count, int) != count:
        raise FileRefused(f"it has {count} outputs, not num_outputs")
    if sizes is None:
        if length % count and network.file.opset < 18:
            raise FileRefused(f"{length} elements do not make {count} equal parts")
        size = -(-length // count)
        sizes = [min(size, max(length - i * size, 0)) for i in range(count)]
    if len(sizes) != count or sum(sizes) != length or any(n < 0 for n in sizes):
        raise FileRefused(f"lengths {sizes} do not make {length} in {count} outputs")
    ends = np.cumsum(sizes).tolist()
    return [
        network.operation(node, "Slice", [x], parts=[[axis, end - size, end, 1]])
        for size, end in zip(sizes, ends, strict=True)
    ]


@rule("Pad")
def _pad(network: Network, node: FileNode) -> Value:
    x = network.tensor(node, 0)
    if node.attribute("mode", "constant", str) != "constant":
        raise FileRefused("only the mode 'constant' is supported")
    if network.file.opset < 11:
        pads, value = node.attribute("pads", [], list), node.attribute("value", 0.0, NUMBER)
    else:
        pads = network.integers(node, 1)
        value = network.number(node, 2) if network.has(node, 2) else 0.0
    axes = network.integers(node, 3) if network.has(node, 3) else list(range(x.ndim))
    if len(pads) != 2 * len(axes) or any(not 0 <= n <= 2**24 for n in pads):
        raise FileRefused(f"pads {pads} do not go with axes {axes}")
    pairs = [[0, 0] for _ in x.shape]
    for i, axis in enumerate(axes):
        pair = [pads[i], pads[i + len(axes)]]
        if pair != [0, 0]:
            pairs[inner_axis(network, axis, x.ndim)] = pair
    return network.operation(node, node.kind, [x], pads=pairs, value=float(value))


@rule("Gather")
def _gather(network: Network, node: FileNode) -> Value:
    x, index = network.value(node, 0), network.value(node, 1)
    axis = node.attribute("axis", 0, int)
    if isinstance(index, Tensor):
        if isinstance(x, Tensor) or x.ndim != 2 or axis not in (0, -2):
            raise FileRefused("only rows of a constant matrix are picked by tensors")
        return network.call(
            node, layers.Embedding, [index], [x], node.inputs[:1],
            input_dim=x.shape[0], output_dim=x.shape[1], embeddings_initializer="zeros",
        )  # fmt: skip
    if index.dtype.kind != "i" or not -x.ndim <= axis < x.ndim:
        raise FileRefused("its indices are no known whole numbers")
    length = x.shape[axis]
    if length is not None and index.size and not -length <= index.min() <= index.max() < length:
        raise FileRefused(f"it picks what is not there along an axis of {length}")
    if not isinstance(x, Tensor):
        network.take(index.size * max(x.size // max(length or 1, 1), 1))
        return np.asarray(np.take(x, index, axis))
    axis = inner_axis(network, axis, x.ndim)
    if index.ndim > 1 or index.size > 2**16:
        raise FileRefused(f"its indices of shape {index.shape} are no short list")
    found = network.operation(node, node.kind, [x], indices=index.reshape(-1).tolist(), axis=axis)
    if index.ndim or not isinstance(found, Tensor):
        return found
    return reshaped(
        network, node, found, [n or 0 for i, n in enumerate(x.shape) if i not in (0, axis)]
    )


@rule("GatherElements")
def _gather_elements(network: Network, node: FileNode) -> Value:
    x, index = network.tensor(node, 0), network.tensor(node, 1)
    axis = inner_axis(network, node.attribute("axis", 0, int), x.ndim)
    return network.operation(node, node.kind, [x, index], axis=axis)
