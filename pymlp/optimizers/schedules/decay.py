"""Learning rates that fall by a power of the steps: exponential, polynomial, inverse, piecewise constant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.optimizers.schedules.schedule import Formula

__all__ = ["ExponentialDecay", "InverseTimeDecay", "PiecewiseConstantDecay", "PolynomialDecay"]


class _Rated(Formula):
    """What decays by a rate, every `decay_steps` steps."""

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = self.number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = self.positive("decay_steps", decay_steps)
        self.decay_rate = self.number("decay_rate", decay_rate)
        self.staircase = staircase
        self.name = name

    def _times(self, steps: np.ndarray) -> Any:
        """How many times `decay_steps` have passed; with a staircase only whole ones count."""
        times = steps / steps.dtype.type(self.decay_steps)
        return np.floor(times) if self.staircase else times

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


class ExponentialDecay(_Rated):
    """``initial_learning_rate * decay_rate ** (step / decay_steps)``.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int, more than 0
    decay_rate : float
    staircase : bool
        Whether ``step / decay_steps`` is rounded down to a whole number.
    name : str

    Examples
    --------
    >>> float(ExponentialDecay(1.0, decay_steps=10, decay_rate=0.25)(5))
    0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = "ExponentialDecay",
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase, name)

    def rates(self, steps: np.ndarray) -> Any:
        real = steps.dtype.type
        return real(self.initial_learning_rate) * real(self.decay_rate) ** self._times(steps)


class InverseTimeDecay(_Rated):
    """``initial_learning_rate / (1 + decay_rate * step / decay_steps)``.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int, more than 0
    decay_rate : float
    staircase : bool
        Whether ``step / decay_steps`` is rounded down to a whole number.
    name : str

    Examples
    --------
    >>> float(InverseTimeDecay(1.0, decay_steps=10, decay_rate=1.0)(30))
    0.25
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = "InverseTimeDecay",
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase, name)

    def rates(self, steps: np.ndarray) -> Any:
        real = steps.dtype.type
        return real(self.initial_learning_rate) / (1 + real(self.decay_rate) * self._times(steps))


class PolynomialDecay(Formula):
    """A power of the share of `decay_steps` that is left, from one learning rate to another.

    ``(initial - end) * (1 - step / decay_steps) ** power + end``, and `end` afterwards.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int, more than 0
    end_learning_rate : float
    power : float
    cycle : bool
        Whether `decay_steps` is multiplied, so that it starts again above `end_learning_rate` when it is there.
    name : str

    Examples
    --------
    >>> float(PolynomialDecay(1.0, decay_steps=10, end_learning_rate=0.5)(5))
    0.75
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str | None = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = self.number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = self.positive("decay_steps", decay_steps)
        self.end_learning_rate = self.number("end_learning_rate", end_learning_rate)
        self.power = self.number("power", power)
        self.cycle = cycle
        self.name = name

    def rates(self, steps: np.ndarray) -> Any:
        real = steps.dtype.type
        initial, end = real(self.initial_learning_rate), real(self.end_learning_rate)
        decay_steps: Any = real(self.decay_steps)
        if self.cycle:
            decay_steps = decay_steps * np.maximum(np.ceil(steps / decay_steps), real(1))
        share = np.minimum(steps, decay_steps) / decay_steps
        return (initial - end) * (1 - share) ** real(self.power) + end

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }


class PiecewiseConstantDecay(Formula):
    """The first value up to and with the first boundary, the second up to the second, and so on.

    Parameters
    ----------
    boundaries : sequence of int, increasing
    values : sequence of float
        One more than boundaries.
    name : str

    Examples
    --------
    >>> schedule = PiecewiseConstantDecay([100], [1.0, 0.5])
    >>> [float(schedule(step)) for step in (0, 100, 101)]
    [1.0, 1.0, 0.5]
    """

    def __init__(
        self,
        boundaries: Sequence[float],
        values: Sequence[float],
        name: str | None = "PiecewiseConstant",
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "PiecewiseConstantDecay: there should be one more value than boundaries, received "
                f"boundaries={boundaries} and values={values}."
            )
        self.boundaries = [self.number("boundaries", boundary) for boundary in boundaries]
        self.values = [self.number("values", value) for value in values]
        self.name = name

    def rates(self, steps: np.ndarray) -> Any:
        # Boundaries are whole steps: a fraction is cut off, as in Keras.
        passed = np.searchsorted([int(boundary) for boundary in self.boundaries], steps, "left")
        return np.asarray(self.values, steps.dtype)[passed]

    def get_config(self) -> dict[str, Any]:
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}
