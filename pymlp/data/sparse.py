"""Sparse matrices of SciPy: made dense some rows at a time, never as a whole."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from pymlp import random as pymlp_random
from pymlp.data.arrays import as_array, split_off
from pymlp.data.stream import Block, Stream
from pymlp.nesting import flatten, map_structure

__all__ = ["SparseRows", "holds_sparse", "no_dict_of_keys"]

# Numbers of a block of dense rows: some megabytes, so that a block has many batches.
_NUMBERS = 1 << 20


def is_sparse(value: Any) -> bool:
    """Whether a value is a sparse matrix of SciPy's."""
    module = sys.modules.get("scipy.sparse")  # nobody has one who has not imported it
    return module is not None and bool(module.issparse(value))


def no_dict_of_keys(nest: Any) -> Any:
    """Return a nest of data without ``dok_matrix``, which is a dict, too, and would be taken for one."""
    if "scipy.sparse" not in sys.modules or not isinstance(nest, dict):
        return nest
    rows: Any = nest
    if is_sparse(rows):
        return rows.tocsr()
    return {key: no_dict_of_keys(value) for key, value in nest.items()}


def holds_sparse(nest: Any) -> bool:
    """Whether there is a sparse matrix in a nest of data."""
    if "scipy.sparse" not in sys.modules:
        return False
    if isinstance(nest, (list, tuple)) and nest and not any(hasattr(x, "shape") for x in nest):
        return False  # numbers
    return any(is_sparse(leaf) for leaf in flatten(nest))


class SparseRows(Stream):
    """Samples of which some are rows of sparse matrices, in blocks of dense ones."""

    def __init__(
        self, x: Any, y: Any, sample_weight: Any, batch_size: int | None, where: str
    ) -> None:
        def rows_of(value: Any) -> Any:
            if value is None:
                return None
            return (
                value.tocsr()
                if is_sparse(value)
                else as_array(value, "x, y or sample_weight", where)
            )

        self._data = tuple(
            part if part is None else map_structure(rows_of, part) for part in (x, y, sample_weight)
        )
        lengths = {leaf.shape[0] for leaf in flatten(self._data) if leaf is not None}
        if len(lengths) != 1:
            raise ValueError(
                f"{where}: x, y and sample_weight have {sorted(lengths)} samples; they should be the same samples."
            )
        self._where = where
        (self.rows,) = lengths
        self.batch_size = batch_size or 32
        self.batches = math.ceil(self.rows / self.batch_size)
        columns = sum(math.prod(leaf.shape[1:]) for leaf in flatten(self._data) if leaf is not None)
        self._batches_a_block = max(1, _NUMBERS // max(1, columns * self.batch_size))

    def split_off(
        self, validation_split: float, batch_size: int | None
    ) -> tuple[SparseRows, SparseRows]:
        """Return (the first part, the last part, which is that fraction of the samples, in batches of that size)."""
        first, last = split_off(range(self.rows), validation_split)
        return self._part(first, self.batch_size), self._part(last, batch_size)

    def _part(self, rows: range, batch_size: int | None) -> SparseRows:
        def part(nest: Any) -> Any:
            return map_structure(
                lambda leaf: None if leaf is None else leaf[rows[0] : rows[-1] + 1], nest
            )

        x, y, sample_weight = map(part, self._data)
        return SparseRows(x, y, sample_weight, batch_size, self._where)

    def blocks(self, shuffle: bool) -> Iterator[Block]:
        order = np.arange(self.rows)
        if shuffle:
            order = pymlp_random.next_generator().permutation(self.rows)
        step = self.batch_size * self._batches_a_block
        for start in range(0, self.rows, step):
            rows = order[start : start + step]
            x, y, sample_weight = (_rows_of(part, rows) for part in self._data)
            yield Block(x, y, sample_weight, self.batch_size)


def _rows_of(nest: Any, rows: np.ndarray) -> Any:
    return None if nest is None else map_structure(partial(_taken, rows=rows), nest)


def _taken(leaf: Any, rows: np.ndarray) -> Any:
    if leaf is None:
        return None
    return leaf[rows].toarray() if is_sparse(leaf) else leaf[rows]
