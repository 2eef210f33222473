"""Batches as tuples: what `train_step` and its kin are given."""

from __future__ import annotations

from typing import Any

__all__ = ["pack_x_y_sample_weight", "unpack_x_y_sample_weight"]


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Return the three parts of a batch, None for those that it does not have.

    Parameters
    ----------
    data : x, or tuple or list of x; of x and y; or of x, y and sample_weight

    Returns
    -------
    tuple (x, y, sample_weight)

    Raises
    ------
    ValueError
        For a tuple of no or more than three parts.

    Examples
    --------
    >>> unpack_x_y_sample_weight(("x", "y"))
    ('x', 'y', None)
    """
    if not isinstance(data, (tuple, list)):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(
            "unpack_x_y_sample_weight expected x, (x,), (x, y) or (x, y, sample_weight), received a "
            f"{type(data).__name__} of {len(data)}."
        )
    x, y, sample_weight = (*data, None, None)[:3]
    return x, y, sample_weight


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Return a batch as `fit` hands it to `train_step`.

    Parameters
    ----------
    x, y, sample_weight : array or nest of arrays
        Without y there is no sample_weight either.

    Returns
    -------
    x, or tuple
        ``(x, y, sample_weight)`` or ``(x, y)``; without y x itself, in a tuple if it is a tuple or a list.

    Examples
    --------
    >>> pack_x_y_sample_weight("x", "y")
    ('x', 'y')
    >>> pack_x_y_sample_weight("x")
    'x'
    >>> pack_x_y_sample_weight(["a", "b"])
    (['a', 'b'],)
    """
    if y is None:
        return (x,) if isinstance(x, (tuple, list)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)
