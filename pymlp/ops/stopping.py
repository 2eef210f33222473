"""Gradients that are stopped."""

from __future__ import annotations

from typing import Any

from pymlp.graph.tensor import Tensor
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.values import known

__all__ = ["stop_gradient"]

_STOP = Operation(
    "copy",
    lambda x, **_: x.shape,
    lambda y: Kernel("copy", (*y.inputs, y)),
    lambda y, dy: (None,),
)


def stop_gradient(variable: Any) -> Any:
    """Return a tensor, or `variable`, as it is; no gradient flows back through it.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.stop_gradient([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """
    x = known(variable)
    return apply(_STOP, x) if isinstance(x, Tensor) else x
