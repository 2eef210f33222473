"""What functions make of their arguments and of their results: tensors, axes, truth values, whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.config import floatx
from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.operation import broadcast_shapes, eager_dtype, rows_fit
from pymlp.ops.samples import counted
from pymlp.ops.shaping import broadcast_to, reshape
from pymlp.variables import traced

__all__ = [
    "aligned",
    "alike",
    "axes_of",
    "axis_of",
    "inner_axis",
    "known",
    "only_arrays",
    "row_or_axis",
    "truth",
    "whole",
]


def known(x: Any) -> Any:
    """Return a symbolic tensor, or an array of whatever else; Python's own numbers become `floatx`."""
    x = traced(counted(x))
    if isinstance(x, Tensor):
        return x
    array = np.asarray(x)
    return array.astype(floatx()) if array.dtype == "float64" and not hasattr(x, "dtype") else array


def alike(*xs: Any) -> tuple[Any, ...]:
    """Return tensors and arrays as `known` does; Python's own numbers take the type of the others."""
    values = [traced(counted(x, xs)) for x in xs]
    symbolic = [x for x in values if isinstance(x, Tensor)]
    kind = symbolic[0].dtype if symbolic else eager_dtype(tuple(values))
    arrays = [x if isinstance(x, Tensor) or hasattr(x, "dtype") else np.asarray(x) for x in values]
    return tuple(
        known(a if a is x or a.dtype.kind != "f" else a.astype(kind))
        for a, x in zip(arrays, values, strict=True)
    )


def aligned(name: str, *inputs: Any) -> tuple[Any, ...]:
    """Return what is to be combined element by element, repeated where a kernel would not do so itself.

    Raises
    ------
    ValueError
        If the shapes do not go together.
    """
    values = [traced(counted(x, inputs, name)) for x in inputs]
    # Plain numbers stay plain: they have no type of their own.
    shapes = [tuple(x.shape) if hasattr(x, "shape") else np.shape(x) for x in values]
    result: Shape = ()
    for shape in shapes:
        result = broadcast_shapes(name, result, shape)
    return tuple(
        x if rows_fit(shape, result) else broadcast_to(x, result)
        for x, shape in zip(values, shapes, strict=True)
    )


def axis_of(name: str, axis: Any, ndim: int) -> int:
    """Return an axis counted from the front, or raise ValueError."""
    if isinstance(axis, bool) or not hasattr(axis, "__index__") or not -ndim <= int(axis) < ndim:
        raise ValueError(f"{name}: a tensor of {ndim} axes has no axis {axis!r}.")
    return int(axis) % ndim


def inner_axis(name: str, x: Any, axis: Any) -> int:
    """Return an axis of x counted from the front, or raise ValueError: for that of samples, too."""
    position = axis_of(name, axis, len(x.shape))
    if x.shape[position] is None:
        raise ValueError(
            f"{name}: axis {axis} of shape {tuple(x.shape)} is that of the samples, which stay whole and in their "
            "order while a model is traced; give another axis."
        )
    return position


def row_or_axis(name: str, x: Any, axis: Any) -> tuple[Any, int]:
    """Return x and an inner axis of it; for None all its elements in one row, and 0."""
    if axis is not None:
        return x, inner_axis(name, x, axis)
    if None in x.shape:
        raise ValueError(
            f"{name}: without an axis all elements of shape {tuple(x.shape)} would go in one row, but samples stay "
            "apart while a model is traced; give an axis."
        )
    return reshape(x, (-1,)), 0


def axes_of(name: str, axis: int | Sequence[int] | None, ndim: int) -> list[int]:
    """Return axes counted from the front, in ascending order; all of them for None."""
    if axis is None:
        return list(range(ndim))
    return sorted({axis_of(name, a, ndim) for a in ([axis] if isinstance(axis, int) else axis)})


def truth(y: Any) -> Any:
    """Return what is 1 or 0 as truth values, if it is an array; a symbolic tensor as it is."""
    return y if isinstance(y, Tensor) else np.asarray(y).astype(bool)


def whole(y: Any) -> Any:
    """Return what is made of whole numbers as such, if it is an array; a symbolic tensor as it is."""
    return y if isinstance(y, Tensor) else np.asarray(y).astype(np.int32)


def only_arrays(name: str, *xs: Any) -> tuple[np.ndarray, ...]:
    """Return arrays, or raise TypeError: the shape of the result depends on the numbers."""
    values = tuple(known(x) for x in xs)
    if any(isinstance(x, Tensor) for x in values):
        raise TypeError(
            f"{name}: how many elements the result has depends on the numbers, which symbolic tensors do not have yet: "
            "it works on arrays only. Prepare the data with it before training, or use pymlp.ops.where."
        )
    return values
