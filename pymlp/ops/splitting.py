"""Tensors in parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.ops.samples import whole_number
from pymlp.ops.slicing import indexed
from pymlp.ops.values import inner_axis, known

__all__ = ["array_split", "dsplit", "hsplit", "split", "unstack", "vsplit"]


def _parts(name: str, x: Any, sections: Any, axis: int, *, equal: bool) -> list[Any]:
    x = known(x)
    position = inner_axis(name, x, axis)
    length = x.shape[position]
    if isinstance(sections, (int, np.integer)):
        if sections < 1 or (equal and length % sections):
            raise ValueError(f"{name}: {length} elements do not make {sections} equal parts.")
        # The first parts are the longer ones.
        longer, size = length % int(sections), length // int(sections)
        bounds = [i * size + min(i, longer) for i in range(1, int(sections))]
    else:
        bounds = [int(i) for i in np.asarray(sections)]
    before = (slice(None),) * position
    ends = zip([None, *bounds], [*bounds, None], strict=True)
    return [indexed(x, (*before, slice(a, b))) for a, b in ends]


def split(x: Any, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Return the parts of x along an axis: so many equal ones, or those between the indices.

    Parameters
    ----------
    x : tensor
    indices_or_sections : int or sequence of int
        How many parts, or where each but the first begins.
    axis : int
        Not that of the samples of a symbolic tensor.

    Raises
    ------
    ValueError
        If the elements do not make so many equal parts.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.split([1.0, 2.0, 3.0, 4.0], 2)
    [array([1., 2.], dtype=float32), array([3., 4.], dtype=float32)]
    """
    return _parts("split", x, indices_or_sections, axis, equal=True)


def array_split(x: Any, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Return the parts of x along an axis, the first ones longer by one where they cannot be equal.

    Parameters and result are those of `split`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.array_split([1.0, 2.0, 3.0], 2)
    [array([1., 2.], dtype=float32), array([3.], dtype=float32)]
    """
    return _parts("array_split", x, indices_or_sections, axis, equal=False)


def vsplit(x: Any, indices_or_sections: int | Sequence[int]) -> list[Any]:
    """Return the parts of x along its first axis.

    Parameters and result are those of `split`, but for the axis.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.vsplit([[1.0, 2.0], [3.0, 4.0]], 2)
    [array([[1., 2.]], dtype=float32), array([[3., 4.]], dtype=float32)]
    """
    return _parts("vsplit", x, indices_or_sections, 0, equal=True)


def hsplit(x: Any, indices_or_sections: int | Sequence[int]) -> list[Any]:
    """Return the parts of x along its second axis, or the only one.

    Parameters and result are those of `split`, but for the axis.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.hsplit([[1.0, 2.0], [3.0, 4.0]], 2)
    [array([[1.],
           [3.]], dtype=float32), array([[2.],
           [4.]], dtype=float32)]
    """
    x = known(x)
    return _parts("hsplit", x, indices_or_sections, 0 if x.ndim == 1 else 1, equal=True)


def dsplit(x: Any, indices_or_sections: int | Sequence[int]) -> list[Any]:
    """Return the parts of x along its third axis.

    Parameters and result are those of `split`, but for the axis.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.dsplit([[[1.0, 2.0]]], 2)
    [array([[[1.]]], dtype=float32), array([[[2.]]], dtype=float32)]
    """
    return _parts("dsplit", x, indices_or_sections, 2, equal=True)


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    """Return the parts of x along an axis, without it.

    Parameters
    ----------
    x : tensor
    num : int, optional
        How many there are; found out by default.
    axis : int
        Not that of the samples of a symbolic tensor.

    Raises
    ------
    ValueError
        If there are not so many.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.unstack([[1.0, 2.0], [3.0, 4.0]])
    [array([1., 2.], dtype=float32), array([3., 4.], dtype=float32)]
    """
    x = known(x)
    position = inner_axis("unstack", x, axis)
    length = x.shape[position]
    if num is not None and whole_number("unstack", "num", num) != length:
        raise ValueError(
            f"unstack: axis {axis} of shape {tuple(x.shape)} does not fall into {num} parts."
        )
    before = (slice(None),) * position
    return [indexed(x, (*before, i)) for i in range(length)]
