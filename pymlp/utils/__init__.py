"""Helpers around models: seeds, one-hot targets, scaling, the progress bar, a good learning rate."""

from pymlp.config import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from pymlp.data.py_dataset import PyDataset
from pymlp.data.py_dataset import PyDataset as Sequence
from pymlp.naming import clear_session
from pymlp.random import set_random_seed
from pymlp.utils.learning_rate_finder import LearningRateSearch, find_learning_rate
from pymlp.utils.model_visualization import model_to_dot, plot_model
from pymlp.utils.numerical import normalize, to_categorical
from pymlp.utils.packing import pack_x_y_sample_weight, unpack_x_y_sample_weight
from pymlp.utils.progbar import Progbar

__all__ = [
    "LearningRateSearch",
    "Progbar",
    "PyDataset",
    "Sequence",
    "clear_session",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "find_learning_rate",
    "is_interactive_logging_enabled",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "plot_model",
    "set_random_seed",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
