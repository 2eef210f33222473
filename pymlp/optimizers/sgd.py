"""Gradient descent, with momentum if wanted."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.optimizers.arguments import within
from pymlp.optimizers.optimizer import Optimizer
from pymlp.optimizers.rules import Rule, numbers

__all__ = ["SGD"]


class SGD(Optimizer):
    """Gradient descent.

    Without momentum ``w -= learning_rate * g``. With it ``velocity = momentum * velocity - learning_rate * g``
    and ``w += velocity``, or with Nesterov's form ``w += momentum * velocity - learning_rate * g``.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    momentum : float, within [0, 1]
    nesterov : bool
    weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, \
    loss_scale_factor, gradient_accumulation_steps, name
        See `Optimizer`.

    References
    ----------
    Sutskever, Martens, Dahl, Hinton (2013), "On the importance of initialization and momentum in deep learning".

    Examples
    --------
    >>> optimizer = SGD(learning_rate=0.1, momentum=0.9)
    >>> optimizer.momentum
    0.9
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
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
        self.momentum = within("SGD", "momentum", momentum, 0.0, 1.0)
        self.nesterov = bool(nesterov)

    @property
    def rule(self) -> int:
        if not self.momentum:
            return Rule.SGD
        return Rule.NESTEROV if self.nesterov else Rule.MOMENTUM

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum",) if self.momentum else ()

    def rule_numbers(self, iterations: np.ndarray, rates: np.ndarray) -> np.ndarray:
        return numbers(rates, self.momentums(iterations, self.momentum))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
