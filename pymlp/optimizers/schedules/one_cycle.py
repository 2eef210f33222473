"""`OneCycle`: once up and once down."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.optimizers.schedules.schedule import Formula

__all__ = ["OneCycle"]


class OneCycle(Formula):
    """Up to the greatest learning rate in the first part of a training run, and down to almost nothing in the rest.

    Both along half a cosine. The momentum, where the optimizer has one, may go the other way: down and up again.

    Parameters
    ----------
    max_learning_rate : float
    total_steps : int, more than 0
        Of the whole run: epochs times batches an epoch.
    warmup : float, within [0, 1]
        The share of the steps that goes up.
    initial_divisor : float, more than 0
        It starts at ``max_learning_rate / initial_divisor``.
    final_divisor : float, more than 0
        It ends at the initial learning rate divided by this.
    momentum_range : tuple (low, high), optional
        Momentum of `SGD` or `RMSprop` at the greatest learning rate and at both ends, in place of the
        optimizer's own, which should not be 0. Default: the momentum stays as it is.
    name : str

    Notes
    -----
    Keras does not have it.

    References
    ----------
    Smith, Topin (2018), "Super-convergence: very fast training of neural networks using large learning rates".

    Examples
    --------
    >>> schedule = OneCycle(0.5, total_steps=100, warmup=0.5, initial_divisor=10)
    >>> [round(float(schedule(step)), 4) for step in (0, 25, 50, 100)]
    [0.05, 0.275, 0.5, 0.0]
    """

    def __init__(
        self,
        max_learning_rate: float,
        total_steps: float,
        warmup: float = 0.3,
        initial_divisor: float = 25.0,
        final_divisor: float = 1e4,
        momentum_range: Sequence[float] | None = None,
        name: str | None = "OneCycle",
    ) -> None:
        self.max_learning_rate = self.number("max_learning_rate", max_learning_rate)
        self.total_steps = self.positive("total_steps", total_steps)
        self.warmup = self.number("warmup", warmup)
        if not 0 <= warmup <= 1:
            raise ValueError(f"OneCycle: warmup should be within [0, 1], received {warmup!r}.")
        self.initial_divisor = self.positive("initial_divisor", initial_divisor)
        self.final_divisor = self.positive("final_divisor", final_divisor)
        if momentum_range is not None and (
            len(momentum_range) != 2
            or not all(0 <= self.number("momentum_range", m) <= 1 for m in momentum_range)
        ):
            raise ValueError(
                f"OneCycle: momentum_range should be two numbers within [0, 1], received {momentum_range!r}."
            )
        self.momentum_range = None if momentum_range is None else tuple(momentum_range)
        self.name = name

    def rates(self, steps: np.ndarray) -> Any:
        initial = self.max_learning_rate / self.initial_divisor
        return self._cycle(steps, initial, self.max_learning_rate, initial / self.final_divisor)

    def momentums(self, steps: np.ndarray) -> Any:
        """Return the momentum at every step, or None if it is left to the optimizer."""
        if self.momentum_range is None:
            return None
        low, high = self.momentum_range
        return self._cycle(np.asarray(steps, np.float64), high, low, high)

    def _cycle(self, steps: np.ndarray, start: float, top: float, end: float) -> Any:
        real = steps.dtype.type
        rising = real(self.warmup * self.total_steps)
        falling = real(self.total_steps) - rising
        up = steps / rising if rising else np.ones_like(steps)
        down = np.minimum((steps - rising) / falling, real(1)) if falling else np.ones_like(steps)

        def between(a: float, b: float, share: Any) -> Any:
            return real(b) + real(a - b) * real(0.5) * (1 + np.cos(real(math.pi) * share))

        return np.where(steps < rising, between(start, top, up), between(top, end, down))

    def get_config(self) -> dict[str, Any]:
        return {
            "max_learning_rate": self.max_learning_rate,
            "total_steps": self.total_steps,
            "warmup": self.warmup,
            "initial_divisor": self.initial_divisor,
            "final_divisor": self.final_divisor,
            "momentum_range": None if self.momentum_range is None else list(self.momentum_range),
            "name": self.name,
        }
