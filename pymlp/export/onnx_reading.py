"""Reading an ONNX file into plain data, all of it checked before anything is made of it."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pymlp.export.onnx_file import FileInput, FileNode, OnnxFile
from pymlp.export.onnx_package import NEWEST_OPSET, OLDEST_OPSET, onnx_package
from pymlp.export.onnx_values import (
    LARGEST,
    MOST_AXES,
    TYPES,
    plain_array,
    plain_attribute,
    plain_name,
    type_name,
)
from pymlp.export.onnx_wire import check_fields
from pymlp.saving.refusal import FileRefused

__all__ = ["read_onnx"]

_MOST_NODES = 20_000


def read_onnx(filepath: str | os.PathLike[str]) -> OnnxFile:
    """Return what an ONNX file holds.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileRefused
        If it is damaged, or has what a plain network has not: see `pymlp.export.import_onnx`.
    ImportError
        If the package ``onnx`` is not installed.
    """
    source = os.fspath(filepath)
    onnx = onnx_package()
    size = os.path.getsize(filepath)
    if size > LARGEST:
        raise FileRefused(
            f"{source} is not read: it has {size} bytes, an ONNX file less than 2 GB."
        )
    data = Path(filepath).read_bytes()
    check_fields(data, source)
    try:
        message = onnx.ModelProto.FromString(data)
    except Exception as error:
        # Protobuf has errors of several kinds, by version and implementation.
        raise FileRefused(f"{source} is not an ONNX file: {error}") from error
    try:
        return _checked(message, source, len(data))
    except FileRefused as error:
        raise FileRefused(f"{source} is not read: {error}.") from error
    except UnicodeDecodeError as error:
        raise FileRefused(f"{source} is not read: a name in it is no text.") from error


def _checked(message: Any, source: str, size: int) -> OnnxFile:
    graph = message.graph
    for what, present in (
        ("functions of its own", message.functions),
        ("information on training", message.training_info),
        ("sparse tensors", graph.sparse_initializer),
        ("quantised tensors", graph.quantization_annotation),
    ):
        if len(present):
            raise FileRefused(f"it has {what}, which are not supported")
    for what, most, count in (
        ("nodes", _MOST_NODES, len(graph.node)),
        ("outputs of nodes", _MOST_NODES, sum(len(node.output) for node in graph.node)),
        ("inputs of nodes", 5 * _MOST_NODES, sum(len(node.input) for node in graph.node)),
    ):
        if count > most:
            raise FileRefused(f"it has {count} {what}, more than {most}")
    initializers: dict[str, np.ndarray] = {}
    for tensor in graph.initializer:
        name = plain_name(tensor.name, "an initializer")
        if name in initializers:
            raise FileRefused(f"two initializers are named {name!r}")
        initializers[name] = plain_array(tensor, f"the initializer {name!r}")
    # Files of the first versions list initializers among the inputs.
    inputs = [_input(value) for value in graph.input if value.name not in initializers]
    nodes = [_node(node, index) for index, node in enumerate(graph.node)]
    outputs = [plain_name(value.name, "an output") for value in graph.output]
    if not inputs or not outputs:
        raise FileRefused(f"it has {len(inputs)} inputs and {len(outputs)} outputs")
    _check_names([value.name for value in inputs], initializers, nodes, outputs)
    name = plain_name(graph.name, "its graph", empty=True)[:64]
    return OnnxFile(source, size, _opset(message), name, inputs, outputs, initializers, nodes)


def _opset(message: Any) -> int:
    """Return the version of the operators. Others may be declared: that they are used is what is refused."""
    versions = [o.version for o in message.opset_import if o.domain in ("", "ai.onnx")]
    if len(versions) != 1:
        raise FileRefused(
            f"it declares {len(versions)} versions of ONNX's operators instead of one"
        )
    (version,) = versions
    if not OLDEST_OPSET <= version <= NEWEST_OPSET:
        raise FileRefused(
            f"it is of operator set {version}, those from {OLDEST_OPSET} to {NEWEST_OPSET} are supported"
        )
    return int(version)


def _check_names(
    given: list[str], initializers: Iterable[str], nodes: list[FileNode], outputs: list[str]
) -> None:
    """Check that each value is made once, and before it is used: there is then no circle."""
    known = set(initializers)

    def enter(name: str, what: str) -> None:
        if name in known:
            raise FileRefused(f"{what} makes {name!r}, which there is already")
        known.add(name)

    for name in given:
        enter(name, "an input")
    for node in nodes:
        for name in node.inputs:
            if name and name not in known:
                raise FileRefused(f"{node} takes {name!r}, which nothing before it makes")
        for name in node.outputs:
            if name:
                enter(name, str(node))
    for name in outputs:
        if name not in known:
            raise FileRefused(f"its output {name!r} is made by nothing")
    if len(set(outputs)) < len(outputs):
        raise FileRefused("two of its outputs have the same name")


def _input(value: Any) -> FileInput:
    name = plain_name(value.name, "an input")
    if value.type.WhichOneof("value") != "tensor_type":
        raise FileRefused(f"its input {name!r} is no tensor")
    kind = value.type.tensor_type
    if kind.elem_type not in TYPES:
        raise FileRefused(
            f"its input {name!r} is of type {type_name(kind.elem_type)}; float32 and float64 are supported"
        )
    if not kind.HasField("shape") or not len(kind.shape.dim):
        raise FileRefused(f"its input {name!r} has no shape")
    shape: list[int | None] = []
    for axis, dim in enumerate(kind.shape.dim):
        fixed = dim.WhichOneof("value") == "dim_value"
        if not fixed and axis:
            raise FileRefused(
                f"axis {axis} of its input {name!r} is of no fixed length: only the number of samples may vary"
            )
        shape.append(int(dim.dim_value) if fixed else None)
    if len(shape) > MOST_AXES or any(n is not None and not 0 < n <= LARGEST for n in shape):
        raise FileRefused(f"its input {name!r} is of shape {shape[:20]}")
    if math.prod(n or 1 for n in shape) > LARGEST:
        raise FileRefused(f"its input {name!r} is of shape {shape}, which no memory holds")
    return FileInput(name, TYPES[kind.elem_type], tuple(shape))


def _node(node: Any, index: int) -> FileNode:
    kind = plain_name(node.op_type, f"the operator of node {index}")
    if node.domain not in ("", "ai.onnx"):
        raise FileRefused(
            f"node {index} is {kind} of {node.domain[:64]!r}: operators of others are not supported"
        )
    outputs = [plain_name(name, f"an output of node {index}", empty=True) for name in node.output]
    if not outputs or not outputs[0]:
        raise FileRefused(f"node {index} ({kind}) has no output")
    attributes: dict[str, Any] = {}
    for attribute in node.attribute:
        name = plain_name(attribute.name, f"an attribute of node {index}")
        if name in attributes:
            raise FileRefused(f"node {index} ({kind}) has two attributes {name!r}")
        attributes[name] = plain_attribute(
            attribute, f"the attribute {name!r} of node {index} ({kind})"
        )
    names = [plain_name(name, f"an input of node {index}", empty=True) for name in node.input]
    return FileNode(
        kind, plain_name(node.name, f"node {index}", empty=True), names, outputs, attributes
    )
