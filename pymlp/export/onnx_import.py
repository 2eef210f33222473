"""`import_onnx`: an ONNX file as a model."""

from __future__ import annotations

import os
import re
from typing import Any

from pymlp.export.onnx_file import FileNode, OnnxFile
from pymlp.export.onnx_network import Network
from pymlp.export.onnx_nodes import NODES
from pymlp.export.onnx_reading import read_onnx
from pymlp.graph.tensor import Tensor
from pymlp.models import Model
from pymlp.saving.refusal import FileRefused

__all__ = ["import_onnx"]

# What the results are of if an input is of whole numbers.
_KEEPS_WHOLE = frozenset((
    "Add", "Sub", "Mul", "Max", "Min", "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Expand",
    "Slice", "Concat", "Tile", "Split",
))  # fmt: skip


def import_onnx(filepath: str | os.PathLike[str]) -> Any:
    """Return a model that computes what an ONNX file does, and can be trained further.

    For files of perceptrons: products with constant matrices, activations, normalisations, elementwise functions,
    reductions, and what changes shapes. They become layers of pymlp's own where these match (`Dense` with its
    activation, `BatchNormalization`, `Embedding`, `Concatenate` ...), and `OnnxOperation` for the rest; nodes that do
    the same with the same initializers become one layer that is called several times. The first axis of all tensors is
    that of the samples.

    Parameters
    ----------
    filepath : path-like

    Returns
    -------
    Model
        Functional, with the file's inputs by their names, and its outputs in their order.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileRefused
        A ValueError: if the file is damaged; if an operator is not supported, or mixes samples; if weights are not in
        the file itself but in others beside it, which are never opened; if declared shapes are not those of the data.
        The message names the node.
    ImportError
        If the package ``onnx`` is not installed.

    Notes
    -----
    Whole numbers and truth values are numbers of the model's type: an input of indices is given as such.
    Nothing that a file names is run or opened: operators are looked up in a closed table. A small file cannot make a
    large model: fields, nodes, axes and constants are counted before memory is taken for them.

    Examples
    --------
    >>> from pymlp.export import import_onnx
    >>> model = import_onnx("model.onnx")  # doctest: +SKIP
    >>> model.compile("adam", "mse")  # doctest: +SKIP
    """
    file = read_onnx(filepath)
    try:
        return _model(file)
    except FileRefused as error:
        raise FileRefused(f"{file.source} is not read: {error}.") from error


def _model(file: OnnxFile) -> Any:
    for node in file.nodes:
        if node.kind not in NODES:
            raise FileRefused(f"{node}: this operator is not supported")
    network = Network(file)
    needed = _needed(file)
    for node in file.nodes:
        if id(node) in needed and id(node) not in network.absorbed:
            _read(network, node)
    outputs = [network.values[name] for name in file.outputs]
    for name, value in zip(file.outputs, outputs, strict=True):
        if not isinstance(value, Tensor):
            raise FileRefused(f"its output {name!r} does not depend on its inputs")
    inputs: Any = network.inputs
    called = re.sub(r"[^A-Za-z0-9_.-]+", "_", file.name).strip("_.") or None
    return Model(
        inputs if len(inputs) > 1 else inputs[0],
        outputs if len(outputs) > 1 else outputs[0],
        name=called,
    )


def _needed(file: OnnxFile) -> set[int]:
    """Return the ids of the nodes that outputs are made of."""
    names, found = set(file.outputs), set()
    for node in reversed(file.nodes):
        if names & set(node.outputs):
            names |= set(node.inputs)
            found.add(id(node))
    return found


def _read(network: Network, node: FileNode) -> None:
    """Enter the values of a node's outputs."""
    try:
        made = NODES[node.kind](network, node)
        node.check_attributes()
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise FileRefused(f"{node}: {str(error).rstrip('.')}") from error
    if node.kind in _KEEPS_WHOLE and network.whole & set(node.inputs):
        network.whole |= set(node.outputs)
    values = made if isinstance(made, list) else [made]
    for name, value in zip(node.outputs, values, strict=False):
        network.values[name] = value
