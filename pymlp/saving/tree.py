"""What a model keeps state in, and under which path of a file: Keras's way through attributes.

A layer that is an attribute has the attribute's name in its path, one in a list or dict also its class's::

    layers/dense                the first Dense of a Sequential or functional model, whatever its name is
    layers/dense_1              its second
    encoder/stack/dense         of a model of one's own: self.encoder, which has self.stack = [Dense(...), ...]
    encoder/stack/container/... of a list in that list
    optimizer

Attributes come in the order of their names, those that begin with an underscore last. Each object is found once: a
layer with two names has the first one's path.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pymlp.layers import Layer
from pymlp.losses import Loss
from pymlp.metrics import Metric
from pymlp.models import Functional, Model, Sequential
from pymlp.naming import to_snake_case
from pymlp.optimizers import Optimizer
from pymlp.random import SeedGenerator

__all__ = ["Place", "places_in"]

_KINDS = (Layer, Optimizer, Metric, Loss, SeedGenerator)
_CONTAINERS = (list, tuple, dict)
# Where pymlp's own classes keep layers besides the attributes that Keras has too.
_INSIDE = frozenset(
    ("_made_with", "_stack", "_input_layer", "_operations", "_compile_arguments", "_outputs")
)


class Place(NamedTuple):
    """An object with state, and its path in the file."""

    path: str
    object: Any


def places_in(root: Any, skipped: Iterable[Any] = ()) -> Iterator[Place]:
    """Yield the object itself and all in it that may have state, in Keras's order, with their paths."""
    return _in_object(root, "", {id(obj) for obj in skipped})


def _in_object(obj: Any, path: str, seen: set[int]) -> Iterator[Place]:
    if id(obj) in seen:
        return
    seen.add(id(obj))
    yield Place(path, obj)
    for name, value in _attributes(obj):
        inner = f"{path}/{name}" if path else name
        if isinstance(value, _KINDS):
            yield from _in_object(value, inner, seen)
        elif isinstance(value, _CONTAINERS):
            yield from _in_container(value, inner, seen, set())


def _in_container(items: Any, path: str, seen: set[int], within: set[int]) -> Iterator[Place]:
    if id(items) in within:
        return
    within.add(id(items))
    used: Counter[str] = Counter()
    for item in list(items.values()) if isinstance(items, dict) else items:
        if isinstance(item, _KINDS):
            label = _numbered(to_snake_case(type(item).__name__), used)
            yield from _in_object(item, f"{path}/{label}", seen)
        elif isinstance(item, _CONTAINERS):
            label = _numbered("container", used)
            yield from _in_container(item, f"{path}/{label}", seen, within)


def _numbered(name: str, used: Counter[str]) -> str:
    label = f"{name}_{used[name]}" if used[name] else name
    used[name] += 1
    return label


def _attributes(obj: Any) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of an object that its own class, or the program, gave it."""
    if isinstance(obj, SeedGenerator):
        return
    if isinstance(obj, (Sequential, Functional)):
        yield "layers", obj.layers
    for name in sorted(_names(obj), key=lambda name: "~" + name if name.startswith("_") else name):
        try:
            value = getattr(obj, name)
        except Exception:  # a property of the program's own, which may not be ready
            continue
        yield name, value


def _names(obj: Any) -> Iterable[str]:
    base = next(cls for cls in type(obj).__mro__ if cls.__module__.startswith("pymlp."))
    own = (set(dir(obj)) - set(dir(base))) | set(vars(obj))
    names = {name for name in own if not name.startswith("__")} - _INSIDE
    if isinstance(obj, Model) and not isinstance(obj, (Sequential, Functional)):
        names.add("layers")
    return names
