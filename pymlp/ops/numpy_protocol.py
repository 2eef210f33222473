"""NumPy functions on symbolic tensors: which operation each one is."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from pymlp.graph.untraceable import untraceable

# NumPy's names of operations that have another; the others are found by their name.
_OTHER_NAMES = {
    "degrees": "rad2deg", "float_power": "power", "radians": "deg2rad", "rint": "round", "trapz": "trapezoid",
}  # fmt: skip
# What these arguments are by default changes nothing; nothing else is accepted for them.
_DEFAULTS = {"out": None, "dtype": None, "order": "C", "kind": None, "stable": None, "where": True, "ddof": 0,
             "copy": True, "casting": "same_kind", "subok": True}  # fmt: skip


@cache
def table() -> dict[Any, Callable[..., Any]]:
    """Return the operation that each NumPy function is."""
    from pymlp import ops

    names = {name: name for name in ops.__all__} | _OTHER_NAMES
    found = {
        function: getattr(ops, ours)
        for name, ours in names.items()
        if isinstance(function := getattr(np, name, None), np.ufunc)
        # What NumPy dispatches has an implementation besides.
        or hasattr(function, "_implementation")
    }
    found[np.linalg.norm] = ops.norm
    return found


def _refusal(function: Any, method: str = "") -> TypeError:
    """Return an error that names a function, and what to use in its place if there is such a thing."""
    from pymlp import ops

    home = str(getattr(function, "__module__", None) or "numpy").replace("numpy._core", "numpy")
    name = function.__name__
    own = {"reduce": "sum" if name == "add" else "", "accumulate": "cumsum"}.get(
        method, _OTHER_NAMES.get(name, name)
    )
    suffix = f".{method}" if method else ""
    instead = f"pymlp.ops.{own}" if own in ops.__all__ else None
    return TypeError(untraceable(f"{home.partition('.multiarray')[0]}.{name}{suffix}", instead))


def _meaningful(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in kwargs.items()
        if name not in _DEFAULTS or value is not _DEFAULTS[name]
    }


def apply_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply the operation that a NumPy universal function is, or raise TypeError naming the function."""
    if method != "__call__" or _meaningful(kwargs) or ufunc not in table():
        raise _refusal(ufunc, "" if method == "__call__" else method)
    return table()[ufunc](*inputs)


def apply_function(function: Any, args: Any, kwargs: Any) -> Any:
    """Apply the operation that a NumPy function is, or raise TypeError naming the function."""
    if function not in table():
        raise _refusal(function)
    return table()[function](*args, **_meaningful(kwargs))
