"""Simplifications: rewritings of a graph after which less has to be done for the same numbers.

- a reshape of a reshape is one; a reshape to the shape that is there is none,
- a sum of all elements does not care for their shape,
- a sum along an axis of one element moves it,
- a number that was repeated to a shape stays a number where the kernel that uses it takes one,
- a gradient rule that was attached to a tensor has been asked, and goes.
"""

from __future__ import annotations

import math

from pymlp.graph.tensor import Tensor
from pymlp.ops.elementwise import BINARY, UNARY_GRADIENTS
from pymlp.ops.operation import apply_to_tensors
from pymlp.ops.reduction import SUM_ALL, SUM_COLS
from pymlp.ops.several import ATTACHED
from pymlp.ops.shaping import BROADCAST, RESHAPE
from pymlp.ops.softmax import CROSSENTROPY_GRAD

__all__ = ["simplified"]

# Operations that take a number for the incoming gradient, their first input.
_GRADIENTS = frozenset((*UNARY_GRADIENTS.values(), CROSSENTROPY_GRAD))
_BINARY = frozenset(BINARY.values())


def simplified(tensor: Tensor) -> Tensor:
    """Return a tensor of the same elements that is cheaper to make, or the tensor itself.

    Its inputs have been simplified before.
    """
    operation = tensor.operation
    if operation is ATTACHED:
        return tensor.inputs[0]
    if operation is RESHAPE:
        return _reshaped(tensor)
    if operation is SUM_ALL and _is(tensor.inputs[0], RESHAPE):
        return _with_inputs(tensor, (tensor.inputs[0].inputs[0],))
    if operation is SUM_COLS:
        return _moved(tensor)
    if operation in _GRADIENTS:
        return _with_inputs(tensor, (_as_number(tensor.inputs[0]), *tensor.inputs[1:]))
    if operation in _BINARY:
        a, b = tensor.inputs
        if b.shape == tensor.shape:
            a = _as_number(a)
        if a.shape == tensor.shape:
            b = _as_number(b)
        return _with_inputs(tensor, (a, b))
    return tensor


def _reshaped(tensor: Tensor) -> Tensor:
    x = tensor.inputs[0]
    number = _as_number(x)
    if number is not x:
        return apply_to_tensors(BROADCAST, (number,), tensor.dtype, {"shape": tensor.shape})
    if _is(x, RESHAPE):
        x = x.inputs[0]
    return x if x.shape == tensor.shape else _with_inputs(tensor, (x,))


def _moved(tensor: Tensor) -> Tensor:
    x = tensor.inputs[0]
    if x.shape[-1] != 1 or tensor.attributes["factor"] != 1.0:
        return tensor
    if x.shape == tensor.shape:
        return x
    return _reshaped(apply_to_tensors(RESHAPE, (x,), tensor.dtype, {"shape": tensor.shape}))


def _as_number(tensor: Tensor) -> Tensor:
    """Return the number that a tensor repeats, or the tensor itself."""
    if _is(tensor, BROADCAST) and None not in tensor.inputs[0].shape:
        number = tensor.inputs[0]
        if math.prod(n for n in number.shape if n is not None) == 1:
            return number
    return tensor


def _is(tensor: Tensor, operation: object) -> bool:
    return tensor.operation is operation


def _with_inputs(tensor: Tensor, inputs: tuple[Tensor, ...]) -> Tensor:
    if all(a is b for a, b in zip(inputs, tensor.inputs, strict=True)):
        return tensor
    return Tensor(
        tensor.shape, tensor.dtype, tensor.operation, inputs, tensor.attributes, tensor.name
    )
