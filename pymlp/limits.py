"""How much may be made of a description that comes from somebody else: numbers kept, layers called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["at_most_numbers", "take_call", "take_numbers"]

# How many numbers more may be made weights and metrics' totals of, and how often layers may be called yet.
_left: ContextVar[dict[str, int] | None] = ContextVar("left", default=None)
_MOST_CALLS = 20_000


@contextmanager
def at_most_numbers(count: int, unless_limited: bool = False) -> Iterator[None]:
    """Inside the block `take_numbers` refuses more than so many numbers in all, and `take_call` very many calls.

    It is for making models that somebody else described: few words can describe much, models in models above all.
    A block inside another has a limit of its own, or goes on with that one.
    """
    if unless_limited and _left.get() is not None:
        yield
        return
    token = _left.set({"numbers": count, "calls": _MOST_CALLS})
    try:
        yield
    finally:
        _left.reset(token)


def take_numbers(count: int) -> bool:
    """Whether so many numbers more may be kept; counts them if so."""
    return _take("numbers", count)


def take_call() -> bool:
    """Whether a layer may be called once more; counts it if so."""
    return _take("calls", 1)


def _take(what: str, count: int) -> bool:
    left = _left.get()
    if left is None:
        return True
    if count > left[what]:
        return False
    left[what] -= max(count, 0)
    return True
