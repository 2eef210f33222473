"""Verifying exported files: what agrees, what does not, and what cannot be tried."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

import pymlp
from pymlp import layers
from pymlp.export import ExportError, verify_c
from pymlp.export import verify as module


@pytest.fixture
def model():
    pymlp.random.set_random_seed(1)
    return pymlp.Sequential(
        [pymlp.Input((3,)), layers.Dense(4, "tanh"), layers.Dense(2, "softmax")], name="my net"
    )


@pytest.fixture
def source(model, tmp_path):
    model.export(tmp_path / "net.c", verbose=False)
    return tmp_path / "net.c"


def test_every_compiler_that_is_there(source, model):
    there = [name for name in ("gcc", "clang") if shutil.which(name)]
    verdicts = verify_c(source, model=model)
    assert [v.compiler for v in verdicts] == there
    for verdict in verdicts:
        assert verdict.agrees
        assert verdict.message == "8 vectors agree; 100 samples agree with the model"
    assert sorted(path.name for path in source.parent.iterdir()) == ["net.c", "net.h"]


def test_weights_that_were_changed_are_noticed(source, model):
    model.layers[-1].bias.assign([0.001, 0.0])
    (verdict,) = verify_c(source, ["gcc"], model=model)
    assert not verdict.agrees
    assert "off the model's, more than 1e-05" in verdict.message
    (verdict,) = verify_c(source, ["gcc"], tolerance=0.01, model=model)
    assert verdict.agrees


def test_another_model_is_noticed(source):
    for shape, units in (((3,), 5), ((4,), 2), ((2,), 2), ((1,), 1)):
        other = pymlp.Sequential([pymlp.Input(shape), layers.Dense(units)])
        (verdict,) = verify_c(source, ["gcc"], model=other)
        assert not verdict.agrees, verdict


def test_a_file_that_was_changed_is_noticed(source):
    text = source.read_text()
    weights = text.index("_kernel[")
    number = text.index("0x", weights)
    source.write_text(text[:number] + "0x1.8p+3f + " + text[number:])
    (verdict,) = verify_c(source, ["gcc"])
    assert (verdict.agrees, verdict.message) == (False, "vector 1 of 8 differs")
    source.write_text(text.replace("return 0;", "return 0 + unknown;", 1))
    (verdict,) = verify_c(source, ["gcc"])
    assert not verdict.agrees
    assert "does not compile it" in verdict.message
    assert "\n" not in verdict.message


def test_a_warning_is_a_failure(source):
    source.write_text(source.read_text() + "\nstatic int unused(void) { return 0; }\n")
    (verdict,) = verify_c(source, ["gcc"])
    assert not verdict.agrees
    assert "unused" in verdict.message


def test_a_program_that_dies_is_a_failure(source):
    text = source.read_text().replace("int main(int argc", "#include <stdlib.h>\nint main(int argc")
    source.write_text(text.replace("    (void)argv;", "    (void)argv;\n    abort();"))
    (verdict,) = verify_c(source, ["gcc"])
    assert (verdict.agrees, verdict.message) == (False, "ended by signal 6")


def test_a_program_that_does_not_end_is_a_failure(source, monkeypatch):
    monkeypatch.setattr(module, "_LONGEST_RUN", 0.5)
    source.write_text(source.read_text().replace("    (void)argv;", "    for (;;) (void)argv;"))
    (verdict,) = verify_c(source, ["gcc"])
    assert not verdict.agrees
    assert verdict.message == "no end after 0 s"


def test_not_a_number_agrees_with_itself_alone(tmp_path):
    model = pymlp.Sequential([pymlp.Input((2,)), layers.Dense(2)])
    model.set_weights([np.array([[np.nan, np.inf], [1, 1]], "float32"), np.zeros(2, "float32")])
    model.export(tmp_path / "net.c", verbose=False)
    (verdict,) = verify_c(tmp_path / "net.c", ["gcc"], model=model)
    assert verdict.agrees
    model.set_weights([np.ones((2, 2), "float32"), np.zeros(2, "float32")])
    (verdict,) = verify_c(tmp_path / "net.c", ["gcc"], model=model)
    assert not verdict.agrees


def test_what_cannot_be_tried(source, tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="no compiler 'no-such-cc'"):
        verify_c(source, ["no-such-cc"])
    with pytest.raises(FileNotFoundError, match=r"nothing\.c"):
        verify_c(tmp_path / "nothing.c")
    (tmp_path / "other.c").write_text("int main(void) { return 0; }\n")
    with pytest.raises(ExportError, match=r"other\.c is not a C file that pymlp exported"):
        verify_c(tmp_path / "other.c")
    source.with_suffix(".h").unlink()
    with pytest.raises(FileNotFoundError, match=r"net\.h is missing beside net\.c"):
        verify_c(source)


def test_without_a_compiler(source, monkeypatch):
    monkeypatch.setenv("PATH", str(source.parent))
    with pytest.raises(FileNotFoundError, match="no C compiler was found"):
        verify_c(source)
