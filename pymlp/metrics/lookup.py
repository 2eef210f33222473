"""From names and configurations to metrics, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymlp import losses, metrics
from pymlp._lazy import Named, full_names
from pymlp._lookup import describe, make, resolve
from pymlp.naming import to_snake_case

__all__ = ["deserialize", "function", "get", "serialize"]

_NOT_NAMED = {"Metric", "deserialize", "get", "serialize"}
_CLASSES = [name for name in metrics.__all__ if name[0].isupper() and name not in _NOT_NAMED]
_FUNCTIONS = Named(
    {
        name: f"{package.__name__}.{name}"
        for package in (losses, metrics)
        for name in package.__all__
        if name[0].islower() and name not in _NOT_NAMED
    }
)
_ALIASES = {
    "bce": "BinaryCrossentropy",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "mse": "MeanSquaredError",
    "msle": "MeanSquaredLogarithmicError",
}
# Unlike a loss's, a metric's name in lower case stands for the class too: it has a state to keep.
_NAMES = full_names("pymlp.metrics", _CLASSES, _ALIASES)
_NAMES |= {to_snake_case(name): _NAMES[name] for name in _CLASSES}
_KNOWN = Named(_NAMES)
_WRAPPER = "pymlp.metrics.MeanMetricWrapper"
_NAMED = Named({name: there for name, there in _NAMES.items() if there != _WRAPPER})


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
    example = "a name such as 'accuracy', a Metric, or a function of (y_true, y_pred)"
    return resolve(identifier, _NAMED, "metric", example, deserialize)


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
