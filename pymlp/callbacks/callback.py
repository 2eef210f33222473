"""The base class of everything that looks on while a model trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["Callback", "is_default", "listen_to_no_batch"]

_Hook = TypeVar("_Hook", bound=Callable[..., None])


def _default(hook: _Hook) -> _Hook:
    """Mark a hook that does nothing, so that overriding it can be noticed."""
    hook._is_default = True  # type: ignore[attr-defined]
    return hook


def is_default(hook: Callable[..., None]) -> bool:
    """Whether `hook` is one of `Callback`'s own, which do nothing."""
    return bool(getattr(hook, "_is_default", False))


@_default
def _silent(batch: int, logs: dict[str, Any] | None = None) -> None:
    """Do nothing. A function of the module, so that a callback that has it can be pickled."""


def listen_to_no_batch(callback: Callback, base: type[Callback], *hooks: str) -> None:
    """Take the hooks of a callback that `base` defines off it; those that a subclass overrides stay.

    Nobody listens to batches then, and `fit` may run many of them in one native call.
    """
    for hook in hooks:
        if getattr(type(callback), hook) is getattr(base, hook):
            setattr(callback, hook, _silent)


class Callback:
    """Look on, and step in, while a model is trained, evaluated or used to predict.

    Subclass it, override the hooks of interest, and pass instances as ``callbacks=[...]`` to
    `fit`, `evaluate` or `predict`. Setting ``self.model.stop_training = True`` ends training.

    Attributes
    ----------
    model : Model
        The model that is being trained; set before the first hook is called.
    params : dict
        ``"verbose"``, ``"epochs"`` and ``"steps"`` (batches per epoch).

    Notes
    -----
    `fit` runs many batches in one native call. Overriding a hook that is called for each batch
    (``on_train_batch_end`` and its kin) makes it come back to Python after every batch, which on
    small models takes longer than the batch itself. Where news every 50 to 100 ms will do, override
    ``on_train_span_end``, ``on_test_span_end`` or ``on_predict_span_end`` instead: they are
    called after each run of batches, and cost nothing. (Keras has no such hooks.)

    ``logs`` holds the running means of the loss and the metrics, by name, as floats.

    A callback that keeps something from epoch to epoch names it in `state_names`, so that `BackupAndRestore` can give
    it back; or defines `get_state` and `set_state`. (Keras has none of these.)

    Examples
    --------
    >>> class Report(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(f"epoch {epoch}: loss {logs['loss']:.2f}")
    >>> Report().on_epoch_end(0, {"loss": 0.25})
    epoch 0: loss 0.25
    """

    # On the class, so that a subclass that forgets super().__init__() still works.
    params: dict[str, Any] | None = None
    _model: Any = None
    # Attributes that a training which is begun again must find as they were.
    state_names: tuple[str, ...] = ()
    # Whether a `CallbackList` calls it after all others, wherever it stands.
    _called_last = False

    def set_params(self, params: dict[str, Any]) -> None:
        """Take over the parameters of the run: verbosity, number of epochs, steps per epoch."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Take over the model that the hooks will be called for."""
        self._model = model

    def get_state(self) -> dict[str, Any]:
        """Return what `set_state` needs to go on from here: by default the attributes named in `state_names`.

        Returns
        -------
        dict
            Of plain data: numbers, texts, None, arrays, and lists and dicts of such.
        """
        return {name: getattr(self, name) for name in self.state_names}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what `get_state` returned; tuples in it have become lists. `on_train_begin` was called before."""
        for name in self.state_names:
            if name in state:
                setattr(self, name, state[name])

    @property
    def model(self) -> Any:
        """The model that is being trained, evaluated or used."""
        return self._model

    @_default
    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Before the first epoch; `logs` is empty."""

    @_default
    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """After the last epoch, with the logs of that epoch."""

    @_default
    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Before epoch number `epoch` (from 0); `logs` is empty."""

    @_default
    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """After epoch number `epoch`, with its results; those on validation data as ``val_...``.

        What is put into `logs` here, callbacks that come later see too, and `History` keeps.
        """

    @_default
    def on_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Old name of `on_train_batch_begin`."""

    @_default
    def on_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Old name of `on_train_batch_end`."""

    @_default
    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Before training on batch number `batch` (from 0) of the epoch."""
        self.on_batch_begin(batch, logs=logs)

    @_default
    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """After training on batch number `batch`, with the means over the epoch so far."""
        self.on_batch_end(batch, logs=logs)

    @_default
    def on_train_span_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """After a run of training batches, the last of which was number `batch`."""

    @_default
    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Before an evaluation or a validation."""

    @_default
    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """After an evaluation or a validation, with its results."""

    @_default
    def on_test_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Before evaluating batch number `batch`."""

    @_default
    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """After evaluating batch number `batch`, with the means so far."""

    @_default
    def on_test_span_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """After a run of evaluated batches, the last of which was number `batch`."""

    @_default
    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Before a prediction."""

    @_default
    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        """After a prediction."""

    @_default
    def on_predict_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Before predicting batch number `batch`."""

    @_default
    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """After predicting batch number `batch`; ``logs["outputs"]`` holds what was predicted."""

    @_default
    def on_predict_span_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """After a run of predicted batches, the last of which was number `batch`."""
