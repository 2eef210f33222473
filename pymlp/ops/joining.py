"""Tensors one behind the other, or side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.shaping import reshape
from pymlp.ops.slicing import item
from pymlp.ops.values import alike, axis_of

__all__ = ["append", "concatenate", "dstack", "hstack", "stack", "vstack"]


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


def concatenate(xs: Sequence[Any], axis: int | None = 0) -> Any:
    """Return tensors one behind the other along an axis they have; all their elements in one row if it is None.

    Parameters
    ----------
    xs : sequence of tensors
        Of shapes that agree but for the axis.
    axis : int or None
        Not that of the samples of a symbolic tensor.

    Raises
    ------
    ValueError
        If there are none, or their shapes do not agree.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.concatenate([[[1.0, 2.0]], [[3.0, 4.0]]], axis=1)
    array([[1., 2., 3., 4.]], dtype=float32)
    """
    values = list(alike(*xs))
    if not values:
        raise ValueError("concatenate: at least one tensor is needed.")
    if axis is None:
        values, axis = [reshape(x, (-1,)) for x in values], 0
    position = axis_of("concatenate", axis, values[0].ndim)
    shapes = [tuple(x.shape) for x in values]
    others = {shape[:position] + shape[position + 1 :] for shape in shapes}
    symbolic = any(isinstance(x, Tensor) for x in values)
    if len(others) > 1 or any(shape[position] is None for shape in shapes):
        raise ValueError(
            f"concatenate: shapes {shapes} should agree but for axis {axis}, which is not that of the samples."
        )
    if not symbolic:
        return np.concatenate(values, axis)
    values = [x for x, shape in zip(values, shapes, strict=True) if shape[position]] or values[:1]
    # By pairs, so that each element is moved as often as the number of tensors has binary digits.
    while len(values) > 1:
        pairs = [values[i : i + 2] for i in range(0, len(values), 2)]
        values = [
            apply(_CONCATENATE, *pair, axis=position) if len(pair) == 2 else pair[0]
            for pair in pairs
        ]
    return values[0]


def append(x1: Any, x2: Any, axis: int | None = None) -> Any:
    """Return x2 behind x1 along an axis; all elements in one row if it is None: see `concatenate`.

    Parameters
    ----------
    x1, x2 : tensor
        Of shapes that agree but for the axis.
    axis : int, optional
        Not that of the samples of a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.append([1.0, 2.0], [3.0])
    array([1., 2., 3.], dtype=float32)
    """
    return concatenate([x1, x2], axis)


def stack(x: Sequence[Any], axis: int = 0) -> Any:
    """Return tensors of one shape along a new axis.

    Parameters
    ----------
    x : sequence of tensors
    axis : int
        Where the new axis stands; not first if there are samples.

    Returns
    -------
    tensor with one axis more, of the length of x

    Raises
    ------
    ValueError
        If there are none, their shapes differ, or the new axis would stand before that of the samples.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.stack([[1.0, 2.0], [3.0, 4.0]])
    array([[1., 2.],
           [3., 4.]], dtype=float32)
    """
    values = alike(*x)
    if not values:
        raise ValueError("stack: at least one tensor is needed.")
    position = axis_of("stack", axis, values[0].ndim + 1)
    shapes = {tuple(v.shape) for v in values}
    if len(shapes) > 1 or (position == 0 and None in values[0].shape):
        raise ValueError(
            f"stack: shapes {sorted(map(str, shapes))} do not stack along axis {axis}."
        )
    if not any(isinstance(v, Tensor) for v in values):
        return np.stack(values, axis)
    widened = [reshape(v, (*v.shape[:position], 1, *v.shape[position:])) for v in values]
    return concatenate(widened, position)


def _with_axes(xs: Sequence[Any], least: int) -> list[Any]:
    """Return tensors with so many axes at least, numbers and vectors standing as NumPy's functions have them."""
    found = []
    for x in alike(*xs):
        shape = tuple(x.shape)
        if len(shape) < 2:
            shape = ((1,) * (least - len(shape)) + shape) if least < 3 else (1, *(shape or (1,)), 1)
        elif len(shape) == 2 and least == 3:
            shape = (*shape, 1)
        found.append(reshape(x, shape))
    return found


def vstack(xs: Sequence[Any]) -> Any:
    """Return tensors below each other: `concatenate` along the first axis, vectors being rows.

    Parameters
    ----------
    xs : sequence of tensors
        Of shapes that agree but for the first axis; that is not the one of samples.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.vstack([[1.0, 2.0], [3.0, 4.0]])
    array([[1., 2.],
           [3., 4.]], dtype=float32)
    """
    return concatenate(_with_axes(xs, 2), 0)


def hstack(xs: Sequence[Any]) -> Any:
    """Return tensors side by side: `concatenate` along the second axis, vectors along their only one.

    Parameters
    ----------
    xs : sequence of tensors
        Of shapes that agree but for that axis.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.hstack([[1.0, 2.0], [3.0, 4.0]])
    array([1., 2., 3., 4.], dtype=float32)
    """
    values = _with_axes(xs, 1)
    return concatenate(values, 0 if values and values[0].ndim == 1 else 1)


def dstack(xs: Sequence[Any]) -> Any:
    """Return tensors behind each other: `concatenate` along the third axis, which matrices and vectors are given.

    Parameters
    ----------
    xs : sequence of tensors
        Of shapes that agree but for that axis.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.dstack([[1.0, 2.0], [3.0, 4.0]])
    array([[[1., 3.],
            [2., 4.]]], dtype=float32)
    """
    return concatenate(_with_axes(xs, 3), 2)
