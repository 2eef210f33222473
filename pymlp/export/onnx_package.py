"""The `onnx` package, which is imported when it is needed, and which versions of the format are read and written."""

from __future__ import annotations

from typing import Any

__all__ = ["IR_VERSION", "NEWEST_OPSET", "OLDEST_OPSET", "OPSET", "onnx_package"]

# What is written: the oldest operator set with LayerNormalization, which runtimes have had since 2022.
OPSET = 17
IR_VERSION = 8
# What is read.
OLDEST_OPSET = 7
NEWEST_OPSET = 28


def onnx_package() -> Any:
    """Return the `onnx` package.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise ImportError(
            'ONNX files are read and written by the package onnx, which is not installed: pip install "pymlp[onnx]".'
        ) from error
    return onnx
