"""What every initializer is: a callable that makes an array of a given shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pymlp.config import check_float_type, floatx

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Initializer"]


class Initializer:
    """Base class of the initializers.

    A subclass implements ``__call__(shape, dtype=None)``, and `get_config` where its constructor
    takes arguments.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp.initializers import Initializer
    >>> class Ramp(Initializer):
    ...     def __call__(self, shape, dtype=None):
    ...         return np.arange(np.prod(shape), dtype=dtype).reshape(shape)
    >>> Ramp()((2, 3), "float32").tolist()
    [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    """

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> NDArray[Any]:
        """Make the values.

        Parameters
        ----------
        shape : sequence of int
        dtype : {"float32", "float64"}, optional
            Default `pymlp.config.floatx()`.

        Returns
        -------
        numpy.ndarray of `shape` and `dtype`
        """
        raise NotImplementedError(
            f"{type(self).__name__} must implement __call__(self, shape, dtype=None)."
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments in a form that JSON can hold."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        """Make an initializer from `get_config`'s answer."""
        return cls(**config)

    def clone(self) -> Initializer:
        """Return a new initializer with the same configuration."""
        return self.from_config(self.get_config())

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


def float_type(dtype: str | None, initializer: Initializer) -> str:
    """Return the name of the floating-point type asked for, or the default one."""
    return floatx() if dtype is None else check_float_type(dtype, type(initializer).__name__)
