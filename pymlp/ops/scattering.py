"""Elements put, or added up, at places that other numbers name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.graph.tensor import Tensor
from pymlp.ops.elementwise import add, equal, greater, less, maximum, minimum, multiply, where
from pymlp.ops.extremes import max, min, prod
from pymlp.ops.joining import concatenate
from pymlp.ops.operation import apply
from pymlp.ops.picking import SUM_BY_ROW, take
from pymlp.ops.reduction import sum
from pymlp.ops.samples import whole_number
from pymlp.ops.shaping import expand_dims, reshape
from pymlp.ops.values import alike, known

__all__ = [
    "scatter",
    "scatter_update",
    "segment_max",
    "segment_min",
    "segment_prod",
    "segment_sum",
]


def _flat_places(name: str, indices: Any, shape: Sequence[int]) -> Any:
    """Return for each row of indices, (n, k), its place among the first k axes of a shape in C order; -1 for none."""
    count = indices.shape[-1]
    if count > len(shape):
        raise ValueError(f"{name}: indices of {count} axes do not go with shape {tuple(shape)}.")
    lengths = np.array(shape[:count], float)
    if not isinstance(indices, Tensor):
        indices = indices.astype(float)
    kind = str(indices.dtype)
    steps = np.array([math.prod(shape[i + 1 : count]) for i in range(count)])
    counted = where(less(indices, 0.0), add(indices, lengths.astype(kind)), indices)
    outside = maximum(less(counted, 0.0), greater(counted, (lengths - 1).astype(kind)))
    places = sum(multiply(counted, steps.astype(kind)), -1)
    # Below the first place by any way of counting.
    return where(max(outside, -1, initial=0.0), -2.0 * math.prod(shape[:count]) - 2.0, places)


def scatter(indices: Any, values: Any, shape: Sequence[int]) -> Any:
    """Return a tensor with values added up at places, 0 elsewhere.

    Parameters
    ----------
    indices : tensor of whole numbers, of shape (n, k)
        Each row names a place along the first k axes, negative numbers counted from the end; what is out of range is
        left out.
    values : tensor of shape (n, ...)
        With the axes of `shape` behind the first k.
    shape : sequence of int

    Raises
    ------
    ValueError
        If the shapes do not go together.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.scatter([[0], [2], [2]], [1.0, 2.0, 3.0], (4,))
    array([1., 0., 5., 0.], dtype=float32)
    """
    indices, values = known(indices), known(values)
    lengths = tuple(whole_number("scatter", "shape", n) for n in shape)
    count = indices.shape[-1]
    inner = lengths[count:]
    if indices.ndim != 2 or tuple(values.shape) != (indices.shape[0], *inner):
        raise ValueError(
            f"scatter: indices of shape {tuple(indices.shape)} and values of shape {tuple(values.shape)} do not make "
            f"shape {lengths}."
        )
    places = reshape(_flat_places("scatter", indices, lengths), (indices.shape[0], 1))
    rows = reshape(values, (indices.shape[0], math.prod(inner)))
    if not isinstance(rows, Tensor) and not isinstance(places, Tensor):
        rows, places = alike(rows, places.astype(rows.dtype if rows.dtype.kind == "f" else "f4"))
    table = apply(SUM_BY_ROW, rows, places, rows=math.prod(lengths[:count]))
    return reshape(table, lengths)


def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Any:
    """Return a tensor with values put at places, or combined with what is there.

    Parameters
    ----------
    inputs : tensor
        Without samples, if it is symbolic.
    indices : array of whole numbers, of shape (n, k)
        Each row names a place along the first k axes, negative numbers counted from the end; what is out of range is
        left out. Not a symbolic tensor.
    updates : tensor of shape (n, ...)
        With the axes of the inputs behind the first k.
    reduction : {None, "add", "mul", "max", "min"}
        None puts the update there, the last one of several.

    Raises
    ------
    ValueError
        If the shapes do not go together, or for another reduction.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.scatter_update([0.0, 0.0, 0.0], [[0], [2]], [1.0, 2.0])
    array([1., 0., 2.], dtype=float32)
    """
    if reduction not in (None, "add", "mul", "max", "min"):
        raise ValueError(
            f"scatter_update: reduction should be None, 'add', 'mul', 'max' or 'min', received {reduction!r}."
        )
    x, values = alike(inputs, updates)
    index = known(indices)
    if isinstance(index, Tensor) or None in x.shape:
        raise ValueError(
            "scatter_update: indices that are symbolic, and inputs with samples, are not traced: use pymlp.ops.scatter "
            "or pymlp.ops.where."
        )
    count, shape = index.shape[-1], tuple(x.shape)
    inner = shape[count:]
    if index.ndim != 2 or tuple(values.shape) != (len(index), *inner):
        raise ValueError(
            f"scatter_update: indices of shape {index.shape} and updates of shape {tuple(values.shape)} do not go with "
            f"inputs of shape {shape}."
        )
    lengths = np.array(shape[:count], int)
    index = np.where(index < 0, index + lengths, index).astype(int)
    inside = np.flatnonzero(((index >= 0) & (index < lengths)).all(-1))
    places = (
        np.ravel_multi_index(tuple(index[inside].T), shape[:count])
        if count and len(inside)
        else np.zeros(len(inside), int)
    )
    rows, width = math.prod(shape[:count]), math.prod(inner)
    table, news = reshape(x, (rows, width)), reshape(values, (len(index), width))
    combine: Any = {
        "add": add,
        "mul": multiply,
        "max": maximum,
        "min": minimum,
        None: lambda a, b: b,
    }[reduction]
    # In rounds: of several updates of one place, the first, then the second, ...
    while len(places):
        chosen, first = np.unique(places, return_index=True)
        fresh = combine(take(table, chosen, 0), take(news, inside[first], 0))
        origin = np.arange(rows)
        origin[chosen] = rows + np.arange(len(chosen))
        table = take(concatenate([table, fresh], 0), origin, 0)
        later = np.setdiff1d(np.arange(len(places)), first)
        places, inside = places[later], inside[later]
    return reshape(table, shape)


def _segments(name: str, data: Any, ids: Any, count: int | None) -> tuple[Any, Any, int]:
    data, ids = known(data), known(ids)
    if len(ids.shape) != 1 or data.ndim < 1 or data.shape[0] != ids.shape[0]:
        raise ValueError(
            f"{name}: segment_ids have one axis, the first of data, received shapes {tuple(ids.shape)} and "
            f"{tuple(data.shape)}."
        )
    if count is None:
        if isinstance(ids, Tensor):
            raise ValueError(f"{name}: give num_segments; symbolic tensors have no numbers yet.")
        count = int(ids.max()) + 1 if ids.size else 0
    return data, ids, count


def segment_sum(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Any:
    """Return the sums of the rows that have the same number.

    Parameters
    ----------
    data : tensor of shape (n, ...)
    segment_ids : tensor of whole numbers, of shape (n,)
        Which segment a row belongs to; rows of other numbers than 0 ... `num_segments` - 1 are left out.
    num_segments : int, optional
        Default: one more than the greatest number; needed while a model is traced.
    sorted : bool
        Without effect: they need not be.

    Returns
    -------
    tensor of shape (num_segments, ...)

    Raises
    ------
    ValueError
        If the shapes do not go together.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.segment_sum([1.0, 2.0, 4.0], [0, 1, 0], num_segments=2)
    array([5., 2.], dtype=float32)
    """
    data, ids, count = _segments("segment_sum", data, segment_ids, num_segments)
    rest = tuple(data.shape[1:])
    # Negative numbers would be counted from the end.
    ids = where(less(ids, 0.0), float(count), ids)
    rows = reshape(data, (data.shape[0], math.prod(rest)))
    table = apply(SUM_BY_ROW, *alike(rows, reshape(ids, (ids.shape[0], 1))), rows=count)
    return reshape(table, (count, *rest))


def _by_segment(
    name: str, data: Any, ids: Any, count: int | None, reduction: Any, neutral: float
) -> Any:
    data, ids, segments = _segments(name, data, ids, count)
    numbers = np.arange(segments, dtype=str(ids.dtype))
    own = equal(expand_dims(ids, -1), numbers)
    own = reshape(own, (*own.shape, *[1] * (data.ndim - 1)))
    return reduction(where(own, expand_dims(data, 1), neutral), 0)


def segment_max(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Any:
    """Return the greatest of the rows that have the same number, -inf where there is none.

    Parameters, result and errors are those of `segment_sum`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.segment_max([1.0, 2.0, 4.0], [0, 1, 0], num_segments=2)
    array([4., 2.], dtype=float32)
    """
    return _by_segment("segment_max", data, segment_ids, num_segments, max, -math.inf)


def segment_min(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Any:
    """Return the least of the rows that have the same number, inf where there is none.

    Parameters, result and errors are those of `segment_sum`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.segment_min([1.0, 2.0, 4.0], [0, 1, 0], num_segments=2)
    array([1., 2.], dtype=float32)
    """
    return _by_segment("segment_min", data, segment_ids, num_segments, min, math.inf)


def segment_prod(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Any:
    """Return the product of the rows that have the same number, 1 where there is none.

    Parameters, result and errors are those of `segment_sum`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.segment_prod([1.0, 2.0, 4.0], [0, 1, 0], num_segments=2)
    array([4., 2.], dtype=float32)
    """
    return _by_segment("segment_prod", data, segment_ids, num_segments, prod, 1.0)
