"""Operations that only move or repeat elements, or undo a repetition by adding up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.operation import (
    Kernel,
    Operation,
    apply,
    broadcast_shapes,
    eager_dtype,
    rows_fit,
)
from pymlp.ops.samples import for_samples, lengths
from pymlp.variables import traced

# ---- broadcasting, and its gradient --------------------------------------------------------------


def _broadcast_shape(x: Tensor, *, shape: Shape) -> Shape:
    if broadcast_shapes("broadcast_to", x.shape, shape) != shape:
        raise ValueError(f"broadcast_to: shape {x.shape} does not broadcast to {shape}.")
    return shape


def _broadcast_gradient(y: Tensor, dy: Tensor) -> tuple[Tensor]:
    return (sum_to_shape(dy, y.inputs[0].shape),)


BROADCAST = Operation(
    "broadcast",
    _broadcast_shape,
    lambda y: Kernel("broadcast", (*y.inputs, y)),
    _broadcast_gradient,
)


def broadcast_to(x: Any, shape: Shape) -> Any:
    """Return x repeated to `shape` by NumPy's rules.

    Parameters
    ----------
    x : tensor
    shape : sequence of int
        While a model is traced the first may be that of ``ops.shape(y)``, or None, for the samples of a batch.

    Returns
    -------
    tensor of that shape

    Raises
    ------
    ValueError
        If x does not broadcast to it, or samples stand in another place than the first.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.broadcast_to([1.0, 2.0], (2, 2))
    array([[1., 2.],
           [1., 2.]], dtype=float32)
    """
    x, shape = traced(x), lengths("broadcast_to", shape)
    if not isinstance(x, Tensor):
        array = np.asarray(x, eager_dtype((x,)))
        known = tuple(n for n in shape if n is not None)
        if known == shape:
            return np.array(np.broadcast_to(array, known))
        x = for_samples("broadcast_to", array)
    own = x.shape
    if own == shape:
        return x
    if broadcast_shapes("broadcast_to", own, shape) == shape and not rows_fit(own, shape):
        from pymlp.ops.strided import EXPAND

        return apply(EXPAND, x, shape=shape)
    return apply(BROADCAST, x, shape=shape)


SUM_ROWS = Operation(
    "sum_rows",
    lambda x, *, shape: shape,
    lambda y: Kernel("sum_rows", (y.inputs[0], y), (0, 0, 1), share="columns"),
    lambda y, dy: (broadcast_to(dy, y.inputs[0].shape),),
)


def sum_to_shape(x: Tensor, shape: Shape) -> Any:
    """Return x added up over the axes along which `shape` is broadcast to get the shape of x."""
    from pymlp.ops.reduction import sum_all, sum_last_axis

    if x.shape == shape:
        return x
    if math.prod(n or 0 for n in shape) == 1 and not x.shape[-1:] == shape == (1,):
        return reshape(sum_all(x), shape)
    if len(shape) == x.ndim and shape[-1] == 1 and x.shape[-1] != 1:
        return sum_to_shape(sum_last_axis(x, keepdims=True), shape)
    missing = x.ndim - len(shape)
    trailing = x.shape[missing:]
    leading_ones = 0
    while leading_ones < len(shape) and shape[leading_ones] == 1 and trailing[leading_ones] != 1:
        leading_ones += 1
    if shape[leading_ones:] != trailing[leading_ones:] or None in shape:
        from pymlp.ops.reduction import sum

        added = [i for i in range(x.ndim) if i < missing or shape[i - missing] != x.shape[i]]
        return reshape(sum(x, added), shape)
    return apply(SUM_ROWS, x, shape=shape)


# ---- the same elements in another shape -----------------------------------------------------------


def _reshape_shape(x: Tensor, *, shape: Shape) -> Shape:
    of_a_sample = [math.prod(n for n in each if n is not None) for each in (x.shape, shape)]
    if (None in x.shape) != (None in shape) or of_a_sample[0] != of_a_sample[1]:
        raise ValueError(f"reshape: shape {x.shape} has other elements than {shape}.")
    return shape


RESHAPE = Operation(
    "reshape",
    _reshape_shape,
    lambda y: Kernel(
        # One row a sample in both: the threads' common rows. Else they share out samples, or one does it all.
        "reshape",
        (y.inputs[0], y),
        share="rows" if None in y.shape and max(y.ndim, y.inputs[0].ndim) <= 2 else "all",
    ),
    lambda y, dy: (reshape(dy, y.inputs[0].shape),),
)


def reshape(x: Any, newshape: Shape) -> Any:
    """Return the elements of x, in C order, in another shape.

    On a symbolic tensor the first entry of `newshape` is None where x has samples; one other entry may
    be -1.

    Parameters
    ----------
    x : tensor
    newshape : int or sequence of int
        One entry may be -1, for what is left. Of a symbolic tensor with samples the first is None,
        ``ops.shape(x)[0]`` or -1.

    Raises
    ------
    ValueError
        If the elements do not make that shape, or samples would not stay apart.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.reshape([1.0, 2.0, 3.0, 4.0], (2, -1))
    array([[1., 2.],
           [3., 4.]])
    """
    shape, x = lengths("reshape", newshape, "newshape"), traced(x)
    if not isinstance(x, Tensor):
        return np.reshape(np.asarray(x), tuple(-1 if n is None else n for n in shape))
    if -1 in shape:
        if None in x.shape and None not in shape:  # reshape(x, (-1, k)): -1 is the samples
            shape = tuple(None if n == -1 else n for n in shape)
        else:
            known = math.prod(n for n in shape if n is not None and n != -1)
            total = math.prod(n for n in x.shape if n is not None)
            shape = tuple((total // known if known else 0) if n == -1 else n for n in shape)
    return x if shape == x.shape else apply(RESHAPE, x, shape=shape)


def expand_dims(x: Any, axis: int | Sequence[int]) -> Any:
    """Return x with an axis of length 1 added at `axis`, or several.

    Parameters
    ----------
    x : tensor
    axis : int or sequence of int
        Where new axes stand in the result; not first if there are samples.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.expand_dims([1.0, 2.0], -1)
    array([[1.],
           [2.]])
    """
    x = traced(x)
    if not isinstance(x, Tensor):
        return np.expand_dims(np.asarray(x), axis)
    if not isinstance(axis, int):
        for position in sorted(a % (x.ndim + len(axis)) for a in axis):
            x = expand_dims(x, position)
        return x
    position = axis % (x.ndim + 1)
    return reshape(x, (*x.shape[:position], 1, *x.shape[position:]))


def squeeze(x: Any, axis: int | Sequence[int] | None = None) -> Any:
    """Return x without an axis of length 1, several, or all there are.

    Parameters
    ----------
    x : tensor
    axis : int or sequence of int, optional

    Raises
    ------
    ValueError
        If an axis is not of length 1.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.squeeze([[1.0, 2.0]])
    array([1., 2.])
    """
    x = traced(x)
    if not isinstance(x, Tensor):
        return np.squeeze(np.asarray(x), tuple(axis) if isinstance(axis, list) else axis)
    if axis is None:
        axis = [i for i, n in enumerate(x.shape) if n == 1]
    dropped = {a % x.ndim for a in ([axis] if isinstance(axis, int) else axis)}
    if any(x.shape[a] != 1 for a in dropped):
        raise ValueError(f"squeeze: axis {axis} of shape {x.shape} is not of length 1.")
    return reshape(x, tuple(n for i, n in enumerate(x.shape) if i not in dropped))
