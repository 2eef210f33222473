"""Weights in an HDF5 file, laid out as Keras 3 does it.

A model's variables lie in groups called ``vars``, numbered in the order of ``weights``::

    vars                                the model's own (none, for a Sequential)
    layers/dense/vars/0, 1              kernel and bias of the first Dense
    layers/dense_1/vars/0, 1            of the second, whatever its name is
    layers/dropout/seed_generator/vars/0   a stream of random numbers that is an attribute of a layer
    layers/sequential/layers/dense/...  a model used as a layer
    optimizer/vars/0, 1, 2, ...         iterations, learning rate, slots

The path numbers the layers of each class in their order, since names may be given at random; the
layer's own name is the attribute ``name`` of its group.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pymlp.naming import to_snake_case

if TYPE_CHECKING:
    import h5py

__all__ = ["read_weights", "write_weights"]


@dataclass(frozen=True)
class _Group:
    """A group of the file and the variables that belong in it."""

    path: str
    owner: str
    variables: Sequence[Any]
    may_be_missing: bool = False


def write_weights(file: h5py.File, model: Any) -> None:
    """Write the variables of `model`, and of its optimizer if it is compiled, to an open file."""
    groups = list(_layer_groups(model, ""))
    if getattr(model, "optimizer", None) is not None:
        groups.append(_optimizer_group(model))
    for group in groups:
        stored = file.create_group(f"{group.path}/vars" if group.path else "vars")
        stored.attrs["name"] = group.owner
        for i, variable in enumerate(group.variables):
            stored.create_dataset(str(i), data=np.asarray(variable.numpy()))


def read_weights(file: h5py.File, model: Any, *, source: str, skip_mismatch: bool = False) -> None:
    """Set the variables of `model`, and of its optimizer if there is one, from an open file.

    Everything is read and checked before anything is set, so an error leaves the model as it was.

    Parameters
    ----------
    file : h5py.File
    model : Model
        Built.
    source : str
        The file's name, for messages.
    skip_mismatch : bool, default False
        Leave a layer whose variables differ in number or shape as it is, with a warning, instead
        of raising.

    Raises
    ------
    ValueError
        When a layer's variables are missing, or differ in number or in shape.
    """
    values: list[tuple[Any, NDArray[Any]]] = []
    for group in _layer_groups(model, ""):
        try:
            values += _read_group(file, group, source)
        except ValueError as error:
            if not skip_mismatch:
                raise
            warnings.warn(f"Skipped. {error}", stacklevel=4)
    if getattr(model, "optimizer", None) is not None:
        values += _read_optimizer(file, model, source)
    for variable, value in values:
        variable.assign(value)


def _layer_groups(model: Any, path: str) -> Iterator[_Group]:
    """Yield the groups of a model and of the layers in it, in the file's order."""
    yield _Group(path, model.name, [])
    seen: Counter[str] = Counter()
    for layer in model.layers:
        kind = to_snake_case(type(layer).__name__)
        label = f"{kind}_{seen[kind]}" if seen[kind] else kind
        seen[kind] += 1
        inner = f"{path}/layers/{label}" if path else f"layers/{label}"
        if hasattr(layer, "layers"):
            yield from _layer_groups(layer, inner)
        else:
            yield _Group(inner, layer.name, layer.weights)
            for attribute, generator in layer.seed_generators.items():
                yield _Group(f"{inner}/{attribute}", generator.name, [generator.state], True)


def _optimizer_group(model: Any) -> _Group:
    return _Group("optimizer", model.optimizer.name, model.optimizer.variables)


def _read_group(file: h5py.File, group: _Group, source: str) -> list[tuple[Any, NDArray[Any]]]:
    """Return the group's variables with their values in the file, all checked."""
    stored = _vars_of(file, group.path)
    if group.may_be_missing and not len(stored):
        return []
    names = ", ".join(variable.name for variable in group.variables) or "none"
    if len(stored) != len(group.variables):
        raise ValueError(
            f"{source}: '{group.owner}' has {len(group.variables)} variables ({names}), the file "
            f"has {len(stored)} for it, in {group.path}/vars. The file belongs to a model with "
            "other layers; load it into one made like the one that was saved."
        )
    values = []
    for i, variable in enumerate(group.variables):
        dataset = _dataset(stored, str(i), f"{source}: {group.path}/vars/{i}")
        if tuple(dataset.shape) != tuple(variable.shape):
            raise ValueError(
                f"{source}: '{variable.name}' of '{group.owner}' has the shape "
                f"{tuple(variable.shape)}, the file has {tuple(dataset.shape)} for it, in "
                f"{group.path}/vars/{i}. Load the file into a model of the same sizes."
            )
        values.append((variable, np.asarray(dataset[()])))
    return values


def _read_optimizer(file: h5py.File, model: Any, source: str) -> list[tuple[Any, NDArray[Any]]]:
    """Return the optimizer's variables with their values, or nothing if they do not fit."""
    optimizer = model.optimizer
    stored = _vars_of(file, "optimizer")
    if len(stored) == 0:
        return []
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    group = _optimizer_group(model)
    if len(stored) < len(group.variables) and len(stored) <= 2:
        # Saved before the first step: there were no slots yet, and ours are at their start.
        group = _Group(group.path, group.owner, group.variables[: len(stored)])
    try:
        return _read_group(file, group, source)
    except ValueError as error:
        warnings.warn(f"The optimizer starts afresh. {error}", stacklevel=5)
        return []


def _vars_of(file: h5py.File, path: str) -> Any:
    """Return the ``vars`` of a group, or an empty dict; links to elsewhere are not followed."""
    import h5py

    group: Any = file
    for part in [*path.split("/"), "vars"] if path else ["vars"]:
        link = group.get(part, getlink=True)
        if link is None:
            return {}
        if not isinstance(link, h5py.HardLink) or not isinstance(group[part], h5py.Group):
            raise ValueError(f"'{path}/{part}' of the weights file is not a group of its own.")
        group = group[part]
    return group


def _dataset(group: Any, name: str, where: str) -> Any:
    """Return a data set of numbers that lie in this very file."""
    import h5py

    link = group.get(name, getlink=True)
    dataset = group[name] if isinstance(link, h5py.HardLink) else None
    if not isinstance(dataset, h5py.Dataset) or dataset.is_virtual or dataset.external:
        raise ValueError(f"{where} is not an array in the file itself.")
    if dataset.dtype.kind not in "fiub":
        raise ValueError(f"{where} holds {dataset.dtype}, expected numbers.")
    return dataset
