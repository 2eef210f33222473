"""Parts of tensors along axes, and tensors as parts of larger ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.graph.tensor import Tensor
from pymlp.nesting import flatten
from pymlp.ops.axes import swapaxes
from pymlp.ops.operation import apply
from pymlp.ops.samples import counts_samples, known_number
from pymlp.ops.shaping import reshape
from pymlp.ops.strided import SLICE
from pymlp.ops.values import axes_of, axis_of, inner_axis, known, row_or_axis

__all__ = ["flip", "fliplr", "flipud", "get_item", "indexed", "item", "roll", "rot90"]


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
            if not _whole_axis(k):
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
        result = apply(SLICE, x, starts=tuple(starts), steps=tuple(steps), shape=tuple(sliced))
    return reshape(result, tuple(final))


def _whole_axis(key: Any) -> bool:
    """Whether an index takes all samples: ``:``, or up to their number."""
    if not isinstance(key, slice) or key.start not in (None, 0) or key.step not in (None, 1):
        return False
    return counts_samples(key.stop)


def indexed(x: Any, key: tuple[Any, ...]) -> Any:
    """Return a part of a symbolic tensor, or of an array an array of its own."""
    return item(x, key) if isinstance(x, Tensor) else np.array(x[key])


def get_item(x: Any, key: Any) -> Any:
    """Return ``x[key]``: of a symbolic tensor slices, whole numbers, None and an ellipsis.

    Raises
    ------
    TypeError
        If x is symbolic: for any other index, and for a part of the samples.
    IndexError
        For an element that is not there.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.get_item([[1.0, 2.0], [3.0, 4.0]], (slice(None), 1))
    array([2., 4.], dtype=float32)
    """
    x = known(x)
    return item(x, key) if isinstance(x, Tensor) else np.array(x[key])


def flip(x: Any, axis: int | Sequence[int] | None = None) -> Any:
    """Return x with the elements along an axis, several, or all axes in the other order.

    Parameters
    ----------
    x : tensor
    axis : int or sequence of int, optional
        Default: all. Not that of the samples of a symbolic tensor.

    Raises
    ------
    TypeError
        If samples would be put in another order while a model is traced.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.flip([[1.0, 2.0], [3.0, 4.0]], axis=1)
    array([[2., 1.],
           [4., 3.]], dtype=float32)
    """
    x = known(x)
    chosen = axes_of("flip", axis, x.ndim)
    return indexed(x, tuple(slice(None, None, -1 if i in chosen else None) for i in range(x.ndim)))


def fliplr(x: Any) -> Any:
    """Return x with its columns, the second axis, in the other order.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.fliplr([[1.0, 2.0], [3.0, 4.0]])
    array([[2., 1.],
           [4., 3.]], dtype=float32)
    """
    return flip(x, 1)


def flipud(x: Any) -> Any:
    """Return x with its rows, the first axis, in the other order.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.flipud([[1.0, 2.0], [3.0, 4.0]])
    array([[3., 4.],
           [1., 2.]], dtype=float32)
    """
    return flip(x, 0)


def roll(x: Any, shift: int | Sequence[int], axis: int | Sequence[int] | None = None) -> Any:
    """Return x with its elements moved on along an axis; those that leave at the end come in at the beginning.

    Parameters
    ----------
    x : tensor
    shift : int or sequence of int
        How far, for each axis.
    axis : int or sequence of int, optional
        Default: all elements as one row.

    Raises
    ------
    ValueError
        If the axis is not there, or that of the samples of a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.roll([1.0, 2.0, 3.0], 1)
    array([3., 1., 2.], dtype=float32)
    """
    from pymlp.ops.joining import concatenate

    x = known(x)
    for distance in flatten(shift):
        known_number("roll", "shift", distance)
    if axis is None:
        row, _ = row_or_axis("roll", x, None)
        return reshape(roll(row, int(np.sum(shift)), 0), tuple(x.shape))
    axes = [axis] if isinstance(axis, int) else list(axis)
    shifts = [shift] * len(axes) if isinstance(shift, int) else list(shift)
    for a, n in zip(axes, shifts, strict=True):
        position = inner_axis("roll", x, a)
        length = x.shape[position]
        before = (slice(None),) * position
        at = -n % length if length else 0
        if at:
            parts = [indexed(x, (*before, part)) for part in (slice(at, None), slice(None, at))]
            x = concatenate(parts, position)
    return x


def rot90(array: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """Return matrices turned by 90 degrees k times, from the first of two axes to the second.

    Parameters
    ----------
    array : tensor
    k : int
        Backwards if negative.
    axes : tuple of two int

    Raises
    ------
    ValueError
        If the axes are the same or not there, or one is that of the samples of a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.rot90([[1.0, 2.0], [3.0, 4.0]])
    array([[2., 4.],
           [1., 3.]], dtype=float32)
    """
    x = known(array)
    pair = [axis_of("rot90", a, x.ndim) for a in axes]
    if len(pair) != 2 or pair[0] == pair[1]:
        raise ValueError(f"rot90: axes should be two different ones, received {axes}.")
    first, second = pair
    if k % 4 == 0:
        return x
    if k % 4 == 2:
        return flip(x, pair)
    turned = swapaxes(flip(x, second) if k % 4 == 1 else x, first, second)
    return turned if k % 4 == 1 else flip(turned, second)
