"""``.keras`` files: a zip archive, not compressed, of

- ``metadata.json``: which version wrote it, and when;
- ``config.json``: the model, as `pymlp.saving.serialize_object` describes it;
- ``model.weights.h5``: its variables, as `pymlp.saving.weights` lays them out;
- ``assets/...``: files that layers keep their vocabularies in.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymlp.limits import at_most_numbers
from pymlp.saving.archive import Archive, member_in_place, opened_archive
from pymlp.saving.assets import read_assets, write_assets
from pymlp.saving.atomic import replacing
from pymlp.saving.hdf5 import opened
from pymlp.saving.json_models import described_model, model_from_description
from pymlp.saving.refusal import FileRefused
from pymlp.saving.validation import parsed
from pymlp.saving.weights import Setting, read_weights, write_weights

__all__ = ["KERAS_VERSION", "SPARE", "load", "save", "weights"]

PathLike = str | os.PathLike[str]

_METADATA = "metadata.json"
_CONFIG = "config.json"
_WEIGHTS = "model.weights.h5"

# The version of Keras whose format this is; Keras writes its own version here.
KERAS_VERSION = "3.15.0"

# What metrics, and weights that the file lacks, may have besides: 16 to 32 MB.
SPARE = 2**22


def save(model: Any, filepath: PathLike) -> None:
    """Write a model, whole or not at all."""
    import h5py

    config = json.dumps(described_model(model))
    with replacing(filepath) as stream, zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(_METADATA, json.dumps(_metadata()))
        archive.writestr(_CONFIG, config)
        with member_in_place(archive, _WEIGHTS) as member, h5py.File(member, "w") as file:
            write_weights(file, model)
        write_assets(archive, model)


def load(filepath: PathLike, custom_objects: Mapping[str, Any] | None, compile: bool) -> Any:
    """Return the model of a file."""
    name = os.fspath(filepath)
    with opened_archive(filepath) as archive:
        where = f"{name}: {_CONFIG} in it"
        config = parsed(_config_text(archive), where)
        if not isinstance(config, dict):
            raise FileRefused(f"{where} does not describe a model.")
        if not compile:
            config.pop("compile_config", None)
        # A number takes a byte at least.
        with at_most_numbers(archive.info(_WEIGHTS).file_size + SPARE):
            model = model_from_description(config, custom_objects, name)
        for set_it in _settings(archive, model):
            set_it()
        read_assets(archive, model)
    return model


def weights(filepath: PathLike, model: Any, skip_mismatch: bool) -> list[Setting]:
    """Return what sets the weights of a model from a file, all of which is checked."""
    with opened_archive(filepath) as archive:
        return _settings(archive, model, skip_mismatch)


def _settings(archive: Archive, model: Any, skip_mismatch: bool = False) -> list[Setting]:
    with opened(archive.stream_of(_WEIGHTS), archive.name) as file:
        return read_weights(file, model, skip_mismatch=skip_mismatch)


def _config_text(archive: Archive) -> bytes:
    info = archive.info(_CONFIG)
    if info.file_size > 2**24:
        raise FileRefused(
            f"{archive.name}: {_CONFIG} in it would have {info.file_size} bytes; a model's description has fewer."
        )
    return archive.bytes_of(_CONFIG)


def _metadata() -> dict[str, str]:
    from pymlp import __version__

    return {
        "keras_version": KERAS_VERSION,
        "date_saved": datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
        "pymlp_version": __version__,
    }
