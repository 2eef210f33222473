"""The kernel that moves elements from anywhere to anywhere, and the operations that are nothing else.

Axes in another order, slices and their counterpart, repetition along any axis, diagonals: all are one nest of loops
with a length and two strides each, for a tensor in a padded matrix is strided, whatever its axes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymlp._engine.layout import padded_columns
from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.operation import Kernel, Operation, apply

__all__ = ["DIAGONAL", "EXPAND", "PLACE", "SLICE", "TRANSPOSE"]

# Of each axis: its length (-1 for the batch), its stride in the source and in the result.
Loop = tuple[int, int, int]


def strides_of(shape: Shape, dtype: str) -> list[int]:
    """Return how many elements in memory one step along each axis is."""
    if shape == (None,):
        return [1]
    rows = list(shape[:-1])
    step = padded_columns(shape[-1] or 0, dtype) if shape else 0
    found = [1] if shape else []
    for length in reversed(rows):
        found.insert(0, step)
        step *= 1 if length is None else length
    return found


def by_one_thread(y: Tensor) -> str:
    """Say how threads divide a movement: each its samples, which are rows where there is one a sample."""
    if None not in y.shape:
        return "first"
    return "rows" if all(t.ndim <= 2 and None in t.shape for t in (y, y.inputs[0])) else "all"


def _movement(
    name: str,
    shape: Callable[..., Shape],
    loops: Callable[[Tensor, Tensor], tuple[int, int, list[Loop]]],
    gradient: Callable[[Tensor, Tensor], tuple[Any, ...]],
    clears: bool = False,
) -> Operation:
    def kernel(y: Tensor) -> Kernel:
        x = y.inputs[0]
        from_first, to_first, found = loops(x, y)
        if len(found) > 8:
            raise ValueError(
                f"{name}: tensors of more than 8 axes are not moved, received {x.shape}."
            )
        integers = (
            int(clears),
            len(found),
            from_first,
            to_first,
            *(n for loop in found for n in loop),
        )
        return Kernel("strided", (x, y), integers, share=by_one_thread(y))

    return Operation(name, shape, kernel, gradient)


def _length(n: int | None) -> int:
    return -1 if n is None else n


# ---- axes in another order ----


def _transpose_loops(x: Tensor, y: Tensor) -> tuple[int, int, list[Loop]]:
    sx, sy = strides_of(x.shape, x.dtype), strides_of(y.shape, y.dtype)
    axes = y.attributes["axes"]
    return 0, 0, [(_length(y.shape[i]), sx[axis], sy[i]) for i, axis in enumerate(axes)]


def _transpose_gradient(y: Tensor, dy: Tensor) -> tuple[Any, ...]:
    axes = y.attributes["axes"]
    return (apply(TRANSPOSE, dy, axes=tuple(axes.index(i) for i in range(len(axes)))),)


TRANSPOSE = _movement(
    "transpose",
    lambda x, *, axes: tuple(x.shape[axis] for axis in axes),
    _transpose_loops,
    _transpose_gradient,
)


# ---- slices, and putting them into zeros ----


def _slice_loops(x: Tensor, y: Tensor) -> tuple[int, int, list[Loop]]:
    sx, sy = strides_of(x.shape, x.dtype), strides_of(y.shape, y.dtype)
    starts, steps = y.attributes["starts"], y.attributes["steps"]
    first = sum(start * stride for start, stride in zip(starts, sx, strict=True))
    return (
        first,
        0,
        [(_length(n), a * step, b) for n, a, step, b in zip(y.shape, sx, steps, sy, strict=True)],
    )


def _place_loops(x: Tensor, y: Tensor) -> tuple[int, int, list[Loop]]:
    sx, sy = strides_of(x.shape, x.dtype), strides_of(y.shape, y.dtype)
    starts, steps = y.attributes["starts"], y.attributes["steps"]
    first = sum(start * stride for start, stride in zip(starts, sy, strict=True))
    return (
        0,
        first,
        [(_length(n), a, b * step) for n, a, step, b in zip(x.shape, sx, steps, sy, strict=True)],
    )


SLICE: Operation = _movement(
    "slice",
    lambda x, *, starts, steps, shape: shape,
    _slice_loops,
    lambda y, dy: (
        apply(
            PLACE,
            dy,
            starts=y.attributes["starts"],
            steps=y.attributes["steps"],
            shape=y.inputs[0].shape,
        ),
    ),
)
PLACE: Operation = _movement(
    "place",
    lambda x, *, starts, steps, shape: shape,
    _place_loops,
    lambda y, dy: (
        apply(
            SLICE,
            dy,
            starts=y.attributes["starts"],
            steps=y.attributes["steps"],
            shape=y.inputs[0].shape,
        ),
    ),
    clears=True,
)


# ---- repeating along any axis ----


def _expand_loops(x: Tensor, y: Tensor) -> tuple[int, int, list[Loop]]:
    missing = y.ndim - x.ndim
    lengths = (1,) * missing + x.shape
    sx = [0] * missing + strides_of(x.shape, x.dtype)
    sy = strides_of(y.shape, y.dtype)
    return (
        0,
        0,
        [
            (_length(n), 0 if own == 1 else a, b)
            for n, own, a, b in zip(y.shape, lengths, sx, sy, strict=True)
        ],
    )


def _expand_gradient(y: Tensor, dy: Tensor) -> tuple[Any, ...]:
    from pymlp.ops.shaping import sum_to_shape

    return (sum_to_shape(dy, y.inputs[0].shape),)


EXPAND = _movement("expand", lambda x, *, shape: shape, _expand_loops, _expand_gradient)


# ---- diagonals ----


def _diagonal_loops(x: Tensor, y: Tensor) -> tuple[int, int, list[Loop]]:
    """Of the matrices x and their diagonals y, which are the last axis."""
    a, b, offset = (y.attributes[name] for name in ("axis1", "axis2", "offset"))
    sx, sy = strides_of(x.shape, x.dtype), strides_of(y.shape, y.dtype)
    kept = [i for i in range(x.ndim) if i not in (a, b)]
    loops = [(_length(x.shape[i]), sx[i], step) for i, step in zip(kept, sy, strict=False)]
    first = offset * sx[b] if offset >= 0 else -offset * sx[a]
    return first, 0, [*loops, (_length(y.shape[-1]), sx[a] + sx[b], sy[-1])]


def _diagonal_back_loops(y: Tensor, x: Tensor) -> tuple[int, int, list[Loop]]:
    view = Tensor(y.shape, y.dtype, attributes=x.attributes)
    first, _, loops = _diagonal_loops(x, view)
    return 0, first, [(n, to, here) for n, here, to in loops]


def _diagonal_shape(x: Tensor, *, axis1: int, axis2: int, offset: int) -> Shape:
    rows, columns = x.shape[axis1], x.shape[axis2]
    assert rows is not None
    assert columns is not None
    length = min(rows + min(offset, 0), columns - max(offset, 0))
    return (*(n for i, n in enumerate(x.shape) if i not in (axis1, axis2)), max(length, 0))


def _diagonal_gradient(y: Tensor, dy: Tensor) -> tuple[Any, ...]:
    return (apply(DIAGONAL_BACK, dy, shape=y.inputs[0].shape, **y.attributes),)


def _diagonal_back_gradient(x: Tensor, dx: Tensor) -> tuple[Any, ...]:
    where = {name: x.attributes[name] for name in ("axis1", "axis2", "offset")}
    return (apply(DIAGONAL, dx, **where),)


DIAGONAL: Operation = _movement("diagonal", _diagonal_shape, _diagonal_loops, _diagonal_gradient)
DIAGONAL_BACK: Operation = _movement(
    "diagonal_back",
    lambda y, *, shape, axis1, axis2, offset: shape,
    _diagonal_back_loops,
    _diagonal_back_gradient,
    clears=True,
)
