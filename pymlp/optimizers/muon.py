"""Muon: momentum made orthogonal, for matrices."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp import ops
from pymlp.checks import optional_whole
from pymlp.graph.tensor import Shape
from pymlp.ops.dense import DENSE_DKERNEL, DENSE_DX
from pymlp.ops.operation import apply
from pymlp.optimizers.arguments import optional_number, within
from pymlp.optimizers.optimizer import Optimizer
from pymlp.optimizers.rules import numbers
from pymlp.variables import Variable

__all__ = ["Muon"]


class Muon(Optimizer):
    """Momentum that is made nearly orthogonal before it is taken off a matrix; Adam for all that is no matrix.

    For a matrix, with gradient g::

        momentum += g + momentum * (momentum_factor - 1)
        x = g + momentum_factor * momentum if nesterov else momentum
        x = x / (norm(x) + 1e-7)
        ns_steps times:  a = x xᵀ;  x = muon_a * x + (muon_b * a + muon_c * a a) x
        w -= learning_rate * sqrt(max(rows, columns)) * rms_rate * x

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    adam_beta_1, adam_beta_2 : float, within [0, 1]
    adam_weight_decay : float, optional
        The weight decay of variables that Adam changes.
    epsilon : float
    weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, \
    loss_scale_factor, gradient_accumulation_steps, name
        See `Optimizer`.
    exclude_layers : list of str, optional
        Regular expressions: variables in whose path one is found are left to Adam. Name the output layer.
    exclude_embeddings : bool
        Whether variables with "embedding" in their paths are left to Adam.
    muon_a, muon_b, muon_c : float
    adam_lr_ratio : float
        Adam's learning rate, as a share of the learning rate.
    momentum : float, within [0, 1]
    ns_steps : int
    nesterov : bool
    rms_rate : float, optional
        None leaves ``sqrt(max(rows, columns)) * rms_rate`` out.

    References
    ----------
    Liu et al. (2025), "Muon is scalable for LLM training".

    Examples
    --------
    >>> Muon().ns_steps
    5
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
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
        self.adam_beta_1 = within("Muon", "adam_beta_1", adam_beta_1, 0.0, 1.0)
        self.adam_beta_2 = within("Muon", "adam_beta_2", adam_beta_2, 0.0, 1.0)
        self.adam_weight_decay = optional_number("Muon", "adam_weight_decay", adam_weight_decay)
        self.epsilon = within("Muon", "epsilon", epsilon, 0.0, most)
        self.exclude_layers = list(exclude_layers or ())
        self.exclude_embeddings = bool(exclude_embeddings)
        self.muon_a, self.muon_b, self.muon_c = (
            within("Muon", name, value, -most, most)
            for name, value in (("muon_a", muon_a), ("muon_b", muon_b), ("muon_c", muon_c))
        )
        self.adam_lr_ratio = within("Muon", "adam_lr_ratio", adam_lr_ratio, 0.0, most)
        self.momentum = within("Muon", "momentum", momentum, 0.0, 1.0)
        self.ns_steps = optional_whole("Muon", "ns_steps", ns_steps, 0) or 0
        self.nesterov = bool(nesterov)
        self.rms_rate = optional_number("Muon", "rms_rate", rms_rate)

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("momentum", "velocity")

    def slots_for(self, variable: Variable) -> dict[str, tuple[Shape, float]]:
        names = self.slot_names if self._by_adam(variable) else ("momentum",)
        return dict.fromkeys(names, (variable.shape, 0.0))

    def _by_adam(self, variable: Variable) -> bool:
        """Whether a variable is left to Adam."""
        return (
            variable.ndim != 2
            or (self.exclude_embeddings and "embedding" in variable.path.lower())
            or any(re.search(keyword, variable.path) for keyword in self.exclude_layers)
        )

    def _decay_of(self, variable: Variable) -> float | None:
        if not self._decays(variable):
            return None
        return self.adam_weight_decay if self._by_adam(variable) else self.weight_decay

    def rule_numbers(self, iterations: np.ndarray, rates: np.ndarray) -> np.ndarray:
        real = np.dtype(self.number_type).type
        t = (iterations + 1).astype(real)
        root = np.sqrt(1 - real(self.adam_beta_2) ** t)
        alpha = rates.astype(real) * real(self.adam_lr_ratio) * root
        return numbers(rates, iterations, alpha / (1 - real(self.adam_beta_1) ** t))

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        momentum = self.slot(variable, "momentum")
        if self._by_adam(variable):
            velocity = self.slot(variable, "velocity")
            momentum.assign_add((gradient - momentum) * (1 - self.adam_beta_1))
            velocity.assign_add((ops.square(gradient) - velocity) * (1 - self.adam_beta_2))
            change = momentum * self._rule_number(2) / (ops.sqrt(velocity) + self.epsilon)
        else:
            momentum.assign_add(gradient + momentum * (self.momentum - 1))
            x = gradient + momentum * self.momentum if self.nesterov else momentum + 0.0
            change = self._orthogonal(x) * learning_rate
            if self.rms_rate is not None:
                change = change * (math.sqrt(max(variable.shape)) * self.rms_rate)
        variable.assign_sub(change)

    def _orthogonal(self, x: Any) -> Any:
        """Return nearly the orthogonal matrix closest to x, by Newton's and Schulz's iteration.

        The square matrix in it is that of the shorter side, on whichever side of x it stands.
        """
        rows, columns = x.shape
        x = x / (ops.sqrt(ops.sum(ops.square(x))) + 1e-7)
        for _ in range(self.ns_steps):
            tall = rows > columns
            square = apply(DENSE_DKERNEL, x, x) if tall else apply(DENSE_DX, x, x)
            square = square * self.muon_b + ops.dense(square, square) * self.muon_c
            x = x * self.muon_a + (ops.dense(x, square) if tall else ops.dense(square, x))
        return x

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "adam_beta_1": self.adam_beta_1,
            "adam_beta_2": self.adam_beta_2,
            "epsilon": self.epsilon,
            "exclude_layers": self.exclude_layers,
            "muon_a": self.muon_a,
            "muon_b": self.muon_b,
            "muon_c": self.muon_c,
            "adam_lr_ratio": self.adam_lr_ratio,
            "momentum": self.momentum,
            "ns_steps": self.ns_steps,
            "nesterov": self.nesterov,
            "exclude_embeddings": self.exclude_embeddings,
            "adam_weight_decay": self.adam_weight_decay,
            "rms_rate": self.rms_rate,
        }
