"""Tensors made from scratch: of one number, of ones and zeros."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.config import floatx
from pymlp.graph.tensor import Tensor
from pymlp.ops.axes import transpose
from pymlp.ops.elementwise import equal, not_equal, where
from pymlp.ops.operation import eager_dtype
from pymlp.ops.samples import for_samples, lengths, whole_number
from pymlp.ops.shaping import broadcast_to, expand_dims
from pymlp.ops.values import axis_of, known

__all__ = [
    "empty",
    "empty_like",
    "eye",
    "full",
    "full_like",
    "identity",
    "multi_hot",
    "one_hot",
    "ones",
    "ones_like",
    "tri",
    "zeros",
    "zeros_like",
]


def full(shape: int | Sequence[int | None], fill_value: Any, dtype: Any = None) -> Any:
    """Return a number, or an array, repeated to a shape.

    Parameters
    ----------
    shape : int or sequence of int
        While a model is traced the first may be ``ops.shape(x)[0]``, or None, for the samples of a batch: the result
        is then symbolic.
    fill_value : float or array
    dtype : str, optional
        Default: `pymlp.config.floatx()`.

    Raises
    ------
    ValueError
        If None stands anywhere but in the first place, or where nothing is traced.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.full((2, 2), 7.0)
    array([[7., 7.],
           [7., 7.]], dtype=float32)
    """
    return _filled("full", shape, fill_value, dtype)


def _filled(name: str, shape: Any, fill_value: Any, dtype: Any) -> Any:
    whole = lengths(name, shape)
    known = [n for n in whole if n is not None]
    if len(known) == len(whole):
        return np.full(known, fill_value, floatx() if dtype is None else dtype)
    return broadcast_to(for_samples(name, fill_value, dtype), whole)


def zeros(shape: int | Sequence[int | None], dtype: Any = None) -> Any:
    """Return zeros: see `full`.

    Parameters
    ----------
    shape : int or sequence of int
    dtype : str, optional
        Both as in `full`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.zeros((2, 2))
    array([[0., 0.],
           [0., 0.]], dtype=float32)
    """
    return _filled("zeros", shape, 0, dtype)


def ones(shape: int | Sequence[int | None], dtype: Any = None) -> Any:
    """Return ones: see `full`.

    Parameters
    ----------
    shape : int or sequence of int
    dtype : str, optional
        Both as in `full`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.ones((2, 2))
    array([[1., 1.],
           [1., 1.]], dtype=float32)
    """
    return _filled("ones", shape, 1, dtype)


def empty(shape: int | Sequence[int | None], dtype: Any = None) -> Any:
    """Return zeros, as `zeros`: nothing is left to chance.

    Parameters
    ----------
    shape : int or sequence of int
    dtype : str, optional
        Both as in `full`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.empty(2)
    array([0., 0.], dtype=float32)
    """
    return _filled("empty", shape, 0, dtype)


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """Return a number repeated to the shape of x, of its type or of `dtype`; a symbolic tensor keeps its type.

    Parameters
    ----------
    x : tensor
    fill_value : float, or array that broadcasts to the shape of x
    dtype : str, optional
        On arrays.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.full_like([1.0, 2.0], 7.0)
    array([7., 7.], dtype=float32)
    """
    x = known(x)
    if not isinstance(x, Tensor):
        return np.full_like(x, fill_value, dtype)
    # Not a number of x counts, whatever it is: 0 * inf would.
    return where(not_equal(x, x), fill_value, fill_value)


def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Return zeros of the shape of x: see `full_like`.

    Parameters are those of `full_like`: x and `dtype`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.zeros_like([1.0, 2.0])
    array([0., 0.], dtype=float32)
    """
    return full_like(x, 0.0, dtype)


def ones_like(x: Any, dtype: Any = None) -> Any:
    """Return ones of the shape of x: see `full_like`.

    Parameters are those of `full_like`: x and `dtype`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.ones_like([1.0, 2.0])
    array([1., 1.], dtype=float32)
    """
    return full_like(x, 1.0, dtype)


