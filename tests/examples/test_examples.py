"""The example programs run, print their result, and learn what the data lets them learn."""

import contextlib
import io
import runpy
from functools import cache
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
PROGRAMS = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("test_"))


@cache
def example(name):
    """Run a program; return what it printed and its variables."""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        variables = runpy.run_path(str(HERE / f"{name}.py"), run_name="__main__")
    return output.getvalue(), variables


@pytest.mark.parametrize("name", PROGRAMS)
def test_prints_its_result(name):
    text, variables = example(name)
    assert any(character.isdigit() for character in text)
    assert "\x1b" not in text
    assert f"python tests/examples/{name}.py" in variables["__doc__"]


def test_the_five_kinds_are_there():
    assert PROGRAMS == ["binary", "multiclass", "multilabel", "regression", "regression_many"]


def test_regression():
    _, found = example("regression")
    # No model can come below the noise; one that knew nothing would be at the wave's variance more.
    noise, variance = found["NOISE"] ** 2, found["wave"].var()
    rows = len(found["y_test"])
    assert variance > 10 * noise
    # The mean of n squared errors of a normal distribution errs by a share sqrt(2 / n).
    share = 6 * np.sqrt(2 / rows)
    assert noise * (1 - share) < found["loss"] < noise + 0.05 * variance
    assert found["distance"] < found["NOISE"]  # more is learned than one measurement tells
    assert len(found["history"].epoch) == 60


def test_regression_with_many_outputs():
    _, found = example("regression_many")
    assert found["predicted"].shape == (1000, 3)
    # Each output by itself: within a fifth of its spread, as knowing nothing is a whole one.
    assert (found["errors"] < found["spread"] / 5).all()


def test_binary():
    _, found = example("binary")
    # Wrong labels cannot be told: 1 - WRONG at most, give or take six deviations of their number.
    best, rows = 1 - found["WRONG"], 1000
    deviation = np.sqrt(best * found["WRONG"] / rows)
    assert found["accuracy"] < best + 6 * deviation
    # At least three quarters of the way there from the commoner class.
    assert found["accuracy"] > found["prior"] + 0.75 * (best - found["prior"])


def test_multilabel():
    _, found = example("multilabel")
    # The labels follow from x, so 1 is possible; each gets three quarters of the way to it.
    assert (found["accuracies"] > found["priors"] + 0.75 * (1 - found["priors"])).all()


def test_multiclass():
    _, found = example("multiclass")
    assert found["simple"] > 0.5  # the rule it is measured by is no straw man
    assert found["accuracy"] > found["simple"] + 0.05
