"""Generators, iterators and loaders: batches that are asked for one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pymlp.data.stream import Block, Stream

__all__ = ["Generator", "Loader"]


class Generator(Stream):
    """An iterator, which is gone through once in all, however many epochs there are."""

    begins_again = False

    def __init__(self, items: Iterator[Any], where: str) -> None:
        self._items = items
        self._where = where

    def blocks(self, shuffle: bool) -> Iterator[Block]:
        for item in self._items:
            yield Block.of(item, self._where)


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
