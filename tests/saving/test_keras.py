"""What pymlp saves, read by Keras itself.

Needs an interpreter with Keras 3 and a backend: this one, or the one that the environment
variable PYMLP_KERAS_PYTHON names. test_models.py reads files that Keras wrote without it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pymlp

SCRIPT = Path(__file__).with_name("keras_reads.py")
PYTHON = os.environ.get("PYMLP_KERAS_PYTHON") or (sys.executable if find_spec("keras") else None)

pytestmark = pytest.mark.skipif(
    PYTHON is None,
    reason="Keras is not installed here and PYMLP_KERAS_PYTHON does not name a Python that has it",
)


def keras_finds(tmp_path: Path, model: Any, x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Save `model`, have Keras load it, and return what Keras makes of it."""
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    np.savez(tmp_path / "data.npz", x=x, y=y)
    files = ("model.keras", "data.npz", "found.npz", "model.weights.h5")
    done = subprocess.run(
        [str(PYTHON), str(SCRIPT), *(str(tmp_path / name) for name in files)],
        env={"KERAS_BACKEND": "jax", **os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "found.npz") as found:
        return dict(found)


def assert_keras_agrees(tmp_path: Path, model: Any, x: np.ndarray, y: np.ndarray) -> None:
    found = keras_finds(tmp_path, model, x, y)
    predictions = model.predict(x, verbose=0)
    np.testing.assert_allclose(found["predictions"], predictions, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(found["predictions_of_weights"], predictions, rtol=1e-5, atol=1e-7)
    losses = []
    for _ in range(3):
        model.reset_metrics()
        losses.append(model.train_on_batch(x, y)[0])
    np.testing.assert_allclose(found["losses"], losses, rtol=1e-5)
    theirs = json.loads(str(found["config"]))
    ours = json.loads(json.dumps(pymlp.saving.serialize_object(model)))
    assert theirs["config"]["name"] == ours["config"]["name"]
    for their_layer, our_layer in zip(
        theirs["config"]["layers"], ours["config"]["layers"], strict=True
    ):
        assert essence(their_layer) == essence(our_layer)


def essence(config: Any) -> Any:
    """Drop what may differ without a difference in the model.

    That is the numbers by which Keras marks objects that occur twice; the shapes that layers without
    weights were built for, which Keras keeps for some of them; and options left at None, of which
    each version of Keras has others.
    """
    if isinstance(config, dict):
        return {
            key: essence(value)
            for key, value in config.items()
            if key not in ("shared_object_id", "build_config") and value is not None
        }
    return [essence(item) for item in config] if isinstance(config, list) else config


def test_a_classifier(
    tmp_path: Path, classifier: Callable[..., Any], data: tuple[np.ndarray, np.ndarray]
) -> None:
    assert_keras_agrees(tmp_path, classifier(), *data)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "RMSprop"])
def test_a_regression(tmp_path: Path, optimizer: str) -> None:
    pymlp.utils.set_random_seed(3)
    x = np.random.default_rng(3).random((20, 6), dtype=np.float32)
    y = x @ np.linspace(-1, 1, 12, dtype=np.float32).reshape(6, 2)
    model = pymlp.Sequential(
        [pymlp.Input((6,)), pymlp.layers.Dense(4, activation="elu"), pymlp.layers.Dense(2)]
    )
    options = {"momentum": 0.9} if optimizer == "SGD" else {}
    model.compile(
        loss=pymlp.losses.MeanSquaredError(),
        optimizer=getattr(pymlp.optimizers, optimizer)(learning_rate=0.01, **options),
        metrics=["mae", pymlp.metrics.RootMeanSquaredError()],
    )
    model.fit(x, y, batch_size=5, epochs=2, verbose=0)
    assert_keras_agrees(tmp_path, model, x, y)
