"""Checks of the numbers that `fit`, `evaluate` and `predict` are given."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

__all__ = ["batch_size_of", "optional_whole", "validates", "whole"]


def whole(where: str, argument: str, value: Any, least: int = 1) -> int:
    """Return a whole number, or raise ValueError if the argument is none or too small."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(
            f"{where}: {argument} should be a whole number of at least {least}, received {value!r}."
        )
    return int(value)


def optional_whole(where: str, argument: str, value: Any) -> None:
    """Raise ValueError for an argument that is neither None nor a whole number of at least 1."""
    if value is not None:
        whole(where, argument, value)


def batch_size_of(given: int | None, rows: int, steps: int | None) -> int:
    """Return the batch size; by default 32, or as many that the steps go through all rows."""
    if given is not None:
        return int(given)
    return 32 if steps is None else -(-rows // int(steps))


def validates(epoch: int, validation_freq: int | Sequence[int]) -> bool:
    """Whether there is a validation after an epoch, counted from 0."""
    if isinstance(validation_freq, int):
        return (epoch + 1) % validation_freq == 0
    return epoch + 1 in validation_freq
