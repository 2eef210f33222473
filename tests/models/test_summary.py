"""`summary()` prints what Keras prints, character for character."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from types import SimpleNamespace
from typing import Any

import pytest
from summary_cases import CASES, COLUMNS, read_golden, readme_model

import pymlp as keras
from pymlp.naming import clear_session

KERAS = read_golden()


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch, fresh_names: None) -> None:
    monkeypatch.setenv("COLUMNS", COLUMNS)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


def text_of(model: Any, **options: Any) -> str:
    """Return a summary, checking that it is handed over in one piece."""
    parts: list[str] = []
    model.summary(print_fn=parts.append, **options)
    assert len(parts) == 1
    return parts[0]


@pytest.mark.parametrize("case", CASES)
def test_same_as_keras(case: Callable[[Any], dict[str, Any]]) -> None:
    assert text_of(**case(keras)) == KERAS[case.__name__]


def test_every_case_has_its_golden() -> None:
    assert set(KERAS) == {case.__name__ for case in CASES}


def test_the_totals_of_the_chapter() -> None:
    assert text_of(readme_model(keras)).splitlines()[-3:] == [
        " Total params: 266,610 (1.02 MB)",
        " Trainable params: 266,610 (1.02 MB)",
        " Non-trainable params: 0 (0.00 B)",
    ]


def test_printed_and_handed_over_are_the_same() -> None:
    model = readme_model(keras)
    with redirect_stdout(io.StringIO()) as output:
        model.summary()
    assert output.getvalue() == text_of(model)


def test_colours_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    model = readme_model(keras)
    with redirect_stdout(Terminal()) as output:
        model.summary()
    text = output.getvalue()
    assert "\x1b[38;5;34m266,610\x1b[0m" in text
    assert "\x1b[38;5;33mDense\x1b[0m" in text
    assert "\x1b[38;5;45mNone\x1b[0m" in text
    assert re.sub(r"\x1b\[[\d;]+m", "", text) == text_of(model)


def test_wide_tables_are_not_cut() -> None:
    text = text_of(readme_model(keras), line_length=120)
    rows = [line for line in text.splitlines() if "Dense" in line]
    assert {len(row) for row in rows} == {120}
    assert rows[0].split() == ["│", "dense", "(Dense)", "│", "(None,", "300)", "│", "235,500", "│"]


def test_narrow_terminals_still_get_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert "flatten" in text_of(readme_model(keras))


def nested_model() -> Any:
    inner = keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(5)])
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), inner])


def test_nested_models() -> None:
    folded = text_of(nested_model())
    assert "dense_1" not in folded
    clear_session()
    rows = [
        [cell.rstrip() for cell in line[2:-2].split(" │ ")]
        for line in text_of(nested_model(), expand_nested=True).splitlines()
        if line.startswith("│")
    ]
    assert [(name, shape, count.strip()) for name, shape, count in rows] == [
        ("dense_2 (Dense)", "(None, 3)", "15"),
        ("sequential (Sequential)", "(None, 5)", "23"),
        ("   └ dense (Dense)", "(None, 2)", "8"),
        ("   └ dense_1 (Dense)", "(None, 5)", "15"),
    ]


def test_layers_with_several_outputs() -> None:
    class Twin(keras.layers.Flatten):
        output_shape = [(None, 2), (None, 3)]  # noqa: RUF012

    assert "│ [(None, 2), (None, 3)] │" in text_of(keras.Sequential([Twin()]))


def test_layers_with_outputs_by_name() -> None:
    class Named(keras.layers.Flatten):
        output_shape = {"low": (None, 2), "high": (None,)}  # noqa: RUF012

    assert "│ {low: (None, 2), high: │" in text_of(keras.Sequential([Named()]))


def test_names_with_brackets_in_connections() -> None:
    """Brackets are rich's markup: those of a name are none."""
    inputs = keras.Input((3,), name="in[red]")
    outputs = keras.layers.Add()([inputs, keras.layers.Dense(3)(inputs)])
    assert "│ in[red][0][0]" in text_of(keras.Model(inputs, outputs))


def test_layers_without_an_output_shape() -> None:
    class Odd(keras.layers.Flatten):
        @property
        def output_shape(self) -> Any:
            raise AttributeError("Odd has never been called")

    assert "│ odd (Odd)                       │ ?   " in text_of(keras.Sequential([Odd()]))


@pytest.mark.parametrize(
    ("size", "readable"),
    [(0, "0.00 B"), (1023, "1023.00 B"), (1024, "1.00 KB"), (1536, "1.50 KB"),
     (2**30, "1.00 GB"), (2**60, "1024.00 PB")],
)  # fmt: skip
def test_readable_sizes(size: int, readable: str) -> None:
    # No machine holds the larger ones, and no layer has weights of one byte.
    class Heavy(keras.layers.Flatten):
        weights = trainable_weights = (SimpleNamespace(shape=(size,), size=size, dtype="int8"),)

    assert f" Total params: {size:,} ({readable})" in text_of(keras.Sequential([Heavy()]))


def test_float64_takes_twice_the_memory() -> None:
    layers = [keras.Input((784,), dtype="float64")]
    layers += [keras.layers.Dense(units, dtype="float64") for units in (300, 100, 10)]
    assert " Total params: 266,610 (2.03 MB)" in text_of(keras.Sequential(layers))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layer_range": ["dense"]}, "names of the first and the last layer, received"),
        ({"layer_range": "ab"}, "names of the first and the last layer, received 'ab'"),
        ({"layer_range": [0, 1]}, "names of the first and the last layer, received"),
        ({"layer_range": ["dense", "x"]}, "no layer's name fits 'x' .*flatten, dense, dense_1"),
        ({"line_length": 10}, "at least 4 characters .*line_length larger than 10"),
        ({"positions": [0.5, 0.5, 1.0]}, "at least 4 characters for each column"),
        ({"positions": [0.5, 1.0]}, "positions to hold 3 numbers, .*received 2"),
        (
            {"positions": [0.2, 0.5, 0.8, 1.0], "show_trainable": True},
            r"hold 3 numbers, one for each column \(beside 'Trainable'\), received 4",
        ),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        text_of(readme_model(keras), **options)


def test_rich_is_imported_only_when_something_is_printed() -> None:
    program = "import sys, pymlp.models.summary; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
