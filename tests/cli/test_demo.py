from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import pymlp
from pymlp.cli import main
from pymlp.datasets import fashion_mnist

ReadPng = Callable[[Path], np.ndarray]
FILES = ["learning_curves.png", "model.keras", "predictions.png"]


@pytest.fixture
def no_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    """Matplotlib cannot be imported. Drawing takes ten times as long as training on the sample."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_demo_on_the_sample(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], read_png: ReadPng
) -> None:
    folder = tmp_path / "deep" / "out"
    assert main(["demo", "--sample", "--epochs", "20", "--output", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "1,600 images to train on, 400 to validate on, 500 to test on" in out
    assert 'Model: "sequential' in out
    assert "266,610" in out
    assert "Validation accuracy: 0." in out
    assert "Time of an epoch:" in out
    assert "(median of 20 epochs)" in out
    accuracy = float(out.split("Test accuracy:")[1].split()[0])
    assert accuracy > 0.7
    assert names(folder) == FILES
    for picture in ("learning_curves.png", "predictions.png"):
        pixels = read_png(folder / picture)
        assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 100
    _, (x_test, y_test) = fashion_mnist.load_sample()
    model = pymlp.models.load_model(folder / "model.keras")
    assert model.evaluate(x_test / 255.0, y_test, verbose=0)[1] == pytest.approx(accuracy, abs=6e-5)


@pytest.mark.usefixtures("no_matplotlib")
def test_the_same_seed_gives_the_same_model(tmp_path: Path) -> None:
    weights = []
    for seed in ("1", "1", "2"):
        arguments = ["--sample", "--epochs", "1", "--seed", seed, "--output", str(tmp_path)]
        assert main(["demo", *arguments]) == 0
        weights.append(pymlp.models.load_model(tmp_path / "model.keras").get_weights()[0])
    np.testing.assert_array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


@pytest.mark.parametrize(
    ("name", "rate", "kind", "momentum"),
    [
        ("sgd", 0.01, "SGD", 0.0),
        ("momentum", 0.01, "SGD", 0.9),
        ("adam", 0.001, "Adam", None),
        ("rmsprop", 0.001, "RMSprop", None),
    ],
)
def test_the_optimizers(name: str, rate: float, kind: str, momentum: float | None) -> None:
    from pymlp.cli.demo_run import build_model

    optimizer = build_model(name, None, 0).optimizer
    assert type(optimizer).__name__ == kind
    assert float(optimizer.learning_rate) == pytest.approx(rate)
    if momentum is not None:
        assert optimizer.get_config()["momentum"] == momentum
    assert float(build_model(name, 0.5, 0).optimizer.learning_rate) == 0.5


@pytest.mark.usefixtures("no_matplotlib")
def test_without_the_data_set_it_falls_back_on_the_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nowhere() -> None:
        raise FileNotFoundError("Looked in: everywhere")

    monkeypatch.setattr(fashion_mnist, "load_data", nowhere)
    assert main(["demo", "--epochs", "1", "--output", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "Looked in: everywhere" in out
    assert "Going on with the sample of Fashion-MNIST that ships with pymlp instead." in out


def test_a_damaged_data_set_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def damaged() -> None:
        raise ValueError("train-images is not usable")

    monkeypatch.setattr(fashion_mnist, "load_data", damaged)
    assert main(["demo", "--output", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert err.startswith("pymlp demo: error: train-images is not usable")
    assert "--sample" in err


@pytest.mark.usefixtures("no_matplotlib")
def test_without_matplotlib_it_says_so_first_and_trains(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--sample", "--epochs", "1", "--output", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    assert "no pictures will be drawn" in captured.err
    assert "pip install matplotlib" in captured.err
    assert names(tmp_path) == ["model.keras"]


def test_a_folder_that_cannot_be_made_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main(["demo", "--sample", "--output", str(tmp_path / "file" / "out")]) == 1
    assert "cannot make the folder" in capsys.readouterr().err


def test_divergence_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--sample", "--epochs", "1", "--learning-rate", "1e9"]
    assert main(["demo", *arguments, "--output", str(tmp_path)]) == 0
    assert "Try a lower --learning-rate" in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX has them")
def test_ctrl_c_saves_what_was_learned(tmp_path: Path) -> None:
    root = Path(pymlp.__file__).parents[1]
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pymlp", "demo", "--sample", "--epochs", "100000"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    while "Epoch 3/" not in process.stdout.readline():
        assert process.poll() is None, "the demo ended before it was interrupted"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)  # 100,000 epochs would take hours
    assert process.returncode == 130, err
    assert "Stopped after" in out
    assert names(tmp_path / "pymlp-demo") == FILES
    pymlp.models.load_model(tmp_path / "pymlp-demo" / "model.keras")
