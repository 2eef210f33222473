"""Uniform and normal numbers, whole ones, and dropout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from pymlp.config import check_float_type, floatx
from pymlp.random.seeds import Seed, generator, generator_for
from pymlp.tracing import current_trace

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Size",
    "drawn",
    "dropout",
    "float_type",
    "normal",
    "randint",
    "truncated_normal",
    "uniform",
]

Size = tuple[int, ...]


def normal(
    shape: Sequence[int],
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: str | None = None,
    seed: Seed = None,
) -> NDArray[Any]:
    """Draw from the normal distribution with the given mean and standard deviation.

    Parameters
    ----------
    shape : sequence of int
        While a model is traced the first may be None, for the samples of a batch.
    mean, stddev : float
    dtype : {"float32", "float64"}, optional
        Default `pymlp.config.floatx()`.
    seed : int, SeedGenerator or None

    Returns
    -------
    numpy.ndarray of `shape` and `dtype`, or a symbolic tensor while a model is traced

    Examples
    --------
    >>> from pymlp import random
    >>> random.normal((2, 3), seed=1).shape
    (2, 3)
    """

    def now(draw: np.random.Generator, size: Size, kind: Any) -> NDArray[Any]:
        values: NDArray[Any] = draw.standard_normal(size, dtype=kind)
        values *= stddev
        values += mean
        return values

    return drawn("normal", shape, (mean, stddev), float_type(dtype), seed, now)


def truncated_normal(
    shape: Sequence[int],
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: str | None = None,
    seed: Seed = None,
) -> NDArray[Any]:
    """Draw from the normal distribution cut off at two standard deviations from its mean.

    Values outside are drawn again until none is left, which is exact. `stddev` is that of the
    normal distribution before the cut; the result's is 0.8796 times as much.

    Parameters and result are those of `normal`.

    Examples
    --------
    >>> from pymlp import random
    >>> bool((abs(random.truncated_normal((100,), seed=1)) <= 2).all())
    True
    """

    def now(draw: np.random.Generator, size: Size, kind: Any) -> NDArray[Any]:
        values: NDArray[Any] = draw.standard_normal(size, dtype=kind)
        flat = values.reshape(-1)  # a view: a fresh array is contiguous
        outside = np.flatnonzero(np.abs(flat) > 2.0)
        while outside.size:  # 4.6 % of what is left each time round
            redrawn = draw.standard_normal(outside.size, dtype=kind)
            flat[outside] = redrawn
            outside = outside[np.abs(redrawn) > 2.0]
        values *= stddev
        values += mean
        return values

    return drawn("truncated_normal", shape, (mean, stddev), float_type(dtype), seed, now)


def uniform(
    shape: Sequence[int],
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: str | None = None,
    seed: Seed = None,
) -> NDArray[Any]:
    """Draw from the uniform distribution over [minval, maxval).

    Parameters
    ----------
    shape : sequence of int
    minval, maxval : float
        Lower bound (may occur) and upper bound (does not occur).
    dtype : {"float32", "float64"}, optional
        Default `pymlp.config.floatx()`.
    seed : int, SeedGenerator or None

    Returns
    -------
    numpy.ndarray of `shape` and `dtype`, or a symbolic tensor while a model is traced

    Examples
    --------
    >>> from pymlp import random
    >>> random.uniform((2, 3), minval=5.0, maxval=6.0, seed=1).round()
    array([[5., 5., 6.],
           [6., 5., 5.]], dtype=float32)
    """

    def now(draw: np.random.Generator, size: Size, kind: Any) -> NDArray[Any]:
        values: NDArray[Any] = draw.random(size, dtype=kind)
        values *= maxval - minval
        values += minval
        if minval < maxval:
            # Rounding may carry a value up to maxval, or just past a bound that the type cannot hold.
            low, high = values.dtype.type(minval), values.dtype.type(maxval)
            np.clip(values, low, np.nextafter(high, low), out=values)
        return values

    return drawn("uniform", shape, (minval, maxval), float_type(dtype), seed, now)


def randint(
    shape: Sequence[int],
    minval: float,
    maxval: float,
    dtype: str = "int32",
    seed: Seed = None,
) -> NDArray[Any]:
    """Draw whole numbers from `minval` to ``maxval - 1``, all as probable.

    Parameters
    ----------
    shape : sequence of int
        While a model is traced the first may be None, for the samples of a batch.
    minval, maxval : int
    dtype : str
        A type of whole numbers. While a model is traced they are of the type of the graph, of `pymlp.config.floatx()`,
        and at most 2 ** 24 different ones.
    seed : int, SeedGenerator or None

    Returns
    -------
    numpy.ndarray of `shape` and `dtype`, or a symbolic tensor while a model is traced

    Raises
    ------
    ValueError
        If there is no number to draw, or for a type of no whole numbers.

    Examples
    --------
    >>> from pymlp import random
    >>> random.randint((100,), 0, 3, seed=1).max()
    np.int32(2)
    """
    low, high = int(minval), int(maxval)
    if low >= high:
        raise ValueError(
            f"randint: no whole number is at least minval={minval} and below maxval={maxval}."
        )
    if np.dtype(dtype).kind not in "iu":
        raise ValueError(
            f"randint: dtype is a type of whole numbers, such as 'int32', received {dtype!r}."
        )

    def now(draw: np.random.Generator, size: Size, kind: Any) -> NDArray[Any]:
        return draw.integers(low, high, size, np.int64).astype(kind)

    return drawn("randint", shape, (low, high), np.dtype(dtype), seed, now)


def dropout(
    inputs: Any, rate: float, noise_shape: Sequence[int | None] | None = None, seed: Seed = None
) -> Any:
    """Set elements to 0 with the probability `rate`, and divide the others by ``1 - rate``.

    Parameters
    ----------
    inputs : tensor
    rate : float
        0 ... 1; without a `noise_shape` to the nearest 1 / 65,536.
    noise_shape : sequence of (int or None), optional
        Shape of what is drawn, broadcast to that of the inputs; None stands for their own length. Default: each
        element has a number of its own.
    seed : int, SeedGenerator or None

    Returns
    -------
    tensor of the shape of `inputs`

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: "Dropout: a simple way to prevent neural networks from
    overfitting". Journal of Machine Learning Research 15, 2014.

    Examples
    --------
    >>> import numpy as np
    >>> y = dropout(np.ones((2, 50)), 0.2, seed=1)
    >>> sorted(set(y.ravel().tolist()))
    [0.0, 1.25]
    """
    from pymlp.ops import drawing

    return drawing.dropout(inputs, rate, noise_shape, generator_for(seed))


def drawn(
    name: str,
    shape: Sequence[int],
    parameters: tuple[Any, ...],
    kind: Any,
    seed: Seed,
    now: Callable[[np.random.Generator, Size, Any], NDArray[Any]],
) -> NDArray[Any]:
    """Return numbers of a distribution, drawn `now` or, while a model is traced, as part of its program."""
    if current_trace() is not None:
        from pymlp.ops.distributions import drawn_in_programs

        symbolic = drawn_in_programs(name, tuple(shape), parameters, kind, generator_for(seed))
        return cast("NDArray[Any]", symbolic)
    if None in shape:
        raise ValueError(
            f"{name}: shape={tuple(shape)} has None for the number of samples (the batch size), which is known where "
            "a model is traced only: draw in a layer's call, or give whole numbers."
        )
    return now(generator(seed), tuple(shape), kind)


def float_type(dtype: object) -> Any:  # Any: NumPy's stubs want a literal name here
    """Return a floating-point type, `pymlp.config.floatx()` for None, or raise ValueError."""
    return floatx() if dtype is None else check_float_type(dtype, "pymlp.random")
