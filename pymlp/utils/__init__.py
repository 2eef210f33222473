"""Helpers around models: seeds, data, files, pictures of models, the progress bar, a good learning rate."""

from __future__ import annotations

from importlib import import_module as _import_module
from typing import TYPE_CHECKING, Any

from pymlp.config import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from pymlp.data.py_dataset import PyDataset
from pymlp.data.py_dataset import PyDataset as Sequence
from pymlp.naming import clear_session
from pymlp.random import set_random_seed
from pymlp.registration import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from pymlp.utils.learning_rate_finder import LearningRateSearch, find_learning_rate
from pymlp.utils.numerical import normalize, to_categorical
from pymlp.utils.packing import pack_x_y_sample_weight, unpack_x_y_sample_weight
from pymlp.utils.progbar import Progbar
from pymlp.utils.serialization import deserialize_keras_object, serialize_keras_object

if TYPE_CHECKING:
    from pymlp.utils.downloading import get_file
    from pymlp.utils.model_visualization import model_to_dot, plot_model
    from pymlp.utils.splitting import split_dataset

__all__ = [
    "CustomObjectScope",
    "LearningRateSearch",
    "Progbar",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "find_learning_rate",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "is_interactive_logging_enabled",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "plot_model",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "split_dataset",
    "to_categorical",
    "unpack_x_y_sample_weight",
]

# Modules that need more of the standard library than the others together: imported when used.
_LAZY = {
    "get_file": "downloading",
    "model_to_dot": "model_visualization",
    "plot_model": "model_visualization",
    "split_dataset": "splitting",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(_import_module(f"pymlp.utils.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'pymlp.utils' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
