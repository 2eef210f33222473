"""What is known of each loss function besides its formula: how targets are checked, and what it leaves out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["CHECKS", "MASKS", "loss_function"]

Function = TypeVar("Function", bound=Callable[..., Any])

CHECKS: dict[Callable[..., Any], Callable[..., None]] = {}
"""Of every loss function that is loaded the check of its targets; it takes the function's arguments too."""
MASKS: dict[Callable[..., Any], Callable[..., Any]] = {}
"""For a function that leaves samples out: ``(y_true, y_pred, values, **arguments) -> 1 where they count, or None``."""


def loss_function(
    check: Callable[..., None], mask: Callable[..., Any] | None = None
) -> Callable[[Function], Function]:
    """Return a decorator that enters a loss function into the tables above."""

    def enter(function: Function) -> Function:
        CHECKS[function] = check
        if mask is not None:
            MASKS[function] = mask
        return function

    return enter
