"""What `fit`, `evaluate` and `predict` write, on a terminal and in a file."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from typing import Any

import pytest
from fake_model import FakeModel

from pymlp.callbacks import Callback, CallbackList, ProgbarLogger

RESULTS = [
    {"loss": 0.5, "accuracy": 0.75, "val_loss": 0.25, "val_accuracy": 0.875},
    {"loss": 0.25, "accuracy": 0.875, "val_loss": 0.125, "val_accuracy": 1.0},
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(stream: io.StringIO) -> list[str]:
    """Return what was written, as seen on the screen, times replaced by T."""
    text = re.sub(r"\x1b\[\d+m", "", stream.getvalue())
    assert text.endswith("\n")
    seen = [line.rsplit("\r", 1)[-1].rstrip() for line in text[:-1].split("\n")]
    return [re.sub(r"\b\d+(s|ms|us)\b", "T", line) for line in seen]


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


BAR = "━" * 20
LAST_OF_FIRST = "accuracy: 0.7500 - loss: 0.5000 - val_accuracy: 0.8750 - val_loss: 0.2500"
LAST_OF_SECOND = "accuracy: 0.8750 - loss: 0.2500 - val_accuracy: 1.0000 - val_loss: 0.1250"


def test_fit_on_a_terminal() -> None:
    with redirect_stdout(Terminal()) as terminal:
        FakeModel().fit(RESULTS, verbose="auto")
    assert lines(terminal) == [
        "Epoch 1/2",
        f"4/4 {BAR} T T/step - {LAST_OF_FIRST}",
        "Epoch 2/2",
        f"4/4 {BAR} T T/step - {LAST_OF_SECOND}",
    ]


@pytest.mark.parametrize("verbose", [1, "auto"])
def test_fit_in_a_file_is_one_line_an_epoch(verbose: Any) -> None:
    with redirect_stdout(io.StringIO()) as file:
        FakeModel().fit(RESULTS, verbose=verbose)
    assert lines(file) == [
        f"Epoch 1/2 - 4/4 - T - T/step - {LAST_OF_FIRST}",
        f"Epoch 2/2 - 4/4 - T - T/step - {LAST_OF_SECOND}",
    ]
    assert not re.search(r"[\r\b\x1b]", file.getvalue())


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_verbose_2(stream: type[io.StringIO]) -> None:
    with redirect_stdout(stream()) as output:
        FakeModel().fit(RESULTS, verbose=2)
    assert output.getvalue().count("\n") == 4
    assert lines(output)[:2] == ["Epoch 1/2", f"4/4 - T - T/step - {LAST_OF_FIRST}"]


def test_verbose_0() -> None:
    with redirect_stdout(Terminal()) as terminal:
        FakeModel().fit(RESULTS, verbose=0)
        FakeModel().fit(RESULTS, [ProgbarLogger()], verbose=0)
    assert terminal.getvalue() == ""


def test_a_single_epoch_has_no_heading() -> None:
    with redirect_stdout(Terminal()) as terminal:
        FakeModel().fit(RESULTS[:1], verbose=1)
    assert len(lines(terminal)) == 1


def test_progress_within_the_epoch() -> None:
    with redirect_stdout(Terminal()) as terminal:
        FakeModel().fit([{"loss": 0.5}], verbose=1, steps=4)
    drawings = re.sub(r"\x1b\[\d+m", "", terminal.getvalue()).split("\r")[1:]
    assert drawings[0].startswith("2/4 ━━━━━━━━━━")
    assert "loss: 0.5000" in drawings[0]


def test_progress_when_another_callback_wants_every_batch() -> None:
    class Listener(Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None: ...

    with redirect_stdout(Terminal()) as terminal:
        FakeModel().fit([{"loss": 0.5}], Listener(), verbose=1, steps=4)
    assert "1/4" in terminal.getvalue()
    assert lines(terminal) == [f"4/4 {BAR} T T/step - loss: 0.5000"]


def test_evaluate_and_predict() -> None:
    model = FakeModel()
    with redirect_stdout(Terminal()) as terminal:
        model.evaluate({"loss": 0.5}, verbose=1)
        model.predict(verbose=1)
    assert lines(terminal) == [f"4/4 {BAR} T T/step - loss: 0.5000", f"4/4 {BAR} T T/step"]


def test_evaluate_after_fit_with_the_same_logger() -> None:
    model, logger = FakeModel(), ProgbarLogger()
    with redirect_stdout(Terminal()):
        model.fit(RESULTS, logger, verbose=1)
    with redirect_stdout(Terminal()) as terminal:
        model.evaluate({"loss": 0.5}, logger, verbose=1)
    assert lines(terminal) == [f"4/4 {BAR} T T/step - loss: 0.5000"]


def test_unknown_number_of_steps_is_learnt() -> None:
    with redirect_stdout(Terminal()) as terminal:
        callbacks = CallbackList(add_progbar=True, verbose=1, epochs=2, steps=None)
        for epoch in range(2):
            callbacks.on_epoch_begin(epoch)
            callbacks.on_train_span_end(2, {"loss": 0.5})
            callbacks.on_epoch_end(epoch, {"loss": 0.5})
    assert "3/Unknown" in terminal.getvalue()
    assert lines(terminal)[1::2] == [f"3/3 {BAR} T T/step - loss: 0.5000"] * 2


def test_epoch_that_was_stopped_shows_how_far_it_came() -> None:
    class Stop(Callback):
        def on_train_span_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = True

    with redirect_stdout(Terminal()) as terminal:
        FakeModel().fit([{"loss": 0.5}], Stop(), verbose=1, steps=4)
    assert lines(terminal) == [f"2/4 {BAR} T T/step - loss: 0.5000"]


def test_interrupt_leaves_the_cursor_on_a_new_line() -> None:
    with redirect_stdout(Terminal()) as terminal:
        callbacks = CallbackList(add_progbar=True, verbose=1, epochs=1, steps=4)
        callbacks.on_epoch_begin(0)
        callbacks.on_train_span_end(1, {"loss": 0.5})
        callbacks.interrupt()
    assert lines(terminal) == [f"2/4 {BAR} T T/step - loss: 0.5000"]
