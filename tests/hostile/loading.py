"""A file is loaded by what its name ends in, and what came of it is compared with what the file says."""

from __future__ import annotations

import importlib
import io
import math
import pkgutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import pymlp
from pymlp import saving
from pymlp.export import import_onnx
from pymlp.nesting import flatten

from .valid import chain, network

__all__ = ["check", "import_all", "load", "session"]

# Larger models are not run: that they are large is what they say.
_MOST_NUMBERS = 10**5
_targets: dict[str, Any] = {}


def load(path: Path) -> Any:
    """Return the model of a file, or the one of its kind that has its weights, or raise FileRefused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.name.endswith((".weights.h5", ".safetensors")):
            target = _target(path.name)
            target.load_weights(path)
            return target
        if path.suffix == ".onnx":
            return import_onnx(path)
        if path.suffix == ".json":
            return saving.model_from_json(path.read_text("utf-8", "surrogateescape"))
        return saving.load_model(path)


def _target(name: str) -> Any:
    """Return the model that weights are for."""
    kind = name.partition(".")[0]
    make: Callable[[], Any] = network if kind == "network" else chain
    return _targets.setdefault(kind, make())


def check(model: Any, path: Path) -> None:
    """Raise AssertionError unless a model is whole, computes, and has the weights of its file."""
    for variable in model.weights:
        array = variable.numpy()
        assert array.shape == variable.shape
        assert array.dtype == variable.dtype
    for described, array in _stored(path):
        assert described in {v.path for v in model.weights} or any(
            np.array_equal(array, v.numpy(), equal_nan=True)
            for v in [*model.weights, *getattr(model.optimizer, "variables", ())]
        ), f"{described} is in the file, and not in the model"
    if not model.built or not model.inputs:
        return
    if len({variable.dtype for variable in model.weights}) > 1:
        return  # layers of several types are told of when they meet
    tensors = [*model.inputs, *flatten(model.outputs), *model.weights]
    if sum(math.prod(n or 1 for n in tensor.shape) for tensor in tensors) > _MOST_NUMBERS:
        return
    rows = model.inputs[0].shape[0] or 2
    data = [np.zeros((rows, *tensor.shape[1:]), tensor.dtype) for tensor in model.inputs]
    found = flatten(model.predict_on_batch(data if len(data) > 1 else data[0]))
    assert len(found) == len(flatten(model.outputs))
    for array, tensor in zip(found, flatten(model.outputs), strict=True):
        assert array.shape[1:] == tensor.shape[1:], f"{array.shape} {tensor.shape}"


def _stored(path: Path) -> list[tuple[str, np.ndarray]]:
    """Return arrays of a file of weights alone, which has to fit the model, read without pymlp."""
    import h5py

    if path.suffix == ".safetensors":
        from safetensors.numpy import load_file

        return list(load_file(path).items())
    if path.name.endswith(".weights.h5"):
        stream: Any = io.BytesIO(path.read_bytes())
    else:
        return []
    found = []
    with h5py.File(stream) as file:
        for name in ("layers/dense/vars/0", "layers/dense/vars/1", "layers/dense_1/vars/0"):
            if isinstance(file.get(name), h5py.Dataset):
                found.append((name, file[name][()]))
    return found


def import_all() -> None:
    """Import every module of pymlp, so that an import while a file is loaded is the file's."""
    for found in pkgutil.walk_packages(pymlp.__path__, "pymlp."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)


def session() -> None:
    """Forget the names that were given so far."""
    pymlp.backend.clear_session()
