"""Lion: steps of one length, in the direction of a running mean's sign."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.optimizers.arguments import within
from pymlp.optimizers.optimizer import Optimizer
from pymlp.optimizers.rules import Rule, numbers

__all__ = ["Lion"]


class Lion(Optimizer):
    """Descent by the sign of momentum and gradient.

    ::

        w -= learning_rate * sign(beta_1 * momentum + (1 - beta_1) * g)
        momentum = beta_2 * momentum + (1 - beta_2) * g

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    beta_1 : float, above 0 and at most 1
    beta_2 : float, within [0, 1]
    weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, \
    loss_scale_factor, gradient_accumulation_steps, name
        See `Optimizer`.

    References
    ----------
    Chen et al. (2023), "Symbolic discovery of optimization algorithms".

    Examples
    --------
    >>> Lion().beta_2
    0.99
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
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
        self.beta_1 = within("Lion", "beta_1", beta_1, 0.0, 1.0)
        if self.beta_1 == 0:
            raise ValueError(
                "Lion: beta_1 should be above 0, received 0; use the sign of gradients otherwise."
            )
        self.beta_2 = within("Lion", "beta_2", beta_2, 0.0, 1.0)

    @property
    def rule(self) -> int:
        return Rule.LION

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum",)

    def rule_numbers(self, iterations: np.ndarray, rates: np.ndarray) -> np.ndarray:
        return numbers(rates, self.beta_1, self.beta_2)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
        }
