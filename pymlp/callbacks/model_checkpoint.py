"""Save the model while it is trained."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from pymlp.callbacks.callback import listen_to_no_batch
from pymlp.callbacks.monitor import MonitorCallback
from pymlp.utils.terminal import print_message

__all__ = ["ModelCheckpoint"]


class ModelCheckpoint(MonitorCallback):
    """Save the model, or its weights, after epochs or after a number of batches; all of them or the best.

    Parameters
    ----------
    filepath : path-like
        Ends in ``.weights.h5`` if `save_weights_only`, else in ``.keras``. ``{epoch}`` and, if `save_freq` is a number,
        ``{batch}``, both from 1, and the names in the logs stand for their values, as in
        ``"{epoch:02d}-{val_loss:.2f}.keras"``. Folders that are missing are made.
    monitor : str
        Name of the quantity in the logs.
    verbose : {0, 1}
        Whether to say what is saved.
    save_best_only : bool
        Whether to save only when the monitored quantity is better than ever before.
    save_weights_only : bool
        Whether to save by `Model.save_weights` (weights and the optimizer's state) instead of `Model.save`.
    mode : {"auto", "min", "max"}
        Whether lower or higher is better; ``"auto"`` finds out from the loss and the metrics.
    save_freq : "epoch" or int
        When to save: after each epoch, or each time that this many batches have been trained on, counted over the
        epochs' ends. With a number the logs are those of the batch, and hold no ``val_...``.
    initial_value_threshold : float, optional
        With `save_best_only`, what the first model that is saved must be better than.

    Raises
    ------
    ValueError
        If `filepath` ends in something else or `save_freq` is neither; at the end of the first epoch, if
        ``mode="auto"`` cannot tell what is better.
    KeyError
        When saving, if `filepath` has a name in braces that the logs have not.
    OSError
        When saving, if the file cannot be written.

    Notes
    -----
    A file is written whole or not at all: what was saved before is not lost when a process is killed, or a disk fills
    up, while it is replaced. If the monitored quantity is not in the logs or is no scalar, there is a warning, and the
    model is saved. Keras also writes whole models as ``.h5``, its older format. A number as `save_freq` makes `fit`
    come back to Python after every batch; ``"epoch"`` costs nothing but the saving.

    Examples
    --------
    >>> checkpoint = ModelCheckpoint("best.keras", monitor="val_accuracy", save_best_only=True)
    >>> checkpoint.monitor, checkpoint.save_freq
    ('val_accuracy', 'epoch')
    """

    state_names = ("best", "_epoch", "_batches_to_come")

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode)
        self.best = initial_value_threshold
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        if save_freq != "epoch" and not (isinstance(save_freq, int) and save_freq > 0):
            raise ValueError(
                "ModelCheckpoint expected save_freq 'epoch' or a number of batches, at least 1, "
                f"received {save_freq!r}."
            )
        ending = ".weights.h5" if save_weights_only else ".keras"
        if not self.filepath.endswith(ending):
            raise ValueError(
                f"ModelCheckpoint with save_weights_only={save_weights_only} expected a filepath that ends in "
                f"{ending}, received {self.filepath!r}."
            )
        self._epoch = 0
        self._batches_to_come = save_freq
        if save_freq == "epoch":
            listen_to_no_batch(self, ModelCheckpoint, "on_train_batch_end")

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if not isinstance(self.save_freq, int):
            return
        self._batches_to_come = int(self._batches_to_come) - 1
        if self._batches_to_come == 0:
            self._batches_to_come = self.save_freq
            self._save(self._epoch, logs or {}, batch=batch + 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.monitor_op is None:
            self._set_monitor_op()
        if self.save_freq == "epoch":
            self._save(epoch, logs or {})

    def _save(self, epoch: int, logs: dict[str, Any], **batch: int) -> None:
        """Save the model if it is to be saved; `batch` is given when that is after a batch."""
        path = self._path(epoch, logs, batch)
        if self.save_best_only:
            if not self._is_best(epoch, logs, path):
                return
        else:
            self._say(epoch, f"saving model to {path}")
        if folder := os.path.dirname(path):
            os.makedirs(folder, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        self._say(epoch, f"finished saving model to {path}")

    def _path(self, epoch: int, logs: dict[str, Any], batch: dict[str, int]) -> str:
        """Put the values in the place of their names. A metric that is called "batch" comes before the number."""
        values: dict[str, Any] = {**batch, **logs}
        try:
            return self.filepath.format(epoch=epoch + 1, **values)
        except KeyError as error:
            raise KeyError(
                f"ModelCheckpoint: the filepath {self.filepath!r} has {{{error.args[0]}}}, of which there is no value. "
                f"Available: {', '.join(['epoch', *values])}."
            ) from None

    def _is_best(self, epoch: int, logs: dict[str, Any], path: str) -> bool:
        """Whether this is the best model so far, which is then kept in mind; also when that cannot be told."""
        if self.monitor_op is None:
            self._set_monitor_op()
        current = logs.get(self.monitor)
        if current is None:
            warnings.warn(
                f"ModelCheckpoint: there is no {self.monitor!r} to monitor, the model is saved whether or not it is "
                f"the best. Available: {', '.join(logs) or 'nothing'}.",
                stacklevel=2,
            )
            return True
        if np.ndim(current) > 0:
            warnings.warn(
                f"ModelCheckpoint expected {self.monitor!r} to be a scalar, received an array of shape "
                f"{np.shape(current)}; the model is saved whether or not it is the best.",
                stacklevel=2,
            )
            return True
        before = "None" if self.best is None else f"{self.best:.5f}"
        if not self._is_improvement(current, self.best):
            self._say(epoch, f"{self.monitor} did not improve from {before}")
            return False
        self._say(
            epoch,
            f"{self.monitor} improved from {before} to {current:.5f}, saving model to {path}",
        )
        self.best = current
        return True

    def _say(self, epoch: int, what: str) -> None:
        if self.verbose > 0:
            print_message(f"\nEpoch {epoch + 1}: {what}")
