"""Reading an ONNX file into plain data, all of it checked: from here on nothing of it is trusted any less."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pymlp.export.onnx_package import NEWEST_OPSET, OLDEST_OPSET, onnx_package
from pymlp.export.onnx_wire import check_fields
from pymlp.saving.refusal import FileRefused

__all__ = ["FileInput", "FileNode", "OnnxFile", "read_onnx"]

# By numbers of TensorProto.DataType.
_TYPES = {1: "float32", 6: "int32", 7: "int64", 9: "bool", 11: "float64"}
# The others' names, for messages.
_NOT_READ = {
    2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 8: "string", 10: "float16", 12: "uint32", 13: "uint64",
    14: "complex64", 15: "complex128", 16: "bfloat16",
}  # fmt: skip
# By the type, the field of a tensor that may hold its numbers instead of raw bytes.
_FIELDS = {
    "float32": "float_data",
    "float64": "double_data",
    "int32": "int32_data",
    "int64": "int64_data",
    "bool": "int32_data",
}
_LARGEST = 2**31 - 1
_LONGEST_NAME = 1024
_MOST_NODES = 20_000
_MOST_AXES = 8


@dataclass(frozen=True)
class FileInput:
    """What a model is given: a name, a type, and lengths of axes, None where they are not fixed."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]


@dataclass
class FileNode:
    """One operator: what it is, what goes in and comes out by name, and attributes that are plain data."""

    kind: str
    name: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any]
    seen: set[str] = field(default_factory=set)

    def attribute(self, name: str, default: Any, kind: type | tuple[type, ...]) -> Any:
        """Return an attribute, or raise FileRefused if it is of another type."""
        self.seen.add(name)
        value = self.attributes.get(name, default)
        if value is not default and not isinstance(value, kind):
            raise FileRefused(f"its attribute {name} is {value!r}")
        return value

    def check_attributes(self) -> None:
        """Raise FileRefused if there are attributes that nobody looked at."""
        unknown = sorted(set(self.attributes) - self.seen)
        if unknown:
            raise FileRefused(f"its attributes {unknown} are not known")

    def __str__(self) -> str:
        return f"node {(self.name or self.outputs[0])!r} ({self.kind})"


@dataclass(frozen=True)
class OnnxFile:
    """What an ONNX file holds.

    Attributes
    ----------
    source : str
        Where it is, for messages.
    size : int
        In bytes.
    opset : int
    name : str
    inputs : list of FileInput
    outputs : list of str
    initializers : dict of str to ndarray
    nodes : list of FileNode
        Each after those that make its inputs.
    """

    source: str
    size: int
    opset: int
    name: str
    inputs: list[FileInput]
    outputs: list[str]
    initializers: dict[str, np.ndarray]
    nodes: list[FileNode]


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
    if size > _LARGEST:
        raise FileRefused(
            f"{source} is not read: it has {size} bytes, an ONNX file less than 2 GB."
        )
    data = Path(filepath).read_bytes()
    check_fields(data, source)
    try:
        message = onnx.ModelProto.FromString(data)
    except (
        Exception
    ) as error:  # protobuf has errors of several kinds, by version and implementation
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
        name = _name(tensor.name, "an initializer")
        if name in initializers:
            raise FileRefused(f"two initializers are named {name!r}")
        initializers[name] = _array(tensor, f"the initializer {name!r}")
    # Files of the first versions list initializers among the inputs.
    inputs = [_input(value) for value in graph.input if value.name not in initializers]
    nodes = [_node(node, index) for index, node in enumerate(graph.node)]
    outputs = [_name(value.name, "an output") for value in graph.output]
    if not inputs or not outputs:
        raise FileRefused(f"it has {len(inputs)} inputs and {len(outputs)} outputs")
    _check_names([value.name for value in inputs], initializers, nodes, outputs)
    name = _name(graph.name, "its graph", empty=True)[:64]
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


def _name(name: Any, what: str, empty: bool = False) -> str:
    if not isinstance(name, str):  # protobuf gives bytes where they are no text
        raise FileRefused(f"{what} has a name that is no text")
    if len(name) > _LONGEST_NAME or (not name and not empty):
        raise FileRefused(f"{what} has a name of {len(name)} characters")
    return name


def _type_name(number: int) -> str:
    return _NOT_READ.get(number, str(number))


