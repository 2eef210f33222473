"""Finding the place of numbers in a sorted list."""

from __future__ import annotations

from typing import Any

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.shaping import reshape
from pymlp.ops.values import alike, whole

__all__ = ["digitize", "searchsorted"]


def _search_shape(sequence: Tensor, values: Tensor, *, right: bool) -> Shape:
    if sequence.ndim != 1 or sequence.shape[0] is None:
        raise ValueError(
            f"searchsorted: sorted_sequence has one axis, received shape {sequence.shape}."
        )
    return values.shape


_SEARCHSORTED = Operation(
    "searchsorted",
    _search_shape,
    lambda y: Kernel("searchsorted", (y.inputs[1], y.inputs[0], y), (int(y.attributes["right"]),)),
    lambda y, dy: (None, None),
)


def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Any:
    """Return for each value the place at which it would be put into a sorted list.

    Parameters
    ----------
    sorted_sequence : tensor or array of shape (k,)
        In ascending order.
    values : tensor or array
    side : {"left", "right"}
        Whether to count the numbers less than the value, or also those that are equal.

    Returns
    -------
    tensor or array of the shape of `values`
        Whole numbers from 0 to k, 0 for a NaN: of type int32 on arrays, of the type of the values on symbolic tensors.

    Raises
    ------
    ValueError
        If the list has not one axis, or for another `side`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.searchsorted([0.0, 1.0, 2.0], [0.5, 1.0, 7.0])
    array([1, 1, 3], dtype=int32)
    >>> ops.searchsorted([0.0, 1.0, 2.0], [0.5, 1.0, 7.0], side="right")
    array([1, 2, 3], dtype=int32)
    """
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side should be 'left' or 'right', received {side!r}.")
    sequence, values = alike(sorted_sequence, values)
    if not isinstance(values, Tensor) and not values.ndim:
        return reshape(searchsorted(sequence, values[None], side), ())
    return whole(apply(_SEARCHSORTED, sequence, values, right=side == "right"))


def digitize(x: Any, bins: Any) -> Any:
    """Return for each number which bin it is in: i where ``bins[i - 1] <= x < bins[i]``, 0 below all of them.

    Parameters
    ----------
    x : tensor
    bins : tensor of shape (k,)
        In ascending order.

    Returns
    -------
    tensor
        As `searchsorted`, with ``side="right"``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.digitize([-1.0, 0.5, 7.0], [0.0, 1.0, 2.0])
    array([0, 1, 3], dtype=int32)
    """
    return searchsorted(bins, x, "right")
