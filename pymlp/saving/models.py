"""`save_model`, `load_model`, `save_weights` and `load_weights`: the format follows from the ending of the name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from pymlp.saving import keras_archive, legacy_h5, safetensors, weights_h5
from pymlp.saving.restoring import check_safe

__all__ = ["MODELS", "WEIGHTS", "load_model", "load_weights", "save_model", "save_weights"]

PathLike = str | os.PathLike[str]

# The modules that read and write files of whole models, and of weights alone, by the endings of their names.
MODELS: dict[str, Any] = {".keras": keras_archive, ".h5": legacy_h5, ".hdf5": legacy_h5}
WEIGHTS: dict[str, Any] = {".weights.h5": weights_h5, ".safetensors": safetensors}


def save_model(
    model: Any,
    filepath: PathLike,
    overwrite: bool = True,
    zipped: bool | None = None,
    *,
    include_optimizer: bool = True,
) -> None:
    """Save a model to a ``.keras`` file, or one of the older format ``.h5``, which pymlp and Keras 3 load.

    Architecture, weights, the arguments of ``compile`` and the state of the optimizer are saved.
    The file is written whole or not at all.

    Parameters
    ----------
    model : Model
        Built.
    filepath : path-like
        Ends in ``.keras``, ``.h5`` or ``.hdf5``.
    overwrite : bool, default True
        Whether a file that exists may be replaced.
    zipped : bool, optional
        Models are files, never folders: False is refused.
    include_optimizer : bool, default True
        Of an ``.h5`` file: whether it holds the arguments of ``compile`` and the optimizer's state.

    Raises
    ------
    ValueError
        When `filepath` ends in something else, the model is not built, or something in it cannot
        be written down.
    FileExistsError
        When the file exists and `overwrite` is False. (Keras asks on the terminal.)
    OSError
        When the file cannot be written.

    Examples
    --------
    >>> import pymlp as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    >>> keras.saving.save_model(model, "model.keras")
    >>> keras.saving.save_model(model, "model.keras", overwrite=False)
    Traceback (most recent call last):
    FileExistsError: model.keras exists. Pass overwrite=True to replace it, or another name.
    """
    written = _by_ending(filepath, MODELS, "save_model")
    if zipped is False:
        raise ValueError(
            "save_model: zipped=False asks for a folder; pymlp writes one file. Leave it out."
        )
    _check_built(model, "Saving")
    _check_overwrite(filepath, overwrite)
    if written is legacy_h5:
        legacy_h5.save(model, filepath, include_optimizer)
    else:
        written.save(model, filepath)


def load_model(
    filepath: PathLike,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """Load a model from a ``.keras`` or ``.h5`` file that pymlp or Keras wrote.

    Parameters
    ----------
    filepath : path-like
    custom_objects : mapping of str to class or function, optional
        What to use for names in the file that are neither pymlp's own nor registered.
    compile : bool, default True
        Whether to compile the model as it was when it was saved, and to restore the state of
        the optimizer.
    safe_mode : bool, default True
        There is no unsafe mode: False is refused.

    Returns
    -------
    Model

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    FileRefused
        When the file is not such an archive or is damaged, or names a class that pymlp does not
        have. It is a ValueError.

    Notes
    -----
    Nothing in the file is executed, nothing is imported by a name in it, and no other file or address is opened. A
    small file cannot make a large model: weights of more numbers than it has bytes for them are refused, as are
    members that were compressed to less than a hundredth.

    Examples
    --------
    >>> import pymlp as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    >>> model.save("model.keras")
    >>> keras.saving.load_model("model.keras").predict([[1.0, 2.0]], verbose=0)
    array([[3.]], dtype=float32)
    """
    check_safe(safe_mode, "load_model")
    module = _by_ending(filepath, MODELS, "load_model")
    return module.load(filepath, custom_objects, compile)


def save_weights(model: Any, filepath: PathLike, overwrite: bool = True) -> None:
    """Save a model's weights to a ``.weights.h5`` or a ``.safetensors`` file.

    The former holds the optimizer's state, too. In the latter tensors are called by the paths of the variables.

    Parameters
    ----------
    model : Model
        Built.
    filepath : path-like
        Ends in ``.weights.h5`` or ``.safetensors``.
    overwrite : bool, default True
        Whether a file that exists may be replaced.

    Raises
    ------
    ValueError, FileExistsError, OSError
        As of `save_model`.

    Examples
    --------
    >>> import pymlp as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    >>> keras.saving.save_weights(model, "model.weights.h5")
    >>> other = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> keras.saving.load_weights(other, "model.weights.h5")
    >>> other.predict([[1.0, 2.0]], verbose=0)
    array([[3.]], dtype=float32)
    """
    module = _by_ending(filepath, WEIGHTS, "save_weights")
    _check_built(model, "Saving the weights of")
    _check_overwrite(filepath, overwrite)
    module.save(model, filepath)


def load_weights(
    model: Any,
    filepath: PathLike,
    skip_mismatch: bool = False,
    *,
    by_name: bool | None = None,
    objects_to_skip: Any = None,
) -> None:
    """Set a model's weights from a ``.weights.h5``, ``.keras``, ``.safetensors`` or older ``.h5`` file.

    Layers are matched by their class and their order, or by the attributes that they are, not by their names. If the
    model is compiled and the file holds an optimizer's state that fits, that is restored too. An error
    leaves the model as it was.

    Parameters
    ----------
    model : Model
        Built, of the same layers as the one that was saved.
    filepath : path-like
    skip_mismatch : bool, default False
        Leave layers that do not fit as they are, with a warning, instead of raising.
    by_name : bool, optional
        Of an older ``.h5`` file: match layers by their names, and leave those of other names as they are.
    objects_to_skip : list of layers, optional
        Of a ``.weights.h5`` file: what is left as it is, with all in it.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    FileRefused
        When the file is damaged or does not fit the model. It is a ValueError.

    Examples
    --------
    >>> import pymlp as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    >>> model.save_weights("model.weights.h5")
    >>> _ = model.layers[0].kernel.assign([[0.0], [0.0]])
    >>> keras.saving.load_weights(model, "model.weights.h5")
    >>> model.predict([[1.0, 2.0]], verbose=0)
    array([[3.]], dtype=float32)
    """
    _check_built(model, "Loading weights into")
    module = _by_ending(filepath, {**WEIGHTS, **MODELS}, "load_weights")
    options: dict[str, Any] = {}
    for argument, value, suits in (
        ("by_name", by_name, legacy_h5),
        ("objects_to_skip", objects_to_skip, weights_h5),
    ):
        if value is None:
            continue
        if module is not suits:
            ending = "older '.h5'" if suits is legacy_h5 else "'.weights.h5'"
            raise ValueError(
                f"load_weights: {argument} is for {ending} files, received {os.fspath(filepath)!r}."
            )
        options[argument] = value
    for set_it in module.weights(filepath, model, skip_mismatch, **options):
        set_it()


def _by_ending(filepath: PathLike, known: Mapping[str, Any], function: str) -> Any:
    name = os.fspath(filepath)
    for ending, module in known.items():
        if name.endswith(ending):
            return module
    endings = " or ".join(repr(ending) for ending in known)
    raise ValueError(f"{function} expects a file name ending in {endings}, received {name!r}.")


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
