"""`PyDataset`: batches by their numbers, made by a class of the user's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pymlp import random as pymlp_random
from pymlp.data.stream import Block, Stream

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

__all__ = ["Batches", "PyDataset"]


class PyDataset:
    """Base of data sets that make each batch when it is asked for.

    A subclass defines ``__getitem__(index)``, which returns a batch ``(x, y)`` or ``(x, y, sample_weight)``, and
    ``__len__``, the number of batches.

    Parameters
    ----------
    workers : int
        With more than 1, so many threads make batches in advance.
    use_multiprocessing : bool
        Whether to have processes do so instead, for work in Python that keeps a processor busy. They are started anew
        for every epoch, in Python's usual way (`multiprocessing.get_start_method`): unless it is ``"fork"``, the data
        set must be possible to pickle. Batches are always pickled.
    max_queue_size : int
        Batches made in advance, at most (but one for each worker).

    Examples
    --------
    >>> import numpy as np, pymlp as keras
    >>> class Squares(keras.utils.PyDataset):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, index):
    ...         x = np.arange(index, index + 2.0).reshape(2, 1)
    ...         return x, x ** 2
    >>> model = keras.Sequential([keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> len(model.fit(Squares(), epochs=2, verbose=0).history["loss"])
    2
    """

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __getitem__(self, index: int) -> Any:
        """Return batch number `index`."""
        raise NotImplementedError(f"{type(self).__name__} has no __getitem__(index).")

    def __len__(self) -> int:
        """Return the number of batches."""
        raise NotImplementedError(f"{type(self).__name__} has no __len__().")

    @property
    def num_batches(self) -> int | None:
        """The number of batches; None for a data set without end."""
        return len(self)

    def on_epoch_begin(self) -> None:
        """Be told that an epoch begins."""

    def on_epoch_end(self) -> None:
        """Be told that an epoch is over."""


class Batches(Stream):
    """The batches of a `PyDataset`, in a new order each epoch if they are shuffled."""

    def __init__(self, data: Any, where: str) -> None:
        self._data = self.source = data
        self._where = where
        self.batches = data.num_batches if hasattr(data, "num_batches") else len(data)

    def blocks(self, shuffle: bool) -> Iterator[Block]:
        for item in self._items(self._numbers(shuffle)):
            yield Block.of(tuple(item) if isinstance(item, list) else item, self._where)

    def _numbers(self, shuffle: bool) -> Iterator[int]:
        if self.batches is None:
            number = 0
            while True:
                yield number
                number += 1
        elif shuffle:
            yield from map(int, pymlp_random.next_generator().permutation(self.batches))
        else:
            yield from range(self.batches)

    def _items(self, numbers: Iterator[int]) -> Iterator[Any]:
        data = self._data
        workers = getattr(data, "workers", 1) or 0
        processes = bool(getattr(data, "use_multiprocessing", False)) and workers > 0
        if workers < 2 and not processes:
            for number in numbers:
                yield data[number]
            return
        ahead = max(workers, getattr(data, "max_queue_size", 10))
        # Late: a tenth of the time that importing pymlp takes.
        from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

        pool: Executor
        if processes:
            pool = ProcessPoolExecutor(workers, initializer=_hold, initargs=(data,))
            make = _held_batch
        else:
            pool, make = ThreadPoolExecutor(workers), data.__getitem__
        with pool:
            waiting: list[Future[Any]] = []
            try:
                for number in numbers:
                    waiting.append(pool.submit(make, number))
                    if len(waiting) >= ahead:
                        yield waiting.pop(0).result()
                while waiting:
                    yield waiting.pop(0).result()
            finally:
                for future in waiting:
                    future.cancel()

    def epoch_begins(self) -> None:
        getattr(self._data, "on_epoch_begin", lambda: None)()

    def epoch_ended(self) -> None:
        self._data.on_epoch_end()


_held: Any = None  # in a process that makes batches: of which data set


def _hold(data: Any) -> None:
    global _held
    _held = data


def _held_batch(number: int) -> Any:
    return _held[number]
