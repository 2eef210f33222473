"""Adafactor: mean squares kept by row and by column."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pymlp import ops
from pymlp.graph.tensor import Shape
from pymlp.ops.shaping import sum_to_shape
from pymlp.optimizers.arguments import within
from pymlp.optimizers.optimizer import Optimizer
from pymlp.optimizers.rules import numbers
from pymlp.variables import Variable

__all__ = ["Adafactor"]


class Adafactor(Optimizer):
    """Adam-like steps with a row and a column of mean squares in place of a matrix of them.

    At step t (from 1), with gradient g::

        rho, beta = min(learning_rate, 1 / sqrt(t)), 1 - t ** beta_2_decay
        s = g * g + epsilon_1
        r = beta * r + (1 - beta) * mean(s, axis=-1)
        c = beta * c + (1 - beta) * mean(s, axis=-2)
        v = r / mean(r) * c
        u = g / sqrt(v)
        w -= max(epsilon_2, rms(w)) * rho * u / max(1, rms(u) / clip_threshold)

    where rms is the root of the mean square, and ``v = beta * v + (1 - beta) * s`` for a variable of one axis.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    beta_2_decay : float
    epsilon_1, epsilon_2 : float
    clip_threshold : float
    relative_step : bool
        Kept for Keras's sake: with or without it the learning rate is at most ``1 / sqrt(t)``, as there.
    weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, \
    loss_scale_factor, gradient_accumulation_steps, name
        See `Optimizer`.

    References
    ----------
    Shazeer, Stern (2018), "Adafactor: adaptive learning rates with sublinear memory cost".

    Examples
    --------
    >>> Adafactor().epsilon_2
    0.001
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
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
        self.beta_2_decay = within("Adafactor", "beta_2_decay", beta_2_decay, -most, most)
        self.epsilon_1 = within("Adafactor", "epsilon_1", epsilon_1, 0.0, most)
        self.epsilon_2 = within("Adafactor", "epsilon_2", epsilon_2, 0.0, most)
        self.clip_threshold = within("Adafactor", "clip_threshold", clip_threshold, 0.0, most)
        self.relative_step = bool(relative_step)

    @property
    def slot_names(self) -> tuple[str, ...]:
        return ("r", "c", "velocity")

    def slots_for(self, variable: Variable) -> dict[str, tuple[Shape, float]]:
        # Keras keeps a number for r and c of variables of one axis, though nothing comes of it: so files agree.
        shape = variable.shape
        rows, columns = (shape[:-1], (*shape[:-2], shape[-1])) if len(shape) > 1 else ((), ())
        return {"r": (rows, 0.0), "c": (columns, 0.0), "velocity": (shape, 0.0)}

    def rule_numbers(self, iterations: np.ndarray, rates: np.ndarray) -> np.ndarray:
        real = np.dtype(self.number_type).type
        t = (iterations + 1).astype(real)
        beta = 1 - t ** real(self.beta_2_decay)
        rho = np.minimum(rates.astype(real), 1 / np.sqrt(t))
        return numbers(rates, iterations, rho, beta, 1 - beta)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        r, c, v = (self.slot(variable, name) for name in self.slot_names)
        rho, beta, one_beta = (self._rule_number(i) for i in (2, 3, 4))
        alpha = ops.maximum(_rms(variable), self.epsilon_2) * rho
        squares = ops.square(gradient) + self.epsilon_1
        if variable.ndim > 1:
            r.assign(r * beta + ops.mean(squares, axis=-1) * one_beta)
            c.assign(c * beta + _mean_of_rows(squares) * one_beta)
            share = ops.reshape(r / ops.mean(r, axis=-1, keepdims=True), (*r.shape, 1))
            v.assign(share * ops.expand_dims(c, -2))
        else:
            v.assign(v * beta + squares * one_beta)
        u = gradient / ops.sqrt(v)
        u = u / ops.maximum(_rms(u) / self.clip_threshold, 1.0)
        variable.assign_sub(u * alpha)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_2_decay": self.beta_2_decay,
            "epsilon_1": self.epsilon_1,
            "epsilon_2": self.epsilon_2,
            "clip_threshold": self.clip_threshold,
            "relative_step": self.relative_step,
        }


def _rms(x: Any) -> Any:
    """Return the root of the mean square."""
    return ops.sqrt(ops.mean(ops.square(x)))


def _mean_of_rows(x: Any) -> Any:
    """Return the mean over the last axis but one."""
    if len(x.shape) > 2:
        return ops.mean(x, axis=-2)
    return sum_to_shape(x, x.shape[1:]) * (1.0 / x.shape[0] if x.shape[0] else math.nan)
