"""Lamb: Adam with steps as long as the weights are large."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp import ops
from pymlp.optimizers.arguments import within
from pymlp.optimizers.optimizer import Optimizer
from pymlp.optimizers.rules import numbers
from pymlp.variables import Variable

__all__ = ["Lamb"]


class Lamb(Optimizer):
    """Adam with each variable's step scaled to the variable's norm, for large batches.

    At step t (from 1), with gradient g::

        momentum += (g - momentum) * (1 - beta_1)
        velocity += (g * g - velocity) * (1 - beta_2)
        update = momentum / (1 - beta_1 ** t) / (sqrt(velocity / (1 - beta_2 ** t)) + epsilon)
        w -= learning_rate * norm(w) / norm(update) * update

    with 1 for the ratio of the norms where one of them is 0.

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
    You et al. (2020), "Large batch optimization for deep learning: training BERT in 76 minutes".

    Examples
    --------
    >>> Lamb().beta_2
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
        self.beta_1 = within("Lamb", "beta_1", beta_1, 0.0, 1.0)
        self.beta_2 = within("Lamb", "beta_2", beta_2, 0.0, 1.0)
        self.epsilon = within("Lamb", "epsilon", epsilon, 0.0, float("inf"))

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum", "velocity")

    def rule_numbers(self, iterations: np.ndarray, rates: np.ndarray) -> np.ndarray:
        real = np.dtype(self.number_type).type
        t = (iterations + 1).astype(real)
        return numbers(rates, iterations, 1 - real(self.beta_1) ** t, 1 - real(self.beta_2) ** t)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        momentum, velocity = self.slot(variable, "momentum"), self.slot(variable, "velocity")
        momentum.assign_add((gradient - momentum) * (1 - self.beta_1))
        velocity.assign_add((ops.square(gradient) - velocity) * (1 - self.beta_2))
        root = ops.sqrt(velocity / self._rule_number(3)) + self.epsilon
        update = momentum / self._rule_number(2) / root
        own, other = (ops.sqrt(ops.sum(ops.square(x))) for x in (variable, update))
        ratio = ops.where(own > 0.0, ops.where(other > 0.0, own / other, 1.0), 1.0)
        variable.assign_sub(update * (ratio * learning_rate))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
