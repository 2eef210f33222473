"""Streams of random numbers: the global one, seed generators, and what a seed names."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from pymlp.naming import auto_name
from pymlp.variables import Variable

if TYPE_CHECKING:
    # numpy.random takes a few milliseconds to load; only code that draws should pay for it.
    from numpy.random import Generator

__all__ = [
    "Seed",
    "SeedGenerator",
    "check_seed",
    "draw_seed",
    "generator",
    "generator_for",
    "next_generator",
    "set_random_seed",
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

    Examples
    --------
    >>> from pymlp import random
    >>> random.next_generator().random() < 1
    True
    """
    seed, draws = _global.next()
    return _generator_of(seed, _GLOBAL_KEY | draws)


def draw_seed() -> int:
    """Return a fresh integer seed, 1 ... 2³¹ − 1, from the global stream.

    Examples
    --------
    >>> from pymlp import random
    >>> random.draw_seed() > 0
    True
    """
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

    Examples
    --------
    >>> from pymlp import random
    >>> random.generator(1).random() == random.generator(1).random()
    True
    """
    if seed is None:
        return next_generator()
    if isinstance(seed, SeedGenerator):
        return _generator_of(*seed.next())
    return _generator_of(check_seed(seed, "seed"), 0)


def generator_for(seed: Seed) -> SeedGenerator:
    """Return the stream that a seed names: its own, one that stays at its start, or the global one."""
    if isinstance(seed, SeedGenerator):
        return seed
    if seed is None:
        return _global
    stream = SeedGenerator(check_seed(seed, "seed"))
    stream.advances = False
    return stream


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


_global = SeedGenerator(int.from_bytes(os.urandom(4), "little"), name="global_seed_generator")
