"""`serialize_keras_object` and `deserialize_keras_object` of `pymlp.saving`, where Keras has them too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["deserialize_keras_object", "serialize_keras_object"]


def serialize_keras_object(obj: Any) -> Any:
    """Return a description of an object; see `pymlp.saving.serialize_object`.

    Parameters
    ----------
    obj : object
        With ``get_config()``, or a function, a plain value, or a nest of such.

    Examples
    --------
    >>> from pymlp import initializers, utils
    >>> utils.serialize_keras_object(initializers.Constant(2.0))["config"]
    {'value': 2.0}
    """
    from pymlp import saving

    return saving.serialize_object(obj)


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """Return the object of a description; see `pymlp.saving.deserialize_object`.

    Parameters
    ----------
    config : dict or plain value
        What `serialize_keras_object` returns.
    custom_objects : mapping of str to class or function, optional
        What to use for names that are neither pymlp's own nor registered.
    safe_mode : bool, default True
        There is no unsafe mode: False is refused.

    Examples
    --------
    >>> from pymlp import initializers, utils
    >>> utils.deserialize_keras_object(utils.serialize_keras_object(initializers.Constant(2.0)))
    Constant(value=2.0)
    """
    from pymlp import saving

    return saving.deserialize_object(config, custom_objects, safe_mode)
