"""Nests of lists, tuples and dicts: flat, and packed again.

The items of a dict come in the order of their sorted keys, as in Keras; those of an `OrderedDict` in its own.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from numbers import Integral
from typing import Any

__all__ = [
    "flatten",
    "is_nested",
    "is_shape",
    "map_shapes",
    "map_structure",
    "pack_as",
    "pack_shapes",
    "paths",
    "shapes_in",
]


def is_nested(value: Any) -> bool:
    """Whether a value is a list, a tuple or a dict."""
    return isinstance(value, (list, tuple, dict))


def _keys(nest: dict[Any, Any]) -> list[Any]:
    return list(nest) if isinstance(nest, OrderedDict) else sorted(nest)


def paths(nest: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield (path, leaf) for every leaf, the path being the keys and indices that lead to it."""
    if isinstance(nest, dict):
        for key in _keys(nest):
            yield from paths(nest[key], (*path, key))
    elif isinstance(nest, (list, tuple)):
        for index, item in enumerate(nest):
            yield from paths(item, (*path, index))
    else:
        yield path, nest


def flatten(nest: Any) -> list[Any]:
    """Return the leaves in their order.

    Examples
    --------
    >>> flatten({"b": [1, 2], "a": 3})
    [3, 1, 2]
    """
    return [leaf for _, leaf in paths(nest)]


def map_structure(function: Callable[[Any], Any], nest: Any) -> Any:
    """Return the nest with `function` applied to every leaf.

    Examples
    --------
    >>> map_structure(str, {"a": (1, [2])})
    {'a': ('1', ['2'])}
    """
    return pack_as(nest, [function(leaf) for leaf in flatten(nest)])


def pack_as(nest: Any, leaves: Iterable[Any]) -> Any:
    """Return other leaves in the structure of `nest`.

    Raises
    ------
    ValueError
        If their number differs.
    """
    rest = list(leaves)
    if len(rest) == 1 and not is_nested(nest):
        return rest[0]
    expected = len(flatten(nest))
    if len(rest) != expected:
        raise ValueError(f"{expected} items were expected, received {len(rest)}.")
    return _packed(nest, iter(rest))


def _packed(nest: Any, leaves: Iterator[Any]) -> Any:
    if isinstance(nest, dict):
        packed = {key: _packed(nest[key], leaves) for key in _keys(nest)}
        return type(nest)((key, packed[key]) for key in nest)
    if isinstance(nest, tuple) and hasattr(nest, "_fields"):
        return type(nest)(*[_packed(item, leaves) for item in nest])
    if isinstance(nest, (list, tuple)):
        return type(nest)([_packed(item, leaves) for item in nest])
    return next(leaves)


def is_shape(value: Any) -> bool:
    """Whether a value is one shape, such as ``(None, 3)``, rather than a nest of shapes."""
    if type(value) is tuple and value and value[0] is None:
        return True  # no nest begins so
    return isinstance(value, (list, tuple)) and all(
        length is None or (isinstance(length, Integral) and not isinstance(length, bool))
        for length in value
    )


def map_shapes(function: Callable[[Any], Any], nest: Any) -> Any:
    """Return a nest of shapes with `function` applied to each of them."""
    if is_shape(nest) or not is_nested(nest):
        return function(nest)
    if isinstance(nest, dict):
        return {key: map_shapes(function, item) for key, item in nest.items()}
    return type(nest)([map_shapes(function, item) for item in nest])


class _Leaf:
    """A shape that is not taken for a nest of numbers."""

    def __init__(self, shape: Any) -> None:
        self.shape = shape


def shapes_in(nest: Any) -> list[Any]:
    """Return the shapes in a nest of shapes.

    Examples
    --------
    >>> shapes_in({"a": (None, 3), "b": [(None, 2)]})
    [(None, 3), (None, 2)]
    """
    if is_shape(nest):
        return [nest]
    return [leaf.shape for leaf in flatten(map_shapes(_Leaf, nest))]


def pack_shapes(nest: Any, leaves: Iterable[Any]) -> Any:
    """Return other leaves in the structure of a nest of shapes."""
    return pack_as(None if is_shape(nest) else map_shapes(_Leaf, nest), leaves)
