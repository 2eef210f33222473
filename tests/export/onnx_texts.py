"""ONNX files written as text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from onnx_judges import NO_ONNX

from pymlp.export import import_onnx

MATRIX = "float[3, 2] w = {1, -2, 3, 4, 0.5, -1}"


def file_of(opset: int, constants: str, nodes: str, given: str = "float[N, 2, 3] x") -> Any:
    """Return the message of a file with these nodes."""
    if "a0" in nodes:
        constants += ", int64[1] a0 = {0}"
    lines = re.sub(r"\) (?=[a-z])", ")\n", nodes)
    text = (
        f'<ir_version: 8, opset_import: ["" : {opset}]>\n'
        f"g ({given}) => (float[] y) <{constants}> {{\n{lines}\n}}"
    )
    onnx = pytest.importorskip("onnx", reason=NO_ONNX)
    message = onnx.parser.parse_model(text)
    message.graph.output[0].type.tensor_type.ClearField("shape")
    return message


def imported(message: Any, folder: Path) -> Any:
    path = folder / "m.onnx"
    path.write_bytes(message if isinstance(message, bytes) else message.SerializeToString())
    return import_onnx(path)
