"""`Stream`: data that comes batch by batch, and what is taken for such."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Block", "Stream", "stream_of"]


class Block(NamedTuple):
    """Samples that are in memory at once: one batch of them, or several.

    Attributes
    ----------
    x, y, sample_weight
        As `fit` takes them; y and sample_weight may be None.
    batch_size : int or None
        Of the batches within; None if the block is one.
    """

    x: Any
    y: Any = None
    sample_weight: Any = None
    batch_size: int | None = None

    @classmethod
    def of(cls, item: Any, where: str) -> Block:
        """Return the batch that an item of a stream is: ``x``, ``(x,)``, ``(x, y)`` or ``(x, y, sample_weight)``.

        A list is taken for several inputs, as in Keras.
        """
        if not isinstance(item, tuple):
            return cls(item)
        if not 1 <= len(item) <= 3:
            raise ValueError(
                f"{where}: each item should be a tuple (x,), (x, y) or (x, y, sample_weight), received one of "
                f"{len(item)}."
            )
        return cls(*item)


class Stream:
    """Data that comes block by block; each kind of source has a subclass in a file of its own.

    Attributes
    ----------
    batches : int or None
        Of one way through the data; None if that is not known beforehand.
    begins_again : bool
        Whether `blocks` gives the same whenever it is called; of an iterator only the first two items come again,
        and then those that were not taken yet.
    taken : int
        Items that were taken of an iterator.
    source : object
        What the user gave, if it may have a state of its own.
    """

    batches: int | None = None
    begins_again = True
    taken = 0
    source: Any = None

    def blocks(self, shuffle: bool) -> Iterator[Block]:
        """Yield the blocks of one way through the data."""
        raise NotImplementedError

    def pass_over(self, items: int) -> int:
        """Take so many items of an iterator, and leave them; return how many there were."""
        return items

    def epoch_begins(self) -> None:
        """Take note that an epoch begins."""

    def epoch_ended(self) -> None:
        """Take note that an epoch is over."""

    def get_state(self) -> Any:
        """Return what the source says of itself by a method of this name, for one like it to go on; or None."""
        return self.source.get_state() if hasattr(self.source, "get_state") else None

    def set_state(self, state: Any) -> None:
        """Hand the source what `get_state` returned."""
        if hasattr(self.source, "set_state"):
            self.source.set_state(state)


def stream_of(
    x: Any, y: Any, sample_weight: Any, batch_size: int | None, where: str
) -> Stream | None:
    """Return the stream that data is, or None if it is arrays.

    Raises
    ------
    ValueError
        If y or sample_weight is given beside a stream that brings its own.
    """
    if type(x) is np.ndarray and (y is None or type(y) is np.ndarray):
        return None  # what a prediction of one row has no time to ask further about
    from pymlp.data.generators import Generator, Loader
    from pymlp.data.py_dataset import Batches, PyDataset
    from pymlp.data.sparse import SparseRows, holds_sparse, no_dict_of_keys

    x, y = no_dict_of_keys(x), no_dict_of_keys(y)
    if holds_sparse(x) or holds_sparse(y):
        return SparseRows(x, y, sample_weight, batch_size, where)
    stream: Stream
    if isinstance(x, PyDataset) or _is_like_a_py_dataset(x):
        stream = Batches(x, where)
    elif hasattr(x, "__next__"):
        stream = Generator(x, where)
    elif _is_loader(x):
        stream = Loader(x, where)
    else:
        return None
    for argument, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ValueError(
                f"{where}: {argument} is part of the items of x, which is a {type(x).__name__}: leave the argument out."
            )
    return stream


def _is_like_a_py_dataset(x: Any) -> bool:
    return all(hasattr(x, name) for name in ("__getitem__", "__len__", "on_epoch_end"))


def _is_loader(x: Any) -> bool:
    """Whether x is no data itself but gives some when iterated over, as PyTorch's DataLoader does."""
    is_data = isinstance(x, (list, tuple, dict, str, bytes)) or hasattr(x, "shape")
    if is_data or hasattr(x, "collect"):  # what polars has not computed yet
        return False
    table = hasattr(x, "columns") or hasattr(x, "__array__") or hasattr(x, "to_numpy")
    return x is not None and not table and hasattr(x, "__iter__")
