"""Which hooks of callbacks are told of batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymlp.callbacks import CallbackList

__all__ = ["listeners"]


def listeners(
    hooks: CallbackList, kind: str, at_once: int
) -> tuple[Callable[[int], None] | None, Callable[[int, int, dict[str, Any]], None]]:
    """Return (what is told that a span begins, what is told that one ended).

    Parameters
    ----------
    hooks : CallbackList
    kind : {"train", "test", "predict"}
    at_once : int
        Batches of a full span. Where somebody listens to batches, its end bears the number of the last of so many,
        as in Keras, however many there were.

    Returns
    -------
    tuple of callable
        ``begins(batch)``, None where nobody listens to batches: spans may then be of any length; and
        ``ended(last_batch, batches, logs)``.
    """
    if getattr(hooks, f"has_{kind}_batch_hooks"):
        batch_ends = getattr(hooks, f"on_{kind}_batch_end")
        return getattr(hooks, f"on_{kind}_batch_begin"), lambda last, batches, logs: batch_ends(
            last - batches + at_once, logs
        )
    span_ends = getattr(hooks, f"on_{kind}_span_end")
    return None, lambda last, batches, logs: span_ends(last, logs)
