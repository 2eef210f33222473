"""What was loaded is what the file says: compared with it without pymlp's readers, and saved and loaded once more."""

from __future__ import annotations

import io
import json
import math
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from pymlp import saving

__all__ = ["check_described", "check_saved_again", "check_stored"]

# What follows from the rest, or is nothing to pymlp, so that nobody reads it.
_NOT_READ = {
    "module", "registered_name", "shared_object_id", "build_config", "build_input_shape", "jit_compile",
}  # fmt: skip


def check_saved_again(model: Any) -> None:
    """Raise AssertionError unless a model that is saved and loaded is the same: description, weights, optimizer."""
    if model.optimizer and not math.isfinite(float(model.optimizer.learning_rate)):
        return  # the weights have the rate, and a description with such a one is refused
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "again.keras"
        model.save(path)
        again = saving.load_model(path)
    assert again.to_json() == model.to_json()
    for name, found, expected in (
        ("weights", again.weights, model.weights),
        ("optimizer", _slots(again), _slots(model)),
    ):
        assert len(found) == len(expected), f"{name}: {len(found)}, saved were {len(expected)}"
        for one, other in zip(found, expected, strict=True):
            assert (one.dtype, one.shape) == (other.dtype, other.shape), one.path
            assert one.numpy().tobytes() == other.numpy().tobytes(), f"{one.path}: other bits"


def _slots(model: Any) -> list[Any]:
    return list(getattr(model.optimizer, "variables", ()))


# ---- descriptions -------------------------------------------------------------------------------------------


def check_described(model: Any, path: Path) -> None:
    """Raise AssertionError if the file says one plain thing of a part, and the model another."""
    if path.suffix == ".json":
        text = path.read_text("utf-8", "surrogateescape")
    elif path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            text = archive.read("config.json").decode("utf-8", "surrogatepass")
    else:
        return
    said = json.loads(text)
    if path.suffix == ".keras" and said.get("compile_config"):
        # The rate is a variable of the optimizer, so the weights have it.
        said["compile_config"].get("optimizer", {}).get("config", {}).pop("learning_rate", None)
    _compare(said, json.loads(model.to_json()), "")


def _compare(said: Any, made: Any, where: str) -> None:
    if isinstance(said, dict) and isinstance(made, dict):
        _compare_parts(said, made, where)
    elif isinstance(said, list) and isinstance(made, list):
        if len(said) < len(made):
            made = [part for part in made if not _is_entry(part)]  # which a model had to be given
        assert len(said) == len(made), f"{where}: {said!r:.200} became {made!r:.200}"
        for number, (one, other) in enumerate(zip(said, made, strict=True)):
            _compare(one, other, f"{where}/{number}")
    elif isinstance(made, bool):
        frozen = where.endswith("/trainable") and not made  # with the model around it
        assert bool(said) == made or frozen, f"{where}: {said!r:.200} became {made!r:.200}"
    elif isinstance(said, (int, float)) and isinstance(made, (int, float)):
        same = math.isclose(said, made, rel_tol=1e-6) or (math.isnan(said) and math.isnan(made))
        assert same, f"{where}: {said!r} became {made!r}"
    elif isinstance(said, str) and isinstance(made, str):
        unnamed = where.endswith("/name") and not said
        assert said == made or unnamed, f"{where}: {said!r:.200} became {made!r:.200}"


def _is_entry(part: Any) -> bool:
    return isinstance(part, dict) and part.get("class_name") == "InputLayer"


def _compare_parts(said: dict[str, Any], made: dict[str, Any], where: str) -> None:
    skipped = set(_NOT_READ)
    if made.get("class_name") == "__keras_tensor__":
        # Shape and type follow, and the layer's name may be the other one of the two that a file says.
        said, made = ({"at": nest["config"]["keras_history"][1:]} for nest in (said, made))
    elif "config" in made:
        skipped.add("name")  # the configuration has it, too, and that one counts
    if "layers" in made:
        skipped.add("dtype")  # of a model, that of its layers
    if "inbound_nodes" in made and len(said["inbound_nodes"]) != len(made["inbound_nodes"]):
        skipped.add("inbound_nodes")  # calls that no output depends on are left out
    if "input_layers" in made:
        # Layers that no output depends on are no part of a functional model.
        skipped |= {"layers", "input_layers", "output_layers"}
        layers = {layer["config"].get("name"): layer for layer in said["layers"]}
        for layer in made["layers"]:
            name = layer["config"]["name"]
            if name in layers:
                _compare(layers[name], layer, f"{where}/{name}")
    for key in said.keys() & made.keys() - skipped:
        _compare(said[key], made[key], f"{where}/{key}")


# ---- weights ------------------------------------------------------------------------------------------------


def check_stored(model: Any, path: Path) -> None:
    """Raise AssertionError unless each weight has the numbers of an array of the file, no two those of the same."""
    try:
        unused = list(_arrays(path))
    except (OSError, RuntimeError, KeyError, ValueError):
        return  # what is damaged is beside the arrays of the model, which were found by their paths
    if not unused:
        return
    for variable in model.weights:
        value = variable.numpy()
        with np.errstate(all="ignore"):
            fitting = [
                i
                for i, array in enumerate(unused)
                if array.shape == value.shape
                and array.astype(value.dtype).tobytes() == value.tobytes()
            ]
        assert fitting, f"{variable.path} has numbers that the file has not"
        del unused[fitting[0]]


def _arrays(path: Path) -> Iterator[np.ndarray]:
    """Give the arrays of a file, read without pymlp."""
    if path.suffix == ".safetensors":
        from safetensors.numpy import load_file

        yield from load_file(path).values()
    elif path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            yield from _arrays_in(archive.read("model.weights.h5"), "layers")
    elif path.suffix == ".h5":
        older = not path.name.endswith(".weights.h5")
        yield from _arrays_in(path.read_bytes(), "model_weights" if older else "layers")


def _arrays_in(content: bytes, group: str) -> Iterator[np.ndarray]:
    with h5py.File(io.BytesIO(content)) as file:
        waiting = [file[group]] if group in file else []
        while waiting:
            item = waiting.pop()
            if isinstance(item, h5py.Group):
                waiting += [item[name] for name in item if _is_in_it(item, name)]
            elif isinstance(item, h5py.Dataset) and item.shape is not None:
                yield item[()]


def _is_in_it(group: h5py.Group, name: str) -> bool:
    return isinstance(group.get(name, getlink=True), h5py.HardLink) and group.get(name) is not None
