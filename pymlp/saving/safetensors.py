"""``.safetensors`` files: the weights of a model, each called by the path of its variable.

Such a file is 8 bytes with the length of a JSON text, the text, which says type, shape and place of each tensor, and
their numbers. All of the text is checked here against the file and the model before the package `safetensors` reads it.

References
----------
Hugging Face: "Safetensors", section "Format". https://github.com/huggingface/safetensors
"""

from __future__ import annotations

import math
import os
import warnings
from functools import partial
from typing import Any

import numpy as np

from pymlp.saving.atomic import replacing
from pymlp.saving.refusal import FileRefused, refusing
from pymlp.saving.validation import parsed
from pymlp.saving.weights import Setting
from pymlp.variables import Variable

__all__ = ["save", "weights"]

PathLike = str | os.PathLike[str]

_TYPES = {
    "BOOL": "bool", "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64", "U8": "uint8", "U16": "uint16",
    "U32": "uint32", "U64": "uint64", "F16": "float16", "F32": "float32", "F64": "float64",
}  # fmt: skip
_KEYS = {"dtype", "shape", "data_offsets"}


def save(model: Any, filepath: PathLike) -> None:
    """Write the weights of a model, whole or not at all."""
    numpy_part = _package("Saving")
    tensors = {path: variable.numpy() for path, variable in _by_path(model).items()}
    with replacing(filepath) as stream:
        numpy_part.save_file(tensors, stream.name, metadata={"format": "np"})


def weights(filepath: PathLike, model: Any, skip_mismatch: bool) -> list[Setting]:
    """Return what sets the weights of a model from a file, all of which is checked."""
    numpy_part = _package("Loading")
    name = os.fspath(filepath)
    header = _header(filepath)
    wanted = _by_path(model)
    fitting = {}
    for path, variable in wanted.items():
        problem = _problem(header.get(path), variable)
        if problem is None:
            fitting[path] = variable
        elif skip_mismatch:
            warnings.warn(f"Skipped. {name}: {path!r} {problem}.", stacklevel=3)
        else:
            raise FileRefused(
                f"{name}: {path!r} {problem}. Tensors are called by the paths of variables, and so by the names of "
                "layers: give these names, or load the file into a model of the same names and sizes."
            )
    unknown = sorted(set(header) - set(wanted))
    if unknown and not skip_mismatch:
        raise FileRefused(f"{name}: the model has no variables {unknown}, which the file has.")
    with (
        refusing(f"{name} cannot be read"),
        numpy_part.safe_open(name, framework="numpy") as file,
    ):
        return [
            partial(variable.assign, file.get_tensor(path)) for path, variable in fitting.items()
        ]


def _package(doing: str) -> Any:
    try:
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(
            f"{doing} .safetensors files needs the package safetensors: pip install pymlp[safetensors]."
        ) from error
    return safetensors.numpy


def _by_path(model: Any) -> dict[str, Variable]:
    found: dict[str, Variable] = {}
    for variable in model.weights:
        if variable.path in found:
            raise ValueError(
                f"The model '{model.name}' has two variables with the path {variable.path!r}, and a .safetensors file "
                "tells them apart by it. Give the layers different names."
            )
        found[variable.path] = variable
    return found


def _problem(entry: dict[str, Any] | None, variable: Variable) -> str | None:
    if entry is None:
        return "is missing in the file"
    if tuple(entry["shape"]) != variable.shape:
        return f"has the shape {variable.shape}, the file has {tuple(entry['shape'])} for it"
    if np.dtype(variable.dtype).kind in "iu" and entry["dtype"].startswith("F"):
        return f"is of type {variable.dtype}, the file has {entry['dtype']} for it"
    return None


def _header(filepath: PathLike) -> dict[str, dict[str, Any]]:
    """Return type, shape and place of each tensor, all checked."""
    name = os.fspath(filepath)
    with open(filepath, "rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        length = int.from_bytes(stream.read(8), "little")
        if size < 8 or length > size - 8:
            raise FileRefused(
                f"{name} is not a .safetensors file: its header would have {length} bytes, the file has {size}."
            )
        if length > 2**24:
            raise FileRefused(
                f"{name}: its header would have {length} bytes, expected at most {2**24}."
            )
        text = stream.read(length)
    if not text.startswith(b"{"):
        raise FileRefused(f"{name} is not a .safetensors file: its header is no JSON object.")
    header: dict[str, dict[str, Any]] = parsed(text, f"{name}: its header")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise FileRefused(f"{name}: __metadata__ in its header should be texts by name.")
    places = []
    for tensor, entry in header.items():
        begin, end = _place(entry, f"{name}: {tensor!r:.200} in its header")
        places.append((begin, end, tensor))
    reached = 0
    for begin, end, tensor in sorted(places):
        if begin != reached:
            what = "overlaps with the tensor before it" if begin < reached else "follows on a gap"
            raise FileRefused(
                f"{name}: {tensor!r:.200} {what}: it begins at {begin}, not {reached}."
            )
        reached = end
    if reached != size - 8 - length:
        raise FileRefused(
            f"{name}: its tensors have {reached} bytes, the file has {size - 8 - length} for them."
        )
    return header


def _place(entry: Any, where: str) -> tuple[int, int]:
    """Return where a tensor begins and ends, if that is as long as its type and shape say."""
    if not isinstance(entry, dict) or set(entry) != _KEYS:
        raise FileRefused(f"{where} should have dtype, shape and data_offsets.")
    shape, offsets = entry["shape"], entry["data_offsets"]
    for numbers in (shape, offsets):
        if not isinstance(numbers, list) or not all(type(n) is int and n >= 0 for n in numbers):
            raise FileRefused(
                f"{where} should have whole numbers, at least 0, for shape and data_offsets."
            )
    if not isinstance(entry["dtype"], str) or entry["dtype"] not in _TYPES:
        raise FileRefused(f"{where} is of type {entry['dtype']!r}; known are {', '.join(_TYPES)}.")
    if len(offsets) != 2 or len(shape) > 64:
        raise FileRefused(f"{where} should have 2 data_offsets, and at most 64 axes.")
    begin, end = offsets
    needed = math.prod(shape) * np.dtype(_TYPES[entry["dtype"]]).itemsize
    if end - begin != needed:
        raise FileRefused(
            f"{where} needs {needed} bytes for its shape {shape}, it has those from {begin} to {end}."
        )
    return begin, end
