"""From names and configurations to optimizers, and back."""

from __future__ import annotations

from typing import Any, cast

from pymlp import optimizers
from pymlp._lazy import Named
from pymlp._lookup import describe
from pymlp.optimizers.optimizer import Optimizer
from pymlp.registration import get_registered_object

__all__ = ["deserialize", "get", "serialize"]

_CLASSES = Named(
    {
        name.lower(): f"pymlp.optimizers.{name}"
        for name in optimizers.__all__
        if name[0].isupper() and name != "Optimizer"
    }
)


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """Return the class's name and the configuration of an optimizer.

    Examples
    --------
    >>> from pymlp import optimizers
    >>> optimizers.serialize(optimizers.SGD(name="descent"))["class_name"]
    'SGD'
    """
    return describe(optimizer, "optimizer")


def deserialize(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Optimizer:
    """Return an optimizer from what `serialize` returned.

    Parameters
    ----------
    config : dict
    custom_objects : dict, optional
        Classes of your own, by name; looked at first.

    Raises
    ------
    ValueError
        If the class is unknown.

    Examples
    --------
    >>> from pymlp import optimizers
    >>> optimizers.deserialize(optimizers.serialize(optimizers.SGD(momentum=0.5))).momentum
    0.5
    """
    name, registered = config["class_name"], config.get("registered_name")
    cls = get_registered_object(registered, custom_objects)
    cls = cls or get_registered_object(name, custom_objects) or _CLASSES.get(str(name).lower())
    if cls is None:
        raise ValueError(_unknown(name))
    optimizer = cls.from_config(config["config"])
    assert isinstance(optimizer, Optimizer)
    return optimizer


def get(identifier: Any) -> Optimizer:
    """Return an optimizer from its name, a configuration, or itself.

    Parameters
    ----------
    identifier : str, dict or Optimizer

    Raises
    ------
    ValueError
        If it is none of these.

    Examples
    --------
    >>> from pymlp import optimizers
    >>> optimizers.get("adam").beta_2
    0.999
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str) and identifier.lower() in _CLASSES:
        made: Any = _CLASSES[identifier.lower()]
        return cast(Optimizer, made())
    raise ValueError(_unknown(identifier))


def _unknown(identifier: Any) -> str:
    known = ", ".join(repr(name) for name in sorted(_CLASSES))
    return (
        f"optimizer={identifier!r} is not known. Use one of {known}, or an optimizer such as "
        "pymlp.optimizers.SGD(learning_rate=0.01)."
    )
