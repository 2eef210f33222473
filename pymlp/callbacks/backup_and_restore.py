"""Go on with a training that was interrupted."""

from __future__ import annotations

import os
import re
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from pymlp.callbacks.callback import Callback, listen_to_no_batch

__all__ = ["BackupAndRestore"]

_LATEST, _PREVIOUS = "latest.backup", "previous.backup"


class BackupAndRestore(Callback):
    """Back up the state of training, so that a training that was interrupted goes on where it was.

    Begun again by the same program, however it ended (an exception, a signal, no power), `fit` ends with the same
    bits as if nothing had happened. What is kept: weights, the optimizer's variables, the states of random generators
    (of the layers; the global ones of pymlp, NumPy and Python), the order of the samples and the place in it, running
    means, whether training was stopped, and what callbacks keep: the `History` covers all epochs.

    Parameters
    ----------
    backup_dir : path-like
        A folder for this training alone; made when there is something to back up.
    save_freq : "epoch", int or False
        When to save: after each epoch, or each time that this many batches have been trained on, counted over the
        epochs' ends; False: never, only to restore.
    double_checkpoint : bool
        Whether to keep the backup before the last, too, for the case that the last is damaged.
    delete_checkpoint : bool
        Whether to remove the backup, and the folder if nothing else is in it, when training is complete.

    Raises
    ------
    ValueError
        If `backup_dir` is empty or `save_freq` is none of these. When training begins, if the backup is that of
        another model, optimizer, amount of data, batch size, `shuffle` or `steps_per_epoch` (`epochs` may be another);
        or if it is damaged, and there is none before it. Nothing is changed then.
    OSError
        When saving, if the file cannot be written; the backup before it stays.

    Notes
    -----
    A backup is one file, written whole or not at all, and plain data: reading it runs no code. A number as `save_freq`
    makes `fit` come back to Python after every batch; ``"epoch"`` costs nothing but the saving.

    The callback is called after all others, wherever it stands in the list, so that the backup holds what they have
    done. A callback of your own that keeps something says so by `state_names`, or by ``get_state()``
    and ``set_state(state)``; see `Callback`. Its ``on_train_begin`` is called when training goes on, and its
    ``on_epoch_begin`` if that is within an epoch; then it is given its state.

    Batches of a `PyDataset`, a loader or sparse rows that were trained on within an epoch are fetched again
    and passed over; those of a generator from its beginning: give a new one. A data set or loader that keeps something
    from epoch to epoch, such as an order that it shuffles in ``on_epoch_end``, says so by methods ``get_state()`` and
    ``set_state(state)``, as callbacks do.

    Keras keeps the weights, the optimizer and the number of the epoch, trains an epoch again from its beginning, and
    removes the whole folder whatever is in it.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np, pymlp as keras
    >>> class Interrupt(keras.callbacks.Callback):
    ...     def on_epoch_begin(self, epoch, logs=None):
    ...         if epoch == 2:
    ...             raise KeyboardInterrupt
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x, y = np.ones((8, 3)), np.ones(8)
    >>> backup = BackupAndRestore(tempfile.mkdtemp())
    >>> try:
    ...     history = model.fit(x, y, epochs=5, verbose=0, callbacks=[backup, Interrupt()])
    ... except KeyboardInterrupt:
    ...     history = model.fit(x, y, epochs=5, verbose=0, callbacks=[backup])
    >>> history.epoch
    [0, 1, 2, 3, 4]
    """

    _called_last = True

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        if not backup_dir:
            raise ValueError(
                "BackupAndRestore expected the name of a folder as backup_dir, received none."
            )
        frequency = isinstance(save_freq, int) and (save_freq is False or save_freq >= 1)
        if save_freq != "epoch" and (not frequency or save_freq is True):
            raise ValueError(
                "BackupAndRestore expected save_freq 'epoch', a number of batches, at least 1, or False, received "
                f"{save_freq!r}."
            )
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._folder = Path(self.backup_dir)
        self._batches = 0  # since the last backup
        self._within_epoch: dict[str, Any] | None = (
            None  # the state to take up from, until that epoch has begun
        )
        if not save_freq or save_freq == "epoch":
            listen_to_no_batch(self, BackupAndRestore, "on_train_batch_end")

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._folder = Path(
            os.path.abspath(self.backup_dir)
        )  # wherever the process goes while it trains
        self._batches = 0
        self._within_epoch = None
        found = self._read()
        if found is not None:
            state, path = found
            training = self.model._training
            training.check(state, path)
            training.restore(state)
            if state["batches"]:
                self._within_epoch = state

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self._within_epoch is not None:
            # This epoch had begun already: what its beginning has changed now was changed then.
            self.model._training.restore(self._within_epoch)
            self._within_epoch = None

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._batches += self.model.steps_per_execution
        if self._batches >= int(self.save_freq):
            self._batches = 0
            self._save()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.save_freq == "epoch":
            self._save()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self.delete_checkpoint and self._folder.is_dir():
            ours = re.compile(rf"({_LATEST}|{_PREVIOUS}|\.{_LATEST}\.[0-9a-f]{{8}}\.part)")
            for path in list(self._folder.iterdir()):
                if ours.fullmatch(path.name):
                    path.unlink()
            with suppress(OSError):  # something else is in it
                self._folder.rmdir()

    def _save(self) -> None:
        from pymlp.saving.atomic import replacing
        from pymlp.saving.plain import write_plain

        self._folder.mkdir(parents=True, exist_ok=True)
        latest = self._folder / _LATEST
        with replacing(latest) as stream:
            write_plain(stream, self.model._training.state())
            if self.double_checkpoint and latest.exists():
                stream.flush()
                os.fsync(stream.fileno())  # the new one is whole before the old one gives way
                latest.replace(self._folder / _PREVIOUS)

    def _read(self) -> tuple[dict[str, Any], str] | None:
        """Return the state in the backup, or if it is damaged in the one before, and where it was found."""
        from pymlp.saving.plain import read_plain

        latest, previous = self._folder / _LATEST, self._folder / _PREVIOUS
        if not latest.exists() and not previous.exists():
            return None
        try:
            return read_plain(latest), str(latest)
        except FileNotFoundError:
            pass  # killed between the two renamings
        except (OSError, ValueError) as error:
            if not previous.exists():
                raise
            warnings.warn(
                f"BackupAndRestore goes on from the backup before the last. {error}", stacklevel=2
            )
        return read_plain(previous), str(previous)
