"""What code for older versions of Keras looks for under ``keras.backend``: settings, values, a new session."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from pymlp.naming import clear_session

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "get_value",
    "image_data_format",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_value",
]


def get_value(x: Any) -> np.ndarray:
    """Return the value of a variable, or of anything else that an array can be made of, as an array.

    Parameters
    ----------
    x : Variable or array-like

    Returns
    -------
    ndarray
        A copy of a variable's value.

    Examples
    --------
    >>> import pymlp as keras
    >>> optimizer = keras.optimizers.SGD(learning_rate=0.5)
    >>> float(keras.backend.get_value(optimizer.learning_rate))
    0.5
    """
    return np.asarray(x.numpy() if hasattr(x, "numpy") else x)


def set_value(x: Any, value: Any) -> None:
    """Set the value of a variable; ``x.assign(value)`` is the same.

    Parameters
    ----------
    x : Variable
    value : array-like of the variable's shape

    Raises
    ------
    TypeError
        If x is nothing that a value can be assigned to.

    Examples
    --------
    >>> import pymlp as keras
    >>> optimizer = keras.optimizers.SGD(learning_rate=0.5)
    >>> keras.backend.set_value(optimizer.learning_rate, 0.25)
    >>> float(optimizer.learning_rate)
    0.25
    """
    if not hasattr(x, "assign"):
        raise TypeError(f"set_value: expected a Variable, received {x!r}.")
    x.assign(value)
