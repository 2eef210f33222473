"""Learning rates that fall along a cosine."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pymlp.optimizers.schedules.schedule import Formula

__all__ = ["CosineDecay", "CosineDecayRestarts"]


class CosineDecay(Formula):
    """Half a cosine from a learning rate to `alpha` times it, after a rise along a line if wanted.

    With s the share of `decay_steps` passed since the end of the rise::

        rate * ((1 - alpha) * (1 + cos(pi s)) / 2 + alpha)

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int, more than 0
    alpha : float
    name : str
    warmup_target : float, optional
        Where the rise ends and the fall begins. Default: there is no rise.
    warmup_steps : int
        How long the rise takes.

    References
    ----------
    Loshchilov, Hutter (2017), "SGDR: stochastic gradient descent with warm restarts".

    Examples
    --------
    >>> round(float(CosineDecay(1.0, decay_steps=10)(5)), 6)
    0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str | None = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        self.initial_learning_rate = self.number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = self.positive("decay_steps", decay_steps)
        self.alpha = self.number("alpha", alpha)
        self.warmup_target = (
            None if warmup_target is None else self.number("warmup_target", warmup_target)
        )
        self.warmup_steps = self.number("warmup_steps", warmup_steps)
        self.name = name

    def rates(self, steps: np.ndarray) -> Any:
        real = steps.dtype.type
        initial, rising = real(self.initial_learning_rate), real(0)
        peak = initial
        if self.warmup_target is not None:
            peak, rising = real(self.warmup_target), real(self.warmup_steps)
        share = np.minimum(steps - rising, real(self.decay_steps)) / real(self.decay_steps)
        cosine = real(0.5) * (1 + np.cos(real(math.pi) * share))
        falling = peak * (real(1 - self.alpha) * cosine + real(self.alpha))
        if rising == 0:
            return falling
        return np.where(steps < rising, (peak - initial) * (steps / rising) + initial, falling)

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }


class CosineDecayRestarts(Formula):
    """Half a cosine again and again, each `t_mul` times as long and from `m_mul` times as high as the one before.

    Parameters
    ----------
    initial_learning_rate : float
    first_decay_steps : int, more than 0
        Length of the first one.
    t_mul, m_mul : float
    alpha : float
        The lowest learning rate, as a share of the initial one.
    name : str

    References
    ----------
    Loshchilov, Hutter (2017), "SGDR: stochastic gradient descent with warm restarts".

    Examples
    --------
    >>> schedule = CosineDecayRestarts(1.0, first_decay_steps=10)
    >>> [round(float(schedule(step)), 6) for step in (0, 5, 10, 20)]
    [1.0, 0.5, 1.0, 0.5]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str | None = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = self.number("initial_learning_rate", initial_learning_rate)
        self.first_decay_steps = self.positive("first_decay_steps", first_decay_steps)
        self._t_mul = self.number("t_mul", t_mul)
        self._m_mul = self.number("m_mul", m_mul)
        self.alpha = self.number("alpha", alpha)
        self.name = name

    def rates(self, steps: np.ndarray) -> Any:
        real = steps.dtype.type
        longer = real(self._t_mul)
        share = steps / real(self.first_decay_steps)
        if longer == 1:
            restarts = np.floor(share)
            share = share - restarts
        else:
            restarts = np.floor(np.log(1 - share * (1 - longer)) / np.log(longer))
            share = (share - (1 - longer**restarts) / (1 - longer)) / longer**restarts
        height = real(0.5) * real(self._m_mul) ** restarts * (1 + np.cos(real(math.pi) * share))
        alpha = real(self.alpha)
        return real(self.initial_learning_rate) * ((1 - alpha) * height + alpha)

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self._t_mul,
            "m_mul": self._m_mul,
            "alpha": self.alpha,
            "name": self.name,
        }
