"""``.h5`` files of older versions: a whole model, or weights alone, in one HDF5 file.

The root has the texts ``model_config`` and ``training_config``; the groups ``model_weights``, with one group a layer,
and ``optimizer_weights``. Weights are called by the paths of variables, and layers by their names; what belongs
together is told by the order. A list of names that is too long for one attribute is in several.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from pymlp import losses
from pymlp.limits import at_most_numbers
from pymlp.registration import CustomObjectScope
from pymlp.saving.atomic import replacing
from pymlp.saving.hdf5 import opened
from pymlp.saving.json_models import described_model, model_from_description
from pymlp.saving.keras_archive import KERAS_VERSION, SPARE
from pymlp.saving.legacy_config import modern, modern_training
from pymlp.saving.legacy_weights import read_layers, read_optimizer, write_layers, write_optimizer
from pymlp.saving.refusal import FileRefused, naming, refusing
from pymlp.saving.restoring import deserialize_object
from pymlp.saving.validation import parsed
from pymlp.saving.weights import Setting

__all__ = ["load", "save", "weights"]

PathLike = str | os.PathLike[str]


def save(model: Any, filepath: PathLike, include_optimizer: bool = True) -> None:
    """Write a model, whole or not at all."""
    import h5py

    described = described_model(model)
    compiled = described.pop("compile_config", None)
    training = _training(compiled) if compiled and include_optimizer else None
    with replacing(filepath) as stream, h5py.File(stream, "w") as file:
        file.attrs["keras_version"] = KERAS_VERSION
        file.attrs["backend"] = "pymlp"
        file.attrs["model_config"] = json.dumps(described)
        group = file.create_group("model_weights")
        group.attrs["keras_version"] = KERAS_VERSION
        group.attrs["backend"] = "pymlp"
        write_layers(group, model)
        if training is not None:
            file.attrs["training_config"] = json.dumps(training)
            write_optimizer(file.create_group("optimizer_weights"), model.optimizer)


def _training(compiled: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{key: value for key, value in compiled.items() if key != "optimizer"},
        "loss": _full_names(compiled["loss"]),
        "optimizer_config": compiled["optimizer"],
    }


def _full_names(loss: Any) -> Any:
    """Return losses by names that Keras finds in these files: not "mse", which it takes for a metric."""
    if isinstance(loss, dict) and "class_name" not in loss:
        return {key: _full_names(value) for key, value in loss.items()}
    if isinstance(loss, list | tuple):
        return [_full_names(item) for item in loss]
    if isinstance(loss, str) and loss not in ("crossentropy", "ce"):
        return getattr(losses.get(loss), "__name__", loss)
    return loss


def load(filepath: PathLike, custom_objects: Mapping[str, Any] | None, compile: bool) -> Any:
    """Return the model of a file."""
    name = os.fspath(filepath)
    with (
        CustomObjectScope(custom_objects),
        open(filepath, "rb") as stream,
        opened(stream, name) as file,
        naming(name),
    ):
        text = file.text(file.root, "model_config")
        if text is None:
            raise FileRefused(
                f"{name} holds no model: it has no model_config. If it holds weights, make the model and call "
                "model.load_weights."
            )
        config = modern(parsed(text, f"{name}: its model_config"))
        training = file.text(file.root, "training_config") if compile else None
        with at_most_numbers(os.fstat(stream.fileno()).st_size + SPARE):
            model = model_from_description(config, None, name)
            if training is not None:
                _compile(
                    model, modern_training(parsed(training, f"{name}: its training_config")), name
                )
        group = file.group("model_weights")
        if group is None:
            raise FileRefused(f"{name} has no model_weights.")
        settings = read_layers(file, group, model)
        if training is not None and file.group("optimizer_weights") is not None:
            settings += read_optimizer(file, file.group("optimizer_weights"), model)
    for set_it in settings:
        set_it()
    return model


def _compile(model: Any, arguments: dict[str, Any], name: str) -> None:
    with refusing(f"{name} cannot be compiled as it says"):
        model.compile_from_config(deserialize_object(arguments))


def weights(
    filepath: PathLike, model: Any, skip_mismatch: bool, by_name: bool = False
) -> list[Setting]:
    """Return what sets the weights of a model from a file, all of which is checked."""
    name = os.fspath(filepath)
    with open(filepath, "rb") as stream, opened(stream, name) as file:
        group = file.root
        if not file.texts(group, "layer_names"):
            group = file.group("model_weights") or group
        return read_layers(file, group, model, skip_mismatch=skip_mismatch, by_name=bool(by_name))
