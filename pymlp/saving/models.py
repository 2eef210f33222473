"""`save_model`, `load_model`, `save_weights` and `load_weights`.

A ``.keras`` file is a zip archive, not compressed, of

- ``metadata.json``: which version wrote it, and when;
- ``config.json``: the model, as `pymlp.saving.serialize_object` describes it;
- ``model.weights.h5``: its variables, as `pymlp.saving.weights` lays them out.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from pymlp.saving.atomic import replacing
from pymlp.saving.objects import deserialize_object, serialize_object
from pymlp.saving.weights import read_weights, write_weights
from pymlp.variables import at_most_numbers

__all__ = ["load_model", "load_weights", "save_model", "save_weights"]

PathLike = str | os.PathLike[str]

_METADATA = "metadata.json"
_CONFIG = "config.json"
_WEIGHTS = "model.weights.h5"

# A member may be as large as this, or as so many archives: not for files that are meant to fill the memory.
_SMALL = 64 * 2**20
_GROWTH = 100

# The version of Keras whose format this is; Keras writes its own version here.
_KERAS_VERSION = "3.15.0"


def save_model(model: Any, filepath: PathLike, overwrite: bool = True) -> None:
    """Save a model to a ``.keras`` file, which pymlp and Keras 3 load.

    Architecture, weights, the arguments of ``compile`` and the state of the optimizer are saved.
    The file is written whole or not at all.

    Parameters
    ----------
    model : Model
        Built.
    filepath : path-like
        Ends in ``.keras``.
    overwrite : bool, default True
        Whether a file that exists may be replaced.

    Raises
    ------
    ValueError
        When `filepath` ends in something else, the model is not built, or something in it cannot
        be written down.
    FileExistsError
        When the file exists and `overwrite` is False. (Keras asks on the terminal.)
    OSError
        When the file cannot be written.
    """
    _check_ending(filepath, ".keras", "save_model")
    _check_built(model, "Saving")
    _check_overwrite(filepath, overwrite)
    config = json.dumps(serialize_object(model))
    with replacing(filepath) as stream, zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(_METADATA, json.dumps(_metadata()))
        archive.writestr(_CONFIG, config)
        archive.writestr(_WEIGHTS, _weights_bytes(model))


def load_model(
    filepath: PathLike, custom_objects: Mapping[str, Any] | None = None, compile: bool = True
) -> Any:
    """Load a model from a ``.keras`` file that pymlp or Keras 3 wrote.

    Parameters
    ----------
    filepath : path-like
    custom_objects : mapping of str to class or function, optional
        What to use for names in the file that are not pymlp's own.
    compile : bool, default True
        Whether to compile the model as it was when it was saved, and to restore the state of
        the optimizer.

    Returns
    -------
    Model

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When the file is not such an archive or is damaged, or names a class that pymlp does not
        have.

    Notes
    -----
    Nothing in the file is executed, and nothing is imported by a name in it. A small file cannot make a large model:
    weights of more numbers than it has bytes for them are refused, as are members that were compressed to less than
    a hundredth.
    """
    name = os.fspath(filepath)
    with _opened_archive(filepath) as archive:
        config = _read_config(archive, name)
        if not compile:
            config.pop("compile_config", None)
        # A number takes a byte at least.
        with at_most_numbers(_member_info(archive, _WEIGHTS, name).file_size):
            model = _model_from(config, custom_objects, name)
        with _opened_weights(io.BytesIO(_member(archive, _WEIGHTS, name)), name) as file:
            read_weights(file, model, source=name)
    return model


def save_weights(model: Any, filepath: PathLike, overwrite: bool = True) -> None:
    """Save a model's weights, and its optimizer's state, to a ``.weights.h5`` file.

    Parameters and errors are those of `save_model`.
    """
    _check_ending(filepath, ".weights.h5", "save_weights")
    _check_built(model, "Saving the weights of")
    _check_overwrite(filepath, overwrite)
    with replacing(filepath) as stream:
        stream.write(_weights_bytes(model))


def load_weights(model: Any, filepath: PathLike, skip_mismatch: bool = False) -> None:
    """Set a model's weights from a ``.weights.h5`` or ``.keras`` file.

    Layers are matched by their class and their order, not by their names. If the model is
    compiled and the file holds an optimizer's state that fits, that is restored too. An error
    leaves the model as it was.

    Parameters
    ----------
    model : Model
        Built, of the same layers as the one that was saved.
    filepath : path-like
    skip_mismatch : bool, default False
        Leave layers that do not fit as they are, with a warning, instead of raising.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When the file is damaged or does not fit the model.
    """
    _check_built(model, "Loading weights into")
    name = os.fspath(filepath)
    if name.endswith(".keras"):
        with _opened_archive(filepath) as archive:
            stream: Any = io.BytesIO(_member(archive, _WEIGHTS, name))
    else:
        _check_ending(filepath, ".weights.h5", "load_weights")
        stream = io.BytesIO(Path(filepath).read_bytes())
    with _opened_weights(stream, name) as file:
        read_weights(file, model, source=name, skip_mismatch=skip_mismatch)


def _check_ending(filepath: PathLike, ending: str, function: str) -> None:
    if not os.fspath(filepath).endswith(ending):
        raise ValueError(
            f"{function} expects a file name ending in '{ending}', received "
            f"{os.fspath(filepath)!r}."
        )


def _check_built(model: Any, doing: str) -> None:
    if not model.built:
        raise ValueError(
            f"{doing} the model '{model.name}' needs it to be built, so that its weights exist. "
            "Give it an Input, call model.build(input_shape), or call it on data once."
        )


def _check_overwrite(filepath: PathLike, overwrite: bool) -> None:
    if not overwrite and os.path.exists(filepath):
        raise FileExistsError(
            f"{os.fspath(filepath)} exists. Pass overwrite=True to replace it, or another name."
        )


def _metadata() -> dict[str, str]:
    from pymlp import __version__

    return {
        "keras_version": _KERAS_VERSION,
        "date_saved": datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
        "pymlp_version": __version__,
    }


def _weights_bytes(model: Any) -> bytes:
    """Return the HDF5 file of a model's weights."""
    import h5py

    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        write_weights(file, model)
    return stream.getvalue()


