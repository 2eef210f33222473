"""Operations that move elements: axes in another order, slices, repetition along any axis, joining, picking.

All but joining and picking are one kernel, a nest of loops with a length and two strides each: a tensor in a padded
matrix is strided, whatever its axes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pymlp.graph.tensor import Shape, Tensor, constant_tensor
from pymlp.ops.operation import Kernel, Operation, apply, counted
from pymlp.ops.shaping import reshape
from pymlp.variables import padded_columns, traced

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


# ---- axes in another order --------------------------------------------------------------------------


def _transpose_loops(x: Tensor, y: Tensor) -> tuple[int, int, list[Loop]]:
    sx, sy = strides_of(x.shape, x.dtype), strides_of(y.shape, y.dtype)
    axes = y.attributes["axes"]
    return 0, 0, [(_length(y.shape[i]), sx[axis], sy[i]) for i, axis in enumerate(axes)]


def _transpose_gradient(y: Tensor, dy: Tensor) -> tuple[Any, ...]:
    axes = y.attributes["axes"]
    return (transpose(dy, tuple(axes.index(i) for i in range(len(axes)))),)


_TRANSPOSE = _movement(
    "transpose",
    lambda x, *, axes: tuple(x.shape[axis] for axis in axes),
    _transpose_loops,
    _transpose_gradient,
)


def known(x: Any) -> Any:
    """Return a symbolic tensor, or an array of whatever else."""
    x = traced(counted(x))
    return x if isinstance(x, Tensor) else np.asarray(x)


def axis_of(name: str, axis: Any, ndim: int) -> int:
    """Return an axis counted from the front, or raise ValueError."""
    if isinstance(axis, bool) or not hasattr(axis, "__index__") or not -ndim <= int(axis) < ndim:
        raise ValueError(f"{name}: a tensor of {ndim} axes has no axis {axis!r}.")
    return int(axis) % ndim


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Return x with its axes in another order; by default the other way round.

    Raises
    ------
    ValueError
        If `axes` does not name each axis once, or would move that of the samples of a symbolic tensor.
    """
    x = known(x)
    order = tuple(range(x.ndim))[::-1] if axes is None else tuple(axes)
    order = tuple(axis_of("transpose", axis, x.ndim) for axis in order)
    if sorted(order) != list(range(x.ndim)):
        raise ValueError(f"transpose: axes={axes} does not name each axis of shape {x.shape} once.")
    if not isinstance(x, Tensor):
        return np.ascontiguousarray(np.transpose(x, order))
    if order == tuple(range(x.ndim)):
        return x
    if None in x.shape and order[0] != 0:
        raise ValueError(
            f"transpose: axes={axes} moves the axis of samples of shape {x.shape}, which stays the first while a "
            "model is traced."
        )
    # Axes of one element are nowhere in memory.
    if [a for a in order if x.shape[a] != 1] == [a for a in range(x.ndim) if x.shape[a] != 1]:
        return reshape(x, tuple(x.shape[axis] for axis in order))
    return apply(_TRANSPOSE, x, axes=order)


# ---- slices ------------------------------------------------------------------------------------------


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


_SLICE: Operation = _movement(
    "slice",
    lambda x, *, starts, steps, shape: shape,
    _slice_loops,
    lambda y, dy: (
        apply(
            _PLACE,
            dy,
            starts=y.attributes["starts"],
            steps=y.attributes["steps"],
            shape=y.inputs[0].shape,
        ),
    ),
)
_PLACE: Operation = _movement(
    "place",
    lambda x, *, starts, steps, shape: shape,
    _place_loops,
    lambda y, dy: (
        apply(
            _SLICE,
            dy,
            starts=y.attributes["starts"],
            steps=y.attributes["steps"],
            shape=y.inputs[0].shape,
        ),
    ),
    clears=True,
)


