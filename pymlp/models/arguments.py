"""What the numbers mean that `fit`, `evaluate` and `predict` are given."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["batch_size_of", "validates"]


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
