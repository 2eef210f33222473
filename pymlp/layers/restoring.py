"""Putting things back as they were when something fails half way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["restored_on_error"]


@contextmanager
def restored_on_error(objects: Iterable[Any]) -> Iterator[None]:
    """Give objects the attributes back that they had before the block, if it raises.

    Lists, dicts and sets that are attributes get their items back; other values are not looked into.
    """
    before = [
        (thing, {name: _copied(value) for name, value in vars(thing).items()}) for thing in objects
    ]
    try:
        yield
    except BaseException:
        for thing, attributes in before:
            for name in vars(thing).keys() - attributes.keys():
                del vars(thing)[name]
            vars(thing).update(attributes)
        raise


def _copied(value: Any) -> Any:
    return value.copy() if type(value) in (list, dict, set) else value
