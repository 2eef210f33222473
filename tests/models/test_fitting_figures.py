"""Training and measuring at the edges, beside Keras: its committed answers, and its own where it is installed."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras_figures import fitting

import pymlp

ANSWERS = json.loads((Path(fitting.__file__).parent / "fitting.json").read_text())["answers"]


def answer(name: str, keras: Any) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that data ran out, and those of other libraries
        return np.array(fitting.CASES[name](keras), float)


def close(found: np.ndarray, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_there_are_figures_of_every_case() -> None:
    assert ANSWERS.keys() == fitting.CASES.keys()


@pytest.mark.parametrize("name", fitting.CASES)
def test_as_keras_answered(name: str) -> None:
    close(answer(name, pymlp), ANSWERS[name])


@pytest.mark.parametrize("name", fitting.CASES)
def test_as_keras_answers(name: str, keras: Any) -> None:
    close(answer(name, pymlp), answer(name, keras))
