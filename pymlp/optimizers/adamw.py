"""AdamW: Adam with weight decay."""

from __future__ import annotations

from typing import Any

from pymlp.optimizers.adam import Adam

__all__ = ["AdamW"]


class AdamW(Adam):
    """Adam with weight decay that does not go through the moments.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    weight_decay : float
    beta_1, beta_2 : float, within [0, 1]
    epsilon : float
    amsgrad : bool
        Put the greatest velocity so far under the root.
    clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, \
    loss_scale_factor, gradient_accumulation_steps, name
        See `Optimizer`.

    References
    ----------
    Loshchilov, Hutter (2019), "Decoupled weight decay regularization".

    Examples
    --------
    >>> AdamW().weight_decay
    0.004
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
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
        if weight_decay is None:
            raise ValueError(
                "AdamW: weight_decay should be a number, received None; Adam does without."
            )
        super().__init__(
            learning_rate,
            beta_1,
            beta_2,
            epsilon,
            amsgrad,
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
