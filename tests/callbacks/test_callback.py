"""Every hook is called, in the order and with the arguments that Keras documents."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fake_model import FakeModel

from pymlp.callbacks import Callback, CallbackList, History, LambdaCallback, ProgbarLogger

HOOKS = sorted(name for name in dir(Callback) if name.startswith("on_"))
RESULTS = [{"loss": 0.5, "accuracy": 0.75, "val_loss": 0.25, "val_accuracy": 1.0}]


class Recorder(Callback):
    """Writes down the hooks that are called (all but those for batches)."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, ...]] = []


class BatchRecorder(Recorder):
    """Writes down those for batches too."""


def _recording(name: str) -> Any:
    def hook(self: Recorder, *arguments: Any, **keywords: Any) -> None:
        self.calls.append((name, *arguments, *keywords.values()))
        if name.startswith("on_train_batch"):
            getattr(Callback, name)(self, *arguments, **keywords)

    return hook


for _name in HOOKS:
    setattr(BatchRecorder if "batch" in _name else Recorder, _name, _recording(_name))


def test_the_hooks_are_those_of_keras_and_three_more() -> None:
    both = [f"{p}_{e}" for p in ("train", "test", "predict") for e in ("begin", "end")]
    batches = [
        f"{p}batch_{e}" for p in ("train_", "test_", "predict_", "") for e in ("begin", "end")
    ]
    spans = [f"{p}_span_end" for p in ("train", "test", "predict")]
    assert [
        f"on_{name}" for name in sorted([*both, *batches, "epoch_begin", "epoch_end", *spans])
    ] == HOOKS


def test_order_of_hooks_in_spans() -> None:
    recorder = Recorder()
    FakeModel().fit(RESULTS, [recorder], steps=4)
    running = {"accuracy": 0.75, "loss": 0.5}
    validation = {"accuracy": 1.0, "loss": 0.25}
    results = {"accuracy": 0.75, "loss": 0.5, "val_accuracy": 1.0, "val_loss": 0.25}
    assert recorder.calls == [
        ("on_train_begin", {}),
        ("on_epoch_begin", 0, {}),
        ("on_train_span_end", 1, running),
        ("on_train_span_end", 3, running),
        ("on_test_begin", {}),
        ("on_test_span_end", 1, validation),
        ("on_test_end", validation),
        ("on_epoch_end", 0, results),
        ("on_train_end", results),
    ]


def test_batch_hooks_are_called_for_every_batch() -> None:
    recorder = BatchRecorder()
    FakeModel().fit([{"loss": 0.5}], recorder, steps=2)
    logs = {"loss": 0.5}
    assert recorder.calls[2:-2] == [
        ("on_train_batch_begin", 0, {}),
        ("on_batch_begin", 0, {}),
        ("on_train_batch_end", 0, logs),
        ("on_batch_end", 0, logs),
        ("on_train_span_end", 0, logs),
        ("on_train_batch_begin", 1, {}),
        ("on_batch_begin", 1, {}),
        ("on_train_batch_end", 1, logs),
        ("on_batch_end", 1, logs),
        ("on_train_span_end", 1, logs),
    ]


@pytest.mark.parametrize("name", [name for name in HOOKS if "batch" in name])
@pytest.mark.parametrize("by_class", [True, False])
def test_overridden_batch_hooks_are_noticed(name: str, by_class: bool) -> None:
    def hook(self: Any, batch: int, logs: Any = None) -> None: ...

    if by_class:
        callback = type("Mine", (Callback,), {name: hook})()
    else:
        callback = LambdaCallback(**{name: lambda batch, logs: None})
    listening = CallbackList([callback])
    expected = "test" if "test" in name else "predict" if "predict" in name else "train"
    for mode in ("train", "test", "predict"):
        assert getattr(listening, f"has_{mode}_batch_hooks") == (mode == expected)


def test_nobody_listens_to_batches_by_default() -> None:
    callbacks = CallbackList([Callback(), Recorder()], add_history=True, add_progbar=True)
    assert [type(callback) for callback in callbacks.callbacks[2:]] == [History, ProgbarLogger]
    assert not callbacks.has_train_batch_hooks
    assert not callbacks.has_test_batch_hooks
    assert not callbacks.has_predict_batch_hooks
    callbacks.append(BatchRecorder())
    assert callbacks.has_train_batch_hooks


def test_predictions_reach_the_batch_hooks() -> None:
    recorder = BatchRecorder()
    FakeModel().predict(recorder, steps=1)
    name, batch, logs = recorder.calls[2]
    assert (name, batch, logs["outputs"].shape) == ("on_predict_batch_end", 0, (2, 3))


