"""Optimizers, under Keras's names."""

from __future__ import annotations

from typing import Any, cast

from pymlp._lookup import describe
from pymlp.optimizers import schedules
from pymlp.optimizers.adadelta import Adadelta
from pymlp.optimizers.adafactor import Adafactor
from pymlp.optimizers.adagrad import Adagrad
from pymlp.optimizers.adam import Adam
from pymlp.optimizers.adamax import Adamax
from pymlp.optimizers.adamw import AdamW
from pymlp.optimizers.ftrl import Ftrl
from pymlp.optimizers.lamb import Lamb
from pymlp.optimizers.lbfgs import LBFGS
from pymlp.optimizers.lion import Lion
from pymlp.optimizers.muon import Muon
from pymlp.optimizers.nadam import Nadam
from pymlp.optimizers.optimizer import Optimizer
from pymlp.optimizers.rmsprop import RMSprop
from pymlp.optimizers.sgd import SGD
from pymlp.registration import get_registered_object

__all__ = [
    "LBFGS", "SGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion", "Muon",
    "Nadam", "Optimizer", "RMSprop", "deserialize", "get", "schedules", "serialize",
]  # fmt: skip

_CLASSES: dict[str, type[Optimizer]] = {
    cls.__name__.lower(): cls
    for cls in (
        LBFGS, SGD, Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Ftrl, Lamb, Lion, Muon, Nadam, RMSprop,
    )
}  # fmt: skip


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """Return the class's name and the configuration of an optimizer.

    Examples
    --------
    >>> serialize(SGD(name="descent"))["class_name"]
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
    >>> deserialize(serialize(SGD(momentum=0.5))).momentum
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
    >>> get("adam").beta_2
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
