"""Gradients scaled down to a norm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymlp import ops

__all__ = ["clipped_by_global_norm", "clipped_by_norm"]


def clipped_by_norm(gradient: Any, norm: float) -> Any:
    """Return a gradient, scaled down to `norm` if its own is greater."""
    own = ops.sqrt(ops.sum(ops.square(gradient)))
    return ops.divide(ops.multiply(gradient, norm), ops.maximum(own, norm))


def clipped_by_global_norm(gradients: Sequence[Any], norm: float) -> list[Any]:
    """Return gradients, scaled down so that the norm of all together is at most `norm`.

    If that is not finite, neither are the gradients.
    """
    squares: Any = 0.0
    for gradient in gradients:
        squares = ops.add(ops.sum(ops.square(gradient)), squares)
    own = ops.sqrt(squares)
    scale = ops.multiply(ops.minimum(ops.divide(1.0, own), 1.0 / norm), norm)
    scale = ops.add(scale, ops.subtract(own, own))
    return [ops.multiply(gradient, scale) for gradient in gradients]
