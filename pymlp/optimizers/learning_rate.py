"""`LearningRate`: the part of an optimizer that knows its learning rate, be it a number or a schedule."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp.config import floatx
from pymlp.optimizers import schedules
from pymlp.optimizers.schedules import LearningRateSchedule, OneCycle
from pymlp.optimizers.schedules.schedule import Formula
from pymlp.variables import Variable

__all__ = ["LearningRate"]


class LearningRate:
    """A number that may be set, a schedule of the steps, or a callable that is asked before every step."""

    if TYPE_CHECKING:
        name: str
        _iterations: Variable

    def __init__(self, learning_rate: Any) -> None:
        self._learning_rate: Variable | LearningRateSchedule | Callable[..., Any]
        if callable(learning_rate):
            self._learning_rate = learning_rate
        else:
            self._learning_rate = self._rate_variable(self._checked_rate(learning_rate))

    def _rate_variable(self, rate: float) -> Variable:
        variable = Variable(np.float64(rate), dtype=floatx(), trainable=False, name="learning_rate")
        variable.path = f"{self.name}/learning_rate"
        return variable

    def _checked_rate(self, learning_rate: Any) -> float:
        try:
            rate = float(learning_rate)
        except (TypeError, ValueError):
            rate = float("nan")
        if not np.isfinite(rate) or isinstance(learning_rate, (bool, str)):
            raise ValueError(
                f"{type(self).__name__}: learning_rate should be a finite number, received "
                f"{learning_rate!r}. A LearningRateSchedule, or a callable that returns a number, will do, too."
            )
        return rate

    @property
    def learning_rate(self) -> Variable:
        """The learning rate of the next step; ``float(optimizer.learning_rate)`` is its value.

        With a schedule it cannot be set to a number, only to another schedule or callable.
        """
        if isinstance(self._learning_rate, Variable):
            return self._learning_rate
        return self._rate_variable(float(self.rates(np.array([int(self._iterations.value)]))[0]))

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if callable(value):
            self._learning_rate = value
        elif isinstance(self._learning_rate, Variable):
            self._learning_rate.assign(self._checked_rate(value))
        else:
            raise TypeError(
                f"{type(self).__name__}: its learning rate is given by {self._learning_rate!r}, so it cannot be set to "
                f"{value!r}. Make the optimizer with a number as learning_rate if it is to be set."
            )

    @property
    def lr(self) -> Variable:
        """The learning rate, by its old name."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        self.learning_rate = value

    def rates(self, iterations: np.ndarray) -> np.ndarray:
        """Return the learning rate of each step.

        Parameters
        ----------
        iterations : ndarray of shape (steps,)
            Numbers of the steps, from 0.

        Returns
        -------
        ndarray of shape (steps,), of `pymlp.config.floatx`
        """
        given = self._learning_rate
        if isinstance(given, Variable):
            return np.full(len(iterations), given.value)
        if isinstance(given, Formula):
            return np.asarray(given(iterations))
        if isinstance(given, LearningRateSchedule) or _takes_step(given):
            rates = [self._checked_rate(given(step)) for step in iterations]
        else:
            rates = [self._checked_rate(given()) for _ in iterations]
        return np.array(rates, dtype=floatx())

    def momentums(self, iterations: np.ndarray, momentum: float) -> Any:
        """Return the momentum of each step: `momentum`, or what a `OneCycle` makes of it."""
        if momentum and isinstance(self._learning_rate, OneCycle):
            cycled = self._learning_rate.momentums(iterations)
            return momentum if cycled is None else cycled
        return momentum

    def _rate_config(self) -> Any:
        if isinstance(self._learning_rate, Variable):
            return float(self._learning_rate)
        return schedules.serialize(self._learning_rate)


def _takes_step(function: Callable[..., Any]) -> bool:
    """Whether a callable must be told the step."""
    try:
        inspect.signature(function).bind()
    except TypeError:
        return True
    except ValueError:  # a function written in C that does not tell
        pass
    return False
