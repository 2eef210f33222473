"""NumPy functions on symbolic tensors: which operation each one is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pymlp.ops import elementwise

_UFUNCS: dict[Any, Callable[..., Any]] = {
    np.add: elementwise.add, np.subtract: elementwise.subtract, np.multiply: elementwise.multiply,
    np.divide: elementwise.divide, np.negative: elementwise.negative, np.absolute: elementwise.abs,
    np.sign: elementwise.sign, np.square: elementwise.square, np.sqrt: elementwise.sqrt,
    np.exp: elementwise.exp, np.log: elementwise.log, np.log1p: elementwise.log1p,
    np.tanh: elementwise.tanh, np.maximum: elementwise.maximum, np.minimum: elementwise.minimum,
    np.less: elementwise.less, np.less_equal: elementwise.less_equal, np.greater: elementwise.greater,
    np.greater_equal: elementwise.greater_equal, np.equal: elementwise.equal,
    np.not_equal: elementwise.not_equal,
}  # fmt: skip


def apply_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply the operation that a NumPy universal function is, or raise TypeError naming the function."""
    if method != "__call__" or kwargs or ufunc not in _UFUNCS:
        raise TypeError(
            f"numpy.{ufunc.__name__} cannot be traced on symbolic tensors: write it with pymlp.ops."
        )
    return _UFUNCS[ufunc](*inputs)
