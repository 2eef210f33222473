"""Several callbacks that are called as one."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, TypeVar

from pymlp.callbacks.callback import Callback, is_default
from pymlp.callbacks.history import History
from pymlp.callbacks.progbar_logger import ProgbarLogger
from pymlp.metrics.logs import plain_logs

__all__ = ["CallbackList"]

_C = TypeVar("_C", bound=Callback)


class CallbackList(Callback):
    """Pass every hook on to a list of callbacks, in order.

    Parameters
    ----------
    callbacks : Callback or (nested) list of Callback, optional
    add_history : bool
        Whether to add a `History` when the list holds none.
    add_progbar : bool
        Whether to add a `ProgbarLogger` when the list holds none.
    model : Model, optional
        Handed to every callback by `set_model`.
    **params
        Handed to every callback by `set_params`: ``verbose``, ``epochs``, ``steps``.

    Raises
    ------
    TypeError
        If something in the list is no callback, a class instead of an instance for example.

    Notes
    -----
    A training loop calls, for each batch, ``on_train_batch_begin`` and ``on_train_batch_end`` when
    `has_train_batch_hooks` says that somebody listens; otherwise ``on_train_span_end``
    alone, after each run of batches. One batch is the shortest run: ``on_train_batch_end``
    calls ``on_train_span_end`` too. The same holds for ``test`` and ``predict``.

    Before they are passed on, logs are ordered by name, and numbers become floats.

    Examples
    --------
    >>> callbacks = CallbackList([], add_history=True, epochs=2, steps=5, verbose=0)
    >>> callbacks.has_train_batch_hooks
    False
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        super().__init__()
        self.callbacks: list[Any] = []
        for callback in _flatten(callbacks, "callbacks"):
            self.append(callback)
        self._history = self._find(History)
        if self._history is None and add_history:
            self._history = History()
            self.append(self._history)
        if add_progbar and self._find(ProgbarLogger) is None:
            self.append(ProgbarLogger())
        self.set_model(model)
        self.set_params(params)

    def append(self, callback: Callback) -> None:
        """Add a callback at the end, but before those that are to see what all others have done."""
        self.callbacks.append(callback)
        self.callbacks.sort(key=lambda one: bool(getattr(one, "_called_last", False)))

    def set_params(self, params: dict[str, Any]) -> None:
        """Hand `params` to every callback, unless there are none."""
        self.params = params
        if params:
            for callback in self.callbacks:
                callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Hand `model` to every callback, and the `History` in the list to the model."""
        if model is None:
            return
        super().set_model(model)
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def get_state(self) -> dict[str, Any]:
        """Return the states of all callbacks that have one."""
        states = []
        for callback in self.callbacks:
            # A callback written for Keras and not derived from ours may have none.
            state = callback.get_state() if hasattr(callback, "get_state") else None
            if state:
                states.append({"class": type(callback).__name__, "state": state})
        return {"callbacks": states}

    def set_state(self, state: dict[str, Any]) -> None:
        """Hand each callback its state: those of one class in their order."""
        left = list(state["callbacks"])
        for callback in self.callbacks:
            kind = type(callback).__name__
            stored = next((item for item in left if item["class"] == kind), None)
            if stored is not None and hasattr(callback, "set_state"):
                callback.set_state(stored["state"])
                left.remove(stored)
        if left:
            warnings.warn(
                f"There is a state of {', '.join(item['class'] for item in left)}, which is not among the callbacks "
                "now: training goes on otherwise than it would have.",
                stacklevel=2,
            )

    @property
    def has_train_batch_hooks(self) -> bool:
        """Whether any callback wants to be called before or after each training batch."""
        return self._overrides(
            "on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end"
        )

    @property
    def has_test_batch_hooks(self) -> bool:
        """Whether any callback wants to be called before or after each evaluated batch."""
        return self._overrides("on_test_batch_begin", "on_test_batch_end")

    @property
    def has_predict_batch_hooks(self) -> bool:
        """Whether any callback wants to be called before or after each predicted batch."""
        return self._overrides("on_predict_batch_begin", "on_predict_batch_end")

    def interrupt(self) -> None:
        """End a half-drawn progress line; call it when an exception ends the loop."""
        logger = self._find(ProgbarLogger)
        if logger is not None:
            logger.interrupt()

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._call("on_train_begin", logs)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._call("on_train_end", logs)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._call("on_epoch_begin", epoch, logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._call("on_epoch_end", epoch, logs)

    def on_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._call_batch("on_batch_begin", batch, logs)

    def on_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._call_batch("on_batch_end", batch, logs)

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._call_batch("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._call_batch("on_train_batch_end", batch, logs)
        self._call_batch("on_train_span_end", batch, logs)

    def on_train_span_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._call_batch("on_train_span_end", batch, logs)

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._call("on_test_begin", logs)

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        self._call("on_test_end", logs)

    def on_test_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._call_batch("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._call_batch("on_test_batch_end", batch, logs)
        self._call_batch("on_test_span_end", batch, logs)

    def on_test_span_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._call_batch("on_test_span_end", batch, logs)

    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._call("on_predict_begin", logs)

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        self._call("on_predict_end", logs)

    def on_predict_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._call_batch("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._call_batch("on_predict_batch_end", batch, logs)
        self._call_batch("on_predict_span_end", batch, logs)

    def on_predict_span_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._call_batch("on_predict_span_end", batch, logs)

    def _call(self, hook: str, *arguments: Any) -> None:
        """Call one hook of every callback, the last argument being the logs.

        All callbacks get the same dictionary, so that one can add to it for those that follow.
        """
        *index, logs = arguments
        logs = plain_logs(logs, ordered=True)
        for callback in self.callbacks:
            getattr(callback, hook)(*index, logs)

    def _call_batch(self, hook: str, batch: int, logs: dict[str, Any] | None) -> None:
        """Call one hook of every callback; as in Keras, these get their logs by name."""
        logs = plain_logs(logs, ordered=True)
        for callback in self.callbacks:
            method = getattr(callback, hook, None)
            # A callback written for Keras and not derived from ours has no hooks for spans.
            if method is not None:
                method(batch, logs=logs)

    def _overrides(self, *hooks: str) -> bool:
        # Asked anew each time: hooks may be set on an instance, callbacks appended.
        return any(
            not is_default(getattr(callback, hook))
            for callback in self.callbacks
            for hook in hooks
            if hasattr(callback, hook)
        )

    def _find(self, kind: type[_C]) -> _C | None:
        found = None
        for callback in self.callbacks:
            if isinstance(callback, kind):
                found = callback
        return found


def _flatten(callbacks: Any, where: str) -> Iterator[Any]:
    """Yield the callbacks in a nest of lists, checking that they are some."""
    if callbacks is None:
        return
    if isinstance(callbacks, (list, tuple)):
        for i, callback in enumerate(callbacks):
            yield from _flatten(callback, f"{where}[{i}]")
    elif isinstance(callbacks, type):
        raise TypeError(
            f"{where} expected an instance of Callback, received the class "
            f"{callbacks.__name__}. Call it: {callbacks.__name__}(...)."
        )
    elif not hasattr(callbacks, "set_model"):
        raise TypeError(
            f"{where} expected an instance of Callback, received {callbacks!r}. "
            "To call a function, wrap it: LambdaCallback(on_epoch_end=function)."
        )
    else:
        yield callbacks
