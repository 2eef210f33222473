"""Products with constant matrices, and of matrices of each sample."""

from __future__ import annotations

import numpy as np

from pymlp import layers
from pymlp.export.onnx_file import FileNode
from pymlp.export.onnx_network import Network, Value
from pymlp.export.onnx_nodes.activations import activation_of
from pymlp.export.onnx_nodes.rules import NUMBER, as_meant, known, rule
from pymlp.graph.tensor import Tensor
from pymlp.saving.refusal import FileRefused


def _bias(value: Value | None, units: int, ndim: int) -> np.ndarray | None:
    """Return a constant as a vector, if it is one that a bias can be."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or not 0 < value.ndim <= ndim:
        return None
    return value.reshape(units) if value.shape[-1] == value.size == units else None


def _dense(
    network: Network,
    node: FileNode,
    kernel: np.ndarray,
    bias: np.ndarray | None,
    sources: list[str],
) -> Value:
    """Return what a dense layer gives, with a bias and an activation that follow in nodes of their own."""
    x, last = network.tensor(node, 0), node
    if kernel.ndim != 2 or kernel.shape[0] != x.shape[-1]:
        raise FileRefused(f"a kernel of shape {kernel.shape} does not go with {x.shape}")
    units = kernel.shape[1]
    reader = network.only_reader(last.outputs[0])
    if bias is None and reader is not None and reader.kind == "Add":
        other = next((name for name in reader.inputs if name != last.outputs[0]), "")
        bias = _bias(network.values.get(other), units, x.ndim)
        if bias is not None:
            reader.check_attributes()
            last, sources = reader, [*sources, other]
            reader = network.only_reader(last.outputs[0])
    activation = None
    # Nodes that share a kernel become one layer, whatever follows each.
    if (
        network.readers(sources[0]) == 1
        and reader is not None
        and reader.inputs[:1] == last.outputs[:1]
    ):
        made = Tensor((*x.shape[:-1], units), network.dtype)
        activation = activation_of(network, reader, made)
        if activation is not None:
            reader.check_attributes()
    weights = [kernel] if bias is None else [kernel, bias]
    y = network.call(
        node, layers.Dense, [x], weights, sources,
        units=units, activation=activation, use_bias=bias is not None, kernel_initializer="zeros",
    )  # fmt: skip
    if last is not node:
        network.absorb(last, y)
    if activation is not None and reader is not None:
        network.absorb(reader, y)
    return y


@rule("MatMul")
def _matmul(network: Network, node: FileNode) -> Value:
    a, b = network.value(node, 0), network.value(node, 1)
    if isinstance(a, Tensor) and isinstance(b, np.ndarray) and b.ndim == 2:
        return _dense(network, node, b, None, node.inputs[1:2])
    if known(a, b):
        return network.operation(node, "MatMul", [a, b])
    if not (isinstance(a, Tensor) and isinstance(b, Tensor)) or a.ndim != b.ndim or a.ndim < 3:
        raise FileRefused(
            "only a product with a constant matrix, or of matrices of each sample, is supported"
        )
    return network.operation(node, "MatMul", [a, b])


def _scaled(array: np.ndarray, factor: float) -> np.ndarray:
    with np.errstate(all="ignore"):  # a file may hold any numbers
        return array if factor == 1.0 else array * array.dtype.type(factor)


@rule("Gemm")
def _gemm(network: Network, node: FileNode) -> Value:
    x, kernel = network.tensor(node, 0), network.array(node, 1)
    alpha, beta = (as_meant(network, node.attribute(key, 1.0, NUMBER)) for key in ("alpha", "beta"))
    if node.attribute("transA", 0, int) or x.ndim != 2 or kernel.ndim != 2:
        raise FileRefused(
            "only the product of a matrix of samples with a constant matrix is supported"
        )
    turned = bool(node.attribute("transB", 0, int))
    kernel = kernel.T if turned else kernel
    bias = None
    if network.has(node, 2):
        bias = network.array(node, 2)
        units = kernel.shape[1]
        if bias.shape not in ((), (1,), (1, 1), (units,), (1, units)):
            raise FileRefused(
                f"its third input, of shape {bias.shape}, is no bias for {units} units"
            )
        bias = _scaled(np.broadcast_to(bias.reshape(-1), (units,)), beta)
    return _dense(
        network, node, _scaled(kernel, alpha), bias, [*node.inputs[1:3], f"{alpha} {beta} {turned}"]
    )
