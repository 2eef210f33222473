"""Generators, iterators and loaders: batches that are asked for one after the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from pymlp.data.stream import Block, Stream

__all__ = ["Generator", "Loader"]

_KEPT = 2  # items of an iterator, as in Keras


class Generator(Stream):
    """An iterator, whose items come once, but for the first two: they are kept, and every way begins with them."""

    begins_again = False

    def __init__(self, items: Iterator[Any], where: str) -> None:
        self._items = items
        self._where = where
        self._first: list[Any] = []

    def blocks(self, shuffle: bool) -> Iterator[Block]:
        for item in itertools.chain(tuple(self._first), self._further()):
            yield Block.of(item, self._where)

    def _further(self) -> Iterator[Any]:
        for item in self._items:
            self.taken += 1
            if len(self._first) < _KEPT:
                self._first.append(item)
            yield item

    def pass_over(self, items: int) -> int:
        return sum(1 for _ in itertools.islice(self._further(), items))


class Loader(Stream):
    """Something that gives a new iterator for each epoch, such as PyTorch's ``DataLoader``.

    It shuffles by itself, if it is told to.
    """

    def __init__(self, items: Any, where: str) -> None:
        self._items = self.source = items
        self._where = where
        self.batches = len(items) if hasattr(items, "__len__") else None

    def blocks(self, shuffle: bool) -> Iterator[Block]:
        for item in self._items:
            yield Block.of(tuple(item) if isinstance(item, list) else item, self._where)
