"""Learning rates that change with the steps, under Keras's names; give one as an optimizer's `learning_rate`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pymlp._lookup import describe, make
from pymlp.optimizers.schedules.cosine import CosineDecay, CosineDecayRestarts
from pymlp.optimizers.schedules.decay import (
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
from pymlp.optimizers.schedules.one_cycle import OneCycle
from pymlp.optimizers.schedules.schedule import LearningRateSchedule

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "OneCycle",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]


def __dir__() -> list[str]:
    """Name the schedules, as programs list them by ``dir``, and nothing that is imported here."""
    return sorted(__all__)


_CLASSES = {
    cls.__name__: cls
    for cls in (
        CosineDecay,
        CosineDecayRestarts,
        ExponentialDecay,
        InverseTimeDecay,
        OneCycle,
        PiecewiseConstantDecay,
        PolynomialDecay,
    )
}


def serialize(
    learning_rate_schedule: LearningRateSchedule | Callable[..., Any],
) -> dict[str, Any]:
    """Return the class's name and the configuration of a schedule, or the name of a function.

    Parameters
    ----------
    learning_rate_schedule : LearningRateSchedule or function

    Examples
    --------
    >>> serialize(ExponentialDecay(0.1, 10, 0.5))["class_name"]
    'ExponentialDecay'
    """
    described = describe(learning_rate_schedule, "learning rate schedule")
    if type(learning_rate_schedule) in _CLASSES.values():
        described["module"] = "keras.optimizers.schedules"
    return described


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return a schedule, or a function, from what `serialize` returned.

    Parameters
    ----------
    config : dict
    custom_objects : dict, optional
        What other names stand for.

    Raises
    ------
    ValueError
        If the class is not known.

    Examples
    --------
    >>> deserialize(serialize(ExponentialDecay(0.1, 10, 0.5))).decay_rate
    0.5
    """
    return make(config, _CLASSES, "learning rate schedule", custom_objects)
