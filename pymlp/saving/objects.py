"""Objects to configurations that JSON can hold, and back: Keras's ``serialize_keras_object``.

An object becomes ``{"module", "class_name", "config", "registered_name"}`` with Keras's public
names, and, where the object has them, ``"build_config"`` and ``"compile_config"``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from pymlp.saving.registry import class_named, function_named, known_classes, public_name

__all__ = ["custom_object_scope", "deserialize_object", "serialize_object"]

CustomObjects = Mapping[str, Any]

_TYPES = ("float32", "float64", "int32", "int64")  # the whole ones of layers before a model


class _Refused(ValueError):
    """An error whose message already says what in the file is wrong."""


# What custom_object_scope was given, for the calls that from_config makes in turn.
_custom_objects: ContextVar[CustomObjects] = ContextVar("custom_objects")


def serialize_object(obj: Any) -> Any:
    """Return a description of `obj` made of dicts, lists, strings and numbers.

    Parameters
    ----------
    obj : object
        None, a number, a string, a list, tuple or dict of what is allowed here, an array, a named
        function, or an object with ``get_config()``.

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
        return [serialize_object(item) for item in obj]
    if isinstance(obj, Mapping):
        return {key: serialize_object(value) for key, value in obj.items()}
    if isinstance(obj, np.generic) or (isinstance(obj, np.ndarray) and obj.ndim == 0):
        return obj.item()
    if isinstance(obj, np.ndarray):
        value = {"value": obj.tolist(), "dtype": obj.dtype.name}
        return {"class_name": "__numpy__", "config": value}
    if inspect.isfunction(obj):
        return _serialize_function(obj)
    if inspect.isclass(obj) or not hasattr(obj, "get_config"):
        raise ValueError(
            f"Cannot write down {obj!r}: expected an object with get_config(), a named function, "
            "or plain data."
        )
    return _serialize_instance(obj)


def _serialize_function(function: Callable[..., Any]) -> dict[str, Any]:
    name = function.__name__
    if name == "<lambda>":
        raise ValueError(
            "Cannot save a lambda: a file keeps the name of a function, not its code. Define it "
            "with def, and pass it as custom_objects={name: function} when loading."
        )
    home = "builtins" if function_named(name) is function else function.__module__
    return {
        "module": home,
        "class_name": "function",
        "config": name,
        "registered_name": name,
    }


def _serialize_instance(obj: Any) -> dict[str, Any]:
    cls = type(obj)
    known = public_name(cls)
    module, class_name = known or (cls.__module__, cls.__name__)
    config = serialize_object(obj.get_config())
    if module == "keras" or (module == "keras.layers" and class_name != "InputLayer"):
        config = _with_dtype_policy(config)
    described = {
        "module": module,
        "class_name": class_name,
        "config": config,
        "registered_name": None if known and not module.startswith("keras.src") else cls.__name__,
    }
    for key in ("build_config", "compile_config"):
        extra = getattr(obj, f"get_{key}", lambda: None)()
        if extra is not None and (extra or key == "compile_config"):
            described[key] = serialize_object(extra)
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


def deserialize_object(config: Any, custom_objects: CustomObjects | None = None) -> Any:
    """Return the object that a description from `serialize_object` or Keras stands for.

    Parameters
    ----------
    config : object
        The description. What is not a description (a number, a string, an object) is returned
        as it is, lists and dicts with their contents deserialized.
    custom_objects : mapping of str to class or function, optional
        What to use for names that are not pymlp's own. They take precedence over pymlp's.

    Raises
    ------
    ValueError
        For a class that is neither in pymlp's table nor in `custom_objects`, for code embedded in
        the description, or for a configuration that its class does not accept.

    Examples
    --------
    >>> from pymlp import initializers, saving
    >>> saving.deserialize_object(saving.serialize_object(initializers.Constant(2.0)))
    Constant(value=2.0)
    """
    if custom_objects is not None:
        with custom_object_scope(custom_objects):
            return deserialize_object(config)
    if isinstance(config, list | tuple):
        return [deserialize_object(item) for item in config]
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {key: deserialize_object(value) for key, value in config.items()}
    return _deserialize_described(config)


