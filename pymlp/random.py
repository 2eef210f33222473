"""Random numbers: one seeded global stream, seed generators, and the samplers built on them.

Everything is drawn from the counter-based generator Philox, keyed by two 64-bit words
``(seed, draw number)``. Different keys give independent streams, so the n-th draw does not depend
on how many numbers the draws before it took. While a model is traced the same functions become part of its
program, whose kernels (csrc/kernels/random.inc.c) draw from a Philox of their own, keyed likewise.

References
----------
Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3". SC 2011.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from pymlp.config import check_float_type, floatx
from pymlp.naming import auto_name
from pymlp.variables import Variable, current_trace

if TYPE_CHECKING:
    # numpy.random takes a few milliseconds to load; only code that draws should pay for it.
    from numpy.random import Generator
    from numpy.typing import NDArray

__all__ = [
    "SeedGenerator",
    "draw_seed",
    "dropout",
    "next_generator",
    "normal",
    "set_random_seed",
    "truncated_normal",
    "uniform",
]

Seed: TypeAlias = "int | SeedGenerator | None"

_WORD = (1 << 64) - 1
_HALF_WORD = (1 << 32) - 1
# Marks the keys of the global stream, so that set_random_seed(7) and an initializer with seed=7
# never share numbers.
_GLOBAL_KEY = 1 << 63


class SeedGenerator:
    """A stream of keys: every draw made with it gives other numbers, reproducibly.

    A layer that keeps one as an attribute and gives it to the functions of this module draws natively while a model
    is trained: the state goes on by one for every draw of every step, and is saved with the weights.

    Parameters
    ----------
    seed : int, optional
        Where the stream starts; its lower 32 bits count. None takes a fresh seed from pymlp's global stream.
    name : str, optional
        A name for messages and for the configuration.

    Attributes
    ----------
    state : Variable of shape (2,), uint32
        The seed and the number of draws made; assign it to go back to an earlier point.

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
    >>> seeds.state.numpy()
    array([1, 2], dtype=uint32)
    """

    # Whether programs that draw from it count their draws.
    advances = True

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        self.name = auto_name("seed_generator") if name is None else name
        self._initial_seed = seed
        number = draw_seed() if seed is None else check_seed(seed, "SeedGenerator")
        initial = np.array([number & _HALF_WORD, 0], np.uint32)
        self.state = Variable(initial, dtype="uint32", trainable=False, name="seed_generator_state")
        self.state.path = f"{self.name}/{self.state.name}"
        self._lock = threading.Lock()

    def next(self) -> tuple[int, int]:
        """Return the key of the next draw, ``(seed, draw number)``."""
        with self._lock:
            seed, draws = (int(word) for word in self.state.value)
            self.state.value[1] = (draws + 1) & _HALF_WORD
        return seed, draws

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """Make a generator, at the start of its stream, from `get_config`'s answer."""
        return cls(**config)

    def own_variables(self) -> list[Variable]:
        """Return what files hold of the stream: its state."""
        return [self.state]

    def save_own_variables(self, store: Any) -> None:
        """Put the state into a dict, as what files hold of the stream."""
        store["0"] = self.state

    def load_own_variables(self, store: Any) -> None:
        """Set the state from a dict, as `save_own_variables` made it."""
        self.state.assign(store["0"])

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
    _global.state.assign([seed, 0])


def streams_state() -> dict[str, Any]:
    """Return how far the global streams of pymlp, of NumPy and of Python's `random` are, as plain data."""
    import random as python_random

    version, words, gauss = python_random.getstate()
    return {
        "pymlp": _global.state.numpy(),
        "numpy": np.random.get_state(legacy=False),  # noqa: NPY002  (the user's own legacy calls draw from it)
        "python": [version, np.array(words, np.uint64), gauss],
    }


def set_streams_state(state: dict[str, Any]) -> None:
    """Have the global streams go on from where `streams_state` found them."""
    import random as python_random

    version, words, gauss = state["python"]
    python_random.setstate((version, tuple(map(int, words)), gauss))
    np.random.set_state(state["numpy"])  # noqa: NPY002
    _global.state.assign(state["pymlp"])


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
        While a model is traced the first may be None, for the samples of a batch.
    mean, stddev : float
    dtype : {"float32", "float64"}, optional
        Default `pymlp.config.floatx()`.
    seed : int, SeedGenerator or None

    Returns
    -------
    numpy.ndarray of `shape` and `dtype`, or a symbolic tensor while a model is traced
    """
    if current_trace() is not None:
        return cast("NDArray[Any]", _traced("normal", shape, mean, stddev, dtype, seed))
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
    if current_trace() is not None:
        return cast("NDArray[Any]", _traced("truncated_normal", shape, mean, stddev, dtype, seed))
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
    numpy.ndarray of `shape` and `dtype`, or a symbolic tensor while a model is traced
    """
    if current_trace() is not None:
        return cast("NDArray[Any]", _traced("uniform", shape, minval, maxval, dtype, seed))
    values: NDArray[Any] = generator(seed).random(tuple(shape), dtype=_float_type(dtype))
    values *= maxval - minval
    values += minval
    if minval < maxval:
        # Rounding may carry a value up to maxval, or just past a bound that the type cannot hold.
        low, high = values.dtype.type(minval), values.dtype.type(maxval)
        np.clip(values, low, np.nextafter(high, low), out=values)
    return values


def dropout(
    inputs: Any, rate: float, noise_shape: Sequence[int | None] | None = None, seed: Seed = None
) -> Any:
    """Set elements to 0 with the probability `rate`, and divide the others by ``1 - rate``.

    Parameters
    ----------
    inputs : tensor
    rate : float
        0 ... 1.
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


def generator_for(seed: Seed) -> SeedGenerator:
    """Return the stream that a seed names: its own, one that stays at its start, or the global one."""
    if isinstance(seed, SeedGenerator):
        return seed
    if seed is None:
        return _global
    stream = SeedGenerator(check_seed(seed, "seed"))
    stream.advances = False
    return stream


def _traced(
    distribution: str, shape: Sequence[int], a: float, b: float, dtype: str | None, seed: Seed
) -> Any:
    from pymlp.ops import drawing

    return drawing.draw(distribution, tuple(shape), a, b, _float_type(dtype), generator_for(seed))


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
