"""What `fit` returns: the results of every epoch."""

from __future__ import annotations

from typing import Any

from pymlp.callbacks.callback import Callback

__all__ = ["History"]


class History(Callback):
    """Keep the loss and the metrics of every epoch. `fit` adds one by itself and returns it.

    Attributes
    ----------
    history : dict of str to list of float
        One list for each name in the logs: ``"loss"``, ``"accuracy"``, ``"val_loss"``, ...
    epoch : list of int
        The epochs (from 0) of the last call of `fit`.
    params : dict
        ``"verbose"``, ``"epochs"``, ``"steps"``.

    Examples
    --------
    >>> history = History()
    >>> history.on_train_begin()
    >>> history.on_epoch_end(0, {"loss": 0.5})
    >>> history.on_epoch_end(1, {"loss": 0.25})
    >>> history.epoch, history.history
    ([0, 1], {'loss': [0.5, 0.25]})
    """

    state_names = ("history", "epoch")

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if self.model is not None:
            self.model.history = self
