"""Constants, and the same elements in another shape."""

from __future__ import annotations

import math

import numpy as np

from pymlp import layers
from pymlp.export.onnx_file import FileNode
from pymlp.export.onnx_network import Network, Value
from pymlp.export.onnx_nodes.rules import axes_of, inner_axis, reshaped, rule
from pymlp.graph.tensor import Tensor
from pymlp.saving.refusal import FileRefused


@rule("Constant")
def _constant(network: Network, node: FileNode) -> Value:
    names = ("value", "value_float", "value_int", "value_floats", "value_ints")
    given = [name for name in names if name in node.attributes]
    if len(given) != 1:
        raise FileRefused("it should have one value, of numbers")
    value = node.attribute(given[0], None, (np.ndarray, int, float, list))
    return np.asarray(value, network.dtype if "float" in given[0] else None)


@rule("ConstantOfShape")
def _constant_of_shape(network: Network, node: FileNode) -> Value:
    shape = network.integers(node, 0)
    value = node.attribute("value", np.zeros(1, np.float32), np.ndarray)
    if value.size != 1 or any(n < 0 for n in shape):
        raise FileRefused(f"it makes {value.shape} numbers of shape {shape}")
    network.take(math.prod(shape))
    return np.full(
        shape, value.reshape(-1)[0], value.dtype if value.dtype.kind != "f" else network.dtype
    )


@rule("Shape")
def _shape(network: Network, node: FileNode) -> Value:
    """Return the shape as objects: None, the number of samples, goes through all that only moves lengths."""
    shape = np.array(network.value(node, 0).shape, object)
    if isinstance(network.value(node, 0), Tensor):
        shape[0] = None
    start, end = node.attribute("start", 0, int), node.attribute("end", len(shape), int)
    return shape[start:end]


@rule("Reshape")
def _reshape(network: Network, node: FileNode) -> Value:
    x, shape = network.value(node, 0), network.array(node, 1)
    zero_is_zero = node.attribute("allowzero", 0, int)
    if shape.ndim != 1 or not 0 < len(shape) <= 8 or shape.dtype.kind not in "iO":
        if not isinstance(x, Tensor) and shape.shape == (0,):
            return x.reshape(())
        raise FileRefused("its shape is not a list of at most 8 lengths")
    target: list[int | None] = [None if n is None else int(n) for n in shape.tolist()]
    for i, n in enumerate(target):
        if n == 0 and not zero_is_zero and i < x.ndim:
            target[i] = x.shape[i]
    if not isinstance(x, Tensor):
        return x.reshape([n for n in target if n is not None])
    first, *rest = target
    if target.count(-1) > 1 or None in rest:
        raise FileRefused(f"the shape {target} does not say what samples become")
    sample = [n for n in rest if n is not None]
    total, others = math.prod(n or 0 for n in x.shape[1:]), math.prod(n for n in sample if n != -1)
    if -1 in sample:
        sample[sample.index(-1)] = total // others if others else 0
    if first not in (None, -1, network.batch):
        raise FileRefused(f"the shape {target} makes {first} samples of any number of them")
    return reshaped(network, node, x, sample)


@rule("Flatten")
def _flatten(network: Network, node: FileNode) -> Value:
    x = network.tensor(node, 0)
    if node.attribute("axis", 1, int) not in (1, 1 - x.ndim):
        raise FileRefused("along another axis than 1 it would mix samples")
    return reshaped(network, node, x, [math.prod(n or 0 for n in x.shape[1:])])


@rule("Squeeze", "Unsqueeze")
def _squeeze(network: Network, node: FileNode) -> Value:
    x, axes = network.value(node, 0), axes_of(network, node)
    adds = node.kind == "Unsqueeze"
    ndim = x.ndim + (len(axes or ()) if adds else 0)
    if ndim > 8 or (adds and axes is None):
        raise FileRefused(f"axes {axes} do not go with shape {x.shape}")
    if not isinstance(x, Tensor):
        places = None if axes is None else tuple(axes)
        return np.expand_dims(x, places or ()) if adds else np.squeeze(x, places)
    if axes is None:
        axes = [i for i, n in enumerate(x.shape) if i and n == 1]
    chosen = {inner_axis(network, axis, ndim) for axis in axes}
    if len(chosen) < len(axes):
        raise FileRefused(f"axes {axes} name one twice")
    if adds:
        lengths = iter(x.shape)
        full = [1 if i in chosen else next(lengths) for i in range(ndim)]
    else:
        if any(x.shape[axis] != 1 for axis in chosen):
            raise FileRefused(f"axes {axes} of shape {x.shape} are not of length 1")
        full = [n for i, n in enumerate(x.shape) if i not in chosen]
    return reshaped(network, node, x, [n or 0 for n in full[1:]])


@rule("Transpose")
def _transpose(network: Network, node: FileNode) -> Value:
    x = network.value(node, 0)
    order = node.attribute("perm", list(range(x.ndim))[::-1], list)
    if sorted(order) != list(range(x.ndim)):
        raise FileRefused(f"perm={order} does not name each axis of shape {x.shape} once")
    if not isinstance(x, Tensor):
        return np.ascontiguousarray(np.transpose(x, order))
    if order[0] != 0:
        raise FileRefused(f"perm={order} moves the samples from the first axis")
    return network.call(node, layers.Permute, [x], dims=tuple(order[1:]))


@rule("Expand")
def _expand(network: Network, node: FileNode) -> Value:
    x, target = network.value(node, 0), list(network.array(node, 1).reshape(-1))
    if not isinstance(x, Tensor):
        shape = np.broadcast_shapes(x.shape, tuple(int(n) for n in target))
        network.take(math.prod(shape))
        return np.array(np.broadcast_to(x, shape))
    if len(target) > x.ndim or (
        len(target) == x.ndim and target[0] not in (None, 1, network.batch)
    ):
        raise FileRefused(f"the shape {target} repeats samples of shape {x.shape}")
    inner = [int(n) for n in (target[1:] if len(target) == x.ndim else target)]
    shape = np.broadcast_shapes(tuple(n or 0 for n in x.shape[1:]), tuple(inner))
    return network.operation(node, "Expand", [x], shape=[int(n) for n in shape])


@rule("Tile")
def _tile(network: Network, node: FileNode) -> Value:
    x, repeats = network.tensor(node, 0), network.integers(node, 1)
    if len(repeats) != x.ndim or repeats[0] != 1 or any(n < 1 for n in repeats) or 2 * x.ndim > 9:
        raise FileRefused(f"repeats {repeats} do not go with shape {x.shape}")
    return network.operation(node, node.kind, [x], repeats=repeats[1:])


@rule("Concat")
def _concat(network: Network, node: FileNode) -> Value:
    values = network.values_of(node)
    axis = node.attribute("axis", 1, int)
    arrays = [x for x in values if isinstance(x, np.ndarray)]
    if values and len(arrays) == len(values):
        network.take(sum(x.size for x in arrays))
        return np.concatenate(arrays, axis)
    if arrays or not values:
        raise FileRefused("it joins constants to tensors")
    tensors = [network.tensor(node, i) for i in range(len(values))]
    axis = inner_axis(network, axis, tensors[0].ndim)
    if len(tensors) == 1:
        return tensors[0]
    return network.call(node, layers.Concatenate, tensors, axis=axis)
