"""What weights are made to keep to after each step, under Keras's names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymlp import config, ops
from pymlp._lookup import by_both_names, describe, make, resolve
from pymlp.ops.shaping import sum_to_shape
from pymlp.variables import traced

__all__ = [
    "Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "deserialize", "get", "max_norm", "min_max_norm",
    "non_neg", "serialize", "unit_norm",
]  # fmt: skip


class Constraint:
    """A function from weights to the weights they become after each step.

    A subclass says which in ``__call__(w)``, with operators and `pymlp.ops`, and its arguments in `get_config` if it
    is to be saved. A plain function will do, too.

    Examples
    --------
    >>> import numpy as np
    >>> class AtMostOne(Constraint):
    ...     def __call__(self, w):
    ...         return ops.minimum(w, 1.0)
    >>> AtMostOne()(np.array([0.5, 2.0], "float32"))
    array([0.5, 1. ], dtype=float32)
    """

    def __call__(self, w: Any) -> Any:
        """Return what the weights become."""
        return w

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make a constraint like this one."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return a constraint from what `get_config` returned."""
        return cls(**config)


class NonNeg(Constraint):
    """Weights below 0 become 0.

    Examples
    --------
    >>> import numpy as np
    >>> NonNeg()(np.array([-1.0, 2.0], "float32"))
    array([0., 2.], dtype=float32)
    """

    def __call__(self, w: Any) -> Any:
        return ops.maximum(w, 0.0)


class MaxNorm(Constraint):
    """Vectors of weights that are longer than `max_value` are scaled down to it.

    Parameters
    ----------
    max_value : float
    axis : int or sequence of int
        Along which vectors lie: 0 for the weights of each unit of a `Dense` layer.

    References
    ----------
    Srivastava et al. (2014), "Dropout: a simple way to prevent neural networks from overfitting".

    Examples
    --------
    >>> import numpy as np
    >>> MaxNorm(2.0)(np.array([[3.0, 1.0], [4.0, 0.0]], "float32")).round(4)
    array([[1.2, 1. ],
           [1.6, 0. ]], dtype=float32)
    """

    def __init__(self, max_value: float = 2, axis: int | Sequence[int] = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        return _scaled(w, self.axis, lambda norms: ops.clip(norms, 0.0, self.max_value))

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, "axis": self.axis}


class UnitNorm(Constraint):
    """Vectors of weights are scaled to length 1.

    Parameters
    ----------
    axis : int or sequence of int
        Along which vectors lie: 0 for the weights of each unit of a `Dense` layer.

    Examples
    --------
    >>> import numpy as np
    >>> UnitNorm()(np.array([[3.0], [4.0]], "float32")).round(4)
    array([[0.6],
           [0.8]], dtype=float32)
    """

    def __init__(self, axis: int | Sequence[int] = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        w, norms = _norms(w, self.axis)
        return ops.divide(w, ops.add(norms, config.epsilon()))

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Lengths of vectors of weights are moved towards [min_value, max_value].

    A length l becomes ``(1 - rate) * l + rate * clip(l, min_value, max_value)``.

    Parameters
    ----------
    min_value, max_value : float
    rate : float
        1 for at once.
    axis : int or sequence of int
        Along which vectors lie: 0 for the weights of each unit of a `Dense` layer.

    Examples
    --------
    >>> import numpy as np
    >>> MinMaxNorm(1.0, 2.0, rate=0.5)(np.array([[3.0], [0.0]], "float32")).round(4)
    array([[2.5],
           [0. ]], dtype=float32)
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: int | Sequence[int] = 0,
    ) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        def desired(norms: Any) -> Any:
            kept = ops.clip(norms, self.min_value, self.max_value)
            return ops.add(ops.multiply(kept, self.rate), ops.multiply(norms, 1.0 - self.rate))

        return _scaled(w, self.axis, desired)

    def get_config(self) -> dict[str, Any]:
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }


def _scaled(w: Any, axis: int | Sequence[int], desired: Any) -> Any:
    """Return weights with their norms changed to what `desired` makes of them."""
    w, norms = _norms(w, axis)
    return ops.multiply(w, ops.divide(desired(norms), ops.add(norms, config.epsilon())))


def _norms(w: Any, axis: int | Sequence[int]) -> tuple[Any, Any]:
    """Return weights and their Euclidean norms along axes, which are kept."""
    w = traced(w)
    w = w if hasattr(w, "shape") else ops.add(w, 0.0)
    shape = tuple(w.shape)
    axes = {a % len(shape) for a in ([axis] if isinstance(axis, int) else axis)}
    squares = ops.square(w)
    if axes == {len(shape) - 1} and len(shape) > 1:
        return w, ops.sqrt(ops.sum(squares, axis=-1, keepdims=True))
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
    return w, ops.sqrt(sum_to_shape(squares, kept))


max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm

_CLASSES = (Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm)
_BY_NAME = by_both_names(_CLASSES)


def serialize(constraint: Any) -> dict[str, Any] | None:
    """Return the class's name and the configuration of a constraint, or the name of a function; None stays None.

    Examples
    --------
    >>> serialize(UnitNorm(axis=1))["config"]
    {'axis': 1}
    """
    return None if constraint is None else describe(constraint, "constraint")


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return a constraint from its name or from what `serialize` returned.

    Parameters
    ----------
    config : str or dict
    custom_objects : dict, optional
        Classes and functions of your own, by name; looked at first.

    Raises
    ------
    ValueError
        If the name is not known.

    Examples
    --------
    >>> deserialize({"class_name": "MaxNorm", "config": {"max_value": 3.0}}).max_value
    3.0
    """
    return make(config, _BY_NAME, "constraint", custom_objects)


def get(identifier: Any) -> Any:
    """Return a constraint from its name, a configuration, a class, or itself; None stays None.

    Parameters
    ----------
    identifier : str, dict, Constraint, class, callable or None

    Raises
    ------
    ValueError
        If it is none of these.

    Examples
    --------
    >>> get("max_norm").max_value
    2
    """
    example = "a name such as 'max_norm', a Constraint, or a function of the weights"
    return resolve(identifier, _BY_NAME, "constraint", example)
