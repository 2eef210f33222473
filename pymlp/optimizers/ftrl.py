"""Follow the regularized leader."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.graph.tensor import Shape
from pymlp.optimizers.arguments import within
from pymlp.optimizers.optimizer import Optimizer
from pymlp.optimizers.rules import Rule, numbers
from pymlp.variables import Variable

__all__ = ["Ftrl"]


class Ftrl(Optimizer):
    """Follow the regularized leader: for many sparse features, with weights that become exactly zero.

    ::

        before, accumulator = accumulator, accumulator + g * g
        sigma = (accumulator ** -power - before ** -power) / learning_rate
        linear += g + 2 * l2_shrinkage * w - sigma * w
        quadratic = accumulator ** -power / learning_rate + 2 * (l2 + beta / (2 * learning_rate))
        w = (clip(linear, -l1, l1) - linear) / quadratic

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    learning_rate_power : float, at most 0
    initial_accumulator_value : float
    l1_regularization_strength, l2_regularization_strength : float
    l2_shrinkage_regularization_strength : float
    beta : float
    weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, \
    loss_scale_factor, gradient_accumulation_steps, name
        See `Optimizer`.

    References
    ----------
    McMahan et al. (2013), "Ad click prediction: a view from the trenches".

    Examples
    --------
    >>> Ftrl().learning_rate_power
    -0.5
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
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
        most = float("inf")
        self.learning_rate_power = within(
            "Ftrl", "learning_rate_power", learning_rate_power, -most, 0.0
        )
        self.initial_accumulator_value = within(
            "Ftrl", "initial_accumulator_value", initial_accumulator_value, 0.0, most
        )
        self.l1_regularization_strength = within(
            "Ftrl", "l1_regularization_strength", l1_regularization_strength, 0.0, most
        )
        self.l2_regularization_strength = within(
            "Ftrl", "l2_regularization_strength", l2_regularization_strength, 0.0, most
        )
        self.l2_shrinkage_regularization_strength = within(
            "Ftrl",
            "l2_shrinkage_regularization_strength",
            l2_shrinkage_regularization_strength,
            0.0,
            most,
        )
        self.beta = within("Ftrl", "beta", beta, -most, most)

    @property
    def rule(self) -> int:
        return Rule.FTRL

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("accumulator", "linear")

    def slots_for(self, variable: Variable) -> dict[str, tuple[Shape, float]]:
        accumulator = (variable.shape, self.initial_accumulator_value)
        return {"accumulator": accumulator, "linear": (variable.shape, 0.0)}

    def rule_numbers(self, iterations: np.ndarray, rates: np.ndarray) -> np.ndarray:
        l2 = self.l2_regularization_strength + self.beta / (2 * rates)
        return numbers(
            rates,
            -self.learning_rate_power,
            self.l1_regularization_strength,
            2 * l2,
            2 * self.l2_shrinkage_regularization_strength,
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "learning_rate_power": self.learning_rate_power,
            "initial_accumulator_value": self.initial_accumulator_value,
            "l1_regularization_strength": self.l1_regularization_strength,
            "l2_regularization_strength": self.l2_regularization_strength,
            "l2_shrinkage_regularization_strength": self.l2_shrinkage_regularization_strength,
            "beta": self.beta,
        }
