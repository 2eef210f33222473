"""Names, arrays and attributes of ONNX's messages as plain data, checked so that what comes after may trust them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pymlp.saving.refusal import FileRefused

__all__ = [
    "LARGEST", "MOST_AXES", "TYPES", "plain_array", "plain_attribute", "plain_name", "type_name",
]  # fmt: skip

# By numbers of TensorProto.DataType.
TYPES = {1: "float32", 6: "int32", 7: "int64", 9: "bool", 11: "float64"}
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
LARGEST = 2**31 - 1
MOST_AXES = 8
_LONGEST_NAME = 1024


def plain_name(name: Any, what: str, empty: bool = False) -> str:
    """Return a name, or raise FileRefused if it is no text, too long, or empty and may not be."""
    if not isinstance(name, str):  # protobuf gives bytes where they are no text
        raise FileRefused(f"{what} has a name that is no text")
    if len(name) > _LONGEST_NAME or (not name and not empty):
        raise FileRefused(f"{what} has a name of {len(name)} characters")
    return name


def type_name(number: int) -> str:
    """Return what one of the types that are not read is called, for messages."""
    return _NOT_READ.get(number, str(number))


def plain_array(tensor: Any, what: str) -> np.ndarray:
    """Return the numbers of a tensor, whose declared shape must be what is there."""
    if tensor.data_location or len(tensor.external_data):
        raise FileRefused(f"{what} is in another file; save the model with its weights inside")
    if tensor.HasField("segment"):
        raise FileRefused(f"{what} comes in segments, which are not supported")
    dtype = TYPES.get(tensor.data_type)
    if dtype is None:
        raise FileRefused(
            f"{what} is of type {type_name(tensor.data_type)}; float32 and float64 are supported"
        )
    shape = tuple(int(n) for n in tensor.dims)
    if len(shape) > MOST_AXES or any(n < 0 for n in shape):
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


def plain_attribute(attribute: Any, what: str) -> Any:
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
        return plain_array(attribute.t, what)
    if kind == attribute.FLOATS:
        return [float(x) for x in attribute.floats]
    if kind == attribute.INTS:
        return [int(x) for x in attribute.ints]
    raise FileRefused(
        f"{what} is no number, list of numbers or tensor: graphs within graphs are not supported"
    )
