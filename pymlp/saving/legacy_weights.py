"""The arrays of older ``.h5`` files: groups of layers, matched by their order or by their names."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp.saving.hdf5 import Hdf5File
from pymlp.saving.refusal import FileRefused
from pymlp.saving.weights import Setting, set_from_array
from pymlp.variables import Variable

__all__ = ["read_layers", "read_optimizer", "write_layers", "write_optimizer"]

# An object's attributes have 64 KiB in all.
_MOST_BYTES = 64512
_OWN = "top_level_model_weights"


def write_layers(group: Any, model: Any) -> None:
    """Write the weights of each layer, and those of the model itself."""
    _write_names(group, "layer_names", [layer.name for layer in model.layers])
    # Sorted, so that no name stands after one that begins like it.
    for layer in sorted(model.layers, key=lambda layer: layer.name):
        _write_variables(group.create_group(layer.name), _in_old_order(layer))
    _write_variables(group.create_group(_OWN), model.own_variables())


def write_optimizer(group: Any, optimizer: Any) -> None:
    """Write the variables of an optimizer."""
    _write_variables(group, optimizer.variables)


def _in_old_order(layer: Any) -> list[Variable]:
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def _write_variables(group: Any, variables: Sequence[Variable]) -> None:
    names: list[str] = []
    for variable in variables:
        name, times = variable.path, 0
        while name in group:
            times += 1
            name = f"{variable.path}_{times}"
        group.create_dataset(name, data=variable.value)
        names.append(name)
    _write_names(group, "weight_names", names)


def _write_names(group: Any, attribute: str, names: Sequence[str]) -> None:
    encoded = np.array([name.encode() for name in names], dtype="S")
    count = -(-encoded.nbytes // _MOST_BYTES)
    if count <= 1:
        group.attrs[attribute] = encoded if len(names) else np.zeros(0)
        return
    size = max(_MOST_BYTES // encoded.itemsize, 1)
    for part, first in enumerate(range(0, len(encoded), size)):
        group.attrs[f"{attribute}{part}"] = encoded[first : first + size]


def read_layers(
    file: Hdf5File, group: Any, model: Any, *, skip_mismatch: bool = False, by_name: bool = False
) -> list[Setting]:
    """Return what sets the weights of a model from a file, all checked.

    Parameters
    ----------
    file : Hdf5File
    group : h5py.Group
        With the groups of layers.
    model : Model
    skip_mismatch : bool
        Leave weights of another shape as they are, with a warning; by name, layers with another number of weights too.
    by_name : bool
        Match layers by names, instead of by their order, and leave the others as they are.
    """
    names = file.texts(group, "layer_names")
    settings: list[Setting] = []
    for layer, name in _by_name(model, names) if by_name else _by_order(file, group, model, names):
        settings += _layer(file, group, layer, name, skip_mismatch, by_name)
    if file.group(_OWN, group) is not None:
        own = model.own_variables()
        if own or file.texts(file.group(_OWN, group), "weight_names"):
            settings += _set(file, group, _OWN, own, f"'{model.name}'", skip_mismatch, by_name)
    return settings


def _by_name(model: Any, names: Sequence[str]) -> list[tuple[Any, str]]:
    return [(layer, name) for name in names for layer in model.layers if layer.name == name]


def _by_order(
    file: Hdf5File, group: Any, model: Any, names: Sequence[str]
) -> list[tuple[Any, str]]:
    layers = [layer for layer in model.layers if _in_old_order(layer)]
    stored = [name for name in names if file.texts(_found(file, group, name), "weight_names")]
    if len(stored) != len(layers):
        raise FileRefused(
            f"{file.where}: the model has {len(layers)} layers with weights, the file has {len(stored)}. Load it "
            "into a model made like the one that was saved, or with by_name=True."
        )
    return list(zip(layers, stored, strict=True))


def _found(file: Hdf5File, group: Any, name: str) -> Any:
    found = file.group(name, group)
    if found is None:
        raise FileRefused(f"{file.where}: the layer {name!r:.200} is named, and not there.")
    return found


def _layer(
    file: Hdf5File, group: Any, layer: Any, name: str, skip_mismatch: bool, by_name: bool
) -> list[Setting]:
    label = f"'{layer.name}'"
    return _set(file, group, name, _in_old_order(layer), label, skip_mismatch, by_name)


def _set(
    file: Hdf5File, group: Any, name: str, variables: Sequence[Variable], label: str,
    skip_mismatch: bool, by_name: bool,
) -> list[Setting]:  # fmt: skip
    holder = _found(file, group, name)
    stored = file.texts(holder, "weight_names")
    if len(stored) != len(variables):
        problem = (
            f"{file.where}: {label} has {len(variables)} weights, the file has {len(stored)} for it, in "
            f"{name!r:.200}."
        )
        if not (skip_mismatch and by_name):
            raise FileRefused(f"{problem} Load it into a model made like the one that was saved.")
        warnings.warn(f"Skipped. {problem}", stacklevel=5)
        return []
    settings = []
    for weight_name, variable in zip(stored, variables, strict=True):
        try:
            named = f"'{variable.name}' of {label}"
            settings.append(set_from_array(file, holder, weight_name, variable, named))
        except FileRefused as error:
            if not skip_mismatch:
                raise
            warnings.warn(f"Skipped. {error}", stacklevel=5)
    return settings


def read_optimizer(file: Hdf5File, group: Any, model: Any) -> list[Setting]:
    """Return what sets the variables of the model's optimizer, or nothing, with a warning, if they do not fit."""
    optimizer = model.optimizer
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    try:
        names = file.texts(group, "weight_names")
        if len(names) != len(optimizer.variables):
            raise FileRefused(
                f"{file.where}: '{optimizer.name}' has {len(optimizer.variables)} variables, the file has {len(names)}."
            )
        return [
            set_from_array(file, group, name, variable, f"'{variable.name}' of '{optimizer.name}'")
            for name, variable in zip(names, optimizer.variables, strict=True)
        ]
    except FileRefused as error:
        warnings.warn(f"The optimizer starts afresh. {error}", stacklevel=5)
        return []
