"""Adamax: Adam with the greatest gradient in place of the mean square."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.optimizers.arguments import within
from pymlp.optimizers.optimizer import Optimizer
from pymlp.optimizers.rules import Rule, numbers

__all__ = ["Adamax"]


class Adamax(Optimizer):
    """Adam with the infinity norm.

    At step t (from 1), with gradient g::

        momentum += (g - momentum) * (1 - beta_1)
        norm = max(beta_2 * norm, |g|)
        w -= learning_rate * momentum / ((1 - beta_1 ** t) * (norm + epsilon))

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    beta_1, beta_2 : float, within [0, 1]
    epsilon : float
    weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, \
    loss_scale_factor, gradient_accumulation_steps, name
        See `Optimizer`.

    References
    ----------
    Kingma, Ba (2015), "Adam: a method for stochastic optimization", section 7.1.

    Examples
    --------
    >>> Adamax().beta_2
    0.999
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
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
        self.beta_1 = within("Adamax", "beta_1", beta_1, 0.0, 1.0)
        self.beta_2 = within("Adamax", "beta_2", beta_2, 0.0, 1.0)
        self.epsilon = within("Adamax", "epsilon", epsilon, 0.0, float("inf"))

    @property
    def rule(self) -> int:
        return Rule.ADAMAX

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum", "norm")

    def rule_numbers(self, iterations: np.ndarray, rates: np.ndarray) -> np.ndarray:
        real = np.dtype(self.number_type).type
        correction = 1 - real(self.beta_1) ** (iterations + 1).astype(real)
        return numbers(rates, 1 - self.beta_1, self.beta_2, self.epsilon, correction)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
