"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.graph.tensor import Tensor
from pymlp.ops.elementwise import where
from pymlp.ops.operation import apply
from pymlp.ops.reduction import sum
from pymlp.ops.shaping import reshape
from pymlp.ops.strided import DIAGONAL, DIAGONAL_BACK
from pymlp.ops.values import axis_of, known

__all__ = ["diag", "diagflat", "diagonal", "trace", "tril", "triu"]


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return the diagonals of the matrices along two axes.

    Parameters
    ----------
    x : tensor
    offset : int
        How far above the main diagonal; below it if negative.
    axis1, axis2 : int
        Of the matrices; not that of the samples of a symbolic tensor.

    Returns
    -------
    tensor
        The other axes, then one for the elements of a diagonal.

    Raises
    ------
    ValueError
        If the axes are not two different ones, or one is that of the samples of a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.diagonal([[1.0, 2.0], [3.0, 4.0]])
    array([1., 4.], dtype=float32)
    """
    x = known(x)
    first, second = (axis_of("diagonal", a, x.ndim) for a in (axis1, axis2))
    if first == second:
        raise ValueError(f"diagonal: axis1={axis1} and axis2={axis2} are the same.")
    if not isinstance(x, Tensor):
        return np.asarray(np.diagonal(x, offset, first, second), order="C")
    if x.shape[first] is None or x.shape[second] is None:
        raise ValueError(
            f"diagonal: the samples of shape {x.shape} are none of a matrix's axes while a model is traced: give axis1 "
            "and axis2."
        )
    return apply(DIAGONAL, x, offset=int(offset), axis1=first, axis2=second)


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return the sums along the diagonals of the matrices along two axes.

    Parameters and errors are those of `diagonal`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.trace([[1.0, 2.0], [3.0, 4.0]])
    array(5., dtype=float32)
    """
    return sum(diagonal(x, offset, axis1, axis2), -1)


def diagflat(x: Any, k: int = 0) -> Any:
    """Return a matrix with all elements of x on a diagonal, 0 elsewhere.

    Parameters
    ----------
    x : tensor
        Without samples, if it is symbolic.
    k : int
        How far above the main diagonal; below it if negative.

    Raises
    ------
    ValueError
        If x has samples.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.diagflat([[1.0, 2.0]])
    array([[1., 0.],
           [0., 2.]], dtype=float32)
    """
    x = reshape(known(x), (-1,))
    if not isinstance(x, Tensor):
        return np.diagflat(x, k)
    if x.shape[0] is None:
        raise ValueError("diag: the samples of a symbolic tensor are not put on a diagonal.")
    n = x.shape[0] + abs(k)
    return apply(DIAGONAL_BACK, x, shape=(n, n), offset=int(k), axis1=0, axis2=1)


def diag(x: Any, k: int = 0) -> Any:
    """Return the diagonal of a matrix, or for a vector a matrix with that diagonal, 0 elsewhere.

    Parameters
    ----------
    x : tensor of shape (n, m) or (n,)
        Without samples, if it is symbolic.
    k : int
        How far above the main diagonal; below it if negative.

    Raises
    ------
    ValueError
        For a tensor of other axes.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.diag([1.0, 2.0])
    array([[1., 0.],
           [0., 2.]], dtype=float32)
    """
    x = known(x)
    if x.ndim not in (1, 2):
        raise ValueError(
            f"diag: a vector or a matrix was expected, received shape {tuple(x.shape)}. Use diagonal(x, axis1=, "
            "axis2=)."
        )
    return diagonal(x, k) if x.ndim == 2 else diagflat(x, k)


def _of_matrices(name: str, x: Any) -> tuple[Any, int, int]:
    x = known(x)
    if x.ndim < 2 or x.shape[-2] is None:
        raise ValueError(
            f"{name}: matrices along the last two axes were expected, received shape {tuple(x.shape)}."
        )
    return x, x.shape[-2], x.shape[-1]


def tril(x: Any, k: int = 0) -> Any:
    """Return matrices, along the last two axes, with 0 above a diagonal.

    Parameters
    ----------
    x : tensor of shape (..., n, m)
    k : int
        How far the diagonal is above the main one; below it if negative.

    Raises
    ------
    ValueError
        If there are no matrices.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.tril([[1.0, 2.0], [3.0, 4.0]])
    array([[1., 0.],
           [3., 4.]], dtype=float32)
    """
    x, rows, columns = _of_matrices("tril", x)
    return where(np.tri(rows, columns, k, bool), x, 0.0)


def triu(x: Any, k: int = 0) -> Any:
    """Return matrices, along the last two axes, with 0 below a diagonal.

    Parameters and errors are those of `tril`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.triu([[1.0, 2.0], [3.0, 4.0]])
    array([[1., 2.],
           [0., 4.]], dtype=float32)
    """
    x, rows, columns = _of_matrices("triu", x)
    return where(np.tri(rows, columns, k - 1, bool), 0.0, x)
