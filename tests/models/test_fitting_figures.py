"""Training and measuring at the edges, beside Keras: its committed answers, and its own where it is installed."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras_figures import fitting

import pymlp

FIGURES = Path(__file__).parents[1] / "keras_figures" / "fitting.json"


def answer(name: str, keras: Any) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that data ran out, and those of other libraries
        return np.array(fitting.CASES[name](keras), float)


def close(found: np.ndarray, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_there_are_figures_of_every_case() -> None:
    assert json.loads(FIGURES.read_text())["answers"].keys() == fitting.CASES.keys()


@pytest.mark.parametrize("name", fitting.CASES)
def test_as_keras_answered(name: str) -> None:
    close(answer(name, pymlp), json.loads(FIGURES.read_text())["answers"][name])


@pytest.mark.parametrize("name", fitting.CASES)
def test_as_keras_answers(name: str) -> None:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")
    close(answer(name, pymlp), answer(name, keras))
