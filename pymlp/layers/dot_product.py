"""`Dot`: the products of two inputs, summed along an axis of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymlp import ops
from pymlp.graph.tensor import Shape
from pymlp.layers.merging import Merge
from pymlp.ops.values import axis_of

__all__ = ["Dot"]


class Dot(Merge):
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