@contextmanager
def custom_object_scope(custom_objects: CustomObjects) -> Iterator[None]:
    """Make classes and functions known to every `deserialize_object` inside the block.

    Parameters
    ----------
    custom_objects : mapping of str to class or function
        They take precedence over pymlp's own, and over those of an outer block.
    """
    token = _custom_objects.set({**_custom_objects.get({}), **custom_objects})
    try:
        yield
    finally:
        _custom_objects.reset(token)


def _deserialize_described(config: dict[str, Any]) -> Any:
    class_name, inner = config["class_name"], config["config"]
    if class_name == "DTypePolicy":
        return _dtype_of(inner)
    if class_name in ("__numpy__", "__tensor__") and isinstance(inner, dict):
        return np.array(inner.get("value"), dtype=str(inner.get("dtype")))
    if class_name == "__lambda__":
        raise _Refused(
            "The file holds a lambda, which is program code. pymlp runs no code from files. "
            "Replace the lambda by a named function before saving, and pass that function as "
            "custom_objects when loading."
        )
    if class_name == "function":
        return _function(config)
    return _instance(config)


def _dtype_of(inner: Any) -> str:
    name = inner.get("name") if isinstance(inner, dict) else inner
    if name not in _TYPES:
        raise _Refused(
            f"The file asks for the type policy {name!r}; pymlp computes in float32 or float64."
        )
    return str(name)


def _function(config: dict[str, Any]) -> Any:
    name = config["config"]
    found = _custom(config.get("registered_name"), name) or function_named(name)
    if found is None:
        raise _Refused(
            f"The file names the function {name!r}, which pymlp does not have. If it is yours, "
            f"pass custom_objects={{{name!r}: your_function}}."
        )
    return found


def _instance(config: dict[str, Any]) -> Any:
    module, class_name = config.get("module"), config["class_name"]
    custom = _custom(config.get("registered_name"), class_name)
    cls = custom or class_named(module, class_name)
    if cls is None:
        known = ", ".join(known_classes(module))
        raise _Refused(
            f"The file names the class {class_name!r} of {module!r}, which pymlp does not have"
            + (f"; of {module} it has {known}. " if known else ". ")
            + f"If the class is yours, pass custom_objects={{{class_name!r}: YourClass}}."
        )
    instance = _from_config(cls, f"{module}.{class_name}", config["config"])
    build_config, compile_config = config.get("build_config"), config.get("compile_config")
    name = f"{module}.{class_name}"
    for key, value in (("build_config", build_config), ("compile_config", compile_config)):
        if value is not None and not isinstance(value, dict):
            raise _Refused(f"The {key} of {name} should be a dict, the file has {value!r}.")
    if build_config and not getattr(instance, "built", True):
        with _refusing(f"{name} cannot be built as the file says"):
            instance.build_from_config(build_config)
    if compile_config:
        with _refusing(f"{name} cannot be compiled as the file says"):
            instance.compile_from_config(deserialize_object(compile_config))
    return instance


def _from_config(cls: type[Any], name: str, inner: Any) -> Any:
    if not isinstance(inner, dict):
        raise _Refused(f"The configuration of {name} should be a dict, the file has {inner!r}.")
    # The layers of a model are left to its from_config, which knows how to connect them.
    resolved = {
        key: value if key == "layers" else deserialize_object(value) for key, value in inner.items()
    }
    with _refusing(f"{name} does not accept the configuration in the file"):
        return cls.from_config(resolved)


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Turn whatever the file's values make other code raise into an error about the file."""
    try:
        yield
    except _Refused:
        raise
    except (
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
        AttributeError,
        NotImplementedError,
    ) as error:
        raise _Refused(f"{what}: {error}") from error


def _custom(*names: object) -> Any:
    """Return what the caller gave for the first of `names` that it gave something for."""
    given = _custom_objects.get({})
    return next((given[name] for name in names if isinstance(name, str) and name in given), None)
