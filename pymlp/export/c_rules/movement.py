"""What moves elements: loops that read in one order and write in another."""

from __future__ import annotations

from collections.abc import Sequence

from pymlp.export.c_loops import Walk, broadcast_walk, contiguous, nest
from pymlp.export.c_rules.step import Rule, Step
from pymlp.export.sample_graph import sample_shape, size_of
from pymlp.graph.tensor import Tensor

__all__ = ["RULES"]


def _moved(step: Step, lengths: Sequence[int], source: Walk, target: Walk) -> list[str]:
    x, y = step.array(step.y.inputs[0]), step.array(step.y)
    return nest(lengths, [source, target], lambda i, j: f"{y}[{j}] = {x}[{i}];")


def _of_sample(y: Tensor, values: Sequence[int]) -> list[int]:
    """Return what is said of each axis without that of the samples."""
    return list(values[1:] if y.shape[:1] == (None,) else values)


def _transpose(step: Step) -> list[str]:
    (x,) = step.y.inputs
    strides = contiguous(sample_shape(x))
    skipped = len(x.shape) - len(strides)
    axes = _of_sample(step.y, step.y.attributes["axes"])
    walk = Walk(0, tuple(strides[axis - skipped] for axis in axes))
    return _moved(step, step.shape, walk, Walk(0, contiguous(step.shape)))


def _strided(step: Step, whole: Tensor) -> Walk:
    """Return how the part of a tensor is gone through that `starts` and `steps` speak of."""
    strides = contiguous(sample_shape(whole))
    starts = _of_sample(whole, step.y.attributes["starts"])
    steps = _of_sample(whole, step.y.attributes["steps"])
    first = sum(a * b for a, b in zip(starts, strides, strict=True))
    return Walk(first, tuple(a * b for a, b in zip(steps, strides, strict=True)))


def _slice(step: Step) -> list[str]:
    walk = _strided(step, step.y.inputs[0])
    return _moved(step, step.shape, walk, Walk(0, contiguous(step.shape)))


def _place(step: Step) -> list[str]:
    (x,) = step.y.inputs
    y, lengths = step.array(step.y), sample_shape(x)
    cleared = nest([size_of(step.y)], [Walk(0, (1,))], lambda i: f"{y}[{i}] = 0.0f;")
    return cleared + _moved(step, lengths, Walk(0, contiguous(lengths)), _strided(step, step.y))


def _diagonal_walk(part: Tensor, matrices: Tensor, y: Tensor) -> Walk:
    """Return how the diagonals of matrices are gone through, the other axes before them."""
    strides = contiguous(sample_shape(matrices))
    skipped = len(matrices.shape) - len(strides)
    a, b, offset = (y.attributes[name] for name in ("axis1", "axis2", "offset"))
    steps = [s for i, s in enumerate(strides, skipped) if i not in (a, b)]
    row, column = strides[a - skipped], strides[b - skipped]
    first = offset * column if offset >= 0 else -offset * row
    assert len(steps) + 1 == len(sample_shape(part))
    return Walk(first, (*steps, row + column))


def _diagonal(step: Step) -> list[str]:
    walk = _diagonal_walk(step.y, step.y.inputs[0], step.y)
    return _moved(step, step.shape, walk, Walk(0, contiguous(step.shape)))


def _repeated(step: Step) -> list[str]:
    walk = broadcast_walk(sample_shape(step.y.inputs[0]), step.shape)
    number = step.number(step.y.inputs[0])
    if number is not None:
        y = step.array(step.y)
        return nest([size_of(step.y)], [Walk(0, (1,))], lambda i: f"{y}[{i}] = {number};")
    return _moved(step, step.shape, walk, Walk(0, contiguous(step.shape)))


def _concatenate(step: Step) -> list[str]:
    axis = step.y.attributes["axis"] - (len(step.y.shape) - len(step.shape))
    strides = contiguous(step.shape)
    lines, first = [], 0
    for x in step.y.inputs:
        shape, source, target = sample_shape(x), step.array(x), step.array(step.y)
        walks = [Walk(0, contiguous(shape)), Walk(first, strides)]
        lines += nest(shape, walks, lambda i, j, to=target, of=source: f"{to}[{j}] = {of}[{i}];")
        first += shape[axis] * strides[axis]
    return lines


def _take_rows(step: Step) -> list[str]:
    table, index = step.y.inputs
    rows, n = step.rows(table)
    return step.call("take_rows", size_of(index), rows, n, table, index, step.y)


def _take_columns(step: Step) -> list[str]:
    x, index = step.y.inputs
    rows, n = step.rows(x)
    count = sample_shape(index)[-1]
    apart = 0 if size_of(index) == count else count
    return step.call("take_columns", rows, n, count, apart, x, index, step.y)


RULES: dict[str, Rule] = {
    "transpose": _transpose,
    "slice": _slice,
    "place": _place,
    "diagonal": _diagonal,
    "expand": _repeated,
    "broadcast": _repeated,
    "concatenate": _concatenate,
    "take_rows": _take_rows,
    "take_cols": _take_columns,
}
