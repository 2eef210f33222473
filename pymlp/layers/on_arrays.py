"""`OnArrays`: layers that take strings or large whole numbers, and so stand before a model and not within one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

import numpy as np

from pymlp.graph.tensor import Tensor
from pymlp.layers.layer import Layer
from pymlp.nesting import flatten

__all__ = ["OnArrays", "as_values", "batches_of", "checked_salt"]


class OnArrays(Layer):
    """A layer that is called on arrays only: no kernel computes with strings, and float32 holds no large integers."""

    @property
    def _label(self) -> str:
        return f"{type(self).__name__} {self.name!r}"

    def __call__(self, inputs: Any, **kwargs: Any) -> Any:
        """Return what `call` makes of an array, a list, or a column of a table."""
        if any(isinstance(leaf, Tensor) for leaf in flatten(inputs)):
            raise NotImplementedError(
                f"{self._label} works on arrays, not within a model. Give a model what it returns: "
                "model.fit(layer(x), y)."
            )
        return self.call(inputs)


def as_values(label: str, data: Any, kinds: str, encoding: str = "utf-8") -> np.ndarray:
    """Return data as an array of strings, or of whole numbers of 64 bits.

    Parameters
    ----------
    data : array, list, or column of a table
        Arrays of objects are strings if all of them are, or numbers; bytes are decoded.
    kinds : str
        NumPy's letters for the kinds of types that are taken: "U" for strings, "i", "u" and "b" for whole numbers.

    Raises
    ------
    ValueError
        For anything else, missing values among strings for example.
    """
    array = np.asarray(data)
    if array.dtype.kind == "T":  # strings of NumPy 2, of any length
        array = array.astype(object)
    if array.dtype.kind == "O":
        found = {type(value) for value in array.flat}
        if found and all(issubclass(cls, str) for cls in found):
            array = array.astype(str)
        elif found and all(issubclass(cls, bytes) for cls in found):
            array = array.astype(bytes)
        elif found and all(issubclass(cls, int | np.integer) for cls in found):
            array = array.astype(np.int64)
    if array.dtype.kind == "S":
        array = np.char.decode(array, encoding)
    if array.size and array.dtype.kind not in kinds:
        missing = " Are there missing values among them?" if array.dtype.kind in "Of" else ""
        wanted = " or ".join(["strings"] * ("U" in kinds) + ["whole numbers"] * ("i" in kinds))
        raise ValueError(
            f"{label} expected {wanted}, received values of type {array.dtype}.{missing}"
        )
    if array.dtype.kind == "U" or (not array.size and "U" in kinds):
        return array.astype(str)
    return array.astype(np.int64)


def batches_of(data: Any, steps: int | None, one: tuple[type[Any], ...] = ()) -> Iterable[Any]:
    """Return what `adapt` is given as batches: arrays, tables and what is of a type in `one` are a single one."""
    if isinstance(data, one) or hasattr(data, "shape") or hasattr(data, "__array__"):
        return [data]
    return islice(data, steps)


def checked_salt(label: str, salt: Any) -> list[int] | None:
    """Return a salt as two whole numbers, or raise ValueError."""
    if salt is None:
        return None
    given = [salt, salt] if isinstance(salt, int) and not isinstance(salt, bool) else salt
    if (
        not isinstance(given, list | tuple)
        or len(given) != 2
        or not all(isinstance(n, int) for n in given)
    ):
        raise ValueError(
            f"{label}: salt should be a whole number, or two of them, received {salt!r}."
        )
    return list(given)
