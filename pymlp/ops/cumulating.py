"""Along an axis: sums and products up to each element, differences, areas."""

from __future__ import annotations

from typing import Any

from pymlp.ops.axes import moved_last, transpose
from pymlp.ops.conversion import cast
from pymlp.ops.elementwise import add, multiply, subtract
from pymlp.ops.joining import concatenate
from pymlp.ops.making import ones_like
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.reduction import sum
from pymlp.ops.slicing import indexed
from pymlp.ops.values import axis_of, known, row_or_axis

__all__ = ["along", "cumprod", "cumsum", "diff", "trapezoid"]

_CUMSUM: Operation = Operation(
    "cumsum_cols",
    lambda x, *, reverse: x.shape,
    lambda y: Kernel("cumsum_cols", (*y.inputs, y), (int(y.attributes["reverse"]),)),
    lambda y, dy: (apply(_CUMSUM, dy, reverse=not y.attributes["reverse"]),),
)


def along(name: str, x: Any, axis: int | None, function: Any) -> Any:
    """Apply a function of the last axis along another, or to all elements in one row."""
    last, back = moved_last(*row_or_axis(name, known(x), axis))
    return transpose(function(last), back)


def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Return for each element the sum of those up to it along an axis, or in one row.

    Parameters
    ----------
    x : tensor
    axis : int, optional
        Not that of the samples of a symbolic tensor. Default: all elements in one row.
    dtype : str, optional
        On arrays: the type of the result.

    Returns
    -------
    tensor of the shape of x, or of one axis

    Raises
    ------
    ValueError
        If the axis is not there, or that of the samples of a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.cumsum([1.0, 2.0, 3.0])
    array([1., 3., 6.], dtype=float32)
    """
    y = along("cumsum", x, axis, lambda y: apply(_CUMSUM, y, reverse=False))
    return y if dtype is None else cast(y, dtype)


def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Return for each element the product of those up to it along an axis, or in one row.

    The gradient is right where elements are 0, too: nothing is divided.

    Parameters and result are those of `cumsum`.

    Raises
    ------
    ValueError
        If the axis is not there, or that of the samples of a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.cumprod([1.0, 2.0, 3.0])
    array([1., 2., 6.], dtype=float32)
    """

    def products(y: Any) -> Any:
        # Each step doubles how many factors an element holds (Hillis and Steele 1986).
        reach = 1
        while reach < y.shape[-1]:
            earlier = concatenate(
                [ones_like(indexed(y, (..., slice(reach)))), indexed(y, (..., slice(-reach)))], -1
            )
            y, reach = multiply(y, earlier), 2 * reach
        return y

    y = along("cumprod", x, axis, products)
    return y if dtype is None else cast(y, dtype)


def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """Return the differences of neighbours along an axis, n times over.

    Parameters
    ----------
    a : tensor
    n : int
        How often.
    axis : int
        Not that of the samples of a symbolic tensor.

    Returns
    -------
    tensor of the shape of a, the axis shorter by n

    Raises
    ------
    ValueError
        If n is negative, or the axis is that of the samples of a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.diff([1.0, 4.0, 9.0])
    array([3., 5.], dtype=float32)
    """
    if n < 0:
        raise ValueError(f"diff: n should be 0 or more, received {n}.")

    def differences(y: Any) -> Any:
        for _ in range(n):
            y = subtract(indexed(y, (..., slice(1, None))), indexed(y, (..., slice(None, -1))))
        return y

    return along("diff", a, axis, differences)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Return the area under straight lines between points along an axis.

    Parameters
    ----------
    y : tensor
    x : tensor, optional
        Where the points are: along one axis, or of the shape of y.
    dx : float
        The distance between points, if x is left out.
    axis : int

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.trapezoid([1.0, 2.0, 3.0])
    array(4., dtype=float32)
    """
    y = known(y)
    last, _ = moved_last(y, axis_of("trapezoid", axis, y.ndim))
    width = dx
    if x is not None:
        x = known(x)
        width = diff(x if x.ndim == 1 else moved_last(x, axis_of("trapezoid", axis, x.ndim))[0])
    pairs = add(indexed(last, (..., slice(1, None))), indexed(last, (..., slice(None, -1))))
    return multiply(sum(multiply(pairs, width), -1), 0.5)
