"""The callback that shows progress; `fit`, `evaluate` and `predict` add it by themselves."""

from __future__ import annotations

from typing import Any

from pymlp.callbacks.callback import Callback
from pymlp.utils.progbar import Progbar
from pymlp.utils.terminal import print_message

__all__ = ["ProgbarLogger"]


class ProgbarLogger(Callback):
    """Draw a `Progbar` for each epoch, each evaluation and each prediction.

    With ``verbose=1`` (or ``"auto"``) the bar is drawn where a line can be redrawn; in a file or a
    pipe there is one line an epoch. ``verbose=2`` writes a heading and one line an epoch
    everywhere. Validation during `fit` is not shown by itself: its results end the epoch's line.

    Examples
    --------
    >>> logger = ProgbarLogger()
    >>> logger.set_params({"verbose": 0, "epochs": 1, "steps": 10})
    >>> logger.on_epoch_begin(0)
    >>> logger.on_epoch_end(0, {"loss": 0.5})
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0
        self.progbar: Progbar | None = None
        self.target: int | None = None
        self.verbose = 1
        self.epochs = 1
        self._in_fit = False

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        verbose = params.get("verbose", 1)
        self.verbose = 1 if verbose == "auto" else int(verbose)
        self.epochs = params.get("epochs", 1)
        self.target = params.get("steps")

    def interrupt(self) -> None:
        """End a half-drawn line."""
        if self.progbar is not None:
            self.progbar.interrupt()

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._in_fit = True

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._in_fit = False

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        bar = self._start()
        if self.verbose and self.epochs > 1:
            heading = f"Epoch {epoch + 1}/{self.epochs}"
            if bar.live or self.verbose == 2:
                print_message(heading)
            else:
                bar.line_prefix = f"{heading} - "

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._finish(logs)

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        if not self._in_fit:
            self._start()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        if not self._in_fit:
            self._finish(logs)

    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._start()

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        self._finish(logs)

    def on_train_span_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._update(batch, logs)

    def on_test_span_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if not self._in_fit:
            self._update(batch, logs)

    def on_predict_span_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._update(batch, None)  # the logs hold the predictions

    def _start(self) -> Progbar:
        self.seen = 0
        # Everything in the logs is a running mean already, nothing is to be averaged again.
        self.progbar = Progbar(self.target, verbose=self.verbose, stateless_metrics=())
        return self.progbar

    def _update(self, batch: int, logs: dict[str, Any] | None) -> None:
        bar = self.progbar or self._start()
        # Several batches are told of at once: the number may be that of one after the last.
        self.seen = batch + 1 if self.target is None else min(batch + 1, self.target)
        bar.update(self.seen, (logs or {}).items(), finalize=False)

    def _finish(self, logs: dict[str, Any] | None) -> None:
        bar = self.progbar or self._start()
        if self.target is None:  # now we know how long an epoch is
            self.target = bar.target = self.seen
        # Fewer steps than the target were seen when training was stopped within the epoch.
        bar.update(self.seen or self.target, (logs or {}).items(), finalize=True)
        self.progbar = None
