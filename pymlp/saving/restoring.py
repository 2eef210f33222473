"""Configurations to objects: Keras's ``deserialize_keras_object``, over a closed table of classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from pymlp.limits import at_most_numbers
from pymlp.registration import CustomObjectScope, custom_object, get_custom_objects
from pymlp.saving.refusal import FileRefused, refusing
from pymlp.saving.registry import class_named, function_named, known_classes, out_of_scope
from pymlp.saving.validation import check_description

__all__ = ["check_safe", "deserialize_object", "restored", "sharing_objects"]

# What a description may make weights of where no file of weights tells: 400 MB in single precision.
_MOST_NUMBERS = 10**8

_TYPES = ("float32", "float64", "int32", "int64")  # the whole ones of layers before a model
_ARRAY_TYPES = frozenset((
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
))  # fmt: skip

# Objects made so far, by the number that marks their descriptions.
_made: ContextVar[dict[Any, Any] | None] = ContextVar("made", default=None)


@contextmanager
def sharing_objects() -> Iterator[None]:
    """Inside the block, descriptions that are marked as being of one object give one object."""
    token = _made.set({})
    try:
        yield
    finally:
        _made.reset(token)


def check_safe(safe_mode: bool, function: str) -> None:
    """Raise ValueError for a call that asks for code from files to be run."""
    if not safe_mode:
        raise ValueError(
            f"{function}: there is no unsafe mode, pymlp runs no code from files. Leave safe_mode out, and give what "
            "the file names by custom_objects."
        )


def deserialize_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """Return the object that a description from `serialize_object` or Keras stands for.

    Parameters
    ----------
    config : object
        The description. What is not a description (a number, a string, an object) is returned
        as it is, lists and dicts with their contents deserialized.
    custom_objects : mapping of str to class or function, optional
        What to use for names that are not pymlp's own. They take precedence over pymlp's.
    safe_mode : bool, default True
        There is no unsafe mode: False is refused.

    Raises
    ------
    FileRefused
        For a class that is neither in pymlp's table nor registered nor in `custom_objects`, for code embedded in
        the description, for a configuration that its class does not accept, or for weights of more than 100 million
        numbers; within `load_model`, of more than the file holds. It is a ValueError. (From a configuration of one's
        own, ``from_config`` makes layers and models of any size.)

    Examples
    --------
    >>> from pymlp import initializers, saving
    >>> saving.deserialize_object(saving.serialize_object(initializers.Constant(2.0)))
    Constant(value=2.0)
    """
    check_safe(safe_mode, "deserialize_keras_object")
    with (
        at_most_numbers(_MOST_NUMBERS, unless_limited=True),
        CustomObjectScope(custom_objects),
    ):
        return restored(config)


def restored(config: Any) -> Any:
    """Return what `deserialize_object` does, of any size if no limit holds: for the parts of a ``from_config``."""
    check_description(config, "The description in the file")
    return _restored(config)


def _restored(config: Any) -> Any:
    if isinstance(config, list | tuple):
        return [_restored(item) for item in config]
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {key: _restored(value) for key, value in config.items()}
    class_name, inner = config["class_name"], config["config"]
    if class_name in _SPECIAL:
        with refusing(f"{class_name} in the file cannot be made"):
            return _SPECIAL[class_name](inner)
    if class_name == "__lambda__":
        raise FileRefused(
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
        raise FileRefused(
            f"The file asks for the type policy {name!r}; pymlp computes in float32 or float64."
        )
    return str(name)


def _array(inner: Any) -> np.ndarray:
    if inner["dtype"] not in _ARRAY_TYPES:
        raise FileRefused(f"The file holds an array of {inner['dtype']!r}, expected numbers.")
    return np.array(inner["value"], dtype=inner["dtype"])


_SPECIAL: dict[str, Any] = {
    "DTypePolicy": _dtype_of,
    "__numpy__": _array,
    "__tensor__": _array,
    "__bytes__": lambda inner: inner["value"].encode("utf-8"),
    "__ellipsis__": lambda inner: ...,
    "__slice__": lambda inner: slice(inner["start"], inner["stop"], inner["step"]),
}


def _function(config: dict[str, Any]) -> Any:
    name = config["config"]
    found = custom_object(name) or _registered_elsewhere(name) or function_named(name)
    if found is None:
        raise FileRefused(
            f"The file names the function {name!r}, which pymlp does not have. If it is yours, "
            f"pass custom_objects={{{name!r}: your_function}}."
        )
    return found


def _registered_elsewhere(name: Any) -> Any:
    """Return the function that was registered as "package>name"; Keras up to 3.6 wrote the name alone."""
    found = [obj for key, obj in get_custom_objects().items() if key.endswith(f">{name}")]
    return found[0] if len(found) == 1 and function_named(name) is None else None


def _instance(config: dict[str, Any]) -> Any:
    made, number = _made.get(), config.get("shared_object_id")
    if made is not None and isinstance(number, int) and number in made:
        return made[number]
    module, class_name = config.get("module"), config["class_name"]
    name = f"{module}.{class_name}"
    own = custom_object(config.get("registered_name"), class_name)
    cls = own or class_named(module, class_name)
    if cls is None:
        raise FileRefused(_unknown(module, class_name))
    inner = {} if config["config"] is None else config["config"]
    if not isinstance(inner, dict):
        raise FileRefused(f"The configuration of {name} should be a dict, the file has {inner!r}.")
    if own is None and class_name == "Lambda":
        _check_function_of_lambda(inner)
    with refusing(f"{name} does not accept the configuration in the file"):
        if own is not None and not hasattr(cls, "from_config"):
            return cls
        instance = cls.from_config(_ready(inner, cls, own is not None))
    _build_and_compile(instance, config, name)
    if made is not None and isinstance(number, int):
        made[number] = instance
    return instance


def _unknown(module: Any, class_name: str) -> str:
    reason = out_of_scope(class_name)
    if reason is not None:
        return f"The file names the class {class_name!r} of {module!r}. {reason}"
    known = ", ".join(known_classes(module))
    return (
        f"The file names the class {class_name!r} of {module!r}, which pymlp does not have"
        + (f"; of {module} it has {known}. " if known else ". ")
        + f"If the class is yours, pass custom_objects={{{class_name!r}: YourClass}}."
    )


def _check_function_of_lambda(inner: dict[str, Any]) -> None:
    """Refuse a Lambda but of a function that the program itself named."""
    function = inner.get("function")
    name = function.get("config") if isinstance(function, dict) else function
    if custom_object(name) is None:
        raise FileRefused(
            f"The file holds the Lambda layer {inner.get('name')!r}. pymlp runs no code from files: if its function "
            "has a name, pass custom_objects={name: your_function}; else make it a layer of your own."
        )


def _ready(inner: dict[str, Any], cls: type[Any], is_own: bool) -> dict[str, Any]:
    """Return a configuration as the class's ``from_config`` expects it.

    Those of pymlp get objects for descriptions. One that the program wrote makes them itself, as with Keras.
    """
    from pymlp.layers import Layer

    given = getattr(cls.from_config, "__func__", None)
    if is_own and issubclass(cls, Layer) and not given.__module__.startswith("pymlp."):
        return {key: _restored(v) if key == "dtype" else v for key, v in inner.items()}
    # The layers of a model are left to its from_config, which knows how to connect them.
    return {key: value if key == "layers" else _restored(value) for key, value in inner.items()}


def _build_and_compile(instance: Any, config: dict[str, Any], name: str) -> None:
    for key in ("build_config", "compile_config"):
        value = config.get(key)
        if value is not None and not isinstance(value, dict):
            raise FileRefused(f"The {key} of {name} should be a dict, the file has {value!r}.")
    if config.get("build_config") and not getattr(instance, "built", True):
        with refusing(f"{name} cannot be built as the file says"):
            instance.build_from_config(config["build_config"])
    if config.get("compile_config") and hasattr(instance, "compile_from_config"):
        with refusing(f"{name} cannot be compiled as the file says"):
            instance.compile_from_config(_restored(config["compile_config"]))
