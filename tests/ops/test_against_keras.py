"""The functions of `ops` beside Keras's: values, shapes and types of the results, on arrays.

Keras's side is committed in `keras_figures/`; where Keras is installed it is computed anew and compared directly.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

import pymlp
from pymlp import ops

TESTS = Path(__file__).resolve().parents[1]
sys.path.append(str(TESTS))

from keras_figures import operations  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")

# A few roundings of float32 (eps 1.2e-7) in sums of at most 12 terms.
TOLERANCE = {"rtol": 4e-6, "atol": 2e-6}


def difference(ours, theirs):
    """What differs between two results, or None."""
    if isinstance(theirs, str) or isinstance(ours, str):
        return None if ours == theirs else f"{ours!r}, Keras {theirs!r}"
    if ours.shape != theirs.shape:
        return f"shape {ours.shape}, Keras {theirs.shape}"
    if ours.dtype != theirs.dtype:
        return f"type {ours.dtype}, Keras {theirs.dtype}"
    if not np.allclose(ours, theirs, **TOLERANCE, equal_nan=True):
        return f"{ours.ravel()}, Keras {theirs.ravel()}"
    return None


def compare(expected):
    ours = dict(operations.calls(pymlp))
    assert ours.keys() == expected.keys()
    wrong = []
    for name, theirs in expected.items():
        assert len(ours[name]) == len(theirs), name
        for mine, one in zip(ours[name], theirs, strict=True):
            found = difference(mine, one)
            if found:
                wrong.append(f"{name}: {found}")
    assert not wrong, "\n".join(wrong)


def test_against_the_figures():
    figures = json.loads((TESTS / "keras_figures" / "operations.json").read_text())["operations"]
    compare(
        {
            name: [r if isinstance(r, str) else np.array(r["value"], r["dtype"]) for r in results]
            for name, results in figures.items()
        }
    )


@pytest.mark.filterwarnings("ignore")
def test_against_keras_itself():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="Keras is not installed")
    compare(dict(operations.calls(keras)))


def test_every_function_is_compared():
    called = {name for name, *_ in operations.CALLS}
    assert called | set(operations.NOT_COMPARED) == set(ops.__all__)
    assert not called & set(operations.NOT_COMPARED)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (np.zeros(2), np.zeros(3)),
        (np.zeros(2, "f4"), np.zeros(2)),
        (np.array([0.0, np.nan]), np.zeros(2)),
        (np.zeros(2), np.full(2, 1e-5)),
        ("float32", "float64"),
    ],
)
def test_differences_are_seen(ours, theirs):
    assert difference(ours, theirs)
    assert difference(ours, ours) is None
