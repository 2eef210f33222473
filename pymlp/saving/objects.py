"""Objects to configurations that JSON can hold: Keras's ``serialize_keras_object``.

An object becomes ``{"module", "class_name", "config", "registered_name"}`` with Keras's public
names, and, where the object has them, ``"build_config"`` and ``"compile_config"``.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import numpy as np

from pymlp.registration import get_registered_name
from pymlp.saving.registry import public_name

__all__ = ["serialize_object", "with_shared_objects"]

# By their identity, the objects described so far, which are kept, so that no other comes to have it; and their numbers.
_described: ContextVar[dict[int, tuple[Any, int]] | None] = ContextVar("described", default=None)
_NUMBER = "shared_object_id"


def with_shared_objects(obj: Any) -> Any:
    """Return the description of an object in which what stands at several places is marked, to be made once."""
    token = _described.set({})
    try:
        described = serialize_object(obj)
    finally:
        _described.reset(token)
    times: Counter[int] = Counter()
    waiting = [described]
    found = []
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found.append(value)
            times[value.get(_NUMBER, 0)] += 1
        waiting += (
            value.values()
            if isinstance(value, dict)
            else value
            if isinstance(value, list | tuple)
            else ()
        )
    for value in found:
        if times[value.get(_NUMBER, 0)] == 1:
            value.pop(_NUMBER, None)
    return described


def serialize_object(obj: Any) -> Any:
    """Return a description of `obj` made of dicts, lists, tuples, strings and numbers.

    Parameters
    ----------
    obj : object
        None, a number, a string, a list, tuple or dict of what is allowed here, bytes, a slice, ``...``, an array, a
        named function, or an object with ``get_config()``.

    Returns
    -------
    object
        What `deserialize_object` and Keras's ``deserialize_keras_object`` turn back into `obj`.

    Raises
    ------
    ValueError
        For a lambda or an object that has no ``get_config()``.

    Examples
    --------
    >>> from pymlp import initializers, saving
    >>> saving.serialize_object({"a": (1, initializers.Zeros())})["a"][1]["class_name"]
    'Zeros'
    """
    if obj is None or isinstance(obj, str | int | float | bool):
        return obj
    if isinstance(obj, list | tuple):
        items = [serialize_object(item) for item in obj]
        return tuple(items) if isinstance(obj, tuple) else items
    if isinstance(obj, Mapping):
        return {key: serialize_object(value) for key, value in obj.items()}
    if isinstance(obj, np.generic) or (isinstance(obj, np.ndarray) and obj.ndim == 0):
        return obj.item()
    if isinstance(obj, np.ndarray):
        value = {"value": obj.tolist(), "dtype": obj.dtype.name}
        return {"class_name": "__numpy__", "config": value}
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": obj.decode("utf-8")}}
    if isinstance(obj, slice):
        ends = {"start": obj.start, "stop": obj.stop, "step": obj.step}
        return {"class_name": "__slice__", "config": serialize_object(ends)}
    if obj is ...:
        return {"class_name": "__ellipsis__", "config": {}}
    if inspect.isfunction(obj) or getattr(obj, "saved_by_name", False):
        return _described_function(obj)
    if inspect.isclass(obj) or not hasattr(obj, "get_config"):
        raise ValueError(
            f"Cannot write down {obj!r}: expected an object with get_config(), a named function, "
            "or plain data."
        )
    return _described_instance(obj)


def _described_function(function: Any) -> dict[str, Any]:
    name = get_registered_name(function)
    if name == "<lambda>":
        raise ValueError(
            "Cannot save a lambda: a file keeps the name of a function, not its code. Define it "
            "with def, and pass it as custom_objects={name: function} when loading."
        )
    return {
        "module": "builtins",
        "class_name": "function",
        "config": name,
        "registered_name": "function",
    }


def _described_instance(obj: Any) -> dict[str, Any]:
    cls = type(obj)
    known = public_name(cls)
    home = None if cls.__module__ == "__main__" else cls.__module__
    module, class_name = known or (home, cls.__name__)
    config = obj.get_config()
    if not isinstance(config, Mapping):
        raise ValueError(
            f"Cannot write down {obj!r}: its get_config() should return a dict, it returned {config!r}."
        )
    config = serialize_object(config)
    if hasattr(obj, "get_build_config") and class_name != "InputLayer":
        config = _with_dtype_policy(config)
    named = known is not None and not str(module).startswith("keras.src")
    described = {
        "module": module,
        "class_name": class_name,
        "config": config,
        "registered_name": None if named else get_registered_name(cls),
    }
    for key in ("build_config", "compile_config"):
        extra = getattr(obj, f"get_{key}", lambda: None)()
        if extra is not None and (extra or key == "compile_config"):
            described[key] = serialize_object(extra)
    seen = _described.get()
    if seen is not None:
        described[_NUMBER] = seen.setdefault(id(obj), (obj, len(seen) + 1))[1]
    return described


def _with_dtype_policy(config: dict[str, Any]) -> dict[str, Any]:
    """Write a layer's type as the policy object that Keras writes."""
    if not isinstance(config.get("dtype"), str):
        return config
    policy = {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": config["dtype"]},
        "registered_name": None,
    }
    return {**config, "dtype": policy}
