"""NumPy functions on symbolic tensors: which operation each one is."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from pymlp.graph.untraceable import untraceable

# The name of an operation, where NumPy has another for it.
_UFUNC_NAMES = {
    "absolute": "abs", "fabs": "abs", "remainder": "mod", "true_divide": "divide", "rint": "round", "fmax": "maximum",
    "fmin": "minimum", "float_power": "power",
}  # fmt: skip
_UFUNCS = (
    "add", "subtract", "multiply", "divide", "negative", "absolute", "fabs", "sign", "square", "sqrt", "exp",
    "expm1", "log", "log1p", "log2", "log10", "tanh", "sin", "cos", "tan", "sinh", "cosh", "floor", "ceil", "rint",
    "maximum", "minimum", "less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "power",
    "float_power", "reciprocal", "remainder", "floor_divide", "logical_and", "logical_or", "logical_xor",
    "logical_not", "isnan", "isfinite", "isinf", "logaddexp", "heaviside", "matmul",
)  # fmt: skip
_FUNCTIONS = (
    "sum", "mean", "max", "min", "prod", "var", "std", "any", "all", "argmax", "argmin", "sort", "argsort",
    "cumsum", "where", "clip", "round", "concatenate", "stack", "split", "reshape", "transpose", "squeeze",
    "expand_dims", "take", "take_along_axis", "flip", "pad", "tile", "repeat", "broadcast_to", "zeros_like",
    "ones_like", "full_like", "dot", "vdot", "tensordot", "einsum", "outer", "swapaxes", "moveaxis", "ravel",
    "isclose", "shape", "ndim",
)  # fmt: skip


@cache
def _table() -> dict[Any, Callable[..., Any]]:
    from pymlp import ops

    table = {getattr(np, name): getattr(ops, _UFUNC_NAMES.get(name, name)) for name in _UFUNCS}
    table |= {getattr(np, name): getattr(ops, name) for name in _FUNCTIONS}
    table[np.linalg.norm] = ops.norm
    return table


def _refusal(function: Any, method: str = "") -> TypeError:
    """Return an error that names a function, and what to use in its place if there is such a thing."""
    from pymlp import ops

    home = str(getattr(function, "__module__", None) or "numpy").replace("numpy._core", "numpy")
    name = function.__name__
    own = {"reduce": "sum" if name == "add" else "", "accumulate": "cumsum"}.get(
        method, _UFUNC_NAMES.get(name, name)
    )
    suffix = f".{method}" if method else ""
    instead = f"pymlp.ops.{own}" if own in ops.__all__ else None
    return TypeError(untraceable(f"{home.partition('.multiarray')[0]}.{name}{suffix}", instead))


def apply_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply the operation that a NumPy universal function is, or raise TypeError naming the function."""
    if method != "__call__" or kwargs or ufunc not in _table():
        raise _refusal(ufunc, "" if method == "__call__" else method)
    return _table()[ufunc](*inputs)


def apply_function(function: Any, args: Any, kwargs: Any) -> Any:
    """Apply the operation that a NumPy function is, or raise TypeError naming the function."""
    if function not in _table():
        raise _refusal(function)
    return _table()[function](*args, **kwargs)
