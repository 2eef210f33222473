"""Equal subgraphs made one, each simplified on the way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from pymlp.graph.gradient import topological_order
from pymlp.graph.simplify import simplified
from pymlp.graph.tensor import Tensor
from pymlp.ops.elementwise import UNARY

__all__ = ["Canonical", "copied"]


class Canonical:
    """A graph in which no two tensors are computed alike.

    Parameters
    ----------
    roots : sequence of Tensor
    kept : sequence of Tensor
        Roots that are to be computed even where one of the `changed` variables is all that is left of them.
    changed : collection of int
        Variables by their identity.

    Attributes
    ----------
    order : list of Tensor
        All that the roots are made of now, each after its inputs.
    """

    def __init__(
        self, roots: Sequence[Tensor], kept: Sequence[Tensor] = (), changed: Collection[int] = ()
    ) -> None:
        self._first_like: dict[int, Tensor] = {}
        known: dict[Any, Tensor] = {}
        for tensor in topological_order(roots):
            simple = tensor
            if tensor.operation is not None:
                inputs = tuple(self.of(x) for x in tensor.inputs)
                simple = simplified(
                    Tensor(
                        tensor.shape,
                        tensor.dtype,
                        tensor.operation,
                        inputs,
                        tensor.attributes,
                        tensor.name,
                    )
                )
            self._first_like[id(tensor)] = known.setdefault(_key(simple), simple)
        for tensor in kept:
            self._first_like[id(tensor)] = copied(self.of(tensor), changed)
        self.order = topological_order(self.of(root) for root in roots)

    def of(self, tensor: Tensor) -> Tensor:
        """Return the tensor in the place of one that the roots were made of."""
        # What is not known is canonical itself: its inputs are.
        return self._first_like.get(id(tensor), tensor)


def _key(tensor: Tensor) -> Any:
    """Return what equal tensors have in common, their inputs being the very same."""
    if tensor.operation is not None:
        inputs = tuple(id(x) for x in tensor.inputs)
        return (tensor.operation, inputs, tuple(sorted(tensor.attributes.items())))
    constant = tensor.attributes.get("constant")
    if constant is not None and constant.size == 1:
        return constant.shape, constant.dtype, constant.tobytes()
    return id(tensor.attributes.get("variable", tensor))


def copied(tensor: Tensor, changed: Collection[int]) -> Tensor:
    """Return a copy of a variable that is among the `changed`, so that variables may change places; else the tensor."""
    if id(tensor.attributes.get("variable")) not in changed:
        return tensor
    return Tensor(tensor.shape, tensor.dtype, UNARY["copy"], (tensor,), {"parameters": ()})
