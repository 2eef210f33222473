"""Reverse-mode differentiation: gradients as more graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pymlp.graph.tensor import Tensor, constant_tensor

__all__ = ["gradients", "topological_order"]


def topological_order(roots: Iterable[Tensor]) -> list[Tensor]:
    """Return every tensor the roots are made of, each after its inputs. Does not recurse: graphs are deep."""
    order: list[Tensor] = []
    seen: set[int] = set()
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        tensor, expanded = stack.pop()
        if expanded:
            order.append(tensor)
        elif id(tensor) not in seen:
            seen.add(id(tensor))
            stack.append((tensor, True))
            stack.extend((x, False) for x in reversed(tensor.inputs))
    return order


def gradients(y: Tensor, wrt: Sequence[Tensor]) -> list[Tensor | None]:
    """Return the gradient of the scalar `y` with respect to each tensor, None where y does not depend on it.

    Raises
    ------
    ValueError
        If `y` is not a scalar.
    NotImplementedError
        If an operation on the way has no gradient; it is named.
    """
    if y.shape != ():
        raise ValueError(f"only a scalar is differentiated, received shape {y.shape}")
    order = topological_order([y])
    depends = {id(tensor) for tensor in wrt}
    for tensor in order:
        if any(id(x) in depends for x in tensor.inputs):
            depends.add(id(tensor))
    found: dict[int, Any] = {id(y): constant_tensor(1.0, y.dtype)}
    for tensor in reversed(order):
        dy = found.get(id(tensor))
        if dy is None or tensor.operation is None or id(tensor) not in depends:
            continue
        if tensor.operation.gradient is None:
            raise NotImplementedError(f"operation {tensor.operation.name!r} has no gradient")
        for x, dx in zip(tensor.inputs, tensor.operation.gradient(tensor, dy), strict=True):
            if dx is not None and id(x) in depends:
                found[id(x)] = _sum(found[id(x)], dx) if id(x) in found else dx
    return [found.get(id(tensor)) if id(tensor) in depends else None for tensor in wrt]


def _sum(a: Any, b: Any) -> Any:
    """Return the sum of two gradients: with respect to a tensor, or to several results of an operation."""
    from pymlp.ops.elementwise import add

    return add(a, b) if isinstance(a, Tensor) else a + b