def empty_like(x: Any, dtype: Any = None) -> Any:
    """Return zeros of the shape of x, as `zeros_like`.

    Parameters are those of `full_like`: x and `dtype`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.empty_like([1.0, 2.0])
    array([0., 0.], dtype=float32)
    """
    return zeros_like(x, dtype)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> np.ndarray:
    """Return a matrix of N rows and M columns with 1 on a diagonal, 0 elsewhere.

    Parameters
    ----------
    N : int
    M : int, optional
        Default: N.
    k : int
        How far above the main diagonal; below it if negative.
    dtype : str, optional
        Default: `pymlp.config.floatx()`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.eye(2, 3)
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    rows = whole_number("eye", "N", N)
    columns = rows if M is None else whole_number("eye", "M", M)
    return np.eye(rows, columns, k, dtype=floatx() if dtype is None else dtype)


def identity(n: int, dtype: Any = None) -> np.ndarray:
    """Return a square matrix with 1 on the main diagonal, 0 elsewhere.

    Parameters
    ----------
    n : int
        Rows and columns.
    dtype : str, optional
        Default: `pymlp.config.floatx()`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.identity(2)
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    return eye(whole_number("identity", "n", n), dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> np.ndarray:
    """Return a matrix with 1 on a diagonal and below it, 0 above.

    Parameters are those of `eye`: N rows, M columns, and k, which says which diagonal.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.tri(2)
    array([[1., 0.],
           [1., 1.]], dtype=float32)
    """
    rows = whole_number("tri", "N", N)
    columns = rows if M is None else whole_number("tri", "M", M)
    return np.tri(rows, columns, k, dtype=floatx() if dtype is None else dtype)


def one_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Any:
    """Return vectors with 1 at the place that x names and 0 elsewhere; all 0 for a place that is not there.

    Parameters
    ----------
    x : tensor of whole numbers
    num_classes : int
        Length of the new axis.
    axis : int
        Where it stands.
    dtype : str, optional
        On arrays: the result's type.
    sparse : bool
        Only False.

    Raises
    ------
    NotImplementedError
        For ``sparse=True``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.one_hot([0, 2], 3)
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    if sparse:
        raise NotImplementedError("one_hot: sparse=True is not supported; leave it out.")
    num_classes = whole_number("one_hot", "num_classes", num_classes)
    x = known(x)
    kind = str(x.dtype) if isinstance(x, Tensor) else eager_dtype((x,))
    hot = equal(expand_dims(x, -1), np.arange(num_classes, dtype=kind))
    position = axis_of("one_hot", axis, x.ndim + 1)
    order = list(range(x.ndim))
    order.insert(position, x.ndim)
    hot = transpose(hot, order)
    return hot if isinstance(hot, Tensor) or dtype is None else hot.astype(dtype)


def multi_hot(
    inputs: Any,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
) -> Any:
    """Return vectors with 1 at all places that a row of the inputs names, 0 elsewhere.

    Parameters
    ----------
    inputs : tensor of whole numbers, of shape (n,) or (batch_size, n, ...)
    num_classes, axis, dtype, sparse
        As in `one_hot`.

    Returns
    -------
    tensor of shape (num_classes,) or (batch_size, ..., num_classes)

    Raises
    ------
    ValueError
        If `num_classes` is left out.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.multi_hot([0, 2], 4)
    array([1., 0., 1., 0.], dtype=float32)
    """
    from pymlp.ops.extremes import max

    if num_classes is None:
        raise ValueError("multi_hot: num_classes says how many classes there are; give it.")
    num_classes = whole_number("multi_hot", "num_classes", num_classes)
    hot = one_hot(inputs, num_classes, axis, dtype, sparse)
    found = max(hot, 1 if len(known(inputs).shape) > 1 else 0, initial=0.0)
    return found if isinstance(found, Tensor) or dtype is None else found.astype(dtype)
