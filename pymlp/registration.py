"""Classes and functions of one's own under the names that files and configurations call them by.

Only the program says what is registered. A configuration can name what is here, and nothing that is not.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from typing import Any, TypeVar

__all__ = [
    "CustomObjectScope",
    "custom_object",
    "custom_object_scope",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "register_keras_serializable",
]

T = TypeVar("T")

_objects: dict[str, Any] = {}
_names: dict[Any, str] = {}
_scope: ContextVar[Mapping[str, Any]] = ContextVar("custom_objects")


class CustomObjectScope:
    """Make classes and functions known by name inside a ``with`` block.

    Whatever makes objects from configurations or names finds them: `load_model`, ``from_config``, ``layers.Dense(3,
    activation="mine")``.

    Parameters
    ----------
    custom_objects : mapping of str to class or function
        They take precedence over pymlp's own, and over those of an outer block.

    Examples
    --------
    >>> import pymlp as keras
    >>> def halved(x):
    ...     return x / 2.0
    >>> with keras.saving.custom_object_scope({"halved": halved}):
    ...     keras.layers.Activation("halved")([[4.0]])
    array([[2.]], dtype=float32)
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None) -> None:
        self.custom_objects = dict(custom_objects or {})
        self._tokens: list[Token[Mapping[str, Any]]] = []

    def __enter__(self) -> CustomObjectScope:
        self._tokens.append(_scope.set({**_scope.get({}), **self.custom_objects}))
        return self

    def __exit__(self, *_: object) -> None:
        _scope.reset(self._tokens.pop())


custom_object_scope = CustomObjectScope


def get_custom_objects() -> dict[str, Any]:
    """Return the dictionary of all that is registered, by name; what is put into it is registered, too.

    Examples
    --------
    >>> from pymlp import utils
    >>> utils.get_custom_objects()["twice"] = lambda x: 2.0 * x
    >>> utils.get_registered_object("twice")(3.0)
    6.0
    >>> del utils.get_custom_objects()["twice"]
    """
    return _objects


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[T], T]:
    """Return a decorator that makes a class or a function known to files, as ``"package>name"``.

    Models made of it are then loaded without `custom_objects`.

    Parameters
    ----------
    package : str
    name : str, optional
        Default: the name of the class or function.

    Raises
    ------
    ValueError
        For a class without ``get_config``.

    Examples
    --------
    >>> import pymlp as keras
    >>> @keras.saving.register_keras_serializable("shop")
    ... class Price(keras.layers.Dense):
    ...     pass
    >>> keras.saving.get_registered_name(Price)
    'shop>Price'
    >>> del keras.saving.get_custom_objects()["shop>Price"]
    """

    def register(decorated: T) -> T:
        if inspect.isclass(decorated) and not hasattr(decorated, "get_config"):
            raise ValueError(
                f"register_keras_serializable: the class {decorated.__name__} has no get_config(), which says how to "
                "make an object like another. Give it one."
            )
        own: Any = decorated
        registered = f"{package}>{own.__name__ if name is None else name}"
        _objects[registered] = decorated
        _names[decorated] = registered
        return decorated

    return register


def get_registered_name(obj: Any) -> str:
    """Return the name that a class or function was registered under, or else its own.

    Parameters
    ----------
    obj : class or function

    Examples
    --------
    >>> from pymlp import saving
    >>> saving.get_registered_name(len)
    'len'
    """
    try:
        registered = _names.get(obj)
    except TypeError:  # not hashable
        registered = None
    return str(obj.__name__) if registered is None else registered


def get_registered_object(
    name: str | None,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """Return the class or function of a name, or None.

    Parameters
    ----------
    name : str
    custom_objects, module_objects : mapping of str to class or function, optional
        Looked at, in this order, after the blocks of `CustomObjectScope` and what is registered.

    Examples
    --------
    >>> from pymlp import saving
    >>> saving.get_registered_object("f", {"f": abs})(-1)
    1
    """
    for known in (_scope.get({}), _objects, custom_objects or {}, module_objects or {}):
        if name in known:
            return known[name]  # type: ignore[index]  # it is in there
    return None


def custom_object(*names: object) -> Any:
    """Return what the program gave for the first of `names` that it gave something for, or None."""
    known = [name for name in names if isinstance(name, str)]
    return next((o for o in map(get_registered_object, known) if o is not None), None)