def test_own_history_and_progress_bar_are_not_doubled() -> None:
    history, logger = History(), ProgbarLogger()
    callbacks = CallbackList([[history], (logger,)], add_history=True, add_progbar=True)
    assert callbacks.callbacks == [history, logger]


def test_model_and_params_are_handed_on() -> None:
    model, callback, history = FakeModel(), Callback(), History()
    CallbackList([callback, history], model=model, epochs=3, steps=2, verbose=0)
    assert callback.model is model
    assert callback.params == {"epochs": 3, "steps": 2, "verbose": 0}
    assert model.history is history


def test_a_subclass_may_forget_to_initialize_its_base() -> None:
    class Forgetful(Callback):
        def __init__(self) -> None:
            pass

    callback = Forgetful()
    assert callback.model is None
    assert callback.params is None
    FakeModel().fit(RESULTS, callback)


def test_logs_are_ordered_flat_and_plain() -> None:
    recorder = Recorder()
    logs = {
        "z": np.float32(0.5),
        "a": np.array(2),
        "m": {"y": 1, "x": True},
        "s": "text",
        "v": np.ones(2),
        "n": None,
    }
    CallbackList(recorder).on_epoch_end(0, logs)
    seen = recorder.calls[0][2]
    assert list(seen) == ["a", "x", "y", "n", "s", "v", "z"]
    assert [type(seen[name]) for name in ("a", "x", "y", "z")] == [float] * 4
    assert seen["v"] is logs["v"]
    assert (seen["s"], seen["n"]) == ("text", None)


def test_what_a_callback_adds_to_the_logs_is_kept() -> None:
    def add(epoch: int, logs: dict[str, float]) -> None:
        logs["extra"] = 7.0

    logs = {"loss": 1.0}
    history = FakeModel().fit([logs], LambdaCallback(on_epoch_end=add))
    assert history.history == {"loss": [1.0], "extra": [7.0]}
    assert logs == {"loss": 1.0}  # the trainer's own are left alone


@pytest.mark.parametrize(
    ("callbacks", "message"),
    [
        (History, "callbacks expected an instance of Callback, received the class History"),
        ([[Callback(), History]], r"callbacks\[0\]\[1\] expected an instance .* class History"),
        ([print], r"callbacks\[0\] expected an instance of Callback, .*print.*LambdaCallback"),
    ],
)
def test_what_is_no_callback_is_refused(callbacks: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        CallbackList(callbacks)


def test_a_callback_need_not_be_derived_from_ours() -> None:
    class Foreign:  # as one written for Keras
        def __init__(self) -> None:
            self.epochs: list[int] = []

        def __getattr__(self, name: str) -> Any:
            if "span" in name:
                raise AttributeError(name)
            return lambda *arguments, **keywords: None

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.epochs.append(epoch)

    foreign = Foreign()
    FakeModel().fit(RESULTS * 2, foreign)
    assert foreign.epochs == [0, 1]


def test_lambda_callback_calls_the_functions() -> None:
    calls: list[Any] = []
    callback = LambdaCallback(
        on_train_begin=lambda logs: calls.append("begin"),
        on_epoch_begin=lambda epoch, logs: calls.append(epoch),
        on_train_batch_end=lambda batch, logs: calls.append(logs["loss"]),
        on_test_end=lambda logs: calls.append("test"),
        on_epoch_end=None,
    )
    FakeModel().fit([{"loss": 0.5, "val_loss": 1.0}], callback, steps=2)
    assert calls == ["begin", 0, 0.5, 0.5, "test"]


def test_lambda_callback_refuses_what_is_no_hook() -> None:
    with pytest.raises(TypeError, match=r"on_epoch_end.*got on_epoch_finished"):
        LambdaCallback(on_epoch_finished=print)
    with pytest.raises(TypeError, match="expected on_epoch_end to be a function, received 3"):
        LambdaCallback(on_epoch_end=3)  # type: ignore[arg-type]


def test_history_goes_on_over_several_fits() -> None:
    model, history = FakeModel(), History()
    first = model.fit([{"loss": 2.0}, {"loss": 1.0}], history)
    assert first is history
    assert (history.epoch, history.history) == ([0, 1], {"loss": [2.0, 1.0]})
    model.fit([{"loss": 0.5}], history, initial_epoch=2)
    assert (history.epoch, history.history) == ([2], {"loss": [2.0, 1.0, 0.5]})
    assert history.params == {"verbose": 0, "epochs": 3, "steps": 4}
