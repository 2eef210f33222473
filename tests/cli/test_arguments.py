from __future__ import annotations

import argparse
import os
import subprocess
import sys

import pytest

import pymlp
from pymlp import cli
from pymlp.cli.arguments import natural_number, positive_number, seed


def test_numbers_are_read() -> None:
    assert natural_number("12") == 12
    assert positive_number("1e-3") == 1e-3
    assert seed("0") == 0


@pytest.mark.parametrize(
    ("read", "texts"),
    [
        (natural_number, ["0", "-1", "1.5", "ten", ""]),
        (positive_number, ["0", "-0.1", "nan", "inf", "fast", ""]),
        (seed, ["-1", "4294967296", "x", ""]),
    ],
)
def test_other_texts_are_explained(read: object, texts: list[str]) -> None:
    assert callable(read)
    for text in texts:
        with pytest.raises(argparse.ArgumentTypeError, match=f"expected .* received '{text}'"):
            read(text)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    root = os.path.dirname(os.path.dirname(pymlp.__file__))
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "pymlp", *arguments],
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_python_m_pymlp_prints_its_version() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"pymlp {pymlp.__version__}\n")


def test_without_a_command_the_help_is_shown_as_an_error() -> None:
    done = run()
    assert done.returncode == 2
    assert "demo" in done.stderr


OPTIONS = {
    "demo": "epochs batch-size optimizer learning-rate seed output sample",
    "bench": "batch-size activation loss optimizer dtype threads seconds",
    "summary": "expand-nested show-trainable",
    "convert": "architecture",
    "export": "format prefix examples vectors",
    "verify": "cc tolerance model samples seed",
}


@pytest.mark.parametrize("command", OPTIONS)
def test_help_explains_every_option_in_sentences(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main([command, "--help"])
    assert left.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    options = text[text.index("options:") :].split(" --")[1:]
    names = [option.split()[0] for option in options]
    assert names == ["help", *OPTIONS[command].split()]
    for option in options:
        assert ". " in f"{option} ", f"no sentence explains --{option}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["demo", "--epochs", "0"], "--epochs: expected a whole number of at least 1"),
        (["demo", "--learning-rate", "-1"], "--learning-rate: expected a number above 0"),
        (["demo", "--optimizer", "adagrad"], "invalid choice: 'adagrad'"),
        (["demo", "--epoch", "3"], "unrecognized arguments: --epoch"),
        (["train"], "invalid choice: 'train'"),
        (["bench"], "the following arguments are required: WIDTHS"),
        (["bench", "8-1", "--dtype", "float16"], "invalid choice: 'float16'"),
        (["summary"], "the following arguments are required: FILE"),
        (["convert", "a.keras"], "the following arguments are required: OUT"),
        (
            ["export", "a.keras", "a.c", "--vectors", "0"],
            "--vectors: expected a whole number of at least 1",
        ),
        (["verify", "a.c", "--tolerance", "0"], "--tolerance: expected a number above 0"),
    ],
)
def test_wrong_arguments_leave_with_code_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2
    assert message in capsys.readouterr().err
