"""Products of vectors and matrices, and lengths of vectors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pymlp.ops.contraction import einsum
from pymlp.ops.elementwise import abs, multiply, not_equal, power, sqrt, square, subtract
from pymlp.ops.extremes import max as greatest
from pymlp.ops.extremes import min as least
from pymlp.ops.reduction import sum
from pymlp.ops.shaping import expand_dims, reshape, squeeze
from pymlp.ops.values import alike, axes_of, axis_of, known

__all__ = ["cdist", "dot", "inner", "matmul", "norm", "outer", "tensordot", "vdot"]


def _letters(count: int, after: int = 0) -> str:
    return "".join(chr(ord("a") + after + i) for i in range(count))


def matmul(x1: Any, x2: Any) -> Any:
    """Return the product of matrices along the last two axes, the axes before them broadcast by NumPy's rules.

    Parameters
    ----------
    x1 : tensor of shape (..., m, k) or (k,)
    x2 : tensor of shape (..., k, n) or (k,)

    Returns
    -------
    tensor of shape (..., m, n), without the axes of vectors

    Raises
    ------
    ValueError
        If the shapes do not go together, or one is a number.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.matmul([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0])
    array([3., 7.], dtype=float32)
    """
    a, b = alike(x1, x2)
    if a.ndim == 0 or b.ndim == 0:
        raise ValueError(
            f"matmul: shapes {tuple(a.shape)} and {tuple(b.shape)} are not both of matrices."
        )
    left = "k" if a.ndim == 1 else "mk"
    right = "k" if b.ndim == 1 else "kn"
    batch_a, batch_b = max(a.ndim - 2, 0), max(b.ndim - 2, 0)
    most = max(batch_a, batch_b)
    names = "ABCDEFGH"[:most]
    first = names[most - batch_a :] + left
    second = names[most - batch_b :] + right
    out = names + left[:-1] + (right[1:] if b.ndim > 1 else "")
    return einsum(f"{first},{second}->{out}", a, b)


def dot(x1: Any, x2: Any) -> Any:
    """Return the sum of products over the last axis of x1 and the last but one of x2, or its only one.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.dot([1.0, 2.0], [3.0, 4.0])
    array(11., dtype=float32)
    """
    a, b = alike(x1, x2)
    if a.ndim == 0 or b.ndim == 0:
        return multiply(a, b)
    return tensordot(a, b, ([a.ndim - 1], [max(b.ndim - 2, 0)]))


def vdot(x1: Any, x2: Any) -> Any:
    """Return the sum of products of the elements of x1 and x2, which are as many, each in one row.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.vdot([[1.0, 2.0]], [[3.0, 4.0]])
    array(11., dtype=float32)
    """
    a, b = alike(x1, x2)
    if a.ndim > 1 and tuple(a.shape) == tuple(b.shape):
        return sum(multiply(a, b))
    return sum(multiply(reshape(a, (-1,)), reshape(b, (-1,))))


def outer(x1: Any, x2: Any) -> Any:
    """Return the products of each element of x1 with each of x2, all in one row: of shape (size of x1, size of x2).

    Raises
    ------
    ValueError
        If x1 is symbolic and has samples and other axes, or x2 is symbolic and has samples.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.outer([1.0, 2.0], [3.0, 4.0])
    array([[3., 4.],
           [6., 8.]], dtype=float32)
    """
    a, b = alike(x1, x2)
    if None in b.shape or (None in a.shape and a.ndim > 1):
        raise ValueError(
            f"outer: the samples of shapes {tuple(a.shape)} and {tuple(b.shape)} keep an axis of their own: use einsum."
        )
    rows = a.shape[0] if None in a.shape else math.prod(a.shape)
    return multiply(reshape(a, (rows, 1)), reshape(b, (1, math.prod(b.shape))))


def tensordot(x1: Any, x2: Any, axes: int | Sequence[Any] = 2) -> Any:
    """Return the sum of products over pairs of axes.

    Parameters
    ----------
    x1, x2 : tensor
    axes : int or (axes of x1, axes of x2)
        So many of the last axes of x1 with the first ones of x2, or those that are listed.

    Returns
    -------
    tensor
        The other axes of x1, then those of x2.

    Raises
    ------
    ValueError
        If the axes are not there or differ in their lengths.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.tensordot([[1.0, 2.0]], [[3.0], [4.0]], axes=1)
    array([[11.]], dtype=float32)
    """
    a, b = alike(x1, x2)
    pairs: tuple[Sequence[int], Sequence[int]]
    if isinstance(axes, int):
        pairs = range(a.ndim - axes, a.ndim), range(axes)
    else:
        first, second = ([x] if isinstance(x, int) else list(x) for x in axes)
        pairs = first, second
    left = [axis_of("tensordot", i, a.ndim) for i in pairs[0]]
    right = [axis_of("tensordot", i, b.ndim) for i in pairs[1]]
    names_a = list(_letters(a.ndim))
    names_b = list(_letters(b.ndim, a.ndim))
    for i, j in zip(left, right, strict=True):
        names_b[j] = names_a[i]
    out = [n for i, n in enumerate(names_a) if i not in left]
    out += [n for j, n in enumerate(names_b) if j not in right]
    return einsum(f"{''.join(names_a)},{''.join(names_b)}->{''.join(out)}", a, b)


def inner(x1: Any, x2: Any) -> Any:
    """Return the sums of products over the last axes of both; the product, if one is a number.

    Parameters
    ----------
    x1 : tensor of shape (..., n), or ()
    x2 : tensor of shape (..., n), or ()
        Without samples, if x1 has them.

    Returns
    -------
    tensor of shape (axes of x1 but the last, axes of x2 but the last)

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.inner([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0])
    array([3., 7.], dtype=float32)
    """
    a, b = alike(x1, x2)
    if a.ndim == 0 or b.ndim == 0:
        return multiply(a, b)
    return tensordot(a, b, ([a.ndim - 1], [b.ndim - 1]))


def cdist(x: Any, y: Any) -> Any:
    """Return the distances of each vector of x from each of y: ``sqrt(sum((x - y) ** 2))``.

    Parameters
    ----------
    x : tensor of shape (..., m, k)
    y : tensor of shape (..., n, k)
        With samples only if x has them, too, and there is an axis between.

    Returns
    -------
    tensor of shape (..., m, n)
        The gradient of a distance of 0 is not a number, as in Keras.

    Raises
    ------
    ValueError
        If these are not two collections of vectors of one length.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.cdist([[0.0, 0.0]], [[3.0, 4.0], [0.0, 1.0]])
    array([[5., 1.]], dtype=float32)
    """
    a, b = alike(x, y)
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-1] or b.shape[-2] is None:
        raise ValueError(
            f"cdist: shapes {tuple(a.shape)} and {tuple(b.shape)} are not (..., m, k) and (..., n, k)."
        )
    return sqrt(sum(square(subtract(expand_dims(a, -2), expand_dims(b, -3))), -1))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the length of vectors, or of matrices.

    Parameters
    ----------
    x : tensor
    ord : {None, "fro", "nuc", 1, 2, inf, -inf, ...}, optional
        Of vectors: None and 2 the root of the sum of squares, inf and -inf the greatest and the least magnitude, 0 how
        many are not 0, another number p ``sum(|x| ** p) ** (1 / p)``. Of matrices: None and "fro" the root of the sum
        of squares, 1, -1, inf and -inf the greatest or the least sum of magnitudes of a column or a row.
    axis : int, pair of int or None
        One axis for vectors, two for matrices. Default: all of x.
    keepdims : bool

    Raises
    ------
    NotImplementedError
        For norms of matrices that take singular values.
    ValueError
        For a norm that is not there.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.norm([[3.0, 4.0], [6.0, 8.0]], axis=-1)
    array([ 5., 10.], dtype=float32)
    """
    x = known(x)
    axes = axes_of("norm", axis, x.ndim)
    if ord is None:
        return sqrt(sum(square(x), axis, keepdims))
    if len(axes) == 2:
        return _matrix_norm(x, ord, axes if axis is None else list(axis), keepdims)
    if len(axes) != 1 or isinstance(ord, str):
        raise ValueError(
            f"norm: ord={ord!r} is no norm over axis={axis!r} of shape {tuple(x.shape)}."
        )
    if ord == 2:
        return sqrt(sum(square(x), axes, keepdims))
    if ord == 0:
        return sum(not_equal(x, 0.0), axes, keepdims)
    if math.isinf(ord):
        return (greatest if ord > 0 else least)(abs(x), axes, keepdims)
    total = abs(x) if ord == 1 else power(abs(x), float(ord))
    total = sum(total, axes, keepdims)
    return total if ord == 1 else power(total, 1.0 / ord)


def _matrix_norm(x: Any, ord: Any, axes: Sequence[int], keepdims: bool) -> Any:
    if ord == "fro":
        return sqrt(sum(square(x), axes, keepdims))
    if ord in ("nuc", 2, -2):
        raise NotImplementedError(
            f"norm: ord={ord!r} of a matrix takes singular values, which are not computed; use 'fro', 1 or inf."
        )
    if ord not in (1, -1, math.inf, -math.inf):
        raise ValueError(f"norm: ord={ord!r} is no norm of matrices.")
    rows, columns = (axis_of("norm", a, x.ndim) for a in axes)
    summed, left = (rows, columns) if ord * ord == 1 else (columns, rows)
    found = (greatest if ord > 0 else least)(
        sum(abs(x), summed, keepdims=True), left, keepdims=True
    )
    if keepdims:
        return found
    return squeeze(found, [rows, columns])
