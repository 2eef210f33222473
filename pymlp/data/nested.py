"""Data for several inputs or outputs: found by their places in a list or by their names in a dict."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from pymlp.nesting import flatten, is_nested, map_shapes, paths

__all__ = ["is_array_like", "labelled", "matched", "names_by_place", "with_axes_of"]


def is_array_like(value: Any) -> bool:
    """Whether a value is data by itself, rather than a list of such."""
    return hasattr(value, "shape") and hasattr(value, "__len__")


def names_by_place(nest: Any, of_shapes: bool = False) -> Any:
    """Return a nest of names in the place of leaves: of an item in a dict its key, of one in a list its index."""
    leaves = map_shapes(lambda _: None, nest) if of_shapes else nest
    names = iter([str(path[-1]) if path else "x" for path, _ in paths(leaves)])
    return _named(leaves, names)


def _named(nest: Any, names: Any) -> Any:
    if isinstance(nest, dict):
        return {key: _named(nest[key], names) for key in sorted(nest)}
    if isinstance(nest, (list, tuple)):
        return [_named(item, names) for item in nest]
    return next(names)


def nest_of_data(x: Any) -> Any:
    """Return the names of what is given for inputs that nothing is known of yet."""
    if isinstance(x, Mapping):
        return {
            key: nest_of_data(value) if isinstance(value, dict) else str(key)
            for key, value in x.items()
        }
    if isinstance(x, (list, tuple)) and x and all(map(is_array_like, x)):
        return [str(index) for index in range(len(x))]
    return "x"


def matched(
    argument: str,
    value: Any,
    expected: Any,
    where: str,
    rank: int | None = None,
    optional: Collection[str] = (),
) -> list[Any]:
    """Return what is given for each leaf of a nest of names, in their order.

    Parameters
    ----------
    argument : str
        For messages: ``"x"``.
    value : object
        Data in the structure of `expected`, or a dict by its names.
    expected : str, or nest of str
    where : str
        For messages: ``"fit"``.
    rank : int, optional
        Axes of the data if there is one leaf: a list that holds such an array alone is taken for it.
    optional : collection of str
        Names of leaves that nothing needs be given for; they get None.

    Raises
    ------
    ValueError
        If the structure is another.
    """

    def wrong(detail: str) -> ValueError:
        return ValueError(
            f"{where}: {argument} should be given in the structure {expected!r}, by these names or in this order; "
            f"{detail}."
        )

    leaves = flatten(expected)
    if len(leaves) == 1:
        return [_alone(value, leaves[0], rank)]
    if (
        isinstance(value, Mapping)
        and not isinstance(expected, dict)
        and all(isinstance(name, str) for name in expected)
    ):
        return _by_names(value, leaves, optional, wrong)
    needed = [name for name in leaves if name not in optional]
    if optional and isinstance(value, (list, tuple)) and len(value) == len(needed) < len(leaves):
        given = dict(zip(needed, value, strict=True))
        return [given.get(name) for name in leaves]
    return _in_structure(value, expected, optional, wrong)


def _by_names(
    value: Mapping[str, Any],
    names: list[str],
    optional: Collection[str],
    wrong: Callable[[str], ValueError],
) -> list[Any]:
    for name in names:
        if name not in value and name not in optional:
            raise wrong(f"received {list(value)}, in which {name!r} is missing")
    return [value.get(name) for name in names]


def _in_structure(
    value: Any, expected: Any, optional: Collection[str], wrong: Callable[[str], ValueError]
) -> list[Any]:
    if not is_nested(expected):
        return [value]
    if isinstance(expected, dict):
        keys = sorted(expected)
        if isinstance(value, (list, tuple)) and len(value) == len(keys):
            items = list(value)
        elif isinstance(value, Mapping):
            items = _by_names(value, keys, optional, wrong)
        else:
            raise wrong(f"received {_kind(value)}")
        inner = [expected[key] for key in keys]
    else:
        if not isinstance(value, (list, tuple)) or len(value) != len(expected):
            raise wrong(f"received {_kind(value)}")
        items, inner = list(value), list(expected)
    return [
        leaf
        for item, part in zip(items, inner, strict=True)
        for leaf in _in_structure(item, part, optional, wrong)
    ]


def _kind(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, Mapping):
        return f"a dict of {list(value)}"
    shape = getattr(value, "shape", None)
    return type(value).__name__ if shape is None else f"one array of shape {tuple(shape)}"


def _alone(value: Any, name: str, rank: int | None) -> Any:
    """Return the one array of a dict or list that holds nothing else; anything else as it is."""
    if (isinstance(value, Mapping) and len(value) == 1) or (
        isinstance(value, Mapping) and name in value
    ):
        return value[name] if name in value else next(iter(value.values()))
    if isinstance(value, (list, tuple)) and len(value) == 1 and is_array_like(value[0]):
        axes = len(value[0].shape)
        if rank is None or axes == rank or (rank == 2 and axes == 1 and len(value[0]) > 1):
            return value[0]
    return value


def labelled(argument: str, names: list[str], values: list[Any]) -> dict[str, Any]:
    """Return values by what messages call them: the argument, with the name behind it where there are several."""
    if len(values) == 1:
        return {argument: values[0]}
    return {f"{argument}[{name!r}]": value for name, value in zip(names, values, strict=True)}


def with_axes_of(array: np.ndarray, shape: tuple[int | None, ...]) -> np.ndarray:
    """Return the array with a last axis of length 1 added or taken off, if that gives it the axes of `shape`."""
    if array.ndim == len(shape) - 1 and shape[-1] == 1:
        return array[..., None]
    if array.ndim == len(shape) + 1 and array.shape[-1] == 1:
        return array[..., 0]
    return array
