"""Functions made of others: logic, quotients, powers, parts of activations, one-hot vectors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pymlp.graph.tensor import Tensor
from pymlp.ops.elementwise import (
    abs,
    add,
    cos,
    divide,
    equal,
    exp,
    floor,
    greater,
    less_equal,
    log,
    maximum,
    multiply,
    negative,
    not_equal,
    sigmoid,
    sign,
    sin,
    sqrt,
    square,
    subtract,
    where,
)
from pymlp.ops.movement import axis_of, known, moved_last, transpose
from pymlp.ops.operation import eager_dtype
from pymlp.ops.reduction import sum
from pymlp.ops.shaping import expand_dims
from pymlp.ops.softmax import softmax as softmax_of_rows
from pymlp.ops.statistics import logsumexp
from pymlp.variables import current_trace, traced

# ---- logic: 1 is true, 0 is false ---------------------------------------------------------------------


def logical_not(x: Any) -> Any:
    """Return 1 where x is 0, else 0."""
    return equal(x, 0.0)


def logical_and(x1: Any, x2: Any) -> Any:
    """Return 1 where neither is 0, else 0."""
    return multiply(not_equal(x1, 0.0), not_equal(x2, 0.0))


def logical_or(x1: Any, x2: Any) -> Any:
    """Return 1 where one of the two is not 0, else 0."""
    return maximum(not_equal(x1, 0.0), not_equal(x2, 0.0))


def logical_xor(x1: Any, x2: Any) -> Any:
    """Return 1 where exactly one of the two is not 0, else 0."""
    return not_equal(not_equal(x1, 0.0), not_equal(x2, 0.0))


def isnan(x: Any) -> Any:
    """Return 1 where x is not a number, else 0."""
    return not_equal(x, x)


def isfinite(x: Any) -> Any:
    """Return 1 where x is neither infinite nor NaN, else 0."""
    return equal(subtract(x, x), 0.0)


def isinf(x: Any) -> Any:
    """Return 1 where x is infinite, else 0."""
    return equal(abs(x), math.inf)


def isclose(
    x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Return 1 where ``|x1 - x2| <= atol + rtol * |x2|``, else 0."""
    near = less_equal(abs(subtract(x1, x2)), add(multiply(abs(x2), rtol), atol))
    near = logical_or(logical_and(near, isfinite(x2)), equal(x1, x2))
    return logical_or(near, logical_and(isnan(x1), isnan(x2))) if equal_nan else near


# ---- arithmetic ------------------------------------------------------------------------------------------


def floor_divide(x1: Any, x2: Any) -> Any:
    """Return ``floor(x1 / x2)``."""
    return floor(divide(x1, x2))


def mod(x1: Any, x2: Any) -> Any:
    """Return ``x1 - floor(x1 / x2) * x2``, of the sign of x2."""
    return subtract(x1, multiply(floor_divide(x1, x2), x2))


def divide_no_nan(x1: Any, x2: Any) -> Any:
    """Return ``x1 / x2``, 0 where x2 is 0."""
    none = equal(x2, 0.0)
    return where(none, 0.0, divide(x1, where(none, 1.0, x2)))


def reciprocal(x: Any) -> Any:
    """Return ``1 / x``."""
    return divide(1.0, x)


def rsqrt(x: Any) -> Any:
    """Return ``1 / sqrt(x)``."""
    return divide(1.0, sqrt(x))


def log2(x: Any) -> Any:
    """Return the logarithm to base 2."""
    return multiply(log(x), 1 / math.log(2))


def log10(x: Any) -> Any:
    """Return the logarithm to base 10."""
    return multiply(log(x), 1 / math.log(10))


def logaddexp(x1: Any, x2: Any) -> Any:
    """Return ``log(exp(x1) + exp(x2))`` without overflow."""
    from pymlp.ops.elementwise import softplus

    return add(maximum(x1, x2), softplus(negative(abs(subtract(x1, x2)))))


def sinh(x: Any) -> Any:
    """Return the hyperbolic sine."""
    from pymlp.ops.elementwise import expm1

    small = expm1(abs(x))
    return multiply(sign(x), multiply(add(small, divide(small, add(small, 1.0))), 0.5))


def cosh(x: Any) -> Any:
    """Return the hyperbolic cosine."""
    grown = exp(abs(x))
    return multiply(add(grown, divide(1.0, grown)), 0.5)


def tan(x: Any) -> Any:
    """Return the tangent."""
    return divide(sin(x), cos(x))


# ---- softmax over any axis ---------------------------------------------------------------------------------


def softmax(x: Any, axis: Any = -1) -> Any:
    """Return ``exp(x) / sum(exp(x))`` over an axis, several or all, without overflow."""
    x = known(x)
    if axis == -1 or axis == x.ndim - 1:
        return softmax_of_rows(x)
    if isinstance(axis, int):
        last, back = moved_last(x, axis_of("softmax", axis, x.ndim))
        return transpose(softmax_of_rows(last), back)
    return exp(subtract(x, logsumexp(x, axis, keepdims=True)))


