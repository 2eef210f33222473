"""`Concatenate`: inputs one behind the other."""

from __future__ import annotations

from typing import Any

from pymlp import ops
from pymlp.graph.tensor import Shape
from pymlp.layers.merging import Merge
from pymlp.ops.values import axis_of

__all__ = ["Concatenate"]


class Concatenate(Merge):
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
