"""The libraries whose inference is measured, each behind `bench.predictors.base.Predictor`."""

from __future__ import annotations

from importlib import import_module

from bench.predictors.base import Predictor

__all__ = ["CONCURRENT", "PREDICTORS", "Predictor", "load"]

PREDICTORS = {
    "pymlp": "pymlp, predict",
    "pymlp_predictor": "pymlp, predictor",
    "onnxruntime": "ONNX Runtime",
    "pytorch": "PyTorch, eager",
    "pytorch_compile": "PyTorch, torch.compile",
    "jax_jit": "JAX, compiled",
    "keras_jax": "Keras on JAX",
    "numpy_by_hand": "NumPy by hand",
}
"""Module name in this package, and the name that tables show. pymlp comes first."""

CONCURRENT = ("pymlp_predictor", "onnxruntime")
"""Those that several Python threads call at once."""


def load(name: str) -> type[Predictor]:
    """Import one library's module; ImportError where the library is missing."""
    predictor: type[Predictor] = import_module(f"bench.predictors.{name}").ThisPredictor
    return predictor