def item(x: Tensor, key: Any) -> Any:
    """Return ``x[key]`` of a symbolic tensor: slices, whole numbers, None and an ellipsis.

    Raises
    ------
    TypeError
        For any other index, and for a part of the samples.
    """
    keys = list(key) if isinstance(key, tuple) else [key]
    plain = [k for k in keys if k is not None and k is not Ellipsis]
    if not all(isinstance(k, (slice, int, np.integer)) and not isinstance(k, bool) for k in plain):
        raise TypeError(
            f"a symbolic tensor is indexed by slices and whole numbers, received {key!r}: use pymlp.ops.take, "
            "pymlp.ops.where or pymlp.ops.take_along_axis."
        )
    if len(plain) > x.ndim:
        raise IndexError(f"{len(plain)} indices were given for a tensor of shape {x.shape}.")
    if Ellipsis not in [k for k in keys if k is Ellipsis]:
        keys.append(Ellipsis)
    where = next(i for i, k in enumerate(keys) if k is Ellipsis)
    keys[where : where + 1] = [slice(None)] * (x.ndim - len(plain))
    starts: list[int] = []
    steps: list[int] = []
    sliced: list[int | None] = []
    final: list[int | None] = []
    count: int | None
    for k in keys:
        if k is None:
            final.append(1)
            continue
        length = x.shape[len(starts)]
        if length is None:
            if k != slice(None):
                raise TypeError(
                    f"a part of the samples, x[{key!r}], cannot be taken while a model is traced: how many there are "
                    "differs from batch to batch."
                )
            start, step, count = 0, 1, None
            final.append(None)
        elif isinstance(k, slice):
            chosen = range(length)[k]
            start, step, count = chosen.start, chosen.step, len(chosen)
            final.append(count)
        else:
            index = int(k)
            if not -length <= index < length:
                raise IndexError(f"there is no element {index} along an axis of {length}.")
            start, step, count = index % length, 1, 1
        starts.append(start if count != 0 else 0)
        steps.append(step)
        sliced.append(count)
    result: Any = x
    if tuple(sliced) != x.shape or any(step != 1 for step in steps):
        result = apply(_SLICE, x, starts=tuple(starts), steps=tuple(steps), shape=tuple(sliced))
    return reshape(result, tuple(final))


def _indexed(x: Any, key: tuple[Any, ...]) -> Any:
    return item(x, key) if isinstance(x, Tensor) else np.ascontiguousarray(x[key])


def flip(x: Any, axis: int | Sequence[int] | None = None) -> Any:
    """Return x with the elements along an axis, several, or all axes in the other order."""
    x = known(x)
    axes = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    chosen = {axis_of("flip", a, x.ndim) for a in axes}
    return _indexed(
        x,
        tuple(
            slice(None, None, -1 if i in chosen else 1) if i in chosen else slice(None)
            for i in range(x.ndim)
        ),
    )


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    """Return x with elements added before and behind along each axis.

    Parameters
    ----------
    x : tensor
    pad_width : int, (before, after), or a pair for each axis
    mode : {"constant"}
        Others only on arrays.
    constant_values : float, optional
        Default: 0.
    """
    x = known(x)
    if not isinstance(x, Tensor):
        filled = {"constant_values": constant_values or 0} if mode == "constant" else {}
        return np.pad(x, pad_width, mode, **filled)  # type: ignore[call-overload]
    if mode != "constant":
        raise NotImplementedError(f"pad: mode={mode!r} is not traced, only 'constant'.")
    width = np.broadcast_to(np.asarray(pad_width, int), (x.ndim, 2)).tolist()
    if any(n is None and pair != [0, 0] for n, pair in zip(x.shape, width, strict=True)):
        raise ValueError(
            "pad: samples are not added while a model is traced: give (0, 0) for the first axis."
        )
    shape = tuple(
        None if n is None else n + sum(pair) for n, pair in zip(x.shape, width, strict=True)
    )
    starts = tuple(before for before, _ in width)
    steps = (1,) * x.ndim
    padded = apply(_PLACE, x, starts=starts, steps=steps, shape=shape)
    if not constant_values:
        return padded
    from pymlp.ops.elementwise import where

    inside = np.zeros([n or 1 for n in shape], bool)
    inside[tuple(slice(b, b + (n or 1)) for b, n in zip(starts, x.shape, strict=True))] = True
    return where(inside.astype(x.dtype), padded, float(constant_values))


