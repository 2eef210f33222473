"""State of a model in an HDF5 file, laid out as Keras 3 does it.

What an object has of its own lies in a group called ``vars``, under its path (`pymlp.saving.tree`)::

    vars                                the model's own (none, for a Sequential)
    layers/dense/vars/0, 1              kernel and bias of the first Dense
    layers/dropout/seed_generator/vars/0   a stream of random numbers that is an attribute of a layer
    layers/sequential/layers/dense/...  a model used as a layer
    optimizer/vars/0, 1, 2, ...         iterations, learning rate, slots

The object's name is the attribute ``name`` of its group.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from pymlp.layers import Layer
from pymlp.optimizers import Optimizer
from pymlp.random import SeedGenerator
from pymlp.saving.hdf5 import Hdf5File
from pymlp.saving.refusal import FileRefused, refusing
from pymlp.saving.tree import Place, places_in
from pymlp.variables import Variable

__all__ = ["Setting", "read_weights", "set_from_array", "write_weights"]

# What is done once all of a file is found to be in order.
Setting = Callable[[], None]


def write_weights(file: Any, model: Any) -> None:
    """Write what `model`, the layers in it and its optimizer have of their own to an open `h5py.File`."""
    for place in _with_state(model):
        stored = file.create_group(f"{place.path}/vars" if place.path else "vars")
        stored.attrs["name"] = place.object.name
        own: dict[str, Any] = {}
        place.object.save_own_variables(own)
        for key, value in own.items():
            array = value.value if isinstance(value, Variable) else np.asarray(value)
            stored.create_dataset(key, data=array)


def read_weights(
    file: Hdf5File, model: Any, *, skip_mismatch: bool = False, objects_to_skip: Any = ()
) -> list[Setting]:
    """Read and check what a file has for `model`; return what sets it, so that an error leaves the model as it was.

    Parameters
    ----------
    file : Hdf5File
    model : Model
        Built.
    skip_mismatch : bool, default False
        Leave a layer whose variables differ in number or shape as it is, with a warning, instead
        of raising.
    objects_to_skip : sequence, optional
        Layers that are left as they are.

    Raises
    ------
    FileRefused
        When a layer's variables are missing, or differ in number or in shape.
    """
    settings: list[Setting] = []
    for place in _with_state(model, objects_to_skip):
        if isinstance(place.object, Optimizer):
            settings += _optimizer_settings(file, place, model)
            continue
        try:
            settings += _settings(file, place)
        except FileRefused as error:
            if not skip_mismatch:
                raise
            warnings.warn(f"Skipped. {error}", stacklevel=4)
    return settings


def _with_state(model: Any, skipped: Any = ()) -> Iterator[Place]:
    places = places_in(model, skipped)
    return (place for place in places if hasattr(place.object, "save_own_variables"))


def _vars_of(file: Hdf5File, path: str) -> Any:
    """Return the group with what an object has of its own, or an empty dict."""
    found = file.group(f"{path}/vars")
    if found is None and file.group("_layer_checkpoint_dependencies") is not None:
        # Keras 2.13 had another word for it.
        old = path.replace("layers", "_layer_checkpoint_dependencies")
        found = file.group(f"{old}/vars")
    return {} if found is None else found


_USUAL = (Layer.load_own_variables, Optimizer.load_own_variables, SeedGenerator.load_own_variables)


def _has_its_own_way(obj: Any) -> bool:
    """Whether a class says itself how its state is read."""
    return type(obj).load_own_variables not in _USUAL


def _settings(file: Hdf5File, place: Place) -> list[Setting]:
    """Return what sets an object's own variables from the file, all checked."""
    obj = place.object
    stored = _vars_of(file, place.path)
    if _has_its_own_way(obj):
        return [_own_way(obj, {key: file.read(file.dataset(stored, key)) for key in stored}, file)]
    if isinstance(obj, SeedGenerator) and not len(stored):
        return []  # Keras keeps none
    variables = obj.own_variables()
    names = ", ".join(variable.name for variable in variables) or "none"
    where = f"{place.path}/vars" if place.path else "vars"
    if len(stored) != len(variables):
        raise FileRefused(
            f"{file.where}: '{obj.name}' has {len(variables)} variables ({names}), the file "
            f"has {len(stored)} for it, in {where}. The file belongs to a model with "
            "other layers; load it into one made like the one that was saved."
        )
    return _read_all(file, stored, variables, place)


def _read_all(
    file: Hdf5File, stored: Any, variables: Sequence[Variable], place: Place
) -> list[Setting]:
    return [
        set_from_array(
            file, stored, str(i), variable, f"'{variable.name}' of '{place.object.name}'"
        )
        for i, variable in enumerate(variables)
    ]


def set_from_array(
    file: Hdf5File, group: Any, path: str, variable: Variable, label: str
) -> Setting:
    """Return what sets a variable from an array of a group, which is read and checked."""
    dataset = file.dataset(group, path)
    where = str(dataset.name).lstrip("/")
    if tuple(dataset.shape) != variable.shape:
        raise FileRefused(
            f"{file.where}: {label} has the shape {variable.shape}, the file has {tuple(dataset.shape)} for it, in "
            f"{where}. Load the file into a model of the same sizes."
        )
    if np.dtype(variable.dtype).kind in "iu" and dataset.dtype.kind == "f":
        raise FileRefused(
            f"{file.where}: {label} is of type {variable.dtype}, the file has {dataset.dtype} for it, in {where}."
        )
    value = file.read(dataset)
    return partial(variable.assign, value)


def _own_way(obj: Any, store: dict[str, np.ndarray], file: Hdf5File) -> Setting:
    def load() -> None:
        with refusing(
            f"{file.where}: {type(obj).__name__} '{obj.name}' does not take what the file has for it"
        ):
            obj.load_own_variables(store)

    return load


def _optimizer_settings(file: Hdf5File, place: Place, model: Any) -> list[Setting]:
    """Return what sets an optimizer's variables, or nothing if they do not fit."""
    optimizer: Any = place.object
    stored = _vars_of(file, place.path)
    if not len(stored):
        return []
    if not optimizer.built and optimizer is model.optimizer:
        optimizer.build(model.trainable_variables)
    variables = optimizer.variables
    try:
        if len(stored) < len(variables) and len(stored) <= 2 and not _has_its_own_way(optimizer):
            # Saved before the first step: there were no slots yet, and ours are at their start.
            return _read_all(file, stored, variables[: len(stored)], place)
        return _settings(file, place)
    except FileRefused as error:
        warnings.warn(f"The optimizer starts afresh. {error}", stacklevel=5)
        return []
