"""Lower the learning rate when training no longer gets ahead."""

from __future__ import annotations

import warnings
from typing import Any

from pymlp.callbacks.monitor import MonitorCallback
from pymlp.utils.terminal import print_message

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(MonitorCallback):
    """Multiply the learning rate by a factor when a monitored quantity has stopped improving.

    Parameters
    ----------
    monitor : str
        Name of the quantity in the logs.
    factor : float
        ``new = old * factor``; below 1.
    patience : int
        Number of epochs without improvement before the learning rate is lowered.
    verbose : {0, 1}
        Whether to say so.
    mode : {"auto", "min", "max"}
        Whether lower or higher is better; ``"auto"`` finds out from the loss and the metrics.
    min_delta : float
        A change must be larger than this to be an improvement.
    cooldown : int
        Number of epochs after a reduction during which no epoch counts against `patience`.
    min_lr : float
        The learning rate is never set lower than this.

    Raises
    ------
    ValueError
        If `factor` is 1 or more; at the end of the first epoch, if ``mode="auto"`` cannot tell
        what is better.

    Notes
    -----
    The learning rate is added to the logs as ``"learning_rate"``.

    Examples
    --------
    >>> reduce = ReduceLROnPlateau(monitor="loss", factor=0.2, patience=5, min_lr=0.001)
    >>> reduce.factor
    0.2
    """

    state_names = ("best", "cooldown_counter", "wait")

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1.0:
            raise ValueError(
                f"ReduceLROnPlateau expected factor < 1, received {factor}. "
                "The learning rate is multiplied by it."
            )
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.cooldown_counter = 0
        self.wait = 0

    def in_cooldown(self) -> bool:
        """Whether a reduction happened within the last `cooldown` epochs."""
        return self.cooldown_counter > 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.monitor_op is None:
            self._set_monitor_op()
        logs = {} if logs is None else logs
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        current = logs.get(self.monitor)
        if current is None:
            warnings.warn(
                f"ReduceLROnPlateau: there is no {self.monitor!r} to monitor, the learning rate "
                f"will not be reduced. Available: {', '.join(logs)}.",
                stacklevel=2,
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.cooldown_counter = self.cooldown
                self.wait = 0

    def _reduce(self, epoch: int) -> bool:
        """Lower the learning rate; return False when it is as low as it may be."""
        optimizer = self.model.optimizer
        old = float(optimizer.learning_rate)
        # The optimizer holds float32; a rate of min_lr must not look larger than min_lr.
        if old <= self.min_lr * (1 + 1e-6):
            return False
        new = max(old * self.factor, self.min_lr)
        optimizer.learning_rate = new
        if self.verbose > 0:
            print_message(
                f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}."
            )
        return True
