"""Finding the place of numbers in a sorted list."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.shaping import reshape
from pymlp.variables import traced

__all__ = ["searchsorted"]


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
        Whole numbers from 0 to k, of the type of the values; 0 for a NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import ops
    >>> ops.searchsorted(np.array([0.0, 1.0, 2.0]), np.array([0.5, 1.0, 7.0]))
    array([1., 1., 3.])
    >>> ops.searchsorted(np.array([0.0, 1.0, 2.0]), np.array([0.5, 1.0, 7.0]), side="right")
    array([1., 2., 3.])
    """
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side should be 'left' or 'right', received {side!r}.")
    values = traced(values)
    if not isinstance(values, Tensor):
        values = np.asarray(values)
        if not values.ndim:
            return reshape(searchsorted(sorted_sequence, values[None], side), ())
    return apply(_SEARCHSORTED, sorted_sequence, values, right=side == "right")
