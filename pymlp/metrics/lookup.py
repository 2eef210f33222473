"""From names and configurations to metrics, and back."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pymlp._lookup import by_both_names, describe, make, public, resolve
from pymlp.losses.registry import FUNCTIONS as LOSS_FUNCTIONS
from pymlp.metrics import (
    accuracy,
    at_threshold,
    auc,
    confusion,
    correlation,
    fscore,
    iou,
    margins,
    probabilistic,
    r2,
    regression,
    running,
    topk,
)

__all__ = ["deserialize", "function", "get", "serialize"]

_FAMILIES = (
    accuracy,
    at_threshold,
    auc,
    confusion,
    correlation,
    fscore,
    iou,
    margins,
    probabilistic,
    r2,
    regression,
    running,
    topk,
)
_PUBLIC = public(_FAMILIES)
_CLASSES = [found for found in _PUBLIC.values() if inspect.isclass(found)]
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: found for name, found in _PUBLIC.items() if inspect.isfunction(found)},
    **LOSS_FUNCTIONS,
}
_ALIASES = {
    "bce": probabilistic.BinaryCrossentropy,
    "mae": regression.MeanAbsoluteError,
    "mape": regression.MeanAbsolutePercentageError,
    "mse": regression.MeanSquaredError,
    "msle": regression.MeanSquaredLogarithmicError,
}
# Unlike a loss's, a metric's name in lower case stands for the class too: it has a state to keep.
_KNOWN: dict[str, Any] = {
    **by_both_names(_CLASSES),
    **_ALIASES,
    **{alias.upper(): cls for alias, cls in _ALIASES.items()},
}


def get(identifier: Any) -> Any:
    """Return the metric that `identifier` stands for.

    Parameters
    ----------
    identifier : None, str, dict, Metric, class or callable
        A name (``"accuracy"``, ``"mse"``, ``"MeanSquaredError"``), a configuration as `serialize`
        returns it, or a callable ``(y_true, y_pred) -> values``. A class is called without
        arguments. None stays None.

    Returns
    -------
    Metric or function

    Raises
    ------
    ValueError
        For a name that is not known (the message lists those that are), or for something that
        cannot be called.

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.get("mse")
    <MeanSquaredError name=mean_squared_error>
    """
    named = {name: cls for name, cls in _KNOWN.items() if cls is not running.MeanMetricWrapper}
    example = "a name such as 'accuracy', a Metric, or a function of (y_true, y_pred)"
    return resolve(identifier, named, "metric", example, deserialize)


def serialize(metric: Any) -> dict[str, Any]:
    """Return the configuration of a metric, in the form Keras writes and reads.

    Parameters
    ----------
    metric : Metric or function

    Returns
    -------
    dict
        ``module``, ``class_name``, ``config`` and ``registered_name``.

    Raises
    ------
    ValueError
        For a lambda, or an object that has no ``get_config()``.

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.serialize(metrics.AUC(curve="PR"))["config"]["curve"]
    'PR'
    """
    return describe(metric, "metric")


def deserialize(
    config: str | Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """Return the metric or the function that a name or a configuration stands for.

    Parameters
    ----------
    config : str or dict
        What `serialize` returns, or a name.
    custom_objects : dict, optional
        Functions and classes of your own, by name; looked at first.

    Raises
    ------
    ValueError
        For a name that is not known.

    Examples
    --------
    >>> from pymlp import metrics
    >>> metrics.deserialize({"class_name": "AUC", "config": {"curve": "PR"}}).curve
    'PR'
    """
    if isinstance(config, Mapping) and config.get("class_name") == "function":
        return make(config, _FUNCTIONS, "metric function", custom_objects)
    return make(config, _KNOWN, "metric", custom_objects)


def function(config: Mapping[str, Any]) -> Any:
    """Return the metric or loss function that a configuration names."""
    return make(config, _FUNCTIONS, "metric function")