def log_softmax(x: Any, axis: Any = -1) -> Any:
    """Return ``x - log(sum(exp(x)))`` over an axis, several or all."""
    x = known(x)
    return subtract(x, logsumexp(x, axis, keepdims=True))


# ---- making tensors ----------------------------------------------------------------------------------------


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
    """
    if sparse:
        raise NotImplementedError("one_hot: sparse=True is not supported.")
    x = known(x)
    kind = str(x.dtype) if isinstance(x, Tensor) else eager_dtype((x,))
    hot = equal(expand_dims(x, -1), np.arange(num_classes, dtype=kind))
    position = axis_of("one_hot", axis, x.ndim + 1)
    order = list(range(x.ndim))
    order.insert(position, x.ndim)
    hot = transpose(hot, order)
    return hot if isinstance(hot, Tensor) or dtype is None else hot.astype(dtype)


def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Return zeros of the shape of x."""
    return full_like(x, 0.0, dtype)


def ones_like(x: Any, dtype: Any = None) -> Any:
    """Return ones of the shape of x."""
    return full_like(x, 1.0, dtype)


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """Return a number repeated to the shape of x."""
    x = known(x)
    if not isinstance(x, Tensor):
        return np.full_like(x, fill_value, dtype)
    # Not a number of x counts, whatever it is: 0 * inf would.
    return where(isnan(x), fill_value, fill_value)


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> np.ndarray:
    """Return evenly spaced numbers, as NumPy's function of that name."""
    first, last = (0, start) if stop is None else (start, stop)
    evenly: Any = np.arange
    return np.asarray(evenly(first, last, 1 if step is None else step, dtype))


def shape(x: Any) -> tuple[Any, ...]:
    """Return the shape of x; None stands for the samples of a symbolic tensor.

    While a graph is traced, operations take that None for the number of samples, as in
    ``ops.cast(ops.shape(x)[0], "float32")``.
    """
    found = tuple(known(x).shape)
    trace = current_trace()
    if None in found and trace is not None:
        trace.samples = traced(x)
    return found


def ndim(x: Any) -> int:
    """Return the number of axes."""
    return len(known(x).shape)


def size(x: Any) -> Any:
    """Return the number of elements; of a symbolic tensor with samples, as a tensor."""
    from pymlp.ops.reduction import batch_size

    x = known(x)
    inner = math.prod(n for n in x.shape if n is not None)
    return multiply(batch_size(x), float(inner)) if None in x.shape else inner


def cast(x: Any, dtype: Any) -> Any:
    """Return x as another type.

    A symbolic tensor keeps its type, which is that of the whole graph; "bool" makes 1 and 0 of it, a whole type cuts
    decimals off.
    """
    x = known(x)
    if not isinstance(x, Tensor):
        return x.astype(dtype)
    kind = np.dtype(dtype).kind
    if kind == "b":
        return not_equal(x, 0.0)
    if kind in "iu":
        return multiply(sign(x), floor(abs(x)))
    return x


def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Any:
    """Return x as an array of `dtype`; a symbolic tensor as it is."""
    x = known(x)
    if isinstance(x, Tensor):
        return x
    return x if dtype is None else x.astype(dtype)


def convert_to_numpy(x: Any) -> np.ndarray:
    """Return x as an array."""
    return np.asarray(x)


def hard_sigmoid(x: Any) -> Any:
    """Return 0 below -3, 1 above 3, and ``x / 6 + 0.5`` between."""
    from pymlp.ops.elementwise import clip

    return clip(add(multiply(x, 1 / 6), 0.5), 0.0, 1.0)


def silu(x: Any) -> Any:
    """Return ``x * sigmoid(x)``."""
    return multiply(x, sigmoid(x))


def heaviside(x1: Any, x2: Any) -> Any:
    """Return 0 below 0, 1 above it, and x2 at it."""
    return where(equal(x1, 0.0), x2, greater(x1, 0.0))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the length of vectors: the root of the sum of squares, or with ``ord=1`` the sum of magnitudes."""
    x = known(x)
    if ord in (None, 2, "fro"):
        return sqrt(sum(square(x), axis, keepdims))
    if ord == 1 and isinstance(axis, int):
        return sum(abs(x), axis, keepdims)
    raise NotImplementedError(
        f"norm: ord={ord!r} over axis={axis!r} is not supported, only lengths and sums."
    )


__all__ = [
    "arange",
    "cast",
    "convert_to_numpy",
    "convert_to_tensor",
    "cosh",
    "divide_no_nan",
    "floor_divide",
    "full_like",
    "hard_sigmoid",
    "heaviside",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "log2",
    "log10",
    "log_softmax",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "mod",
    "ndim",
    "norm",
    "one_hot",
    "ones_like",
    "reciprocal",
    "rsqrt",
    "shape",
    "silu",
    "sinh",
    "size",
    "softmax",
    "tan",
    "zeros_like",
]  # fmt: skip