def _input(value: Any) -> FileInput:
    name = _name(value.name, "an input")
    if value.type.WhichOneof("value") != "tensor_type":
        raise FileRefused(f"its input {name!r} is no tensor")
    kind = value.type.tensor_type
    if kind.elem_type not in _TYPES:
        raise FileRefused(
            f"its input {name!r} is of type {_type_name(kind.elem_type)}; float32 and float64 are supported"
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
    if len(shape) > _MOST_AXES or any(n is not None and not 0 < n <= _LARGEST for n in shape):
        raise FileRefused(f"its input {name!r} is of shape {shape[:20]}")
    if math.prod(n or 1 for n in shape) > _LARGEST:
        raise FileRefused(f"its input {name!r} is of shape {shape}, which no memory holds")
    return FileInput(name, _TYPES[kind.elem_type], tuple(shape))


def _array(tensor: Any, what: str) -> np.ndarray:
    """Return the numbers of a tensor, whose declared shape must be what is there."""
    if tensor.data_location or len(tensor.external_data):
        raise FileRefused(f"{what} is in another file; save the model with its weights inside")
    if tensor.HasField("segment"):
        raise FileRefused(f"{what} comes in segments, which are not supported")
    dtype = _TYPES.get(tensor.data_type)
    if dtype is None:
        raise FileRefused(
            f"{what} is of type {_type_name(tensor.data_type)}; float32 and float64 are supported"
        )
    shape = tuple(int(n) for n in tensor.dims)
    if len(shape) > _MOST_AXES or any(n < 0 for n in shape):
        raise FileRefused(f"{what} is of shape {shape[:20]}")
    count = math.prod(shape)
    fields = {
        name: getattr(tensor, name) for name in (*_FIELDS.values(), "uint64_data", "string_data")
    }
    filled = [name for name, values in fields.items() if len(values)]
    if tensor.HasField("raw_data"):
        there = len(tensor.raw_data) / np.dtype(dtype).itemsize
        other = filled
    else:
        there = float(len(fields[_FIELDS[dtype]]))
        other = [name for name in filled if name != _FIELDS[dtype]]
    if other or there != count:
        raise FileRefused(
            f"{what} is of shape {shape} and type {dtype}, that is {count} numbers, but there are {there:g}"
            + (f" and others in {other}" if other else "")
        )
    if tensor.HasField("raw_data"):
        flat = np.frombuffer(tensor.raw_data, np.dtype(dtype).newbyteorder("<"))
    else:
        flat = np.array(fields[_FIELDS[dtype]])
    return flat.astype(dtype).reshape(shape)


def _node(node: Any, index: int) -> FileNode:
    kind = _name(node.op_type, f"the operator of node {index}")
    if node.domain not in ("", "ai.onnx"):
        raise FileRefused(
            f"node {index} is {kind} of {node.domain[:64]!r}: operators of others are not supported"
        )
    outputs = [_name(name, f"an output of node {index}", empty=True) for name in node.output]
    if not outputs or not outputs[0]:
        raise FileRefused(f"node {index} ({kind}) has no output")
    attributes: dict[str, Any] = {}
    for attribute in node.attribute:
        name = _name(attribute.name, f"an attribute of node {index}")
        if name in attributes:
            raise FileRefused(f"node {index} ({kind}) has two attributes {name!r}")
        attributes[name] = _attribute(attribute, f"the attribute {name!r} of node {index} ({kind})")
    names = [_name(name, f"an input of node {index}", empty=True) for name in node.input]
    return FileNode(kind, _name(node.name, f"node {index}", empty=True), names, outputs, attributes)


def _attribute(attribute: Any, what: str) -> Any:
    """Return an attribute's value: a number, a text, a list of numbers, or an array."""
    kind = attribute.type
    if attribute.ref_attr_name:
        raise FileRefused(f"{what} refers to that of a function")
    if kind == attribute.FLOAT:
        return float(attribute.f)
    if kind == attribute.INT:
        return int(attribute.i)
    if kind == attribute.STRING and len(attribute.s) <= _LONGEST_NAME:
        return attribute.s.decode("utf-8")
    if kind == attribute.TENSOR:
        return _array(attribute.t, what)
    if kind == attribute.FLOATS:
        return [float(x) for x in attribute.floats]
    if kind == attribute.INTS:
        return [int(x) for x in attribute.ints]
    raise FileRefused(
        f"{what} is no number, list of numbers or tensor: graphs within graphs are not supported"
    )
