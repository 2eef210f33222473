"""Checks of arguments that all packages have, and what they say."""

from __future__ import annotations

import operator
from typing import Any

__all__ = ["is_whole", "optional_whole", "whole"]


def is_whole(value: Any, least: int = 1) -> bool:
    """Whether `value` is a whole number, Python's or NumPy's but no truth value, of at least `least`."""
    try:
        return not isinstance(value, bool) and operator.index(value) >= least
    except TypeError:
        return False


def whole(where: str, argument: str, value: Any, least: int = 1) -> int:
    """Return a whole number as an int, or raise ValueError if the argument is none or too small."""
    if not is_whole(value, least):
        raise ValueError(
            f"{where}: {argument} should be a whole number of at least {least}, received {value!r}."
        )
    return int(value)


def optional_whole(where: str, argument: str, value: Any, least: int = 1) -> int | None:
    """Return None, or what `whole` does."""
    return None if value is None else whole(where, argument, value, least)
