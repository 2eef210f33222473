"""Layers of several inputs that become one: sums, products, the greatest, joined vectors; and their function forms."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from pymlp import ops
from pymlp.graph.tensor import Shape
from pymlp.layers.layer import Layer
from pymlp.ops.values import axis_of

__all__ = [
    "Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract", "add", "average",
    "concatenate", "dot", "maximum", "minimum", "multiply", "subtract",
]  # fmt: skip


class _Merge(Layer):
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


class Add(_Merge):
    """Add inputs element by element.

    Examples
    --------
    >>> import numpy as np
    >>> Add()([np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])])
    array([[11., 22.]], dtype=float32)
    """

    def _merged(self, inputs: list[Any]) -> Any:
        return reduce(ops.add, inputs)


class Subtract(_Merge):
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


class Multiply(_Merge):
    """Multiply inputs element by element.

    Examples
    --------
    >>> import numpy as np
    >>> Multiply()([np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])])
    array([[10., 40.]], dtype=float32)
    """

    def _merged(self, inputs: list[Any]) -> Any:
        return reduce(ops.multiply, inputs)


class Average(_Merge):
    """Return the mean of inputs, element by element.

    Examples
    --------
    >>> import numpy as np
    >>> Average()([np.array([[1.0, 2.0]]), np.array([[3.0, 6.0]])])
    array([[2., 4.]], dtype=float32)
    """

    def _merged(self, inputs: list[Any]) -> Any:
        return ops.divide(reduce(ops.add, inputs), float(len(inputs)))


class Maximum(_Merge):
    """Return the greatest of inputs, element by element.

    Examples
    --------
    >>> import numpy as np
    >>> Maximum()([np.array([[1.0, 7.0]]), np.array([[3.0, 6.0]])])
    array([[3., 7.]], dtype=float32)
    """

    def _merged(self, inputs: list[Any]) -> Any:
        return reduce(ops.maximum, inputs)


class Minimum(_Merge):
    """Return the least of inputs, element by element.

    Examples
    --------
    >>> import numpy as np
    >>> Minimum()([np.array([[1.0, 7.0]]), np.array([[3.0, 6.0]])])
    array([[1., 6.]], dtype=float32)
    """

    def _merged(self, inputs: list[Any]) -> Any:
        return reduce(ops.minimum, inputs)


class Concatenate(_Merge):
    """Put inputs one behind the other along an axis.

    Parameters
    ----------
    axis : int
        Not that of the samples.
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> Concatenate()([np.array([[1.0, 2.0]]), np.array([[3.0]])])
    array([[1., 2., 3.]], dtype=float32)
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def _check_shapes(self, shapes: list[Shape]) -> None:
        ranks = {len(s) for s in shapes}
        axis = axis_of(f"Concatenate {self.name!r}", self.axis, len(shapes[0]))
        if len(ranks) > 1 or axis == 0 or len({s[:axis] + s[axis + 1 :] for s in shapes}) > 1:
            raise ValueError(
                f"Concatenate {self.name!r}: inputs should agree but for axis {self.axis}, which is not that of the "
                f"samples; received shapes {shapes}."
            )

    def _merged(self, inputs: list[Any]) -> Any:
        return ops.concatenate(inputs, self.axis)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


