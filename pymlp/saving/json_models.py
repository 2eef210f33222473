"""Models as JSON texts: the architecture and how it is compiled, without weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pymlp.saving.objects import with_shared_objects
from pymlp.saving.refusal import FileRefused
from pymlp.saving.restoring import deserialize_object, sharing_objects
from pymlp.saving.validation import parsed

__all__ = ["described_model", "model_from_description", "model_from_json", "model_to_json"]


def described_model(model: Any) -> dict[str, Any]:
    """Return the description of a model, layers that stand in it at several places marked."""
    described: dict[str, Any] = with_shared_objects(model)
    return described


def model_from_description(
    config: Any, custom_objects: Mapping[str, Any] | None, where: str
) -> Any:
    """Return the model of a description, or raise FileRefused."""
    from pymlp.layers import Layer

    try:
        with sharing_objects():
            model = deserialize_object(config, custom_objects or {})
    except FileRefused as error:
        raise FileRefused(f"{where} cannot be loaded. {error}") from error
    if not isinstance(model, Layer) or not hasattr(model, "layers"):
        raise FileRefused(f"{where} describes a {type(model).__name__}, not a model.")
    return model


def model_to_json(model: Any, **kwargs: Any) -> str:
    """Return a model as a JSON text; `kwargs` are those of `json.dumps`."""
    return json.dumps(described_model(model), **kwargs)


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the model that ``model.to_json()`` wrote down, with new weights, compiled if that one was.

    Parameters
    ----------
    json_string : str
    custom_objects : mapping of str to class or function, optional
        What to use for names that are not pymlp's own.

    Raises
    ------
    FileRefused
        For a text that does not describe a model of pymlp's layers, or one of more than 100 million weights; nothing
        in it is run. (From a description of one's own, ``from_config`` makes models of any size.)

    Examples
    --------
    >>> import pymlp as keras
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    >>> keras.models.model_from_json(model.to_json()).count_params()
    15
    """
    config = parsed(json_string, "The JSON text")
    if not isinstance(config, dict):
        raise FileRefused("The JSON text does not describe a model.")
    return model_from_description(config, custom_objects, "The JSON text")
