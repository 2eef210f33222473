"""From names and configurations to losses, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymlp import losses
from pymlp._lazy import Named, full_names
from pymlp._lookup import describe, make, resolve
from pymlp.graph.tensor import Shape
from pymlp.losses.loss import Loss
from pymlp.losses.wrapper import LossFunctionWrapper

__all__ = ["deserialize", "for_compile", "get", "serialize"]

_NOT_NAMED = {"Loss", "LossFunctionWrapper", "deserialize", "get", "serialize"}
_ALIASES = {
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}
_NAMES = full_names("pymlp.losses", set(losses.__all__) - _NOT_NAMED, _ALIASES)
_NAMED = Named(_NAMES)
_KNOWN = Named({**_NAMES, "LossFunctionWrapper": "pymlp.losses.LossFunctionWrapper"})


def get(identifier: Any) -> Any:
    """Return the loss that `identifier` stands for.

    Parameters
    ----------
    identifier : None, str, dict, Loss, class or callable
        The name of a function (``"mse"``, ``"categorical_crossentropy"``) or of a class
        (``"MeanSquaredError"``), a configuration as `serialize` returns it, or a callable
        ``(y_true, y_pred) -> values``. A class is called without arguments. None stays None.

    Returns
    -------
    function or Loss

    Raises
    ------
    ValueError
        For a name that is not known (the message lists those that are), or for something that
        cannot be called.

    Examples
    --------
    >>> from pymlp import losses
    >>> losses.get("mse") is losses.mean_squared_error
    True
    """
    example = "a name such as 'mse', a Loss, or a function of (y_true, y_pred)"
    return resolve(identifier, _NAMED, "loss", example, deserialize)


def serialize(loss: Any) -> dict[str, Any]:
    """Return the configuration of a loss, in the form Keras writes and reads.

    Parameters
    ----------
    loss : function or Loss

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
    >>> from pymlp import losses
    >>> losses.serialize(losses.Huber(delta=2.0))["config"]["delta"]
    2.0
    """
    return describe(loss, "loss")


def deserialize(
    name: str | Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """Return the function or the loss that a name or a configuration stands for.

    Parameters
    ----------
    name : str or dict
        What `serialize` returns, or a name.
    custom_objects : dict, optional
        Functions and classes of your own, by name; looked at first.

    Raises
    ------
    ValueError
        For a name that is not known.

    Examples
    --------
    >>> from pymlp import losses
    >>> losses.deserialize({"class_name": "Huber", "config": {"delta": 2.0}}).delta
    2.0
    """
    return make(name, _KNOWN, "loss", custom_objects)


def for_compile(identifier: Any, y_true_shape: Shape, y_pred_shape: Shape) -> Loss | None:
    """Return the `Loss` that ``Model.compile(loss=identifier)`` means for one output.

    Parameters
    ----------
    identifier : object
        As in `get`. Besides, ``"crossentropy"`` or ``"ce"`` stands for that of the three
        cross-entropies that goes with the shapes.
    y_true_shape, y_pred_shape : tuple
        Shapes of targets and output, None standing for the number of samples.
    """
    if identifier is None:
        return None
    if str(identifier).lower() in ("crossentropy", "ce"):
        kinds = {
            "binary": "binary_crossentropy",
            "sparse": "sparse_categorical_crossentropy",
            "categorical": "categorical_crossentropy",
        }
        loss: Any = _NAMED[kinds[classification_kind(y_true_shape, y_pred_shape)]]
    else:
        loss = get(identifier)
    if isinstance(loss, Loss):
        return loss
    name = identifier if isinstance(identifier, str) else getattr(loss, "__name__", None)
    return LossFunctionWrapper(loss, name=name)


def classification_kind(y_true_shape: Shape, y_pred_shape: Shape) -> str:
    """Return which classification the shapes are of: "binary", "sparse" or "categorical".

    Keras's rule: an output of one unit is binary; targets with fewer axes than the output, or with
    a last axis of length 1, are class numbers; else they are one-hot.
    """
    if y_pred_shape[-1] == 1:
        return "binary"
    if len(y_true_shape) < len(y_pred_shape) or y_true_shape[-1] == 1:
        return "sparse"
    return "categorical"
