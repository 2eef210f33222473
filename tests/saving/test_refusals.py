"""What of untrusted files is more than a hostile file that is refused: `tests/hostile` has these."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import pymlp
from pymlp import layers
from pymlp.saving import FileRefused, load_model, load_weights


def model() -> Any:
    made = pymlp.Sequential([pymlp.Input((3,)), layers.Dense(4, name="first"), layers.Dense(2)])
    made.compile("adam", "mse")
    return made


def test_a_lambda_of_a_function_of_the_programs_own_is_loaded(tmp_path: Path) -> None:
    def doubled(x: Any) -> Any:
        return x * 2.0

    pymlp.Sequential([pymlp.Input((2,)), layers.Lambda(doubled)]).save(tmp_path / "model.keras")
    with pytest.raises(FileRefused, match="holds the Lambda layer"):
        load_model(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras", {"doubled": doubled})
    np.testing.assert_array_equal(loaded(np.ones((1, 2))), [[2.0, 2.0]])


def nested_in_itself(times: int) -> dict[str, Any]:
    """A model that calls a model twice, which calls a model twice, and so on: few words, many calls."""
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    entry = {
        "module": "keras.layers", "class_name": "InputLayer", "registered_name": None, "name": "x", "inbound_nodes": [],
        "config": {"batch_shape": [None, 2], "name": "x", "dtype": "float32"},
    }  # fmt: skip
    inner: dict[str, Any] = {
        "module": "keras.layers", "class_name": "Activation", "registered_name": None,
        "config": {"activation": "relu", "name": "inner"},
    }  # fmt: skip
    for _ in range(times):
        again = {"class_name": "__keras_tensor__", "config": {"keras_history": ["inner", 0, 0]}}
        calls = [{"args": [tensor], "kwargs": {}}, {"args": [again], "kwargs": {}}]
        offset = 0 if inner["class_name"] == "Activation" else 1
        inner = {
            "module": "keras.src.models.functional", "class_name": "Functional", "registered_name": "Functional",
            "config": {
                "name": "inner", "trainable": True,
                "layers": [entry, {**inner, "name": "inner", "inbound_nodes": calls}],
                "input_layers": ["x", 0, 0], "output_layers": ["inner", 1 + offset, 0],
            },
        }  # fmt: skip
    return inner


def test_models_in_models_that_would_take_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pymlp.limits._MOST_CALLS", 1000)
    assert pymlp.saving.deserialize_keras_object(nested_in_itself(3)).count_params() == 0
    with pytest.raises(FileRefused, match="too often"):
        pymlp.saving.deserialize_keras_object(nested_in_itself(20))
    with pytest.raises(FileRefused, match="too often"):
        pymlp.models.model_from_json(json.dumps(nested_in_itself(20)))


def test_there_is_no_unsafe_mode() -> None:
    with pytest.raises(ValueError, match="no unsafe mode"):
        load_model("model.keras", safe_mode=False)
    with pytest.raises(ValueError, match="no unsafe mode"):
        pymlp.saving.deserialize_keras_object({}, safe_mode=False)


# ---- HDF5 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compression", ["gzip", None])
def test_usual_filters_are_read(tmp_path: Path, compression: str | None) -> None:
    path = tmp_path / "file.weights.h5"
    made = model()
    made.save_weights(path)
    values = np.arange(12, dtype=np.float64).reshape(3, 4)
    with h5py.File(path, "r+") as file:
        del file["layers/dense/vars/0"]
        file.create_dataset(
            "layers/dense/vars/0",
            data=values, compression=compression, shuffle=True, fletcher32=True, chunks=(2, 2),
        )  # fmt: skip
    load_weights(made, path)
    np.testing.assert_array_equal(made.get_weights()[0], values)


def test_arrays_of_which_many_are_the_same_bytes(tmp_path: Path) -> None:
    """A hard link to one array from a thousand places would be a thousand arrays in memory."""
    path = tmp_path / "file.weights.h5"
    many = pymlp.Sequential(
        [pymlp.Input((64,)), *(layers.Dense(64, use_bias=False) for _ in range(30))]
    )
    many.save_weights(path)
    with h5py.File(path, "a") as file:
        first = file["layers/dense/vars/0"]
        for number in range(1, 30):
            del file[f"layers/dense_{number}/vars/0"]
            file[f"layers/dense_{number}/vars/0"] = first
    with h5py.File(path) as file, h5py.File(tmp_path / "small.weights.h5", "w") as small:
        file.copy("layers", small)
        file.copy("vars", small)
    assert os.path.getsize(tmp_path / "small.weights.h5") < 200_000
    with pytest.raises(FileRefused, match="more bytes than the file"):
        load_weights(many, tmp_path / "small.weights.h5")


def test_whole_numbers_are_not_set_from_fractions(tmp_path: Path) -> None:
    path = tmp_path / "model.weights.h5"
    made = model()
    made.save_weights(path)
    with h5py.File(path, "a") as file:
        del file["optimizer/vars/0"]
        file["optimizer/vars/0"] = np.float32("nan")
    with pytest.warns(UserWarning, match="The optimizer starts afresh"):
        load_weights(made, path)
    assert made.optimizer.iterations == 0
