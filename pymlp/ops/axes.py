"""Axes in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.graph.tensor import Tensor
from pymlp.ops.operation import apply
from pymlp.ops.shaping import reshape
from pymlp.ops.strided import TRANSPOSE
from pymlp.ops.values import axis_of, known

__all__ = ["moveaxis", "moved_last", "ravel", "swapaxes", "transpose"]


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Return x with its axes in another order; by default the other way round.

    Parameters
    ----------
    x : tensor
    axes : sequence of int, optional
        Which axis of x stands in each place.

    Raises
    ------
    ValueError
        If `axes` does not name each axis once, or would move that of the samples of a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.transpose([[1.0, 2.0], [3.0, 4.0]])
    array([[1., 3.],
           [2., 4.]], dtype=float32)
    """
    x = known(x)
    order = tuple(range(x.ndim))[::-1] if axes is None else tuple(axes)
    order = tuple(axis_of("transpose", axis, x.ndim) for axis in order)
    if sorted(order) != list(range(x.ndim)):
        raise ValueError(f"transpose: axes={axes} does not name each axis of shape {x.shape} once.")
    if not isinstance(x, Tensor):
        return np.asarray(np.transpose(x, order), order="C")
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
    return apply(TRANSPOSE, x, axes=order)


def moved_last(x: Any, axis: int) -> tuple[Any, tuple[int, ...]]:
    """Return x with an axis moved to the end, and the order that moves it back."""
    order = [i for i in range(x.ndim) if i != axis] + [axis]
    return transpose(x, order), tuple(order.index(i) for i in range(x.ndim))


def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Return x with two axes in each other's place.

    Parameters
    ----------
    x : tensor
    axis1, axis2 : int
        Neither that of the samples of a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.swapaxes([[1.0, 2.0]], 0, 1)
    array([[1.],
           [2.]], dtype=float32)
    """
    x = known(x)
    order = list(range(x.ndim))
    a, b = axis_of("swapaxes", axis1, x.ndim), axis_of("swapaxes", axis2, x.ndim)
    order[a], order[b] = b, a
    return transpose(x, order)


def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """Return x with axes moved to other places, the others in their order.

    Parameters
    ----------
    x : tensor
    source, destination : int or sequence of int
        Where axes stand, and where they go. That of the samples of a symbolic tensor stays first.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.shape(ops.moveaxis(ops.zeros((2, 3, 4)), -1, 0))
    (4, 2, 3)
    """
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
    """Return all elements of x along one axis.

    Raises
    ------
    ValueError
        If x is symbolic and has samples besides other axes.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.ravel([[1.0, 2.0], [3.0, 4.0]])
    array([1., 2., 3., 4.], dtype=float32)
    """
    x = known(x)
    if isinstance(x, Tensor) and None in x.shape and x.ndim > 1:
        raise ValueError(
            "ravel: samples keep an axis of their own while a model is traced: reshape(x, (-1, n)) instead."
        )
    return reshape(x, (-1,)) if x.ndim != 1 else x
