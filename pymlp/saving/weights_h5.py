"""``.weights.h5`` files: the state of a model alone, as `pymlp.saving.weights` lays it out."""

from __future__ import annotations

import os
from typing import Any

from pymlp.saving.atomic import replacing
from pymlp.saving.hdf5 import opened
from pymlp.saving.weights import Setting, read_weights, write_weights

__all__ = ["save", "weights"]

PathLike = str | os.PathLike[str]


def save(model: Any, filepath: PathLike) -> None:
    """Write the state of a model, whole or not at all."""
    import h5py

    with replacing(filepath) as stream, h5py.File(stream, "w") as file:
        write_weights(file, model)


def weights(
    filepath: PathLike, model: Any, skip_mismatch: bool, objects_to_skip: Any = ()
) -> list[Setting]:
    """Return what sets the weights of a model from a file, all of which is checked."""
    with open(filepath, "rb") as stream, opened(stream, os.fspath(filepath)) as file:
        return read_weights(
            file, model, skip_mismatch=skip_mismatch, objects_to_skip=objects_to_skip
        )
