"""Loops over strided elements: whatever goes element by element, and whatever moves elements."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

__all__ = ["Walk", "broadcast_walk", "contiguous", "nest"]

_INDICES = "ijklmnpq"


class Walk(NamedTuple):
    """How an array is gone through: its first element, and how far one step along each axis of the loops goes."""

    first: int
    strides: tuple[int, ...]


def contiguous(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the strides of an array without gaps.

    Examples
    --------
    >>> contiguous((2, 3, 4))
    (12, 4, 1)
    """
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


def broadcast_walk(own: Sequence[int], shape: Sequence[int]) -> Walk:
    """Return how an array of shape `own` is gone through to fill `shape` by NumPy's rules.

    Examples
    --------
    >>> broadcast_walk((3, 1), (2, 3, 4)).strides
    (0, 1, 0)
    """
    while len(own) > len(shape):  # axes of length 1, of a number or in place of the samples
        own = own[1:]
    missing = len(shape) - len(own)
    strides = (0,) * missing + tuple(
        0 if n == 1 else s for n, s in zip(own, contiguous(own), strict=True)
    )
    return Walk(0, strides)


def nest(
    lengths: Sequence[int], walks: Sequence[Walk], body: Callable[..., str], indent: str = "    "
) -> list[str]:
    """Return nested loops as lines of C.

    Parameters
    ----------
    lengths : sequence of int
        Of the loops, the outermost first.
    walks : sequence of Walk
        Of each array that the body looks at.
    body : callable
        Of the index into each array, as C text, returns a statement.
    """
    merged = _merged(lengths, walks)
    names = [_INDICES[i] if i < len(_INDICES) else f"i{i}" for i in range(len(merged))]
    lines = [
        f"{indent * (depth + 1)}for (size_t {name} = 0; {name} < {length}; {name}++)"
        for depth, (name, (length, _)) in enumerate(zip(names, merged, strict=True))
    ]
    indices = []
    for number, walk in enumerate(walks):
        steps = [(name, strides[number]) for name, (_, strides) in zip(names, merged, strict=True)]
        indices.append(_index(walk.first, steps))
    return [*lines, indent * (len(merged) + 1) + body(*indices)]


def _merged(lengths: Sequence[int], walks: Sequence[Walk]) -> list[tuple[int, tuple[int, ...]]]:
    """Return length and strides of each loop that is left when those that go on as one are made one."""
    found: list[tuple[int, tuple[int, ...]]] = []
    for axis, length in enumerate(lengths):
        if length == 1:
            continue
        strides = tuple(walk.strides[axis] for walk in walks)
        if found and all(a == b * length for a, b in zip(found[-1][1], strides, strict=True)):
            found[-1] = found[-1][0] * length, strides
        else:
            found.append((length, strides))
    return found


def _index(first: int, steps: Sequence[tuple[str, int]]) -> str:
    terms = [str(first)] if first else []
    # What is taken off comes last: sizes have no sign.
    for name, stride in sorted(steps, key=lambda step: step[1] < 0):
        if stride:
            term = name if abs(stride) == 1 else f"{name} * {abs(stride)}"
            terms.append(("- " if stride < 0 else "+ " if terms else "") + term)
    return " ".join(terms) or "0"
