"""From configurations to schedules, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pymlp._lazy import Named
from pymlp._lookup import describe, make
from pymlp.optimizers import schedules
from pymlp.optimizers.schedules.schedule import LearningRateSchedule

__all__ = ["deserialize", "serialize"]

_CLASSES = Named(
    {
        name: f"pymlp.optimizers.schedules.{name}"
        for name in schedules.__all__
        if name[0].isupper() and name != "LearningRateSchedule"
    }
)


def serialize(
    learning_rate_schedule: LearningRateSchedule | Callable[..., Any],
) -> dict[str, Any]:
    """Return the class's name and the configuration of a schedule, or the name of a function.

    Parameters
    ----------
    learning_rate_schedule : LearningRateSchedule or function

    Examples
    --------
    >>> from pymlp.optimizers import schedules
    >>> schedules.serialize(schedules.ExponentialDecay(0.1, 10, 0.5))["class_name"]
    'ExponentialDecay'
    """
    described = describe(learning_rate_schedule, "learning rate schedule")
    cls = type(learning_rate_schedule)
    if _CLASSES.get(cls.__name__) is cls:
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
    >>> from pymlp.optimizers import schedules
    >>> decay = schedules.ExponentialDecay(0.1, 10, 0.5)
    >>> schedules.deserialize(schedules.serialize(decay)).decay_rate
    0.5
    """
    return make(config, _CLASSES, "learning rate schedule", custom_objects)
