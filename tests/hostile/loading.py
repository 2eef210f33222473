"""A file is loaded by what its name ends in, and what came of it is compared with what the file says."""

from __future__ import annotations

import importlib
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
from pymlp.models import Functional
from pymlp.nesting import flatten, pack_as

from .agreement import check_described, check_saved_again, check_stored
from .valid import chain, network

__all__ = ["check", "import_all", "load", "session", "target_of"]

# Larger models are not run: that they are large is what they say.
_MOST_NUMBERS = 10**5
_targets: dict[str, Any] = {}


def load(path: Path) -> Any:
    """Return the model of a file, or the one of its kind that has its weights, or raise FileRefused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        target = target_of(path)
        if target is not None:
            target.load_weights(path)
            return target
        if path.suffix == ".onnx":
            return import_onnx(path)
        if path.suffix == ".json":
            return saving.model_from_json(path.read_text("utf-8", "surrogateescape"))
        return saving.load_model(path)


def target_of(path: Path) -> Any:
    """Return the model that the weights of a file are for, or None if that is no file of weights alone."""
    if not path.name.endswith((".weights.h5", ".safetensors")):
        return None
    kind = path.name.partition(".")[0]
    make: Callable[[], Any] = network if kind == "network" else chain
    return _targets.setdefault(kind, make())


def check(model: Any, path: Path, again: bool = True) -> None:
    """Raise AssertionError unless a model is whole, computes, is what its file says, and can be saved `again`."""
    for variable in model.weights:
        array = variable.numpy()
        assert array.shape == variable.shape
        assert array.dtype == variable.dtype
    check_described(model, path)
    check_stored(model, path)
    if not model.built or not model.inputs:
        return
    if len({variable.dtype for variable in model.weights}) > 1:
        return  # layers of several types are told of when they meet
    tensors = [*model.inputs, *flatten(model.outputs), *model.weights]
    if sum(math.prod(n or 1 for n in tensor.shape) for tensor in tensors) > _MOST_NUMBERS:
        return
    rows = model.inputs[0].shape[0] or 2
    data = [np.zeros((rows, *tensor.shape[1:]), tensor.dtype) for tensor in model.inputs]
    given = pack_as(model.input, data) if isinstance(model, Functional) else data[0]
    found = flatten(model.predict_on_batch(given))
    assert len(found) == len(flatten(model.outputs))
    for array, tensor in zip(found, flatten(model.outputs), strict=True):
        assert array.shape[1:] == tensor.shape[1:], f"{array.shape} {tensor.shape}"
    if again:
        check_saved_again(model)


def import_all() -> None:
    """Import every module of pymlp, so that an import while a file is loaded is the file's."""
    for found in pkgutil.walk_packages(pymlp.__path__, "pymlp."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)


def session() -> None:
    """Forget the names that were given so far."""
    pymlp.backend.clear_session()
