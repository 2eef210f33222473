"""Nadam: Adam with Nesterov's look ahead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.optimizers.arguments import within
from pymlp.optimizers.optimizer import Optimizer
from pymlp.optimizers.rules import Rule, numbers
from pymlp.variables import Variable

__all__ = ["Nadam"]


class Nadam(Optimizer):
    """Adam with Nesterov momentum.

    At step t (from 1), with gradient g, ``u(t) = beta_1 * (1 - 0.96 ** t / 2)`` and U(t) the product of all u so far::

        momentum += (g - momentum) * (1 - beta_1)
        velocity += (g * g - velocity) * (1 - beta_2)
        ahead = u(t + 1) * momentum / (1 - U(t + 1)) + (1 - u(t)) * g / (1 - U(t))
        w -= learning_rate * ahead / (sqrt(velocity / (1 - beta_2 ** t)) + epsilon)

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
    Dozat (2016), "Incorporating Nesterov momentum into Adam".

    Examples
    --------
    >>> Nadam().beta_2
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
        self.beta_1 = within("Nadam", "beta_1", beta_1, 0.0, 1.0)
        self.beta_2 = within("Nadam", "beta_2", beta_2, 0.0, 1.0)
        self.epsilon = within("Nadam", "epsilon", epsilon, 0.0, float("inf"))
        self._u_product: Variable | None = None

    @property
    def rule(self) -> int:
        return Rule.NADAM

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum", "velocity")

    def build(self, variables: Sequence[Variable]) -> None:
        super().build(variables)
        if self._u_product is None:
            self._u_product = self.add_variable((), "ones", self.number_type, name="u_product")

    def _u(self, steps: np.ndarray) -> np.ndarray:
        """Return u of steps counted from 1."""
        real = np.dtype(self.number_type).type
        u: np.ndarray = real(self.beta_1) * (1 - real(0.5) * real(0.96) ** steps.astype(real))
        return u

    def _products(self, passed: np.ndarray) -> np.ndarray:
        """Return the product of all u so far, now and after each of these: one by one, however long spans are."""
        before = np.ones((), passed.dtype) if self._u_product is None else self._u_product.value
        products: np.ndarray = np.cumprod([before, *passed], dtype=passed.dtype)
        return products

    def rule_numbers(self, iterations: np.ndarray, rates: np.ndarray) -> np.ndarray:
        real = np.dtype(self.number_type).type
        first = iterations[:1].sum()
        products = self._products(self._u(np.arange(first, iterations[-1:].sum() + 1) + 1))[1:]
        product, ahead = products[iterations - first], self._u(iterations + 2)
        return numbers(
            rates,
            1 - self.beta_1,
            1 - self.beta_2,
            self.epsilon,
            ahead / (1 - product * ahead),
            (1 - self._u(iterations + 1)) / (1 - product),
            1 - real(self.beta_2) ** (iterations + 1).astype(real),
        )

    def advance(self, steps: int) -> None:
        first = self.iterations
        super().advance(steps)
        if self._u_product is not None:
            passed = self._u(np.arange(first, self.iterations) + 1)
            self._u_product.assign(self._products(passed)[-1])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
