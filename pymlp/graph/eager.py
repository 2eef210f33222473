"""Operations on real arrays: a program of one operation, kept for the next call of the same kind."""

from __future__ import annotations

import math
import os
import threading
from functools import lru_cache
from typing import Any

import numpy as np

from pymlp.graph.lower import Lowered, lower
from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.operation import Operation, apply_to_tensors, eager_dtype
from pymlp.tracing import tracing
from pymlp.variables import Variable

__all__ = ["evaluate"]

_lock = threading.Lock()


def _renew_lock() -> None:
    """In the child of a fork nobody is left who would release it."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


# A program keeps its memory: one for more numbers than this is not kept for the next call.
_MOST_KEPT = 1 << 16


@lru_cache(maxsize=256)
def _program(
    operation: Operation, shapes: tuple[Shape, ...], dtype: str, attributes: tuple[Any, ...]
) -> tuple[Lowered, Variable]:
    """Return a program of one operation and, if it draws, the random state that it reads."""
    state = Variable(np.zeros(2), dtype="uint32", name="state")
    fed = [Tensor(shape, dtype, attributes={"fed": i}) for i, shape in enumerate(shapes)]
    leaves = list(fed)
    if operation.seed_at is not None:
        leaves.insert(operation.seed_at, state.tensor)
    y = apply_to_tensors(operation, tuple(leaves), dtype, dict(attributes))
    return lower(dtype, (), results=[y, *fed]), state


def evaluate(
    operation: Operation, inputs: tuple[Any, ...], attributes: dict[str, Any]
) -> np.ndarray:
    """Run one operation on arrays, variables and numbers; return the result as an array of its own."""
    dtype = attributes.get("dtype") or eager_dtype(inputs)
    arrays = [np.asarray(x, dtype) for i, x in enumerate(inputs) if i != operation.seed_at]
    shapes: list[Shape] = [a.shape for a in arrays]
    batch = 1
    if operation.by_sample and arrays[0].ndim > 1:
        batch = len(arrays[0])
        if any(a.ndim < 1 or len(a) != batch for a in arrays):
            raise ValueError(f"{operation.name}: shapes {shapes} differ in the number of samples.")
        shapes = [(None, *shape[1:]) for shape in shapes]
    made = attributes.get("shape", ()) if operation.seed_at is not None else ()
    size = sum(a.size for a in arrays) + math.prod(made)
    with _lock, tracing(False):
        find = _program if size <= _MOST_KEPT else _program.__wrapped__
        lowered, state = find(operation, tuple(shapes), dtype, tuple(sorted(attributes.items())))
        if operation.seed_at is not None:
            state.assign(inputs[operation.seed_at])
        _, *fed = lowered.results
        lowered.program.reserve(batch)
        for number, array in zip(fed, arrays, strict=True):
            view = lowered.program.view(number, batch)
            view[...] = array.reshape(view.shape)
        lowered.program.run(None, 0, batch, max(batch, 1), None, 1)
        return lowered.result(0, batch)
