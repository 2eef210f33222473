"""Elements in another shape or order, and those that are picked."""

from __future__ import annotations

import numpy as np

from pymlp.export.onnx_rules.rules import made_by, rule
from pymlp.export.onnx_writer import Writer
from pymlp.graph.tensor import Tensor

# ---- movement --------------------------------------------------------------------------------------------


@rule("reshape")
def _reshape(w: Writer, y: Tensor) -> str:
    return w.reshape(w.value(y.inputs[0]), y.inputs[0].shape, y.shape)


@rule("broadcast", "expand")
def _expand(w: Writer, y: Tensor) -> str:
    return w.expand(w.value(y.inputs[0]), y.inputs[0].shape, y.shape)


@rule("transpose")
def _transpose(w: Writer, y: Tensor) -> str:
    return w.node("Transpose", [w.value(y.inputs[0])], perm=list(y.attributes["axes"]))


@rule("slice")
def _slice(w: Writer, y: Tensor) -> str:
    (x,) = y.inputs
    starts, ends, axes, steps = [], [], [], []
    for axis, (start, step, count) in enumerate(
        zip(y.attributes["starts"], y.attributes["steps"], y.shape, strict=True)
    ):
        if count is None or (start, step, count) == (0, 1, x.shape[axis]):
            continue
        end = start + step * count
        starts.append(start)
        ends.append(end if end >= 0 else np.iinfo(np.int64).min)  # before the first element
        axes.append(axis)
        steps.append(step)
    return w.node("Slice", [w.value(x), *(w.integers(n) for n in (starts, ends, axes, steps))])


@rule("diagonal")
def _diagonal(w: Writer, y: Tensor) -> str:
    """The matrices' elements in one row, of which those of the diagonal are picked."""
    (x,) = y.inputs
    a, b, offset = (y.attributes[name] for name in ("axis1", "axis2", "offset"))
    kept = [i for i in range(x.ndim) if i not in (a, b)]
    rows, columns = x.shape[a] or 0, x.shape[b] or 0
    moved = w.node("Transpose", [w.value(x)], perm=[*kept, a, b])
    shape = tuple(x.shape[i] for i in kept)
    flat = w.reshape(moved, (*shape, rows, columns), (*shape, rows * columns))
    first = offset if offset >= 0 else -offset * columns
    places = [first + i * (columns + 1) for i in range(y.shape[-1] or 0)]
    return w.node("Gather", [flat, w.integers(places)], axis=-1)


@rule("place")
def _place(w: Writer, y: Tensor) -> str:
    (x,) = y.inputs
    if any(step != 1 for step in y.attributes["steps"]):
        raise ValueError("its elements lie apart in the result, as in a gradient of a slice")
    before = list(y.attributes["starts"])
    after = [
        (n or 0) - (own or 0) - start
        for n, own, start in zip(y.shape, x.shape, before, strict=True)
    ]
    return w.node("Pad", [w.value(x), w.integers(before + after), w.number(0.0)])


@rule("concatenate")
def _concatenate(w: Writer, y: Tensor) -> str:
    """Pairs of pairs are one node: that is how pymlp joins many."""
    axis, parts = y.attributes["axis"], []
    stack = [y]
    while stack:
        tensor = stack.pop()
        if tensor.operation is y.operation and tensor.attributes["axis"] == axis:
            stack.extend(reversed(tensor.inputs))
        else:
            parts.append(w.value(tensor))
    return w.node("Concat", parts, axis=axis)


# ---- picking ---------------------------------------------------------------------------------------------


def _index(w: Writer, index: Tensor, shape: tuple[int | None, ...]) -> str:
    """Return the name of whole numbers: an index, in that shape."""
    constant = index.attributes.get("constant")
    if constant is not None and None not in shape:
        return w.array(constant.astype(np.int64).reshape(shape))
    if made_by(index, "reshape"):
        (inner,) = index.inputs
        index = inner if inner.shape == shape else index
    return w.cast(w.reshape(w.value(index), index.shape, shape), "int64")


@rule("take_rows")
def _take_rows(w: Writer, y: Tensor) -> str:
    table, index = y.inputs
    if index.shape[-1] != 1:
        raise ValueError(f"its indices are of shape {index.shape}, not one a row")
    return w.node("Gather", [w.value(table), _index(w, index, index.shape[:-1])], axis=0)


@rule("take_cols")
def _take_cols(w: Writer, y: Tensor) -> str:
    x, index = y.inputs
    if index.shape[:-1] == x.shape[:-1]:
        return w.node("GatherElements", [w.value(x), _index(w, index, index.shape)], axis=-1)
    if all(n == 1 for n in index.shape[:-1]):
        return w.node("Gather", [w.value(x), _index(w, index, index.shape[-1:])], axis=-1)
    raise ValueError(f"indices of shape {index.shape} are repeated over rows of shape {x.shape}")


@rule("searchsorted")
def _searchsorted(w: Writer, y: Tensor) -> str:
    """How many of the sorted numbers are less, or not greater, than the value."""
    sequence, values = y.inputs
    each = w.node("Unsqueeze", [w.value(values), w.integers([-1])])
    kind = "LessOrEqual" if y.attributes["right"] else "Less"
    found = w.cast(w.node(kind, [w.value(sequence), each]), w.dtype)
    return w.node("ReduceSum", [found, w.integers([-1])], keepdims=0)
