"""Evenly spaced numbers, and grids of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.config import floatx
from pymlp.graph.tensor import Tensor
from pymlp.ops.elementwise import abs, add, exp, log, multiply, power, sign, subtract
from pymlp.ops.operation import eager_dtype
from pymlp.ops.samples import known_number, whole_number
from pymlp.ops.shaping import broadcast_to, expand_dims, reshape
from pymlp.ops.values import alike, axis_of, known

__all__ = ["arange", "geomspace", "linspace", "logspace", "meshgrid"]


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> np.ndarray:
    """Return ``start, start + step, ...`` up to `stop`, which is left out; from 0 to `start` if there is no `stop`.

    Parameters
    ----------
    start, stop, step : float
        The step is 1 by default.
    dtype : str, optional
        Default: int32 for whole numbers, else `pymlp.config.floatx()`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.arange(3)
    array([0, 1, 2], dtype=int32)
    >>> ops.arange(0.0, 1.0, 0.5)
    array([0. , 0.5], dtype=float32)
    """
    known_number("arange", "start", start)
    for argument, value in (("stop", stop), ("step", step)):
        if value is not None:
            known_number("arange", argument, value)
    first, last = (0, start) if stop is None else (start, stop)
    evenly: Any = np.arange
    found = evenly(first, last, 1 if step is None else step)
    if dtype is None:
        dtype = "int32" if found.dtype.kind in "iu" else floatx()
    return np.asarray(found.astype(dtype))


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Return ``start + i (stop - start) / (num - 1)`` for i from 0 to ``num - 1``, along a new axis.

    Parameters
    ----------
    start, stop : float or tensor
    num : int
        How many.
    endpoint : bool
        Whether the last is `stop`; if not, the step is ``(stop - start) / num``.
    retstep : bool
        Whether to return (numbers, step).
    dtype : str, optional
        On arrays: the result's type, by default that of `start` and `stop`, or `pymlp.config.floatx()`.
    axis : int
        Where the new axis stands; not first if there are samples.

    Raises
    ------
    ValueError
        If `num` is negative, or the shapes do not go together.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.linspace(0.0, 1.0, 5)
    array([0.  , 0.25, 0.5 , 0.75, 1.  ], dtype=float32)
    """
    num = whole_number("linspace", "num", num)
    if num < 0:
        raise ValueError(f"linspace: num should be 0 or more, received {num}.")
    first, last = alike(start, stop)
    kind = eager_dtype((first, last))
    if not isinstance(first, Tensor) and not isinstance(last, Tensor):
        wide = (x.astype("float64") for x in (first, last))
        spaced: Any = np.linspace
        found, step = spaced(*wide, num, endpoint, True, axis=axis)
        found, step = found.astype(dtype or kind), np.asarray(step, dtype or kind)
        return (found, step) if retstep else found
    gaps = max(num - 1 if endpoint else num, 1)
    step = multiply(subtract(last, first), 1.0 / gaps)
    position = axis_of("linspace", axis, len(step.shape) + 1)
    lengths = [1] * (len(step.shape) + 1)
    lengths[position] = num
    places = np.arange(num, dtype=step.dtype).reshape(lengths)
    found = multiply(expand_dims(step, position), places)
    found = add(expand_dims(first, position) if first.ndim else first, found)
    return (found, step) if retstep else found


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Return ``base`` to the power of evenly spaced numbers.

    Parameters and result are those of `linspace`, but for `retstep`; `start` and `stop` are exponents.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.logspace(0.0, 2.0, 3)
    array([  1.,  10., 100.], dtype=float32)
    """
    num = whole_number("logspace", "num", num)
    found = power(float(base), linspace(start, stop, num, endpoint, axis=axis))
    return found if dtype is None or isinstance(found, Tensor) else found.astype(dtype)


def geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Return numbers whose quotients are the same, from `start` to `stop`, which have the same sign.

    Parameters and result are those of `linspace`, but for `retstep`.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.geomspace(1.0, 8.0, 4)
    array([1., 2., 4., 8.], dtype=float32)
    """
    num = whole_number("geomspace", "num", num)
    first, last = alike(start, stop)
    grown = exp(linspace(log(abs(first)), log(abs(last)), num, endpoint, axis=axis))
    signs = sign(first)
    found = multiply(grown, expand_dims(signs, axis) if signs.ndim else signs)
    return found if dtype is None or isinstance(found, Tensor) else found.astype(dtype)


def meshgrid(*x: Any, indexing: str = "xy") -> list[Any]:
    """Return a tensor for each vector that repeats it along the axes of the others.

    Parameters
    ----------
    *x : tensors of shapes (n1,), (n2,), ...
        Without samples.
    indexing : {"xy", "ij"}
        "xy" has the first two axes in the order (n2, n1).

    Returns
    -------
    list of tensors of shape (n1, n2, ...), or (n2, n1, ...)

    Raises
    ------
    ValueError
        For another `indexing`, or a symbolic tensor with samples.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.meshgrid([1.0, 2.0], [3.0, 4.0])
    [array([[1., 2.],
           [1., 2.]], dtype=float32), array([[3., 3.],
           [4., 4.]], dtype=float32)]
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing should be 'xy' or 'ij', received {indexing!r}.")
    vectors = [known(v) for v in x]
    vectors = [reshape(v, (1,)) if v.ndim == 0 else v for v in vectors]
    if any(v.ndim != 1 or v.shape[0] is None for v in vectors):
        raise ValueError(
            f"meshgrid: vectors without samples were expected, received {[v.shape for v in vectors]}."
        )
    places = list(range(len(vectors)))
    if indexing == "xy" and len(places) > 1:
        places[:2] = [1, 0]
    shape = [0] * len(places)
    for place, vector in zip(places, vectors, strict=True):
        shape[place] = vector.shape[0]
    return [
        broadcast_to(
            reshape(v, tuple(v.shape[0] if i == place else 1 for i in range(len(places)))),
            tuple(shape),
        )
        for place, v in zip(places, vectors, strict=True)
    ]
