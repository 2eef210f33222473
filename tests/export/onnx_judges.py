"""What an ONNX file computes, said by others: ONNX Runtime, and the slow evaluator that defines the operators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

# Why tests are skipped.
NO_ONNX = "the package onnx is not installed"


def checked(message: Any) -> Any:
    """Return a model after the `onnx` package has checked it, shapes included."""
    onnx = pytest.importorskip("onnx", reason=NO_ONNX)
    onnx.checker.check_model(message, full_check=True)
    return message


def by_runtime(message: Any, *arrays: np.ndarray, check: bool = True) -> list[np.ndarray]:
    """Return the outputs by ONNX Runtime."""
    runtime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    session = runtime.InferenceSession(
        (checked(message) if check else message).SerializeToString(),
        providers=["CPUExecutionProvider"],
    )
    names = [value.name for value in session.get_inputs()]
    return list(session.run(None, dict(zip(names, arrays, strict=True))))


def by_definition(message: Any, *arrays: np.ndarray) -> list[np.ndarray]:
    """Return the outputs by the reference implementation of the operators."""
    pytest.importorskip("onnx", reason=NO_ONNX)
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(checked(message))
    return list(evaluator.run(None, dict(zip(evaluator.input_names, arrays, strict=True))))


def close(found: np.ndarray, expected: np.ndarray, tolerance: float | None = None) -> None:
    """Compare to 1e-5, in double precision to 1e-12, of the greatest element if that is above 1."""
    tolerance = tolerance or (1e-5 if expected.dtype == np.float32 else 1e-12)
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    scale = np.abs(expected[np.isfinite(expected)]).max(initial=1.0)
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * scale)
