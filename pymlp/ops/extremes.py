"""Greatest and least elements, where they are, and products."""

from __future__ import annotations

from typing import Any

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.conversion import cast
from pymlp.ops.elementwise import (
    divide,
    equal,
    maximum,
    minimum,
    multiply,
    negative,
    not_equal,
    subtract,
)
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.reduction import Axes, by_rows, last_axis_shape, reduced, sum
from pymlp.ops.shaping import broadcast_to, reshape
from pymlp.ops.values import known, truth, whole

__all__ = ["all", "amax", "amin", "any", "argmax", "argmin", "max", "min", "prod", "ptp"]

# The order of enum mlp_combination in csrc/kernels/reduce.inc.c.
_MAX, _MIN, _PRODUCT = range(3)


def _combined_shape(x: Tensor, *, how: int) -> Shape:
    return x.shape[:-1] if x.ndim <= 1 or x.shape == (None, x.shape[-1]) else (*x.shape[:-1], 1)


def _kept_axis(t: Tensor, x: Tensor) -> Tensor:
    return t if t.ndim == x.ndim else reshape(t, (*t.shape, 1))


def _combined_gradient(y: Tensor, dy: Tensor) -> tuple[Any]:
    (x,) = y.inputs
    dy = _kept_axis(dy, x)
    if y.attributes["how"] == _PRODUCT:
        return (multiply(dy, apply(_OTHERS, x)),)
    # Equal elements share the gradient.
    chosen = equal(x, _kept_axis(y, x))
    return (multiply(chosen, divide(dy, sum(chosen, -1, keepdims=True))),)


_COMBINE_COLS = Operation(
    "combine_cols",
    _combined_shape,
    lambda y: Kernel("combine_cols", (*y.inputs, y), (y.attributes["how"],)),
    _combined_gradient,
    by_sample=True,
)


_OTHERS = Operation(
    "product_of_others",
    lambda x: x.shape,
    lambda y: Kernel("product_of_others", (*y.inputs, y)),
)


def _over_samples_gradient(y: Tensor, dy: Tensor) -> tuple[Any]:
    (x,) = y.inputs
    if y.attributes["how"] == _PRODUCT:
        raise NotImplementedError("prod: over samples it has no gradient")
    chosen = equal(x, broadcast_to(y, x.shape))
    share = divide(dy, sum(chosen, 0))
    return (multiply(chosen, broadcast_to(share, x.shape)),)


_COMBINE_ROWS = Operation(
    "combine_rows",
    lambda x, *, how: x.shape[1:],
    lambda y: Kernel("combine_rows", (*y.inputs, y), (y.attributes["how"],), share="columns"),
    _over_samples_gradient,
)


def _combine(name: str, x: Any, axis: Axes, keepdims: bool, how: int, empty: bool = False) -> Any:
    def last(y: Any) -> Any:
        if y.shape[-1] == 0 and not empty:
            raise ValueError(f"{name}: there is no element along an axis of length 0.")
        return reshape(apply(_COMBINE_COLS, y, how=how), tuple(y.shape[:-1]))

    def samples(y: Any) -> Any:
        if y.ndim == 1:
            return reshape(apply(_COMBINE_ROWS, reshape(y, (None, 1)), how=how), ())
        return apply(_COMBINE_ROWS, y, how=how)

    return reduced(name, known(x), axis, keepdims, last, samples)


