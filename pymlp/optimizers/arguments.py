"""Checks of optimizers' arguments."""

from __future__ import annotations

from numbers import Real
from typing import Any

__all__ = ["check_clipping", "optional_number", "within"]


def within(kind: str, argument: str, value: Any, low: float, high: float) -> float:
    """Return `value` if it is a number within [low, high], or raise ValueError."""
    if isinstance(value, bool) or not isinstance(value, Real) or not low <= float(value) <= high:
        raise ValueError(
            f"{kind}: {argument} should be a number within [{low}, {high}], received {value!r}."
        )
    return float(value)


def optional_number(kind: str, argument: str, value: Any, low: float = 0.0) -> float | None:
    """Return None, or `value` if it is a number of at least `low`; or raise ValueError."""
    return None if value is None else within(kind, argument, value, low, float("inf"))


def check_clipping(kind: str, **given: Any) -> None:
    """Raise ValueError if more than one way of clipping is asked for."""
    if sum(value is not None for value in given.values()) > 1:
        said = ", ".join(f"{name}={value!r}" for name, value in given.items())
        raise ValueError(
            f"{kind}: only one of clipnorm, clipvalue and global_clipnorm can be set, received {said}."
        )