# ---- repeating along any axis -------------------------------------------------------------------------


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


# ---- joining -------------------------------------------------------------------------------------------


def _concatenate_shape(a: Tensor, b: Tensor, *, axis: int) -> Shape:
    shape = list(a.shape)
    shape[axis] = (a.shape[axis] or 0) + (b.shape[axis] or 0)
    return tuple(shape)


def _concatenate_kernel(y: Tensor) -> Kernel:
    axis = y.attributes["axis"]
    if axis == y.ndim - 1:
        return Kernel("concatenate", (*y.inputs, y), (0,))
    blocks = math.prod(n for n in y.shape[:axis] if n is not None)
    return Kernel("concatenate", (*y.inputs, y), (blocks,), share="all")


def _concatenate_gradient(y: Tensor, dy: Tensor) -> tuple[Any, ...]:
    axis, length = y.attributes["axis"], y.inputs[0].shape[y.attributes["axis"]]
    before = (slice(None),) * axis
    return item(dy, (*before, slice(None, length))), item(dy, (*before, slice(length, None)))


_CONCATENATE = Operation(
    "concatenate", _concatenate_shape, _concatenate_kernel, _concatenate_gradient
)


def concatenate(xs: Sequence[Any], axis: int = -1) -> Any:
    """Return tensors one behind the other along an axis they have."""
    values = [known(x) for x in xs]
    if not values:
        raise ValueError("concatenate: at least one tensor is needed.")
    if not any(isinstance(x, Tensor) for x in values):
        return np.concatenate(values, axis)
    dtype = next(x.dtype for x in values if isinstance(x, Tensor))
    ndim = values[0].ndim
    position = axis_of("concatenate", axis, ndim)
    shapes = [tuple(x.shape) for x in values]
    others = {shape[:position] + shape[position + 1 :] for shape in shapes}
    if len(others) > 1 or any(shape[position] is None for shape in shapes):
        raise ValueError(
            f"concatenate: shapes {shapes} should agree but for axis {axis}, which is not that of the samples."
        )
    values = [x for x, shape in zip(values, shapes, strict=True) if shape[position] != 0] or values[
        :1
    ]
    # By pairs, so that each element is moved as often as the number of tensors has binary digits.
    while len(values) > 1:
        pairs = [values[i : i + 2] for i in range(0, len(values), 2)]
        values = [
            apply(_CONCATENATE, *pair, axis=position) if len(pair) == 2 else pair[0]
            for pair in pairs
        ]
    return values[0] if isinstance(values[0], Tensor) else np.asarray(values[0], dtype)


def stack(xs: Sequence[Any], axis: int = 0) -> Any:
    """Return tensors of one shape along a new axis."""
    values = [known(x) for x in xs]
    if not any(isinstance(x, Tensor) for x in values):
        return np.stack(values, axis)
    position = axis_of("stack", axis, values[0].ndim + 1)
    shapes = {tuple(x.shape) for x in values}
    if len(shapes) > 1 or (position == 0 and None in values[0].shape):
        raise ValueError(
            f"stack: shapes {sorted(map(str, shapes))} do not stack along axis {axis}."
        )
    widened = [reshape(x, (*x.shape[:position], 1, *x.shape[position:])) for x in values]
    return concatenate(widened, position)


