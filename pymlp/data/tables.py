"""Tables of pandas, polars and Arrow: their columns of numbers side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["is_table", "table_to_array"]


def is_table(value: Any) -> bool:
    """Whether a value is a table with named columns: a DataFrame of pandas or polars, or a Table of Arrow's."""
    return len(getattr(value, "shape", ())) == 2 and (
        hasattr(value, "column_names") or hasattr(value, "columns")
    )


def _columns(table: Any) -> Iterable[tuple[Any, Any]]:
    if hasattr(table, "column_names"):  # Arrow
        return zip(table.column_names, table.columns, strict=True)
    if hasattr(table, "iloc"):  # pandas, where columns may have the same name
        return ((name, table.iloc[:, place]) for place, name in enumerate(table.columns))
    return ((name, table[name]) for name in table.columns)


def table_to_array(table: Any, argument: str, where: str) -> np.ndarray:
    """Return the columns of a table as those of an array.

    Raises
    ------
    ValueError
        If a column does not hold numbers or booleans; it is named.
    """
    columns = [(name, np.asarray(column)) for name, column in _columns(table)]
    wrong = {name: str(array.dtype) for name, array in columns if array.dtype.kind not in "fiub"}
    if wrong:
        raise ValueError(
            f"{where}: the columns {wrong} of {argument} hold no numbers. Leave them out, encode them, or fill in what "
            "is missing first."
        )
    if not columns:
        raise ValueError(f"{where}: {argument} is a table without columns.")
    return np.column_stack([array for _, array in columns])
