"""Configurations of classes that write none: the arguments they were made with, where these are plain."""

from __future__ import annotations

import inspect
from typing import Any

from pymlp.nesting import flatten

__all__ = ["accepted_by", "recorded_arguments"]

_PLAIN = (str, int, float, bool, type(None))


def recorded_arguments(
    cls: type[Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any] | None:
    """Return the arguments of a class by name, or None if they are more than numbers, strings and nests of these."""
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    places = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(args) > len(places):
        return None
    named = {**dict(zip(places, args, strict=False)), **kwargs}
    return named if all(isinstance(leaf, _PLAIN) for leaf in flatten(named)) else None


def accepted_by(cls: type[Any], config: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (what a class takes of a configuration, what every layer knows but this class does not ask for)."""
    parameters = inspect.signature(cls.__init__).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return config, {}
    names = {p.name for p in parameters}
    left_out = {
        key: value
        for key, value in config.items()
        if key in ("name", "trainable", "dtype") and key not in names
    }
    return {key: value for key, value in config.items() if key not in left_out}, left_out
