"""Adam."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.optimizers.arguments import within
from pymlp.optimizers.optimizer import Optimizer
from pymlp.optimizers.rules import Rule, numbers

__all__ = ["Adam"]


class Adam(Optimizer):
    """Adaptive moment estimation.

    At step t (from 1), with gradient g::

        momentum += (g - momentum) * (1 - beta_1)
        velocity += (g * g - velocity) * (1 - beta_2)
        w -= learning_rate * sqrt(1 - beta_2 ** t) / (1 - beta_1 ** t) * momentum / (sqrt(velocity) + epsilon)

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    beta_1, beta_2 : float, within [0, 1]
    epsilon : float
        The "epsilon hat" of the paper, as in Keras.
    amsgrad : bool
        Put the greatest velocity so far under the root.
    weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, \
    loss_scale_factor, gradient_accumulation_steps, name
        See `Optimizer`.

    References
    ----------
    Kingma, Ba (2015), "Adam: a method for stochastic optimization", section 2.
    Reddi, Kale, Kumar (2018), "On the convergence of Adam and beyond".

    Examples
    --------
    >>> float(Adam().learning_rate)
    0.0010000000474974513
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
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
        self.beta_1 = within("Adam", "beta_1", beta_1, 0.0, 1.0)
        self.beta_2 = within("Adam", "beta_2", beta_2, 0.0, 1.0)
        self.epsilon = within("Adam", "epsilon", epsilon, 0.0, float("inf"))
        self.amsgrad = bool(amsgrad)

    @property
    def rule(self) -> int:
        return Rule.AMSGRAD if self.amsgrad else Rule.ADAM

    @property
    def slot_names(self) -> tuple[str, ...]:
        return (
            ("momentum", "velocity", "velocity_hat") if self.amsgrad else ("momentum", "velocity")
        )

    @property
    def slot_groups(self) -> tuple[tuple[str, ...], ...]:
        return (("momentum", "velocity"), ("velocity_hat",))

    def rule_numbers(self, iterations: np.ndarray, rates: np.ndarray) -> np.ndarray:
        # Keras works out alpha in the type of the weights. In float32 the rounding of beta_2 ** t makes the first
        # steps differ by some 1e-5 from what exact arithmetic gives, so the same is done here.
        real = np.dtype(self.number_type).type
        t = (iterations + 1).astype(real)
        beta_1, beta_2 = real(self.beta_1), real(self.beta_2)
        alpha = rates.astype(real) * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        return numbers(alpha, 1 - self.beta_1, 1 - self.beta_2, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
        }
