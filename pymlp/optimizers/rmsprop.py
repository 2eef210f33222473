"""RMSprop."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.optimizers.arguments import within
from pymlp.optimizers.optimizer import Optimizer
from pymlp.optimizers.rules import Rule, numbers

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    """Gradient descent with each gradient divided by the root of its running mean square.

    ::

        velocity = rho * velocity + (1 - rho) * g * g
        w -= learning_rate * g / sqrt(velocity + epsilon)

    With `momentum` the steps are accumulated as in `SGD`; with `centered` the square of the running mean of g is
    taken off the velocity under the root.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    rho : float, within [0, 1]
    momentum : float, within [0, 1]
    epsilon : float
    centered : bool
    weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, \
    loss_scale_factor, gradient_accumulation_steps, name
        See `Optimizer`.

    References
    ----------
    Tieleman, Hinton (2012), "Neural networks for machine learning", lecture 6.5.

    Examples
    --------
    >>> RMSprop(momentum=0.9).rho
    0.9
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            weight_decay,
            clipnorm,
            clipvalue,
            global_clipnorm,
            use_ema,
            ema_momentum,
            ema_overwrite_frequency,
            loss_scale_factor,
            gradient_accumulation_steps,
            name,
            **kwargs,
        )
        self.rho = within("RMSprop", "rho", rho, 0.0, 1.0)
        self.momentum = within("RMSprop", "momentum", momentum, 0.0, 1.0)
        self.epsilon = within("RMSprop", "epsilon", epsilon, 0.0, float("inf"))
        self.centered = bool(centered)

    @property
    def rule(self) -> int:
        return Rule.RMSPROP

    @property
    def slot_names(self) -> tuple[str, ...]:
        momentum = ("momentum",) if self.momentum else ()
        return (
            ("velocity", *momentum, "average_gradient")
            if self.centered
            else ("velocity", *momentum)
        )

    @property
    def slot_groups(self) -> tuple[tuple[str, ...], ...]:
        return tuple((name,) for name in self.slot_names)

    def rule_numbers(self, iterations: np.ndarray, rates: np.ndarray) -> np.ndarray:
        momentum = self.momentums(iterations, self.momentum)
        return numbers(rates, self.rho, self.epsilon, momentum, float(self.centered))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }
