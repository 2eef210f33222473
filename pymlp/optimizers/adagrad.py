"""Adagrad: steps that shorten with all gradients there were."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.graph.tensor import Shape
from pymlp.optimizers.arguments import within
from pymlp.optimizers.optimizer import Optimizer
from pymlp.optimizers.rules import Rule, numbers
from pymlp.variables import Variable

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    """Gradient descent with each gradient divided by the root of the sum of all squares so far.

    ::

        accumulator += g * g
        w -= learning_rate * g / sqrt(accumulator + epsilon)

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    initial_accumulator_value : float
        What the accumulators start with.
    epsilon : float
    weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, \
    loss_scale_factor, gradient_accumulation_steps, name
        See `Optimizer`.

    References
    ----------
    Duchi, Hazan, Singer (2011), "Adaptive subgradient methods for online learning and stochastic optimization".

    Examples
    --------
    >>> Adagrad().initial_accumulator_value
    0.1
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
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
        self.initial_accumulator_value = within(
            "Adagrad", "initial_accumulator_value", initial_accumulator_value, 0.0, float("inf")
        )
        self.epsilon = within("Adagrad", "epsilon", epsilon, 0.0, float("inf"))

    @property
    def rule(self) -> int:
        return Rule.ADAGRAD

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("accumulator",)

    def slots_for(self, variable: Variable) -> dict[str, tuple[Shape, float]]:
        return {"accumulator": (variable.shape, self.initial_accumulator_value)}

    def rule_numbers(self, iterations: np.ndarray, rates: np.ndarray) -> np.ndarray:
        return numbers(rates, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "initial_accumulator_value": self.initial_accumulator_value,
            "epsilon": self.epsilon,
        }