@contextmanager
def _opened_archive(filepath: PathLike) -> Iterator[zipfile.ZipFile]:
    """Open a ``.keras`` file, and explain what is wrong with it if it is not one."""
    name = os.fspath(filepath)
    with open(filepath, "rb") as stream:
        try:
            archive = zipfile.ZipFile(stream)
        except zipfile.BadZipFile as error:
            raise ValueError(
                f"{name} is not a .keras file, which is a zip archive: {error}"
            ) from error
        with archive:
            yield archive


def _member_info(archive: zipfile.ZipFile, member: str, name: str) -> zipfile.ZipInfo:
    """Return what the archive says of a member of reasonable size."""
    try:
        info = archive.getinfo(member)
    except KeyError as error:
        raise ValueError(f"{name} is not a whole .keras file: it has no {member}.") from error
    assert archive.fp is not None
    archive_size = os.fstat(archive.fp.fileno()).st_size
    if info.file_size > max(_SMALL, _GROWTH * archive_size):
        raise ValueError(
            f"{name}: {member} in it would have {info.file_size} bytes, the whole archive has {archive_size}. "
            "No model is compressed so far; if it is one, save it uncompressed."
        )
    return info


def _member(archive: zipfile.ZipFile, member: str, name: str) -> bytes:
    info = _member_info(archive, member, name)
    try:
        return archive.read(info)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"{name}: {member} in it is damaged: {error}") from error


def _read_config(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    try:
        config = json.loads(_member(archive, _CONFIG, name))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name}: {_CONFIG} in it cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise ValueError(f"{name}: {_CONFIG} in it does not describe a model.")
    return config


def _model_from(config: dict[str, Any], custom_objects: Mapping[str, Any] | None, name: str) -> Any:
    try:
        model = deserialize_object(config, custom_objects or {})
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} cannot be loaded. {error}") from error
    if not hasattr(model, "layers"):
        raise ValueError(
            f"{name}: {_CONFIG} in it describes a {type(model).__name__}, not a model."
        )
    return model


@contextmanager
def _opened_weights(stream: io.BytesIO, name: str) -> Iterator[Any]:
    import h5py

    try:
        with h5py.File(stream, "r") as file:
            yield file
    except (OSError, RuntimeError) as error:  # h5py raises either, by where the damage is
        raise ValueError(f"{name}: the weights in it cannot be read: {error}") from error
