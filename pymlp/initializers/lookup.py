"""From names and configurations to initializers, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp._lookup import by_both_names, describe, make, resolve
from pymlp.config import floatx
from pymlp.initializers.base import Initializer
from pymlp.initializers.constants import Constant, Identity, Ones, Zeros
from pymlp.initializers.drawn import RandomNormal, RandomUniform, TruncatedNormal
from pymlp.initializers.orthogonal import Orthogonal
from pymlp.initializers.variance_scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CLASSES", "deserialize", "get", "serialize"]

CLASSES: tuple[type[Initializer], ...] = (
    Constant,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    Identity,
    LecunNormal,
    LecunUniform,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
)
"""Every initializer that a name or a file may stand for."""

_BY_NAME: dict[str, type[Initializer]] = {
    **by_both_names(CLASSES),
    # Names that Keras still understands.
    "IdentityInitializer": Identity,
    "OrthogonalInitializer": Orthogonal,
    "normal": RandomNormal,
    "one": Ones,
    "uniform": RandomUniform,
    "zero": Zeros,
}


def get(identifier: Any) -> Any:
    """Return the initializer that `identifier` stands for.

    Parameters
    ----------
    identifier : str, dict, array, Initializer, class, callable or None
        A name (``"he_normal"`` or ``"HeNormal"``), a configuration as `serialize` returns it, an
        array holding the values themselves, or anything that can be called with
        ``(shape, dtype=None)``. A class is called without arguments. None stays None.

    Raises
    ------
    ValueError
        For a name that is not known (the message lists those that are), or for something that
        cannot be called.

    Examples
    --------
    >>> from pymlp import initializers
    >>> initializers.get("zeros")
    Zeros()
    >>> initializers.get({"class_name": "Constant", "config": {"value": 3.0}})
    Constant(value=3.0)
    """
    if isinstance(identifier, np.ndarray | np.generic):
        return _GivenValues(np.array(identifier))
    example = "a name such as 'glorot_uniform', an Initializer, an array, or a function of (shape, dtype=None)"
    return resolve(identifier, _BY_NAME, "initializer", example)


def serialize(initializer: Callable[..., Any] | None) -> dict[str, Any] | None:
    """Return the configuration of `initializer`, in the form Keras writes and reads; None stays None.

    Parameters
    ----------
    initializer : Initializer, function or None

    Returns
    -------
    dict, or None
        ``module``, ``class_name``, ``config`` and ``registered_name``.

    Examples
    --------
    >>> from pymlp import initializers
    >>> initializers.serialize(initializers.Zeros())["class_name"]
    'Zeros'
    """
    return None if initializer is None else describe(initializer, "initializer")


def deserialize(
    config: str | Mapping[str, Any],
    custom_objects: Mapping[str, Any] | None = None,
) -> Callable[..., Any]:
    """Make the initializer that a name or a configuration stands for.

    Parameters
    ----------
    config : str or dict
        A name, or a dictionary with ``class_name`` and ``config``.
    custom_objects : dict, optional
        Classes and functions of your own, by name; looked at first.

    Raises
    ------
    ValueError
        For a name that is not known, or a dictionary without ``class_name``.

    Examples
    --------
    >>> from pymlp import initializers
    >>> initializers.deserialize({"class_name": "Constant", "config": {"value": 2.0}})
    Constant(value=2.0)
    """
    return make(config, _BY_NAME, "initializer", custom_objects)  # type: ignore[no-any-return]


class _GivenValues:
    """An array used as an initializer: its values, for exactly its shape."""

    def __init__(self, values: NDArray[Any]) -> None:
        self.values = values

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> NDArray[Any]:
        if tuple(shape) != self.values.shape:
            raise ValueError(
                f"The array given as an initializer has shape {self.values.shape}, the weights "
                f"need {tuple(shape)}. Pass an array of the weights' shape."
            )
        return self.values.astype(dtype or floatx())
