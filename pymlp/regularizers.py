"""Penalties on weights or outputs, added to the loss, under Keras's names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from pymlp import ops
from pymlp._lookup import by_both_names, describe, make, resolve
from pymlp.ops.dense import DENSE_DKERNEL, DENSE_DX
from pymlp.ops.operation import apply
from pymlp.ops.shaping import sum_to_shape
from pymlp.variables import traced

__all__ = [
    "L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer", "deserialize", "get", "l1", "l1_l2", "l2",
    "orthogonal_regularizer", "serialize",
]  # fmt: skip


class Regularizer:
    """A penalty: a number made of weights, or of a layer's outputs.

    A subclass says which in ``__call__(x)``, with operators and `pymlp.ops`, and its arguments in `get_config` if it is
    to be saved. A plain function will do, too.

    Examples
    --------
    >>> import numpy as np
    >>> class Largest(Regularizer):
    ...     def __call__(self, x):
    ...         return 0.1 * ops.sum(ops.square(x))
    >>> float(Largest()(np.ones(10)))
    1.0
    """

    def __call__(self, x: Any) -> Any:
        """Return the penalty of x."""
        return 0.0

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make a regularizer like this one."""
        raise NotImplementedError(
            f"Regularizer {type(self).__name__!r} must override get_config() to be saved."
        )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return a regularizer from what `get_config` returned."""
        return cls(**config)


class L1L2(Regularizer):
    """``l1 * sum(|x|) + l2 * sum(x ** 2)``.

    Parameters
    ----------
    l1, l2 : float, at least 0

    Examples
    --------
    >>> import numpy as np
    >>> float(L1L2(l1=0.5, l2=0.25)(np.array([1.0, -2.0])))
    2.75
    """

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1 = _factor(self, "l1", 0.0 if l1 is None else l1)
        self.l2 = _factor(self, "l2", 0.0 if l2 is None else l2)

    def __call__(self, x: Any) -> Any:
        penalty: Any = 0.0
        if self.l1:
            penalty = ops.multiply(ops.sum(ops.abs(x)), self.l1)
        if self.l2:
            penalty = ops.add(ops.multiply(ops.sum(ops.square(x)), self.l2), penalty)
        return penalty

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1, "l2": self.l2}


class L1(Regularizer):
    """``l1 * sum(|x|)``.

    Parameters
    ----------
    l1 : float, at least 0

    Examples
    --------
    >>> import numpy as np
    >>> float(L1(0.5)(np.array([1.0, -2.0])))
    1.5
    """

    def __init__(self, l1: float | None = 0.01) -> None:
        # Keras keeps this one in float32.
        self.l1 = float(np.float32(_factor(self, "l1", 0.01 if l1 is None else l1)))

    def __call__(self, x: Any) -> Any:
        return ops.multiply(ops.sum(ops.abs(x)), self.l1)

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1}


class L2(Regularizer):
    """``l2 * sum(x ** 2)``.

    Parameters
    ----------
    l2 : float, at least 0

    Examples
    --------
    >>> import numpy as np
    >>> float(L2(0.5)(np.array([1.0, -2.0])))
    2.5
    """

    def __init__(self, l2: float | None = 0.01) -> None:
        self.l2 = _factor(self, "l2", 0.01 if l2 is None else l2)

    def __call__(self, x: Any) -> Any:
        return ops.multiply(ops.sum(ops.square(x)), self.l2)

    def get_config(self) -> dict[str, Any]:
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """The mean of ``|cos|`` between every two rows of a matrix, or every two columns, times a factor.

    Parameters
    ----------
    factor : float, at least 0
    mode : {"rows", "columns"}

    Examples
    --------
    >>> import numpy as np
    >>> float(OrthogonalRegularizer(1.0)(np.array([[2.0, 0.0], [3.0, 0.0]])))
    1.0
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = float(np.float32(_factor(self, "factor", factor)))
        if mode not in ("rows", "columns"):
            raise ValueError(
                f"OrthogonalRegularizer: mode should be 'rows' or 'columns', received {mode!r}."
            )
        self.mode = mode

    def __call__(self, inputs: Any) -> Any:
        shape = tuple(inputs.shape)
        if len(shape) != 2:
            raise ValueError(
                f"OrthogonalRegularizer takes a matrix, received one of shape {shape}. Reshape it to two axes first."
            )
        rows = self.mode == "rows"
        x = traced(inputs)
        squares = ops.square(x)
        lengths = ops.sqrt(
            ops.sum(squares, axis=-1, keepdims=True)
            if rows
            else sum_to_shape(squares, (1, shape[1]))
        )
        unit = ops.multiply(x, ops.minimum(ops.divide(1.0, lengths), 1e7))
        cosines = apply(DENSE_DX if rows else DENSE_DKERNEL, unit, unit)
        size = shape[0] if rows else shape[1]
        others = ops.multiply(cosines, (1.0 - np.eye(size)).astype(str(x.dtype)))
        pairs = size * (size - 1.0) / 2.0
        return ops.multiply(
            ops.sum(ops.abs(others)), 0.5 * self.factor / pairs if pairs else math.nan
        )

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor, "mode": self.mode}


def _factor(regularizer: Regularizer, argument: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < math.inf:
        raise ValueError(
            f"{type(regularizer).__name__}: {argument} should be a number of at least 0, received {value!r}."
        )
    return float(value)


l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer

_CLASSES = (L1, L1L2, L2, OrthogonalRegularizer, Regularizer)
_BY_NAME = {**by_both_names(_CLASSES), "l1_l2": L1L2}


def serialize(regularizer: Any) -> dict[str, Any] | None:
    """Return the class's name and the configuration of a regularizer, or the name of a function; None stays None.

    Examples
    --------
    >>> serialize(L2(0.5))["class_name"]
    'L2'
    """
    return None if regularizer is None else describe(regularizer, "regularizer")


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return a regularizer from its name or from what `serialize` returned.

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
    >>> deserialize({"class_name": "L2", "config": {"l2": 0.5}}).l2
    0.5
    """
    return make(config, _BY_NAME, "regularizer", custom_objects)


def get(identifier: Any) -> Any:
    """Return a regularizer from its name, a configuration, a class, or itself; None stays None.

    Parameters
    ----------
    identifier : str, dict, Regularizer, class, callable or None

    Raises
    ------
    ValueError
        If it is none of these.

    Examples
    --------
    >>> get("l2").l2
    0.01
    """
    example = "a name such as 'l2', a Regularizer, or a function of the weights"
    return resolve(identifier, _BY_NAME, "regularizer", example)
