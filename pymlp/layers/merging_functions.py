"""Layers of several inputs as functions of a list of tensors or arrays.

Shapes and errors are the layers' own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymlp.layers.concatenation import Concatenate
from pymlp.layers.dot_product import Dot
from pymlp.layers.merging import Add, Average, Maximum, Minimum, Multiply, Subtract

__all__ = ["add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract"]


def add(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return ``Add(**kwargs)(inputs)``.

    Examples
    --------
    >>> import numpy as np
    >>> add([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])])
    array([[4., 6.]], dtype=float32)
    """
    return Add(**kwargs)(inputs)


def subtract(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return ``Subtract(**kwargs)(inputs)``.

    Examples
    --------
    >>> import numpy as np
    >>> subtract([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])])
    array([[-2., -2.]], dtype=float32)
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return ``Multiply(**kwargs)(inputs)``.

    Examples
    --------
    >>> import numpy as np
    >>> multiply([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])])
    array([[3., 8.]], dtype=float32)
    """
    return Multiply(**kwargs)(inputs)


def average(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return ``Average(**kwargs)(inputs)``.

    Examples
    --------
    >>> import numpy as np
    >>> average([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])])
    array([[2., 3.]], dtype=float32)
    """
    return Average(**kwargs)(inputs)


def maximum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return ``Maximum(**kwargs)(inputs)``.

    Examples
    --------
    >>> import numpy as np
    >>> maximum([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])])
    array([[3., 4.]], dtype=float32)
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return ``Minimum(**kwargs)(inputs)``.

    Examples
    --------
    >>> import numpy as np
    >>> minimum([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])])
    array([[1., 2.]], dtype=float32)
    """
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Sequence[Any], axis: int = -1, **kwargs: Any) -> Any:
    """Return ``Concatenate(axis=axis, **kwargs)(inputs)``.

    Examples
    --------
    >>> import numpy as np
    >>> concatenate([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])])
    array([[1., 2., 3., 4.]], dtype=float32)
    """
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Sequence[Any], axes: Any = -1, **kwargs: Any) -> Any:
    """Return ``Dot(axes=axes, **kwargs)(inputs)``.

    Examples
    --------
    >>> import numpy as np
    >>> dot([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])], axes=1)
    array([[11.]], dtype=float32)
    """
    return Dot(axes=axes, **kwargs)(inputs)
