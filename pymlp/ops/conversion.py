"""What a tensor is: its type, its shape, its numbers as an array."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pymlp.graph.tensor import Tensor
from pymlp.ops.elementwise import abs, clip, floor, multiply, not_equal, sign
from pymlp.ops.samples import batch_size
from pymlp.ops.values import known
from pymlp.tracing import current_trace
from pymlp.variables import Variable

__all__ = [
    "array",
    "cast",
    "convert_to_numpy",
    "convert_to_tensor",
    "copy",
    "dtype",
    "is_tensor",
    "ndim",
    "saturate_cast",
    "shape",
    "size",
]


def shape(x: Any) -> tuple[Any, ...]:
    """Return the shape of x.

    How many samples a symbolic tensor has is not known. While a graph is traced, in a layer's call, a loss or a
    metric, a symbolic tensor stands for their number, to be computed with, as in ``x / ops.shape(x)[0]``, and to be
    the first entry of a shape, as in ``ops.zeros((ops.shape(x)[0], 3))``. In the shape of a functional model's tensor
    there is None instead, as in Keras.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.shape([[1.0, 2.0]])
    (1, 2)
    """
    x = known(x)
    trace = current_trace()
    if None not in x.shape or trace is None:
        return tuple(x.shape)
    trace.samples = x
    count = batch_size(x)
    return tuple(count if n is None else n for n in x.shape)


def ndim(x: Any) -> int:
    """Return the number of axes of x.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.ndim([[1.0, 2.0]])
    2
    """
    return len(known(x).shape)


def size(x: Any) -> Any:
    """Return the number of elements of x, an int; of a symbolic tensor with samples, as a tensor.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.size([[1.0, 2.0]])
    2
    """
    x = known(x)
    inner = math.prod(n for n in x.shape if n is not None)
    return multiply(batch_size(x), float(inner)) if None in x.shape else inner


def dtype(x: Any) -> str:
    """Return the name of the type of x.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.dtype([1.0, 2.0])
    'float32'
    """
    return str(known(x).dtype)


def is_tensor(x: Any) -> bool:
    """Return whether x is a symbolic tensor, an array or a variable, rather than a number or a list.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.is_tensor(ops.ones(2)), ops.is_tensor([1.0])
    (True, False)
    """
    return isinstance(x, (Tensor, np.ndarray, Variable))


def cast(x: Any, dtype: Any) -> Any:
    """Return x as another type.

    A symbolic tensor keeps its type, which is that of the whole graph; "bool" makes 1 and 0 of it, a whole type cuts
    decimals off.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.cast([1.7, -1.7], "int32")
    array([ 1, -1], dtype=int32)
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


def saturate_cast(x: Any, dtype: Any) -> Any:
    """Return x as another type, what this cannot hold as the nearest number that it can: see `cast`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.saturate_cast([-5.0, 300.0], "uint8")
    array([  0, 255], dtype=uint8)
    """
    x, kind = known(x), np.dtype(dtype)
    limits: Any
    if kind.kind == "b":
        return cast(clip(x, 0.0, 1.0), dtype)
    limits = np.iinfo(kind) if kind.kind in "iu" else np.finfo(kind)
    if isinstance(x, Tensor):
        return cast(clip(x, float(limits.min), float(limits.max)), dtype)
    # Compared as they are: not every number of a whole type is one of a floating-point type.
    low, high = limits.min, limits.max
    kept = np.where(x >= high, high, np.where(x <= low, low, np.where(x > high, 0, x)))
    with np.errstate(invalid="ignore"):
        return np.where(x >= high, high, np.where(x <= low, low, kept.astype(kind))).astype(kind)


def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Any:
    """Return x as an array of `dtype`; a symbolic tensor as it is.

    Without `dtype` an array keeps its type, whole numbers of Python become int32, others `pymlp.config.floatx()`.

    Parameters
    ----------
    x : tensor, variable, number, or nested sequence of numbers
    dtype : str, optional
    sparse, ragged : bool, optional
        Only False or None.

    Raises
    ------
    ValueError
        For ``sparse=True`` or ``ragged=True``, which pymlp has none of.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.convert_to_tensor([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """
    if sparse or ragged:
        raise ValueError(
            "convert_to_tensor: sparse and ragged tensors are not supported; leave `sparse` and `ragged` out."
        )
    own = hasattr(x, "dtype")
    x = known(x)
    if isinstance(x, Tensor):
        return x if dtype is None else cast(x, dtype)
    if dtype is None and not own and x.dtype == "int64":
        dtype = "int32"
    return x if dtype is None else x.astype(dtype)


def convert_to_numpy(x: Any) -> np.ndarray:
    """Return x as an array.

    Raises
    ------
    TypeError
        For a symbolic tensor, which has no numbers yet.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.convert_to_numpy([1, 2])
    array([1, 2])
    """
    return np.asarray(x)


def array(x: Any, dtype: Any = None) -> Any:
    """Return a copy of x as an array of `dtype`, as `convert_to_tensor`; a symbolic tensor as it is.

    Parameters are those of `convert_to_tensor`: x and `dtype`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.array([1, 2])
    array([1, 2], dtype=int32)
    """
    y = convert_to_tensor(x, dtype)
    return y if isinstance(y, Tensor) else np.array(y)


def copy(x: Any) -> Any:
    """Return an array of its own with the numbers of x; a symbolic tensor as it is, for nothing changes it.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.copy([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """
    return array(x)
