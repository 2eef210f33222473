"""Layers of several inputs that become one, element by element: sums, products, the greatest, the least."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from pymlp import ops
from pymlp.graph.tensor import Shape
from pymlp.layers.layer import Layer

__all__ = ["Add", "Average", "Maximum", "Merge", "Minimum", "Multiply", "Subtract"]


class Merge(Layer):
    """A layer that is called on a list of tensors."""

    _least, _most = 1, 10**6

    def check_input_shape(self, shape: Any) -> None:
        shapes = (
            shape
            if isinstance(shape, (list, tuple)) and shape and isinstance(shape[0], (list, tuple))
            else None
        )
        if shapes is None or not self._least <= len(shapes) <= self._most:
            wanted = "2" if self._least == self._most == 2 else f"at least {self._least}"
            raise ValueError(
                f"{type(self).__name__} {self.name!r} expected a list of {wanted} inputs, received "
                f"{len(shapes) if shapes else 'one of shape ' + str(shape)}."
            )
        self._check_shapes([tuple(s) for s in shapes])

    def _check_shapes(self, shapes: list[Shape]) -> None:
        """Raise ValueError if tensors of these shapes do not go together."""
        for other in shapes[1:]:
            short, long = sorted((shapes[0][1:], other[1:]), key=len)
            tail = long[len(long) - len(short) :]
            if any(a != b and 1 not in (a, b) for a, b in zip(short, tail, strict=True)):
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: inputs of shapes {shapes} do not go together."
                )

    def call(self, inputs: Sequence[Any]) -> Any:
        rank = max(len(x.shape) for x in inputs)
        same = [x if len(x.shape) == rank else _widened(x, rank) for x in inputs]
        return self._merged(same)

    def _merged(self, inputs: list[Any]) -> Any:
        """Return what becomes of inputs with equally many axes."""
        raise NotImplementedError


def _widened(x: Any, rank: int) -> Any:
    """Return x with axes of length 1 behind that of the samples."""
    return ops.reshape(x, (x.shape[0], *(1,) * (rank - len(x.shape)), *x.shape[1:]))


class Add(Merge):
    """Add inputs element by element.

    Examples
    --------
    >>> import numpy as np
    >>> Add()([np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])])
    array([[11., 22.]], dtype=float32)
    """

    def _merged(self, inputs: list[Any]) -> Any:
        return reduce(ops.add, inputs)


class Subtract(Merge):
    """Take the second of two inputs from the first.

    Examples
    --------
    >>> import numpy as np
    >>> Subtract()([np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])])
    array([[ -9., -18.]], dtype=float32)
    """

    _least = _most = 2

    def _merged(self, inputs: list[Any]) -> Any:
        return ops.subtract(*inputs)


class Multiply(Merge):
    """Multiply inputs element by element.

    Examples
    --------
    >>> import numpy as np
    >>> Multiply()([np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])])
    array([[10., 40.]], dtype=float32)
    """

    def _merged(self, inputs: list[Any]) -> Any:
        return reduce(ops.multiply, inputs)


class Average(Merge):
    """Return the mean of inputs, element by element.

    Examples
    --------
    >>> import numpy as np
    >>> Average()([np.array([[1.0, 2.0]]), np.array([[3.0, 6.0]])])
    array([[2., 4.]], dtype=float32)
    """

    def _merged(self, inputs: list[Any]) -> Any:
        return ops.divide(reduce(ops.add, inputs), float(len(inputs)))


class Maximum(Merge):
    """Return the greatest of inputs, element by element.

    Examples
    --------
    >>> import numpy as np
    >>> Maximum()([np.array([[1.0, 7.0]]), np.array([[3.0, 6.0]])])
    array([[3., 7.]], dtype=float32)
    """

    def _merged(self, inputs: list[Any]) -> Any:
        return reduce(ops.maximum, inputs)


class Minimum(Merge):
    """Return the least of inputs, element by element.

    Examples
    --------
    >>> import numpy as np
    >>> Minimum()([np.array([[1.0, 7.0]]), np.array([[3.0, 6.0]])])
    array([[1., 6.]], dtype=float32)
    """

    def _merged(self, inputs: list[Any]) -> Any:
        return reduce(ops.minimum, inputs)
