"""From names and configurations to objects and back, for whatever Keras names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pymlp.naming import to_snake_case
from pymlp.registration import custom_object, get_registered_name

__all__ = ["by_both_names", "describe", "find", "make", "resolve"]


def by_both_names(classes: Iterable[Any]) -> dict[str, Any]:
    """Return a table of classes by their names, as ``"MaxNorm"`` and as ``"max_norm"``."""
    known = {cls.__name__: cls for cls in classes}
    return {**known, **{to_snake_case(name): cls for name, cls in known.items()}}


def describe(obj: Any, kind: str) -> dict[str, Any]:
    """Return the configuration of a function or an object, in the form Keras writes and reads.

    Parameters
    ----------
    obj : function, or object with ``get_config()``
    kind : str
        What it is, for the error message.

    Raises
    ------
    ValueError
        For a lambda, and for an object that cannot be written down.
    """
    if inspect.isfunction(obj) or getattr(obj, "saved_by_name", False):
        name = get_registered_name(obj)
        if name == "<lambda>":
            raise ValueError(
                f"A lambda given as {kind} has no name to write down. Define it with def, and pass "
                "it in custom_objects when loading."
            )
        return {
            "module": "builtins",
            "class_name": "function",
            "config": name,
            "registered_name": "function",
        }
    cls = type(obj)
    if inspect.isclass(obj) or not hasattr(obj, "get_config"):
        raise ValueError(
            f"Cannot write down the {kind} {obj!r}: expected a function defined with def, or an "
            "object with get_config()."
        )
    package, _, rest = cls.__module__.partition(".")
    ours = package == "pymlp"
    home = None if cls.__module__ == "__main__" else cls.__module__
    return {
        "module": f"keras.{rest.partition('.')[0]}" if ours else home,
        "class_name": cls.__name__,
        "config": obj.get_config(),
        "registered_name": None if ours else get_registered_name(cls),
    }


def find(name: str, known: Mapping[str, Any], kind: str) -> Any:
    """Return what `name` stands for, registered or in the table `known`, or raise ValueError listing the names."""
    own = custom_object(name)
    if own is not None:
        return own
    if name not in known:
        raise ValueError(
            f"Unknown {kind} {name!r}. Known: {', '.join(sorted(known))}. "
            "Pass one of your own as a function or an object, or in custom_objects."
        )
    return known[name]


def make(
    config: str | Mapping[str, Any],
    known: Mapping[str, Any],
    kind: str,
    custom_objects: Mapping[str, Any] | None = None,
) -> Any:
    """Return the function or the new object that a name or a configuration stands for.

    Parameters
    ----------
    config : str or dict
        A name, or a dictionary with ``class_name`` and ``config``.
    known, custom_objects : mapping of str to class or function
        What names stand for; the latter is looked at first.
    kind : str
        What is looked for, for the error message.

    Raises
    ------
    ValueError
        For a name that is not known, or a dictionary without ``class_name``.
    """
    name: Any
    arguments: Any
    registered: Any = None
    if isinstance(config, str):
        name, arguments = config, {}
    elif isinstance(config, Mapping) and "class_name" in config:
        name, arguments = config["class_name"], config.get("config") or {}
        registered = config.get("registered_name")
    else:
        raise ValueError(
            f"The {kind} should be a name, or a dictionary with 'class_name' and 'config'; "
            f"received {config!r}."
        )
    if name == "function":
        name, arguments, registered = arguments, {}, None
    own = custom_objects or {}
    found = own.get(registered) or own.get(name) or custom_object(registered)
    found = find(name, known, kind) if found is None else found
    if not inspect.isclass(found):
        return found
    if hasattr(found, "from_config"):
        return found.from_config(dict(arguments))
    return found(**arguments)


def resolve(
    identifier: Any,
    known: Mapping[str, Any],
    kind: str,
    example: str,
    read: Callable[[Any], Any] | None = None,
) -> Any:
    """Return what was given for a function or an object: by name, configuration, class or itself. None stays None.

    Parameters
    ----------
    identifier : None, str, dict, class or callable
        A class is called without arguments, and so is one that a name stands for.
    known : mapping of str to class or function
        What names stand for.
    kind, example : str
        What is looked for and what may be given, for the error message.
    read : callable, optional
        What makes something of a configuration, where that is not the table.

    Raises
    ------
    ValueError
        For a name that is not known, or something that cannot be called.
    """
    if identifier is None:
        return None
    if isinstance(identifier, Mapping) and read is not None:
        return read(identifier)
    if isinstance(identifier, str | Mapping):
        return make(identifier, known, kind)
    if not callable(identifier):
        one = f"an {kind}" if kind[0] in "ai" else f"a {kind}"
        raise ValueError(f"Cannot make {one} of {identifier!r}. Pass {example}.")
    return identifier() if inspect.isclass(identifier) else identifier
