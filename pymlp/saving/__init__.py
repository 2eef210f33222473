"""Saving models and weights to files, and loading them, in Keras's own formats.

A ``.keras`` file holds a whole model: architecture, weights, how it was compiled, and the state of
the optimizer. A ``.weights.h5`` file holds weights alone. Keras 3 reads what pymlp writes, and
pymlp reads what Keras 3 writes as long as every layer in it is one that pymlp has.

Loading runs nothing that a file names: classes are looked up in a closed table
(`pymlp.saving.registry`) and in the `custom_objects` that the caller passes.
"""

from __future__ import annotations

from pymlp.saving.models import load_model, load_weights, save_model, save_weights
from pymlp.saving.objects import custom_object_scope, deserialize_object, serialize_object

# Keras's names for the last two.
deserialize_keras_object = deserialize_object
serialize_keras_object = serialize_object

__all__ = [
    "custom_object_scope",
    "deserialize_keras_object",
    "deserialize_object",
    "load_model",
    "load_weights",
    "save_model",
    "save_weights",
    "serialize_keras_object",
    "serialize_object",
]
