"""Initializers drawn from one fixed distribution, and what all random initializers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pymlp import random
from pymlp.initializers.base import Initializer, float_type
from pymlp.random import Seed, SeedGenerator

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RandomInitializer", "RandomNormal", "RandomUniform", "TruncatedNormal"]


class RandomInitializer(Initializer):
    """Base class of the initializers that draw random numbers.

    Parameters
    ----------
    seed : int, SeedGenerator or None
        With an integer every call makes the same values. None takes one fresh seed from pymlp's
        global stream now, so every call of this object makes the same values too. With a
        `pymlp.random.SeedGenerator` each call makes others.

    Raises
    ------
    ValueError
        When `seed` is anything else.
    """

    def __init__(self, seed: Seed | dict[str, Any] = None) -> None:
        if isinstance(seed, dict):  # a serialised SeedGenerator
            seed = SeedGenerator.from_config(seed["config"])
        self._given_seed = seed
        if seed is None:
            seed = random.draw_seed()
        elif not isinstance(seed, SeedGenerator):
            seed = random.check_seed(seed, type(self).__name__)
        self.seed: int | SeedGenerator = seed

    def get_config(self) -> dict[str, Any]:
        if isinstance(self._given_seed, SeedGenerator):
            return {
                "seed": {
                    "module": "keras.random",
                    "class_name": "SeedGenerator",
                    "config": self._given_seed.get_config(),
                    "registered_name": None,
                }
            }
        return {"seed": None if self._given_seed is None else self.seed}


class RandomNormal(RandomInitializer):
    """Normally distributed values.

    Parameters
    ----------
    mean, stddev : float
    seed : int, SeedGenerator or None
        See `RandomInitializer`.

    Examples
    --------
    >>> from pymlp.initializers import RandomNormal
    >>> values = RandomNormal(stddev=0.1, seed=1)((100, 100))
    >>> values.dtype, bool(abs(values.std() - 0.1) < 0.01)
    (dtype('float32'), True)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Seed = None) -> None:
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> NDArray[Any]:
        return random.normal(shape, self.mean, self.stddev, float_type(dtype, self), self.seed)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


class TruncatedNormal(RandomNormal):
    """Normally distributed values; those beyond two standard deviations are drawn again.

    Parameters
    ----------
    mean, stddev : float
        Of the normal distribution before it is cut off.
    seed : int, SeedGenerator or None
        See `RandomInitializer`.

    Examples
    --------
    >>> from pymlp.initializers import TruncatedNormal
    >>> values = TruncatedNormal(mean=1.0, stddev=0.1, seed=1)((1000,))
    >>> bool(0.8 <= values.min() and values.max() <= 1.2)
    True
    """

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> NDArray[Any]:
        return random.truncated_normal(
            shape, self.mean, self.stddev, float_type(dtype, self), self.seed
        )


class RandomUniform(RandomInitializer):
    """Values spread evenly over [minval, maxval).

    Parameters
    ----------
    minval, maxval : float
    seed : int, SeedGenerator or None
        See `RandomInitializer`.

    Examples
    --------
    >>> from pymlp.initializers import RandomUniform
    >>> values = RandomUniform(2.0, 3.0, seed=1)((1000,))
    >>> bool(2.0 <= values.min() < 2.01 < 2.99 < values.max() < 3.0)
    True
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Seed = None) -> None:
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> NDArray[Any]:
        return random.uniform(shape, self.minval, self.maxval, float_type(dtype, self), self.seed)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}
