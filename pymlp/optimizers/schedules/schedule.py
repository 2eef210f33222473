"""`LearningRateSchedule`, the base of all schedules, and what those given by a formula share."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from pymlp.config import floatx

__all__ = ["Formula", "LearningRateSchedule"]


class LearningRateSchedule:
    """A learning rate that depends on the number of steps taken.

    A subclass says what it is in ``__call__(step)``, and its arguments in `get_config` if it is to be saved. It
    is called with whole numbers, from 0, for every step of a span before that runs.

    Examples
    --------
    >>> from pymlp import optimizers
    >>> class Halved(LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.5 ** (step // 1000)
    >>> optimizer = optimizers.SGD(learning_rate=Halved())
    >>> optimizer.iterations = 2500
    >>> float(optimizer.learning_rate)
    0.25
    """

    def __call__(self, step: Any) -> Any:
        """Return the learning rate at a step."""
        raise NotImplementedError(
            f"Learning rate schedule {type(self).__name__!r} must override __call__(self, step)."
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make a schedule like this one."""
        raise NotImplementedError(
            f"Learning rate schedule {type(self).__name__!r} must override get_config() to be saved."
        )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return a schedule from what `get_config` returned."""
        return cls(**config)


class Formula(LearningRateSchedule):
    """A schedule whose formula takes an array of steps as well as one step.

    It is computed in the type of `pymlp.config.floatx`, as in Keras.
    """

    def __call__(self, step: Any) -> Any:
        """Return the learning rate at a step, or at each of an array of steps."""
        steps = np.asarray(step)
        rates = self.rates(steps.astype(floatx()))
        return np.asarray(rates, dtype=floatx()).reshape(steps.shape)[()]

    def rates(self, steps: np.ndarray) -> Any:
        """Return the learning rate at every step; steps are of the type to compute in."""
        raise NotImplementedError

    def number(self, argument: str, value: Any) -> Any:
        """Return an argument if it is a number, or raise ValueError."""
        if isinstance(value, bool) or not isinstance(value, (Real, np.number)):
            raise ValueError(
                f"{type(self).__name__}: {argument} should be a number, received {value!r}."
            )
        return value

    def positive(self, argument: str, value: Any) -> Any:
        """Return an argument if it is a number above 0, or raise ValueError."""
        if not self.number(argument, value) > 0:
            raise ValueError(
                f"{type(self).__name__}: {argument} should be more than 0, received {value!r}."
            )
        return value
