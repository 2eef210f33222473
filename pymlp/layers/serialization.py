"""`serialize` and `deserialize`: layers to descriptions that files can hold, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymlp.layers.layer import Layer

__all__ = ["deserialize", "serialize"]


def serialize(layer: Layer) -> dict[str, Any]:
    """Return the description of a layer: its class, its configuration, and what it was built for, if it is.

    Parameters
    ----------
    layer : Layer
        Or a model.

    Returns
    -------
    dict
        ``module``, ``class_name``, ``config``, ``registered_name`` and perhaps ``build_config``, as Keras writes them.

    Raises
    ------
    ValueError
        If something that it was made with cannot be written down, such as a lambda.

    Examples
    --------
    >>> from pymlp import layers
    >>> layers.serialize(layers.Dropout(0.5))["config"]["rate"]
    0.5
    """
    from pymlp.saving import serialize_object

    described: dict[str, Any] = serialize_object(layer)
    return described


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return a new layer from the description of one; its weights are new, too.

    Parameters
    ----------
    config : dict
        As `serialize` or Keras returns it.
    custom_objects : dict, optional
        Classes and functions of your own, by name; looked at first.

    Raises
    ------
    ValueError
        If the class is not known, does not accept its configuration, or is none of a layer.

    Examples
    --------
    >>> from pymlp import layers
    >>> layers.deserialize(layers.serialize(layers.Dropout(0.5))).rate
    0.5
    """
    from pymlp.saving import deserialize_object

    layer = deserialize_object(dict(config), custom_objects)
    if not isinstance(layer, Layer):
        raise ValueError(
            f"layers.deserialize expected the description of a layer, received {config!r}. Other objects have a "
            "deserialize of their own, such as losses.deserialize."
        )
    return layer
