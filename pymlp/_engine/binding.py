"""What a program asks of the caller's arrays: checked whenever they are bound, because C checks nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["check_arrays"]


def check_arrays(
    arrays: Sequence[np.ndarray],
    specs: Sequence[tuple[int, bool]],
    dtype: str,
    is_readable: Callable[[np.ndarray], bool],
) -> tuple[int | None, int | None]:
    """Return how many samples may be read and how many written, None where no array limits them.

    Parameters
    ----------
    arrays : sequence of ndarray
    specs : sequence of (elements, writable)
        What was announced of each array.
    dtype : str
        The program's.
    is_readable : callable
        Whether the engine can read an array as it stands.

    Raises
    ------
    ValueError, TypeError
        If the arrays are not as announced.
    """
    if len(arrays) != len(specs):
        raise ValueError(f"the program takes {len(specs)} arrays, received {len(arrays)}")
    to_read = to_write = None
    for i, (array, (elements, writable)) in enumerate(zip(arrays, specs, strict=True)):
        if not is_readable(array) or array.ndim < 1:
            raise TypeError(f"array {i}: cannot be read as it stands")
        count = 1
        for length in array.shape[1:]:
            count *= length
        if count != elements or (
            to_read is not None and not writable and array.shape[0] != to_read
        ):
            raise ValueError(
                f"array {i}: {elements} elements a sample were announced, shape is {array.shape}"
            )
        if not writable:
            to_read = array.shape[0]
            continue
        if array.dtype != dtype or not array.flags.c_contiguous or not array.flags.writeable:
            raise TypeError(f"array {i}: results go to a writable C-contiguous array of {dtype}")
        to_write = array.shape[0] if to_write is None else min(to_write, array.shape[0])
    return to_read, to_write
