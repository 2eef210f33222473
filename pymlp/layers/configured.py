"""`Configured`: a layer's configuration, by default the arguments it was made with, where these are plain."""

from __future__ import annotations

import inspect
from typing import Any

from pymlp import regularizers
from pymlp.nesting import flatten

__all__ = ["Configured"]

_PLAIN = (str, int, float, bool, type(None))
_OF_EVERY_LAYER = ("name", "trainable", "dtype")


class Configured:
    """The part of a layer that says what makes another one like it."""

    name: str
    dtype: str
    trainable: bool
    activity_regularizer: Any
    # Set when the layer is made, before any __init__.
    _made_with: tuple[tuple[Any, ...], dict[str, Any]]

    # Each base class's get_config and __init__, which know nothing of the arguments that a subclass adds.
    _base_configs: tuple[Any, ...] = ()

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make a layer like this one, without its weights.

        A subclass that has arguments of its own and no ``get_config`` is described by what it was made with, if that
        is plain: numbers, strings, None, and nests of these.

        Raises
        ------
        NotImplementedError
            If it is not plain.
        """
        own = {name: getattr(self, name) for name in _OF_EVERY_LAYER}
        if self.activity_regularizer is not None:
            own["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return {**self._recorded_config(), **own}

    def _recorded_config(self) -> dict[str, Any]:
        cls = type(self)
        if cls.get_config not in cls._base_configs or cls.__init__ in cls._base_configs:
            return {}
        recorded = _recorded_arguments(cls, *self._made_with)
        if recorded is None:
            raise NotImplementedError(
                f"{cls.__name__} {self.name!r} was made with arguments that are more than numbers and strings. Give "
                "the class a get_config() that returns them as such, and a from_config() that undoes it."
            )
        return recorded

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return a layer from what `get_config` returned."""
        taken, left_out = _accepted_by(cls, config)
        layer = cls(**taken)
        for name, value in left_out.items():
            if getattr(layer, name) != value:
                setattr(layer, name, value)
        return layer


def _recorded_arguments(
    cls: type[Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any] | None:
    """Return the arguments of a class by name, or None if they are more than numbers, strings and nests of these."""
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    places = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(args) > len(places):
        return None
    named = {**dict(zip(places, args, strict=False)), **kwargs}
    return named if all(isinstance(leaf, _PLAIN) for leaf in flatten(named)) else None


def _accepted_by(cls: type[Any], config: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (what a class takes of a configuration, what every layer knows but this class does not ask for)."""
    parameters = inspect.signature(cls.__init__).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return config, {}
    names = {p.name for p in parameters}
    left_out = {k: v for k, v in config.items() if k in _OF_EVERY_LAYER and k not in names}
    return {k: v for k, v in config.items() if k not in left_out}, left_out
