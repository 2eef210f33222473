"""Layers that give inputs another shape, or leave them: `Reshape`, `Permute`, `RepeatVector`, `Identity`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pymlp import ops
from pymlp.graph.tensor import Shape
from pymlp.layers.layer import Layer

__all__ = ["Identity", "Permute", "RepeatVector", "Reshape"]


class Reshape(Layer):
    """Give each sample another shape.

    Parameters
    ----------
    target_shape : sequence of int
        Of one sample; one entry may be -1.
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        If samples have another number of elements.

    Examples
    --------
    >>> import numpy as np
    >>> Reshape((2, -1))(np.zeros((3, 8))).shape
    (3, 2, 4)
    """

    def __init__(self, target_shape: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        shape = tuple(target_shape) if isinstance(target_shape, (list, tuple)) else (target_shape,)
        if sum(n == -1 for n in shape) > 1 or any(
            not isinstance(n, int) or isinstance(n, bool) or n < -1 for n in shape
        ):
            raise ValueError(
                f"Reshape {self.name!r}: target_shape should hold whole numbers, at most one of them -1, received "
                f"{target_shape!r}."
            )
        self.target_shape = shape

    def check_input_shape(self, shape: Shape) -> None:
        elements = math.prod(1 if n is None else n for n in shape[1:])
        known = math.prod(n for n in self.target_shape if n != -1)
        fits = (
            elements == known
            if -1 not in self.target_shape
            else known > 0 and elements % known == 0
        )
        if not fits:
            raise ValueError(
                f"Reshape {self.name!r}: samples of shape {shape[1:]} have {elements} elements, which do not make "
                f"target_shape={self.target_shape}."
            )

    def call(self, inputs: Any) -> Any:
        elements = math.prod(n for n in inputs.shape[1:])
        known = math.prod(n for n in self.target_shape if n != -1)
        shape = tuple(elements // known if n == -1 else n for n in self.target_shape)
        return ops.reshape(inputs, (inputs.shape[0], *shape))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "target_shape": self.target_shape}


class Permute(Layer):
    """Put the axes of a sample in another order.

    Parameters
    ----------
    dims : sequence of int
        The axes in their new order, counted from 1: ``(2, 1)`` turns samples that are matrices.
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> Permute((2, 1))(np.zeros((3, 4, 5))).shape
    (3, 5, 4)
    """

    def __init__(self, dims: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                f"Permute {self.name!r}: dims should name each of 1 ... {len(self.dims)} once, received {dims!r}."
            )

    def check_input_shape(self, shape: Shape) -> None:
        if len(shape) != len(self.dims) + 1:
            raise ValueError(
                f"Permute {self.name!r}: dims={self.dims} is for samples of {len(self.dims)} axes, received inputs of "
                f"shape {shape}."
            )

    def call(self, inputs: Any) -> Any:
        return ops.transpose(inputs, (0, *self.dims))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dims": self.dims}


class RepeatVector(Layer):
    """Repeat each sample, a vector, along a new axis: (batch, features) becomes (batch, n, features).

    Parameters
    ----------
    n : int
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> RepeatVector(3)(np.zeros((2, 4))).shape
    (2, 3, 4)
    """

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(n, int) or isinstance(n, bool):
            raise TypeError(
                f"RepeatVector {self.name!r}: n should be a whole number, received {n!r}."
            )
        self.n = n

    def check_input_shape(self, shape: Shape) -> None:
        if len(shape) != 2:
            raise ValueError(
                f"RepeatVector {self.name!r} expected inputs of shape (batch_size, features), received {shape}."
            )

    def call(self, inputs: Any) -> Any:
        return ops.broadcast_to(
            ops.expand_dims(inputs, 1), (inputs.shape[0], self.n, inputs.shape[1])
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "n": self.n}


class Identity(Layer):
    """Return the inputs as they are.

    Examples
    --------
    >>> import numpy as np
    >>> Identity()(np.array([[1.0, 2.0]]))
    array([[1., 2.]], dtype=float32)
    """

    def call(self, inputs: Any) -> Any:
        return inputs
