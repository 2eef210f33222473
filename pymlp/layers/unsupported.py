"""Arguments that a layer accepts by name and cannot honour yet."""

from __future__ import annotations

from typing import Any

__all__ = ["refuse_rules"]


def refuse_rules(layer: Any, **rules: Any) -> None:
    """Raise NotImplementedError if a regularizer or a constraint is asked for."""
    for argument, rule in rules.items():
        if rule is not None:
            raise NotImplementedError(
                f"{type(layer).__name__} {layer.name!r}: {argument} is not supported yet."
            )
