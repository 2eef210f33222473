"""Functions of the parts of tensors along their first axis, one after the other: written out into the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymlp import nesting
from pymlp.ops.joining import concatenate, stack
from pymlp.ops.slicing import flip, indexed
from pymlp.ops.values import axis_of, known

__all__ = ["associative_scan", "map", "scan", "vectorized_map"]


def _length(name: str, xs: Any) -> int:
    lengths = {known(x).shape[0] for x in nesting.flatten(xs)}
    if len(lengths) != 1 or None in lengths:
        raise ValueError(
            f"{name}: the first axes should be alike and not that of samples, received lengths {lengths}: what is "
            "done to each sample is written for all of them at once."
        )
    return int(lengths.pop())


def _part(xs: Any, i: int) -> Any:
    return nesting.map_structure(lambda x: indexed(known(x), (i,)), xs)


def _stacked(results: list[Any]) -> Any:
    leaves = zip(*(nesting.flatten(result) for result in results), strict=True)
    return nesting.pack_as(results[0], [stack(parts, 0) for parts in leaves])


def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """Return ``f`` of each part of a tensor along its first axis, one behind the other.

    Parameters
    ----------
    f : callable
        Of a part, or of the parts of all tensors in their structure.
    xs : tensor, or list, tuple or dict of tensors
        Not with samples: the function is written out for each part.

    Raises
    ------
    ValueError
        If the first axes differ or are those of samples, or there is nothing along them.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.map(lambda x: x * x, ops.array([1.0, 2.0, 3.0]))
    array([1., 4., 9.], dtype=float32)
    """
    length = _length("map", xs)
    if not length:
        raise ValueError("map: along an axis of length 0 there is nothing to find a shape by.")
    parts = [_part(xs, i) for i in range(length)]
    return _stacked([f(part) for part in parts])


def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """Return a function of each part of a tensor along its first axis, one behind the other: see `map`.

    Parameters
    ----------
    function : callable ``(tensor, or nest) -> tensor, or nest``
    elements : tensor, or nest of tensors, of shape (n, ...)

    Returns
    -------
    tensor of shape (n, ...), or nest of such

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.vectorized_map(lambda x: x * x, ops.array([1.0, 2.0, 3.0]))
    array([1., 4., 9.], dtype=float32)
    """
    return map(function, elements)


def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[Any, Any]:
    """Return (carry, ys) after ``carry, y = f(carry, x)`` for each part of `xs` along its first axis.

    Parameters
    ----------
    f : callable
    init : tensor, or structure of tensors
        The first carry.
    xs : tensor, or structure of tensors, optional
        Not with samples. Default: the function is given None `length` times.
    length : int, optional
    reverse : bool
        Whether to begin with the last part; the ys stand in the order of `xs` all the same.
    unroll : int or bool
        Without effect: the loop is written out.

    Returns
    -------
    tuple
        The last carry, and the ys one behind the other along a new first axis; None if they are None.

    Raises
    ------
    ValueError
        If neither `xs` nor `length` says how often, or they disagree.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.scan(lambda carry, x: (carry + x, carry), 0.0, ops.array([1.0, 2.0, 3.0]))
    (np.float32(6.0), array([0., 1., 3.], dtype=float32))
    """
    count = length if xs is None else _length("scan", xs)
    if count is None or length not in (None, count):
        raise ValueError(f"scan: xs has {count} parts, and length is {length}; give one of them.")
    carry, found = init, []
    for i in reversed(range(count)) if reverse else range(count):
        x = None if xs is None else _part(xs, i)
        carry, y = f(carry, x)
        found.append(y)
    if reverse:
        found.reverse()
    return carry, _stacked(found) if found and found[0] is not None else None


def associative_scan(
    f: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """Return for each place along an axis the combination of all elements up to it.

    Parameters
    ----------
    f : callable
        Of two structures of tensors, elementwise along the axis, with ``f(a, f(b, c)) == f(f(a, b), c)``.
    elems : tensor, or list, tuple or dict of tensors
    reverse : bool
        Whether to combine from the end.
    axis : int
        Not that of the samples of a symbolic tensor.

    Returns
    -------
    tensor, or structure of such, of the shapes of `elems`

    Raises
    ------
    ValueError
        If the lengths along the axis differ, or it is that of samples.

    References
    ----------
    W. D. Hillis, G. L. Steele: Data parallel algorithms (1986).

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.associative_scan(ops.maximum, ops.array([1.0, 3.0, 2.0]))
    array([1., 3., 3.], dtype=float32)
    """
    leaves = [known(x) for x in nesting.flatten(elems)]
    places = [axis_of("associative_scan", axis, x.ndim) for x in leaves]
    lengths = {x.shape[place] for x, place in zip(leaves, places, strict=True)}
    if len(lengths) != 1 or None in lengths:
        raise ValueError(
            f"associative_scan: lengths along axis {axis} should be alike, and not that of samples: {lengths}."
        )

    def part(xs: list[Any], key: slice) -> list[Any]:
        return [
            indexed(x, ((slice(None),) * at + (key,))) for x, at in zip(xs, places, strict=True)
        ]

    if reverse:
        leaves = [flip(x, at) for x, at in zip(leaves, places, strict=True)]
    reach, length = 1, lengths.pop()
    while reach < length:
        earlier = nesting.pack_as(elems, part(leaves, slice(-reach)))
        own = nesting.pack_as(elems, part(leaves, slice(reach, None)))
        combined = nesting.flatten(f(earlier, own))
        first = part(leaves, slice(reach))
        leaves = [concatenate(pair, at) for *pair, at in zip(first, combined, places, strict=True)]
        reach *= 2
    if reverse:
        leaves = [flip(x, at) for x, at in zip(leaves, places, strict=True)]
    return nesting.pack_as(elems, leaves)
