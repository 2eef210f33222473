"""The progress bar: the same drawings as Keras's on a terminal, one plain line elsewhere."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import types
from contextlib import redirect_stdout
from typing import Any, TypeVar

import pytest
from progbar_cases import CASES, GOLDEN, Clock, FakeTerminal, visible

from pymlp.utils import Progbar, progbar

KERAS = json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "TERM", "PYCHARM_HOSTED", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progbar, "perf_counter", clock)
    return clock


Stream = TypeVar("Stream", bound=io.TextIOBase)


def play(case: str, clock: Clock, stream: Stream, **arguments: Any) -> Stream:
    """Draw one of the cases on `stream`."""
    options, updates = CASES[case]
    clock.now = 0.0
    with redirect_stdout(stream):
        bar = Progbar(**{**options, **arguments})
        for clock.now, current, values, finalize in updates:
            bar.update(current, values, finalize)
    return stream


def test_every_case_has_its_golden() -> None:
    assert set(KERAS) == set(CASES)
    drawn = [piece for pieces in KERAS.values() for piece in pieces]
    assert len(drawn) > 50  # the goldens are not empty


@pytest.mark.parametrize("case", CASES)
def test_same_drawings_as_keras_on_a_terminal(case: str, clock: Clock) -> None:
    terminal = play(case, clock, FakeTerminal())
    assert [visible(piece) for piece in terminal.pieces] == KERAS[case]


@pytest.mark.parametrize("case", CASES)
def test_one_plain_line_in_a_file(case: str, clock: Clock) -> None:
    text = play(case, clock, io.StringIO()).getvalue()
    finished = bool(KERAS[case]) and KERAS[case][-1].endswith("\n")
    assert text.count("\n") == finished
    assert not re.search(r"[\r\b\x1b━]", text)


def test_line_in_a_file(clock: Clock) -> None:
    line = "4/4 - 2s - 500ms/step - accuracy: 0.7750 - loss: 0.3750\n"
    assert play("verbose_2", clock, io.StringIO()).getvalue() == line
    assert play("verbose_2", clock, io.StringIO(), verbose=1).getvalue() == line


def test_no_colour(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = play("seconds", clock, FakeTerminal())
    assert terminal.pieces[0] == (
        "\r1/4 ━━━━━─────────────── 6s 2s/step - accuracy: 0.1000 - loss: 1.5000"
    )


def test_encoding_without_the_bar(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeTerminal, "encoding", "ascii")
    assert "\x1b[32m=====\x1b[0m" in play("seconds", clock, FakeTerminal()).pieces[0]
    monkeypatch.setenv("TERM", "dumb")
    terminal = play("seconds", clock, FakeTerminal())
    assert terminal.pieces[0].startswith("\r1/4 =====............... 6s 2s/step")


def test_output_that_cannot_encode_a_name(clock: Clock) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    with redirect_stdout(stream):
        Progbar(1, stateless_metrics=()).update(1, [("größe", 2.0)])
    stream.seek(0)
    assert stream.read() == "1/1 - 0s - 0s/step - gr??e: 2.0000\n"


def test_without_standard_output() -> None:
    with redirect_stdout(None):
        bar = Progbar(2)
        bar.update(2, [("loss", 1.0)])
    assert not bar.live


def test_notebook_draws_over_its_line(clock: Clock) -> None:
    class OutStream(FakeTerminal):
        def isatty(self) -> bool:
            return False

    OutStream.__module__ = "ipykernel.iostream"
    stream = play("seconds", clock, OutStream())
    assert [visible(piece) for piece in stream.pieces] == KERAS["seconds"]


def test_imported_kernel_does_not_make_a_file_a_notebook(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    assert "\r" not in play("seconds", clock, io.StringIO()).getvalue()


def test_add_counts_on(clock: Clock) -> None:
    terminal = FakeTerminal()
    with redirect_stdout(terminal):
        bar = Progbar(4)
        for clock.now in (1.0, 2.0):
            bar.add(2, [("loss", clock.now)])
    assert "2/4" in terminal.pieces[0]
    assert "4/4" in terminal.pieces[1]
    assert terminal.pieces[1].endswith(" - loss: 2.0000\n")


def test_interrupt_ends_the_line_once() -> None:
    terminal = FakeTerminal()
    with redirect_stdout(terminal):
        bar = Progbar(4)
        bar.interrupt()
        assert terminal.pieces == []
        bar.update(1)
        bar.interrupt()
        bar.interrupt()
    assert terminal.pieces[1:] == ["\n"]


def test_two_kinds_of_metrics_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="one of stateful_metrics and stateless_metrics"):
        Progbar(1, stateful_metrics=["a"], stateless_metrics=["b"])


PROGRAM = """
from pymlp.utils import Progbar, progbar
now = 0.0
progbar.perf_counter = lambda: now
bar = Progbar(1719, stateless_metrics=())
for step in (500, 1000, 1719):
    now = step * 4e-4
    bar.update(step, [("accuracy", 0.8125), ("loss", 0.5)])
"""


def run_in_terminal(columns: int) -> list[str]:
    """Run `PROGRAM` in a real pseudo-terminal; return its drawings without colours."""
    pty = pytest.importorskip("pty", reason="pseudo-terminals exist on Unix only")
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    environment |= {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        output = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # how Linux reports that the other side is closed
                break
            if not part:
                break
            output += part
    os.close(ours)
    assert process.returncode == 0, output.decode()
    text = output.decode()
    assert text.endswith("\r\n")
    assert "\b" not in text
    assert "\x1b[32m" in text or columns < 40  # no room for a bar
    return re.sub(r"\x1b\[\d+m", "", text.removesuffix("\r\n")).split("\r")[1:]


def test_terminal_wide_enough() -> None:
    assert run_in_terminal(100) == [
        " 500/1719 ━━━━━━━━━━━━━━━━━━━━ 0s 400us/step - accuracy: 0.8125 - loss: 0.5000",
        "1000/1719 ━━━━━━━━━━━━━━━━━━━━ 0s 400us/step - accuracy: 0.8125 - loss: 0.5000",
        "1719/1719 ━━━━━━━━━━━━━━━━━━━━ 1s 400us/step - accuracy: 0.8125 - loss: 0.5000",
    ]


def test_narrow_terminal_shortens_the_bar() -> None:
    lines = run_in_terminal(70)
    assert lines[0] == " 500/1719 ━━━━━━━━━━━ 0s 400us/step - accuracy: 0.8125 - loss: 0.5000"
    assert {len(line) for line in lines} == {69}


def test_very_narrow_terminal_cuts_all_but_the_last_drawing() -> None:
    assert run_in_terminal(30) == [
        " 500/1719  0s 400us/step - ac",
        "1000/1719  0s 400us/step - ac",
        "1719/1719  1s 400us/step - accuracy: 0.8125 - loss: 0.5000",
    ]
