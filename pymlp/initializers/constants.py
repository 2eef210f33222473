"""Initializers without chance: zeros, ones, a constant, the identity matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp.initializers.base import Initializer, float_type

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Constant", "Identity", "Ones", "Zeros"]


class Zeros(Initializer):
    """All values 0, the usual start of a bias.

    Examples
    --------
    >>> from pymlp.initializers import Zeros
    >>> Zeros()((2,))
    array([0., 0.], dtype=float32)
    """

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> NDArray[Any]:
        return np.zeros(tuple(shape), float_type(dtype, self))


class Ones(Initializer):
    """All values 1.

    Examples
    --------
    >>> from pymlp.initializers import Ones
    >>> Ones()((2,), "float64")
    array([1., 1.])
    """

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> NDArray[Any]:
        return np.ones(tuple(shape), float_type(dtype, self))


class Constant(Initializer):
    """All values alike.

    Parameters
    ----------
    value : float

    Raises
    ------
    ValueError
        When `value` is not one number.

    Examples
    --------
    >>> from pymlp.initializers import Constant
    >>> Constant(0.1)((3,), "float64")
    array([0.1, 0.1, 0.1])
    """

    def __init__(self, value: float = 0.0) -> None:
        if np.ndim(value) != 0 or not isinstance(value, int | float | np.number):
            raise ValueError(
                f"Constant: expected one number as `value`, received {value!r}. "
                "To start from given values, pass the array itself as the initializer."
            )
        self.value = value.item() if isinstance(value, np.number) else value

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> NDArray[Any]:
        return np.full(tuple(shape), self.value, float_type(dtype, self))

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value}


class Identity(Initializer):
    """`gain` on the diagonal of a matrix, 0 elsewhere; the matrix need not be square.

    Parameters
    ----------
    gain : float

    Examples
    --------
    >>> from pymlp.initializers import Identity
    >>> Identity(2.0)((2, 3)).tolist()
    [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]]
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> NDArray[Any]:
        if len(shape) != 2:
            raise ValueError(
                f"Identity: expected the shape of a matrix, (rows, columns), received "
                f"{tuple(shape)}. Use Constant or Zeros for weights that are not matrices."
            )
        rows, columns = shape
        values: NDArray[Any] = np.eye(rows, columns, dtype=float_type(dtype, self))
        values *= self.gain
        return values

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}