def max(x: Any, axis: Axes = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Return the greatest element over an axis, over several, or over all; a NaN stays.

    Parameters
    ----------
    x : tensor
    axis : int or sequence of int, optional
        Default: all.
    keepdims : bool
        Whether the axes stay, of length 1.
    initial : float, optional
        What counts as one more element; needed where there may be none.

    Returns
    -------
    tensor of the shape of x without the axes, or with length 1 there
        The gradient is shared by equal elements.

    Raises
    ------
    ValueError
        If an axis is not there, or of length 0 and `initial` is left out.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.max([[1.0, 2.0], [3.0, 4.0]], axis=0)
    array([3., 4.], dtype=float32)
    """
    found = _combine("max", x, axis, keepdims, _MAX, initial is not None)
    return found if initial is None else maximum(found, initial)


def min(x: Any, axis: Axes = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Return the least element over an axis, over several, or over all; a NaN stays.

    Parameters, result and errors are those of `max`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.min([[1.0, 2.0], [3.0, 4.0]], axis=0)
    array([1., 2.], dtype=float32)
    """
    found = _combine("min", x, axis, keepdims, _MIN, initial is not None)
    return found if initial is None else minimum(found, initial)


def prod(x: Any, axis: Axes = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """Return the product over an axis, over several, or over all; on arrays of type `dtype`.

    Parameters
    ----------
    x : tensor
    axis : int or sequence of int, optional
        Default: all.
    keepdims : bool
        Whether the axes stay, of length 1.
    dtype : str, optional
        On arrays: the type of the result.

    Returns
    -------
    tensor of the shape of x without the axes, or with length 1 there
        1 over no element. The gradient is right where elements are 0, too; over samples there is none.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.prod([[1.0, 2.0], [3.0, 4.0]], axis=0)
    array([3., 8.], dtype=float32)
    """
    product = _combine("prod", x, axis, keepdims, _PRODUCT, True)
    return product if dtype is None else cast(product, dtype)


# Keras's second names.
amax = max
amin = min


def ptp(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the distance from the least to the greatest element over an axis, over several, or over all.

    Parameters, result and errors are those of `max` without `initial`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.ptp([1.0, 5.0, 3.0])
    array(4., dtype=float32)
    """
    x = known(x)
    return subtract(max(x, axis, keepdims), min(x, axis, keepdims))


def any(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return whether some element is not 0, over an axis, over several, or over all.

    Parameters are those of `sum`. False over no element; arrays give truth values, symbolic tensors 1 and 0.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.any([[True, False], [False, False]], axis=1)
    array([ True, False])
    """
    return truth(max(not_equal(known(x), 0.0), axis, keepdims, initial=0.0))


def all(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return whether no element is 0, over an axis, over several, or over all.

    Parameters are those of `sum`. True over no element; arrays give truth values, symbolic tensors 1 and 0.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.all([[True, False], [True, True]], axis=1)
    array([False,  True])
    """
    return truth(min(not_equal(known(x), 0.0), axis, keepdims, initial=1.0))


_ARGMAX = Operation(
    "argmax_cols",
    last_axis_shape,
    lambda y: Kernel("argmax_cols", (y.inputs[0], y)),
    lambda y, dy: (None,),
    by_sample=True,
)


def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the index of the greatest element along an axis, or among all elements in one row.

    Of equals the first, of a row with NaN the first of them; it has no gradient.

    Parameters
    ----------
    x : tensor
    axis : int, optional
    keepdims : bool
        Whether the axis stays, of length 1.

    Returns
    -------
    tensor
        Whole numbers: of type int32 on arrays, of the type of x on symbolic tensors.

    Raises
    ------
    ValueError
        If the axis is not there or empty, or that of the samples of a symbolic tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.argmax([[1.0, 3.0], [5.0, 4.0]], axis=-1)
    array([1, 0], dtype=int32)
    """

    def last(y: Any) -> Any:
        if y.shape[-1] == 0:
            raise ValueError("argmax: there is no element along an axis of length 0.")
        return by_rows(_ARGMAX, y, keepdims=False)

    def samples(y: Any) -> Any:
        raise ValueError(f"argmax: the samples of shape {x.shape} are not searched while traced.")

    x = known(x)
    return whole(reduced("argmax", x, axis, keepdims, last, samples))


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the index of the least element along an axis, or among all elements in one row.

    Parameters, result and errors are those of `argmax`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.argmin([[1.0, 3.0], [5.0, 4.0]], axis=-1)
    array([0, 1], dtype=int32)
    """
    return argmax(negative(known(x)), axis, keepdims)
