"""The optimizers that the subcommands know by name."""

from __future__ import annotations

from typing import Any

__all__ = ["OPTIMIZERS", "make_optimizer"]

OPTIMIZERS = ("sgd", "momentum", "adam", "rmsprop")


def make_optimizer(name: str, learning_rate: float | None) -> Any:
    """Return the optimizer of that name; without a learning rate, with its own default."""
    from pymlp import optimizers

    given: dict[str, Any] = {} if learning_rate is None else {"learning_rate": learning_rate}
    if name == "adam":
        return optimizers.Adam(**given)
    if name == "rmsprop":
        return optimizers.RMSprop(**given)
    return optimizers.SGD(**given, momentum=0.9 if name == "momentum" else 0.0)
