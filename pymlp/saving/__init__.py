"""Saving models and weights to files, and loading them, in Keras's own formats.

A ``.keras`` file holds a whole model: architecture, weights, how it was compiled, and the state of
the optimizer; so does a ``.h5`` file of older versions. A ``.weights.h5`` file holds weights alone. Keras 3 reads what
pymlp writes, and pymlp reads what Keras 3 writes as long as every layer in it is one that pymlp has.

Loading runs nothing that a file names: classes are looked up in a closed table (`pymlp.saving.registry`), among what
the program registered, and in the `custom_objects` that it passes. What is wrong with a file is a `FileRefused`.
"""

from __future__ import annotations

from pymlp.registration import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from pymlp.saving.json_models import model_from_json
from pymlp.saving.models import load_model, load_weights, save_model, save_weights
from pymlp.saving.objects import serialize_object
from pymlp.saving.refusal import FileRefused
from pymlp.saving.restoring import deserialize_object

# Keras's names for the two.
deserialize_keras_object = deserialize_object
serialize_keras_object = serialize_object

__all__ = [
    "CustomObjectScope",
    "FileRefused",
    "custom_object_scope",
    "deserialize_keras_object",
    "deserialize_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "model_from_json",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
    "serialize_object",
]
