"""Set the learning rate by a function of the epoch."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from numbers import Real
from typing import Any

from pymlp.callbacks.callback import Callback
from pymlp.utils.terminal import print_message

__all__ = ["LearningRateScheduler"]


class LearningRateScheduler(Callback):
    """Set the optimizer's learning rate before every epoch.

    Parameters
    ----------
    schedule : callable
        Called as ``schedule(epoch, learning_rate)`` with the epoch (from 0) and the learning rate
        of now; returns the one to use in this epoch. A function of the epoch alone will do, too.
    verbose : {0, 1}
        Whether to write a line at every epoch.

    Raises
    ------
    ValueError
        During `fit`, if `schedule` returns anything but a number.

    Notes
    -----
    The learning rate used is added to the logs, and so to the `History`, as ``"learning_rate"``.

    Examples
    --------
    >>> halve = LearningRateScheduler(lambda epoch, learning_rate: learning_rate / 2)
    >>> halve.schedule(0, 0.5)
    0.25
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        optimizer = self.model.optimizer
        if _takes_learning_rate(self.schedule):
            learning_rate = self.schedule(epoch, float(optimizer.learning_rate))
        else:
            learning_rate = self.schedule(epoch)
        if not isinstance(learning_rate, Real) or isinstance(learning_rate, bool):
            raise ValueError(
                "LearningRateScheduler expected schedule(epoch, learning_rate) to return a float, "
                f"received {learning_rate!r}. Check that every path through the function returns "
                "a learning rate."
            )
        optimizer.learning_rate = float(learning_rate)
        if self.verbose > 0:
            print_message(
                f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to "
                f"{learning_rate}."
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


def _takes_learning_rate(schedule: Callable[..., float]) -> bool:
    """Whether `schedule` can be called with the learning rate after the epoch."""
    try:
        inspect.signature(schedule).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:  # a function written in C that does not tell
        pass
    return True
