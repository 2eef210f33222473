"""The operation pymlp exists for: ``x @ kernel + bias``, with its gradients.

An activation that follows is fused into the kernel when the graph is lowered (pymlp/graph/lower.py), and so
are its derivative, on the way back, and the optimizer's step.
"""

from __future__ import annotations

from typing import Any

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.elementwise import UNARY_NUMBERS
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.shaping import sum_to_shape

LINEAR = UNARY_NUMBERS["copy"]


def _dense_shape(x: Tensor, kernel: Tensor, bias: Tensor | None = None) -> Shape:
    if x.ndim < 1 or kernel.ndim != 2 or x.shape[-1] != kernel.shape[0]:
        raise ValueError(
            f"dense: x of shape {x.shape} does not go with a kernel of shape {kernel.shape}."
        )
    if bias is not None and bias.shape != kernel.shape[1:]:
        raise ValueError(
            f"dense: bias of shape {bias.shape} does not go with a kernel of shape {kernel.shape}."
        )
    return (*x.shape[:-1], kernel.shape[1])


def _dense_kernel(y: Tensor) -> Kernel:
    x, kernel, *bias = y.inputs
    return Kernel("dense", (x, kernel, bias[0] if bias else None, y), (LINEAR,), share="all")


def _dense_gradient(y: Tensor, dz: Tensor) -> tuple[Tensor | None, ...]:
    x, kernel, *bias = y.inputs
    dx = apply(DENSE_DX, dz, kernel)
    dkernel = apply(DENSE_DKERNEL, x, dz)
    return (dx, dkernel, *(sum_to_shape(dz, b.shape) for b in bias))


DENSE: Operation = Operation("dense", _dense_shape, _dense_kernel, _dense_gradient)
DENSE_DX: Operation = Operation(
    "dense_dx",
    lambda dz, kernel: (*dz.shape[:-1], kernel.shape[0]),
    lambda dx: Kernel("dense_dx", (dx.inputs[0], dx.inputs[1], None, dx), (LINEAR,), share="all"),
    # Of dz kernelᵀ.
    lambda dx, g: (apply(DENSE, g, dx.inputs[1]), apply(DENSE_DKERNEL, g, dx.inputs[0])),
)
DENSE_DKERNEL: Operation = Operation(
    "dense_dkernel",
    lambda x, dz: (x.shape[-1], dz.shape[-1]),
    lambda dkernel: Kernel("dense_dkernel", (*dkernel.inputs, dkernel), (0, 0, 2), share="all"),
    # Of xᵀ dz.
    lambda dkernel, g: (apply(DENSE_DX, dkernel.inputs[1], g), apply(DENSE, dkernel.inputs[0], g)),
)


def dense(x: Any, kernel: Any, bias: Any = None) -> Any:
    """Return ``x @ kernel + bias``.

    Parameters
    ----------
    x : tensor of shape (..., fan_in)
    kernel : tensor of shape (fan_in, units)
    bias : tensor of shape (units,), optional

    Returns
    -------
    tensor of shape (..., units)
        Every sum starts from the bias and runs over fan_in in order, so that a row's bits do not depend on
        the rows beside it.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.dense([[1.0, 2.0]], [[3.0], [4.0]], [0.5])
    array([[11.5]], dtype=float32)
    """
    return apply(DENSE, x, kernel) if bias is None else apply(DENSE, x, kernel, bias)
