"""Random numbers: one seeded global stream, seed generators, and the samplers built on them.

Everything is drawn from the counter-based generator Philox, keyed by two 64-bit words
``(seed, draw number)``. Different keys give independent streams, so the n-th draw does not depend
on how many numbers the draws before it took.

References
----------
Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3". SC 2011.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from pymlp.config import check_float_type, floatx
from pymlp.naming import auto_name

if TYPE_CHECKING:
    # numpy.random takes a few milliseconds to load; only code that draws should pay for it.
    from numpy.random import Generator
    from numpy.typing import NDArray

__all__ = [
    "SeedGenerator",
    "draw_seed",
    "next_generator",
    "normal",
    "set_random_seed",
    "truncated_normal",
    "uniform",
]

Seed: TypeAlias = "int | SeedGenerator | None"

_WORD = (1 << 64) - 1
# Marks the keys of the global stream, so that set_random_seed(7) and an initializer with seed=7
# never share numbers.
_GLOBAL_KEY = 1 << 63


class SeedGenerator:
    """A stream of keys: every draw made with it gives other numbers, reproducibly.

    Parameters
    ----------
    seed : int, optional
        Where the stream starts. None takes a fresh seed from pymlp's global stream.
    name : str, optional
        A name for messages and for the configuration.

    Raises
    ------
    ValueError
        When `seed` is not an integer.

    Examples
    --------
    >>> from pymlp.random import SeedGenerator, uniform
    >>> seeds = SeedGenerator(1)
    >>> first, second = uniform((2,), seed=seeds), uniform((2,), seed=seeds)
    >>> bool((first == second).any())
    False
    """

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        self.name = auto_name("seed_generator") if name is None else name
        self._initial_seed = seed
        self._seed = draw_seed() if seed is None else check_seed(seed, "SeedGenerator")
        self._draws = 0
        self._lock = threading.Lock()

    @property
    def state(self) -> tuple[int, int]:
        """The seed and the number of draws made; assign it to go back to an earlier point."""
        return self._seed, self._draws

    @state.setter
    def state(self, value: tuple[int, int]) -> None:
        seed, draws = value
        with self._lock:
            self._seed, self._draws = int(seed), int(draws)

    def next(self) -> tuple[int, int]:
        """Return the key of the next draw, ``(seed, draw number)``."""
        with self._lock:
            key = self._seed, self._draws
            self._draws += 1
        return key

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """Make a generator, at the start of its stream, from `get_config`'s answer."""
        return cls(**config)

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_lock"]  # a lock can be neither pickled nor copied
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())


def set_random_seed(seed: int) -> None:
    """Make everything random that follows reproducible.

    Starts pymlp's global stream (initial weights, shuffling) again at `seed`, and seeds Python's
    `random` and NumPy's `numpy.random` with it, as Keras does.

    Parameters
    ----------
    seed : int
        0 ... 2³² − 1.

    Raises
    ------
    ValueError
        When `seed` is not an integer in that range.

    Examples
    --------
    >>> import pymlp
    >>> from pymlp import random
    >>> pymlp.random.set_random_seed(42)
    >>> a = random.normal((3,))
    >>> pymlp.random.set_random_seed(42)
    >>> bool((a == random.normal((3,))).all())
    True
    """
    seed = check_seed(seed, "set_random_seed")
    if not 0 <= seed < 1 << 32:
        raise ValueError(
            f"set_random_seed: expected a seed from 0 to 4294967295, received {seed}. "
            "numpy.random takes no other; use seed % 2**32."
        )
    import random as python_random

    python_random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  (the user's own legacy calls are what this is for)
    _global.state = (seed, 0)


def next_generator() -> Generator:
    """Return a new `numpy.random.Generator` on the next stretch of the global stream.

    What is drawn from it cannot disturb what later calls return.
    """
    seed, draws = _global.next()
    return _generator_of(seed, _GLOBAL_KEY | draws)


def draw_seed() -> int:
    """Return a fresh integer seed, 1 ... 2³¹ − 1, from the global stream."""
    return int(next_generator().integers(1, 1 << 31))


def generator(seed: Seed = None) -> Generator:
    """Return the `numpy.random.Generator` for one draw with `seed`.

    Parameters
    ----------
    seed : int, SeedGenerator or None
        An integer names one stream: the same numbers each time. A `SeedGenerator` steps to its
        next stream, None to the next one of the global stream.

    Raises
    ------
    ValueError
        For anything else.
    """
    if seed is None:
        return next_generator()
    if isinstance(seed, SeedGenerator):
        return _generator_of(*seed.next())
    return _generator_of(check_seed(seed, "seed"), 0)


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
    mean, stddev : float
    dtype : {"float32", "float64"}, optional
        Default `pymlp.config.floatx()`.
    seed : int, SeedGenerator or None

    Returns
    -------
    numpy.ndarray of `shape` and `dtype`
    """
    values: NDArray[Any]
    values = generator(seed).standard_normal(tuple(shape), dtype=_float_type(dtype))
    values *= stddev
    values += mean
    return values


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
    """
    draw, kind = generator(seed), _float_type(dtype)
    values: NDArray[Any] = draw.standard_normal(tuple(shape), dtype=kind)
    flat = values.reshape(-1)  # a view: a fresh array is contiguous
    outside = np.flatnonzero(np.abs(flat) > 2.0)
    while outside.size:  # 4.6 % of what is left each time round
        redrawn = draw.standard_normal(outside.size, dtype=kind)
        flat[outside] = redrawn
        outside = outside[np.abs(redrawn) > 2.0]
    values *= stddev
    values += mean
    return values


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
    numpy.ndarray of `shape` and `dtype`
    """
    values: NDArray[Any] = generator(seed).random(tuple(shape), dtype=_float_type(dtype))
    values *= maxval - minval
    values += minval
    if minval < maxval:
        # Rounding may carry a value up to maxval, or just past a bound that the type cannot hold.
        low, high = values.dtype.type(minval), values.dtype.type(maxval)
        np.clip(values, low, np.nextafter(high, low), out=values)
    return values


def _generator_of(seed: int, stream: int) -> Generator:
    from numpy.random import Generator, Philox

    return Generator(Philox(key=np.array([seed & _WORD, stream & _WORD], dtype=np.uint64)))


def check_seed(seed: object, where: str) -> int:
    """Return `seed` as a Python integer; booleans and floats are mistakes, not seeds."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise ValueError(
            f"{where}: expected an integer or a pymlp.random.SeedGenerator as the seed, "
            f"received {seed!r}. Pass an int, or leave the seed out for a fresh one."
        )
    return int(seed)


def _float_type(dtype: object) -> Any:  # Any: NumPy's stubs want a literal name here
    return floatx() if dtype is None else check_float_type(dtype, "pymlp.random")


_global = SeedGenerator(int.from_bytes(os.urandom(4), "little"), name="global_seed_generator")