def split(x: Any, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Return the parts of x along an axis: so many equal ones, or those between the indices."""
    x = known(x)
    if not isinstance(x, Tensor):
        return np.split(x, indices_or_sections, axis)
    position = axis_of("split", axis, x.ndim)
    length = x.shape[position]
    if length is None:
        raise ValueError("split: samples are not split while a model is traced; give another axis.")
    if isinstance(indices_or_sections, int):
        if length % indices_or_sections:
            raise ValueError(
                f"split: {length} elements do not make {indices_or_sections} equal parts."
            )
        size = length // indices_or_sections
        bounds = [i * size for i in range(1, indices_or_sections)]
    else:
        bounds = [int(i) for i in indices_or_sections]
    before = (slice(None),) * position
    ends = zip([None, *bounds], [*bounds, None], strict=True)
    return [item(x, (*before, slice(a, b))) for a, b in ends]


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    """Return the parts of x along an axis, without it."""
    x = known(x)
    position = axis_of("unstack", axis, x.ndim)
    before = (slice(None),) * position
    return [_indexed(x, (*before, i)) for i in range(num or x.shape[position])]


# ---- picking -------------------------------------------------------------------------------------------


def _take_rows_shape(table: Tensor, index: Tensor) -> Shape:
    return (*index.shape[:-1], table.shape[1])


_TAKE_ROWS: Operation = Operation(
    "take_rows",
    _take_rows_shape,
    lambda y: Kernel("take_rows", (*y.inputs, y)),
    lambda y, dy: (apply(_TAKE_ROWS_DTABLE, dy, y.inputs[1], rows=y.inputs[0].shape[0]), None),
)
_TAKE_ROWS_DTABLE: Operation = Operation(
    "take_rows_dtable",
    lambda dy, index, *, rows: (rows, dy.shape[-1]),
    lambda y: Kernel("take_rows_dtable", (*y.inputs, y), share="all"),
)
_TAKE_COLS: Operation = Operation(
    "take_cols",
    lambda x, index: (*x.shape[:-1], index.shape[-1]),
    lambda y: Kernel("take_cols", (*y.inputs, y)),
    lambda y, dy: (apply(_TAKE_COLS_DX, dy, y.inputs[1], length=y.inputs[0].shape[-1]), None),
)
_TAKE_COLS_DX: Operation = Operation(
    "take_cols_dx",
    lambda dy, index, *, length: (*dy.shape[:-1], length),
    lambda y: Kernel("take_cols_dx", (*y.inputs, y)),
    lambda y, dy: (apply(_TAKE_COLS, dy, y.inputs[1]), None),
)


def moved_last(x: Any, axis: int) -> tuple[Any, tuple[int, ...]]:
    """Return x with an axis moved to the end, and the order that moves it back."""
    order = [i for i in range(x.ndim) if i != axis] + [axis]
    return transpose(x, order), tuple(order.index(i) for i in range(x.ndim))


def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Return the elements of x at `indices` along an axis; of all elements in one row where it is None.

    Indices are whole numbers, negative ones counted from the end; one that is out of range gives NaN.
    """
    x, indices = known(x), known(indices)
    if not isinstance(x, Tensor) and not isinstance(indices, Tensor):
        return np.take(x, indices.astype(int), axis)
    if axis is None:
        x, axis = reshape(x, (math.prod(n for n in x.shape if n is not None),)), 0
    position = axis_of("take", axis, x.ndim)
    shape = tuple(indices.shape)
    if position == 0 and None not in x.shape:
        rest = tuple(x.shape[1:])
        table = reshape(x, (x.shape[0], math.prod(rest)))
        rows = apply(_TAKE_ROWS, table, reshape(indices, (*shape, 1)))
        return reshape(rows, (*shape, *rest))
    if x.shape[position] is None or None in shape:
        raise ValueError(
            f"take: indices of shape {shape} along axis {axis} of shape {x.shape} are not traced: samples are taken "
            "whole. Use pymlp.ops.take_along_axis for indices that differ from sample to sample."
        )
    last, back = moved_last(x, position)
    found = apply(
        _TAKE_COLS,
        last,
        indices.reshape(1, -1)
        if not isinstance(indices, Tensor)
        else reshape(indices, (1, math.prod(n or 0 for n in shape))),
    )
    found = transpose(found, back)
    return reshape(found, (*x.shape[:position], *shape, *x.shape[position + 1 :]))


def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Return of each row along an axis the elements at that row's own indices."""
    x, indices = known(x), known(indices)
    if not isinstance(x, Tensor) and not isinstance(indices, Tensor):
        return np.take_along_axis(x, indices.astype(int), axis)
    if axis is None:
        raise ValueError("take_along_axis: an axis is needed while a model is traced.")
    position = axis_of("take_along_axis", axis, x.ndim)
    if x.shape[position] is None or len(indices.shape) != x.ndim:
        raise ValueError(
            f"take_along_axis: indices of shape {tuple(indices.shape)} do not go with {x.shape}."
        )
    last, back = moved_last(x, position)
    index, _ = moved_last(indices, position)
    if tuple(index.shape[:-1]) != tuple(last.shape[:-1]):
        from pymlp.ops.shaping import broadcast_to

        if not isinstance(index, Tensor):
            index = constant_tensor(index, last.dtype)
        index = broadcast_to(index, (*last.shape[:-1], index.shape[-1]))
    return transpose(apply(_TAKE_COLS, last, index), back)


# ---- repetition ----------------------------------------------------------------------------------------


def repeat(x: Any, repeats: int, axis: int | None = None) -> Any:
    """Return x with each element along an axis so many times, one after the other."""
    x = known(x)
    if not isinstance(x, Tensor):
        return np.repeat(x, repeats, axis)
    if axis is None:
        x, axis = reshape(x, (math.prod(n for n in x.shape if n is not None),)), 0
    position = axis_of("repeat", axis, x.ndim)
    if x.shape[position] is None or not isinstance(repeats, int):
        raise ValueError(
            "repeat: repeats should be a whole number, along an axis that is not that of the samples."
        )
    return take(x, np.repeat(np.arange(x.shape[position]), repeats), position)


def tile(x: Any, repeats: Any) -> Any:
    """Return x put side by side with itself so many times along each axis."""
    x = known(x)
    if not isinstance(x, Tensor):
        return np.tile(x, repeats)
    counts = [repeats] if isinstance(repeats, int) else list(repeats)
    counts = [1] * (x.ndim - len(counts)) + counts
    x = reshape(x, (1,) * (len(counts) - x.ndim) + x.shape)
    for axis, count in enumerate(counts):
        if count != 1:
            x = concatenate([x] * count, axis)
    return x


# ---- more names for the same --------------------------------------------------------------------------


def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Return x with two axes in each other's place."""
    x = known(x)
    order = list(range(x.ndim))
    a, b = axis_of("swapaxes", axis1, x.ndim), axis_of("swapaxes", axis2, x.ndim)
    order[a], order[b] = b, a
    return transpose(x, order)


def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """Return x with axes moved to other places, the others in their order."""
    x = known(x)
    sources = [source] if isinstance(source, int) else list(source)
    places = [destination] if isinstance(destination, int) else list(destination)
    moved = {
        axis_of("moveaxis", to, x.ndim): axis_of("moveaxis", a, x.ndim)
        for a, to in zip(sources, places, strict=True)
    }
    others = iter([a for a in range(x.ndim) if a not in moved.values()])
    return transpose(x, [moved[i] if i in moved else next(others) for i in range(x.ndim)])


def ravel(x: Any) -> Any:
    """Return all elements of x along one axis."""
    x = known(x)
    if isinstance(x, Tensor) and None in x.shape and x.ndim > 1:
        raise ValueError(
            "ravel: samples keep an axis of their own while a model is traced: reshape(x, (-1, n)) instead."
        )
    return reshape(x, (-1,)) if x.ndim != 1 else x
