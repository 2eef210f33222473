"""The commands that read and write files: summary, convert, export, verify."""

from __future__ import annotations

import numpy as np
import pytest

import pymlp
from pymlp import cli, layers, saving
from pymlp.cli.formats import kinds


@pytest.fixture
def model(tmp_path, monkeypatch, fresh_names):
    """A trained model, saved as model.keras in the current folder."""
    monkeypatch.chdir(tmp_path)
    pymlp.random.set_random_seed(0)
    model = pymlp.Sequential(
        [pymlp.Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(2)], name="net"
    )
    model.compile(pymlp.optimizers.Adam(0.01), loss="mse", metrics=["mae", pymlp.metrics.R2Score()])
    model.fit(np.ones((8, 4)), np.zeros((8, 2)), batch_size=4, verbose=0)
    model.save("model.keras")
    return model


def ran(capsys, *arguments, code=0):
    """Run a command; return what it printed, on standard error if it failed."""
    assert cli.main(arguments) == code
    out, err = capsys.readouterr()
    assert bool(err) == (code == 2)
    return err if code == 2 else out


def x():
    return np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def test_summary(model, capsys):
    text = ran(capsys, "summary", "model.keras")
    assert text.startswith("model.keras: ")
    assert "dense_1 (Dense)" in text
    assert "Total params: 71" in text
    assert text.splitlines()[-3:] == [
        "Optimizer: Adam, learning rate 0.01, 2 steps done",
        "Loss: mse",
        "Metrics: mae, r2_score",
    ]


def test_summary_of_other_models(model, capsys):
    inner = pymlp.Sequential([pymlp.Input((4,)), layers.Dense(3, name="inside")])
    outer = pymlp.Sequential([pymlp.Input((4,)), inner, layers.Dense(1)])
    outer.save("outer.keras")
    text = ran(capsys, "summary", "outer.keras")
    assert "inside" not in text
    assert text.endswith("Not compiled.\n")
    text = ran(capsys, "summary", "outer.keras", "--expand-nested", "--show-trainable")
    assert "inside" in text
    assert "Trai" in text
    schedule = pymlp.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    outer.compile(
        pymlp.optimizers.SGD(schedule), loss=pymlp.losses.Huber(name="mine"), loss_weights=2.0
    )
    outer.save("outer.keras")
    text = ran(capsys, "summary", "outer.keras")
    assert "SGD, learning rate ExponentialDecay, 0 steps done" in text
    assert "Loss: mine\nLoss weights: 2.0\n" in text


def test_convert_there_and_back(model, capsys):
    assert (
        ran(capsys, "convert", "model.keras", "net.weights.h5") == "model.keras -> net.weights.h5\n"
    )
    pymlp.models.clone_model(model).save("fresh.keras")
    ran(capsys, "convert", "net.weights.h5", "again.keras", "--architecture", "fresh.keras")
    again = saving.load_model("again.keras")
    np.testing.assert_array_equal(again.predict(x(), verbose=0), model.predict(x(), verbose=0))
    ran(capsys, "convert", "model.keras", "net.c")
    assert "8 vectors agree" in ran(capsys, "verify", "net.c", "--cc", "gcc")


def test_every_kind_is_written(model, capsys, tmp_path):
    for kind in kinds():
        if kind.write is not None:
            ran(capsys, "convert", "model.keras", f"out{kind.ending}")
            assert (tmp_path / f"out{kind.ending}").stat().st_size > 400


def test_export_and_verify(model, capsys):
    np.save("x.npy", x())
    told = ran(capsys, "export", "model.keras", "net.c", "--prefix", "abc", "--examples", "x.npy")
    assert told == "model.keras -> net.h, net.c\n"
    told = ran(capsys, "verify", "net.c", "--cc", "gcc", "--model", "model.keras", "--samples", "7")
    assert told == "gcc: ok, 5 vectors agree; 7 samples agree with the model\n"
    assert "abc_predict(" in open_text("net.h")
    ran(capsys, "export", "model.keras", "net.c", "--format", "c", "--vectors", "3")
    assert "3 vectors agree" in ran(capsys, "verify", "net.c", "--cc", "gcc")
    told = ran(capsys, "verify", "net.c", "--cc", "gcc", "--tolerance", "1e-30", code=1)
    assert told.startswith("gcc: FAILED, vector ")


def open_text(name):
    with open(name, encoding="utf-8") as file:
        return file.read()


def test_examples_for_several_inputs(model, capsys):
    a, b = pymlp.Input((2,)), pymlp.Input((3,))
    pymlp.Model([a, b], layers.Concatenate()([a, b])).save("two.keras")
    np.savez("x.npz", np.ones((4, 2)), np.zeros((4, 3)))
    ran(capsys, "export", "two.keras", "two.c", "--examples", "x.npz")
    assert "4 vectors agree" in ran(capsys, "verify", "two.c", "--cc", "gcc")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("summary nothing.keras", "nothing.keras: No such file"),
        ("summary model.txt", "model.txt: files of this ending are not read; those of"),
        ("summary model.weights.h5", "holds weights alone, and no layers"),
        ("summary broken.keras", "broken.keras"),
        ("convert model.keras out.txt", "out.txt: files of this ending are not written; those of .c"),
        ("convert net.c out.keras", "net.c: files of this ending are not read"),
        ("convert model.keras nowhere/out.keras", "there is no folder"),
        ("convert model.keras out.keras --architecture model.keras", "has an architecture of its own"),
        ("convert model.weights.h5 out.keras --architecture other.keras", "(4, 7)"),
        ("export model.keras out.xyz", "stands for no format"),
        ("export model.keras out --format tf_saved_model", "'tf_saved_model' is not written by pymlp"),
        ("export model.keras out.c --prefix 7", "prefix should be a C identifier"),
        ("export model.keras out.c --examples none.npy", "none.npy: No such file"),
        ("export model.keras out.c --examples pickled.npy", "allow_pickle"),
        ("verify nothing.c", "nothing.c: No such file"),
        ("verify model.keras", "is not a C file that pymlp exported"),
        ("verify net.c --cc no-such-cc", "no compiler 'no-such-cc'"),
    ],
)  # fmt: skip
def test_errors_are_one_line_and_code_2(arguments, message, model, capsys, tmp_path):
    model.save_weights("model.weights.h5")
    model.export("net.c", verbose=False)
    pymlp.Sequential([pymlp.Input((4,)), layers.Dense(7)], name="other").save("other.keras")
    (tmp_path / "broken.keras").write_text("no archive")
    np.save("pickled.npy", np.array([{}], dtype=object))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    text = ran(capsys, *arguments.split(), code=2)
    command = arguments.split()[0]
    assert text.startswith(f"pymlp {command}: error: ")
    assert text.count("\n") == 1
    assert message in text
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
