"""Fusions: chains of operations that one kernel does at once.

- an activation into the dense operation before it,
- an activation's derivative into the `dense_dx` that makes the gradient it is applied to,
- an optimizer's rule into the kernel that makes the gradient of a weight.

A chain is fused only if nothing else looks at what stands between. (A relu before dropout, which the backward pass
looks at, joins it where dropout is applied: pymlp/ops/drawing.py.)
"""

from __future__ import annotations

from collections.abc import Callable

from pymlp.graph.tensor import Tensor
from pymlp.ops.dense import DENSE, DENSE_DKERNEL, DENSE_DX
from pymlp.ops.elementwise import UNARY, UNARY_GRADIENTS, UNARY_NUMBERS
from pymlp.ops.operation import Kernel
from pymlp.ops.shaping import SUM_ROWS

__all__ = ["ends_in_rule", "fused_kernel"]

_NUMBER_OF_UNARY = {UNARY[name]: number for name, number in UNARY_NUMBERS.items()}
_NUMBER_OF_GRADIENT = {UNARY_GRADIENTS[name]: number for name, number in UNARY_NUMBERS.items()}


def fused_kernel(
    tensor: Tensor, canonical: Callable[[Tensor], Tensor], used_once: Callable[[Tensor], bool]
) -> tuple[Kernel, Tensor] | None:
    """Return the kernel that makes `tensor` together with its first input, and that input; or None."""
    if tensor.operation is None or not tensor.inputs:
        return None
    before = canonical(tensor.inputs[0])
    if not used_once(before):
        return None
    if before.operation is DENSE and tensor.operation in _NUMBER_OF_UNARY:
        x, kernel, *bias = before.inputs
        integers = (_NUMBER_OF_UNARY[tensor.operation],)
        operands = (x, kernel, bias[0] if bias else None, tensor)
        numbers = tensor.attributes["parameters"]
        return Kernel("dense", operands, integers, numbers, "all"), before
    if before.operation is DENSE_DX and tensor.operation in _NUMBER_OF_GRADIENT:
        dz, kernel = before.inputs
        integers = (_NUMBER_OF_GRADIENT[tensor.operation],)
        operands = (dz, kernel, tensor.inputs[1], tensor)
        numbers = tensor.attributes["parameters"]
        return Kernel("dense_dx", operands, integers, numbers, "all"), before
    return None


def ends_in_rule(gradient: Tensor, canonical: Callable[[Tensor], Tensor]) -> bool:
    """Whether the kernel of a gradient may go on with the optimizer's rule."""
    # Updates come one after the other: none may read a variable that one before it has changed.
    reads_variables = any("variable" in canonical(x).attributes for x in gradient.inputs)
    return gradient.operation in (DENSE_DKERNEL, SUM_ROWS) and not reads_variables
