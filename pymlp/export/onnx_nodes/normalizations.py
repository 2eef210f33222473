"""Normalisations, and dropout."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp import layers
from pymlp.export.onnx_file import FileNode
from pymlp.export.onnx_network import Network, Value
from pymlp.export.onnx_nodes.rules import NUMBER, as_meant, inner_axis, rule
from pymlp.saving.refusal import FileRefused


def _vector(network: Network, node: FileNode, index: int, length: int) -> np.ndarray:
    array = network.array(node, index)
    if array.shape != (length,):
        raise FileRefused(
            f"its input {node.inputs[index]!r} is of shape {array.shape} instead of ({length},)"
        )
    return array


@rule("BatchNormalization")
def _batch_normalization(network: Network, node: FileNode) -> Value:
    x = network.tensor(node, 0)
    if (
        node.attribute("training_mode", 0, int)
        or node.attribute("spatial", 1, int) != 1
        or x.ndim < 2
    ):
        raise FileRefused("it is not the one of inference over axis 1")
    if any(network.only_reader(name) or name in network.file.outputs for name in node.outputs[1:]):
        raise FileRefused("its outputs of training are used")
    weights = [_vector(network, node, i, x.shape[1] or 0) for i in range(1, 5)]
    return network.call(
        node, layers.BatchNormalization, [x], weights, node.inputs[1:5], axis=1 if x.ndim > 2 else -1,
        epsilon=as_meant(network, node.attribute("epsilon", 1e-5, NUMBER)),
        momentum=as_meant(network, node.attribute("momentum", 0.9, NUMBER)),
    )  # fmt: skip


@rule("LayerNormalization", "RMSNormalization")
def _layer_normalization(network: Network, node: FileNode) -> Value:
    x, scale = network.tensor(node, 0), network.array(node, 1)
    first = inner_axis(network, node.attribute("axis", -1, int), x.ndim)
    node.attribute("stash_type", 1, int)
    epsilon = as_meant(network, node.attribute("epsilon", 1e-5, NUMBER))
    shape = tuple(n or 0 for n in x.shape[first:])
    weights = [np.broadcast_to(scale, shape)]
    axis: Any = list(range(first, x.ndim))
    if node.kind == "RMSNormalization":
        return network.call(
            node,
            layers.RMSNormalization,
            [x],
            weights,
            node.inputs[1:2],
            axis=axis,
            epsilon=epsilon,
        )
    if network.has(node, 2):
        weights.append(np.broadcast_to(network.array(node, 2), shape))
    if len(node.outputs) > 1:
        raise FileRefused("its further outputs are not supported")
    return network.call(
        node, layers.LayerNormalization, [x], weights, node.inputs[1:3], axis=axis, epsilon=epsilon,
        center=len(weights) == 2,
    )  # fmt: skip


@rule("LpNormalization")
def _lp_normalization(network: Network, node: FileNode) -> Value:
    x = network.tensor(node, 0)
    axis = inner_axis(network, node.attribute("axis", -1, int), x.ndim)
    return network.operation(node, node.kind, [x], axis=axis, p=node.attribute("p", 2, int))


@rule("Dropout")
def _dropout(network: Network, node: FileNode) -> Value:
    x = network.tensor(node, 0)
    node.attribute("seed", 0, int)
    rate = as_meant(network, node.attribute("ratio", 0.5, NUMBER))
    if network.has(node, 1):
        rate = as_meant(network, network.number(node, 1))
    if network.has(node, 2) and network.number(node, 2):
        raise FileRefused("it is one of training")
    return network.call(node, layers.Dropout, [x], rate=rate)
