"""Losses: what training makes small.

Each is there as a function of ``(y_true, y_pred)`` that returns one value a sample, and as a class
that weights and reduces these to one number. Names, arguments and numbers are those of Keras 3.
Shapes that differ are an error, where Keras broadcasts.
"""

from pymlp.losses.classes import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from pymlp.losses.crossentropy import (
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from pymlp.losses.lookup import deserialize, get, serialize
from pymlp.losses.lookup import for_compile as for_compile
from pymlp.losses.loss import Loss
from pymlp.losses.regression import huber, mean_absolute_error, mean_squared_error
from pymlp.losses.wrapper import LossFunctionWrapper

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Huber",
    "Loss",
    "LossFunctionWrapper",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "deserialize",
    "get",
    "huber",
    "mean_absolute_error",
    "mean_squared_error",
    "serialize",
    "sparse_categorical_crossentropy",
]
