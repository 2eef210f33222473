"""Stop training when it no longer helps."""

from __future__ import annotations

import warnings
from typing import Any

from pymlp.callbacks.monitor import MonitorCallback
from pymlp.utils.terminal import print_message

__all__ = ["EarlyStopping"]


class EarlyStopping(MonitorCallback):
    """Stop training when a monitored quantity has stopped improving.

    Parameters
    ----------
    monitor : str
        Name of the quantity in the logs, ``"val_loss"`` by default.
    min_delta : float
        A change must be larger than this to be an improvement.
    patience : int
        Number of epochs without improvement after which training stops.
    verbose : {0, 1}
        Whether to say so when training is stopped and weights are restored.
    mode : {"auto", "min", "max"}
        Whether lower or higher is better; ``"auto"`` finds out from the loss and the metrics.
    baseline : float, optional
        Only an epoch that beats this value, too, starts the count of `patience` again.
    restore_best_weights : bool
        Whether the model ends with the weights of the best epoch instead of those of the last.
        The epoch counts, whether or not it beats the `baseline`.
    start_from_epoch : int
        Number of epochs at the beginning that are not looked at.

    Raises
    ------
    ValueError
        At the end of the first epoch, if ``mode="auto"`` cannot tell what is better.

    Notes
    -----
    A quantity that is not in the logs is warned about, and training goes on. The best weights are
    restored when training ends, also when it ends because all epochs are done, but not when an
    exception ends it.

    Examples
    --------
    >>> stop = EarlyStopping(monitor="loss", patience=3, restore_best_weights=True)
    >>> stop.monitor, stop.patience
    ('loss', 3)
    """

    state_names = ("wait", "stopped_epoch", "best", "best_epoch", "best_weights")

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self.wait = 0
        self.stopped_epoch = 0
        self.best_epoch = 0
        self.best_weights: list[Any] | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_epoch = 0
        self.best_weights = None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.monitor_op is None:
            self._set_monitor_op()
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            # Should no epoch be an improvement, the first one looked at is the best.
            self._remember(epoch)
        self.wait += 1
        if self._is_improvement(current, self.best):
            self.best = current
            self.best_epoch = epoch
            if self.restore_best_weights:
                self._remember(epoch)
            if self.baseline is None or self._is_improvement(current, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self.stopped_epoch > 0 and self.verbose > 0:
            print_message(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                print_message(
                    "Restoring model weights from the end of the best epoch: "
                    f"{self.best_epoch + 1}."
                )
            self.model.set_weights(self.best_weights)

    def get_monitor_value(self, logs: dict[str, Any] | None) -> Any:
        """Return the monitored quantity; None, with a warning, when the logs have it not."""
        logs = logs or {}
        value = logs.get(self.monitor)
        if value is None:
            warnings.warn(
                f"EarlyStopping: there is no {self.monitor!r} to monitor, training will not be "
                f"stopped early. Available: {', '.join(logs) or 'nothing'}.",
                stacklevel=2,
            )
        return value

    def _remember(self, epoch: int) -> None:
        self.best_weights = self.model.get_weights()
        self.best_epoch = epoch