class Dot(_Merge):
    """Sum the products of two inputs along an axis of each, sample by sample.

    Parameters
    ----------
    axes : int or (int, int)
        The axis of both, or of the first and of the second.
    normalize : bool
        Whether to scale both to length 1 along it first: the result is then the cosine.
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> Dot(axes=1)([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])])
    array([[11.]], dtype=float32)
    """

    _least = _most = 2

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        pair = [axes, axes] if isinstance(axes, int) else axes
        if (
            not isinstance(pair, (list, tuple))
            or len(pair) != 2
            or not all(isinstance(a, int) for a in pair)
        ):
            raise ValueError(
                f"Dot {self.name!r}: axes should be a whole number or two of them, received {axes!r}."
            )
        self.axes = axes if isinstance(axes, int) else list(axes)
        self.normalize = bool(normalize)

    def _places(self, shapes: Sequence[Any]) -> list[int]:
        pair = [self.axes, self.axes] if isinstance(self.axes, int) else self.axes
        return [axis_of(f"Dot {self.name!r}", a, len(s)) for a, s in zip(pair, shapes, strict=True)]

    def _check_shapes(self, shapes: list[Shape]) -> None:
        first, second = self._places(shapes)
        if 0 in (first, second) or shapes[0][first] != shapes[1][second]:
            raise ValueError(
                f"Dot {self.name!r}: axes={self.axes} of shapes {shapes} should be of one length, and not those of the "
                "samples."
            )

    def call(self, inputs: Sequence[Any]) -> Any:
        a, b = inputs
        first, second = self._places([a.shape, b.shape])
        if self.normalize:
            a, b = ops.normalize(a, first, epsilon=1e-12), ops.normalize(b, second, epsilon=1e-12)
        names_a = ["z", *"abcdefgh"[: len(a.shape) - 1]]
        names_b = ["z", *"mnopqrst"[: len(b.shape) - 1]]
        names_b[second] = names_a[first]
        out = [n for n in names_a if n != names_a[first]] + [
            n for n in names_b[1:] if n != names_a[first]
        ]
        y = ops.einsum(f"{''.join(names_a)},{''.join(names_b)}->{''.join(out)}", a, b)
        return ops.expand_dims(y, -1) if len(out) == 1 else y

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}


def add(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return ``Add(**kwargs)(inputs)``.

    Parameters
    ----------
    inputs : list of tensors or arrays
        As the layer takes them; shapes and errors are the layer's.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])
    >>> add([a, b])
    array([[4., 6.]], dtype=float32)
    """
    return Add(**kwargs)(inputs)


def subtract(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return ``Subtract(**kwargs)(inputs)``.

    Parameters
    ----------
    inputs : list of tensors or arrays
        As the layer takes them; shapes and errors are the layer's.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])
    >>> subtract([a, b])
    array([[-2., -2.]], dtype=float32)
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return ``Multiply(**kwargs)(inputs)``.

    Parameters
    ----------
    inputs : list of tensors or arrays
        As the layer takes them; shapes and errors are the layer's.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])
    >>> multiply([a, b])
    array([[3., 8.]], dtype=float32)
    """
    return Multiply(**kwargs)(inputs)


def average(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return ``Average(**kwargs)(inputs)``.

    Parameters
    ----------
    inputs : list of tensors or arrays
        As the layer takes them; shapes and errors are the layer's.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])
    >>> average([a, b])
    array([[2., 3.]], dtype=float32)
    """
    return Average(**kwargs)(inputs)


def maximum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return ``Maximum(**kwargs)(inputs)``.

    Parameters
    ----------
    inputs : list of tensors or arrays
        As the layer takes them; shapes and errors are the layer's.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])
    >>> maximum([a, b])
    array([[3., 4.]], dtype=float32)
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """Return ``Minimum(**kwargs)(inputs)``.

    Parameters
    ----------
    inputs : list of tensors or arrays
        As the layer takes them; shapes and errors are the layer's.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])
    >>> minimum([a, b])
    array([[1., 2.]], dtype=float32)
    """
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Sequence[Any], axis: int = -1, **kwargs: Any) -> Any:
    """Return ``Concatenate(axis=axis, **kwargs)(inputs)``.

    Parameters
    ----------
    inputs : list of tensors or arrays
        As the layer takes them; shapes and errors are the layer's.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])
    >>> concatenate([a, b])
    array([[1., 2., 3., 4.]], dtype=float32)
    """
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Sequence[Any], axes: Any = -1, **kwargs: Any) -> Any:
    """Return ``Dot(axes=axes, **kwargs)(inputs)``.

    Parameters
    ----------
    inputs : list of tensors or arrays
        As the layer takes them; shapes and errors are the layer's.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])
    >>> dot([a, b], axes=1)
    array([[11.]], dtype=float32)
    """
    return Dot(axes=axes, **kwargs)(inputs)
