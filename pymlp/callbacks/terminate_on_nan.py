"""Stop training when the loss is no longer a finite number."""

from __future__ import annotations

import math
from typing import Any

from pymlp.callbacks.callback import Callback
from pymlp.utils.terminal import print_message

__all__ = ["TerminateOnNaN"]


class TerminateOnNaN(Callback):
    """Stop training when the loss becomes NaN or infinite.

    Parameters
    ----------
    raise_error : bool
        Whether to raise RuntimeError instead, so that no callback's ``on_train_end`` is called.

    Notes
    -----
    The running mean of the loss is looked at after each run of batches, some 50 to 100 ms apart;
    once a batch's loss is not finite, the mean stays so. The batch named in the message is the
    last one of the run. (Keras looks at every batch.)

    Examples
    --------
    >>> TerminateOnNaN(raise_error=True).raise_error
    True
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    def on_train_span_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"TerminateOnNaN: the loss is {loss} at batch {batch}. Try a smaller learning "
                "rate, and look for NaN or infinite values in the data."
            )
        print_message(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
