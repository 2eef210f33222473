"""Operations with several results, and the gradients with respect to them.

An operation has one tensor. Where it makes several results, that tensor stands for all of them and has no elements;
each result is another tensor that is made of it, by `RESULT` or, where the result is there already, by `ATTACHED`. So
the gradients of all results come together before the operation's own rule is asked, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pymlp.graph.tensor import Shape, Tensor, constant_tensor
from pymlp.ops.operation import Kernel, Operation

__all__ = ["ATTACHED", "RESULT", "GradientsOfResults", "upstream_of"]


@dataclass(frozen=True)
class GradientsOfResults:
    """Gradients with respect to some results of an operation, by the results' numbers."""

    by_number: dict[int, Tensor]

    def __add__(self, other: GradientsOfResults) -> GradientsOfResults:
        from pymlp.ops.elementwise import add

        both = dict(self.by_number)
        for number, gradient in other.by_number.items():
            both[number] = add(both[number], gradient) if number in both else gradient
        return GradientsOfResults(both)


def upstream_of(dy: Any, shapes: Sequence[Shape], dtype: str) -> list[Tensor]:
    """Return the gradient with respect to each result: zeros where nothing depends on it."""
    from pymlp.ops.shaping import broadcast_to

    return [
        dy.by_number[number]
        if number in dy.by_number
        else broadcast_to(constant_tensor(0.0, dtype), shape)
        for number, shape in enumerate(shapes)
    ]


def _no_kernel(y: Tensor) -> Kernel:
    raise AssertionError(f"{y!r} is made together with others")


def _gradient_of_result(y: Tensor, dy: Tensor) -> tuple[Any, ...]:
    return (GradientsOfResults({y.attributes["number"]: dy}),)


# One of the results of what its input stands for: written by the kernel of that.
RESULT = Operation("result", lambda x, *, number, shape: shape, _no_kernel, _gradient_of_result)

# Its first input, which is taken to be a result of what its second stands for, whose gradient rule holds for it. The
# rule of the first input is left out, and after differentiation nothing is left but the first input.
ATTACHED = Operation(
    "attached",
    lambda x, owner, *, number: x.shape,
    _no_kernel,
    lambda y, dy: (None, *_gradient_of_result(y, dy)),
)
