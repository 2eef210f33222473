"""What an operation is, and how one is applied: traced on symbolic tensors, run at once on arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from pymlp.config import floatx
from pymlp.graph.tensor import Shape, Tensor, constant_tensor
from pymlp.variables import Variable, traced

__all__ = ["Kernel", "Operation", "apply", "broadcast_shapes", "rows_fit"]


@dataclass(frozen=True)
class Kernel:
    """One instruction, as an operation asks for it.

    Attributes
    ----------
    name : str
        The kernel in csrc/kernels/.
    operands : tuple of (Tensor or None)
        In the kernel's own order, the result among them.
    integers, numbers : tuple
        The kernel's other arguments.
    share : {"rows", "columns", "first", "all"}
        How threads divide it: by rows or by columns of the result in the common units, so that no thread looks at
        another's; by the first thread alone; or in a way of its own.
    function : callable ``(numbers, inputs, outputs, batch)``, optional
        Of the kernel "call": writes the results of these numbers into matrices. Its operands are inputs only; each
        result is a tensor by itself.
    """

    name: str
    operands: tuple[Tensor | None, ...]
    integers: tuple[int, ...] = ()
    numbers: tuple[float, ...] = ()
    share: str = "rows"
    function: Callable[..., None] | None = None


@dataclass(frozen=True, eq=False)
class Operation:
    """A differentiable primitive.

    Attributes
    ----------
    name : str
    shape : callable ``(*inputs, **attributes) -> shape``
        Checks the inputs too: raises ValueError.
    kernel : callable ``(y) -> Kernel``
    gradient : callable ``(y, dy) -> gradients``, optional
        For each of ``y.inputs``, a tensor of its shape, or None where it has no gradient.
    by_sample : bool
        Whether rows of the inputs become elements of the result: on arrays of two axes or more the first
        axis is then taken for that of samples, whose results of shape (batch,) lie as columns.
    seed_at : int, optional
        Which input is a random state.
    joins_samples : bool
        Whether an element of one sample depends on the other samples, where the result has one row for each.
    """

    name: str
    shape: Callable[..., Shape] = field(repr=False)
    kernel: Callable[[Tensor], Kernel] = field(repr=False)
    gradient: Callable[[Tensor, Tensor], tuple[Tensor | None, ...]] | None = field(
        default=None, repr=False
    )
    by_sample: bool = False
    seed_at: int | None = None
    joins_samples: bool = False

    def __reduce__(self) -> Any:
        raise TypeError(f"operation {self.name!r} is not pickled: it is part of a traced graph")


@cache
def _evaluator() -> Callable[..., np.ndarray]:
    # Late, because it needs the operations; once, because an import takes a lock, which a fork would keep.
    from pymlp.graph.eager import evaluate

    return evaluate


def apply(operation: Operation, *inputs: Any, **attributes: Any) -> Any:
    """Apply an operation: a `Tensor` if any input is symbolic, else the result as a NumPy array.

    While a graph is traced, variables are symbolic.
    """
    inputs = tuple(traced(x) for x in inputs)
    symbolic = [x for x in inputs if isinstance(x, Tensor)]
    if not symbolic:
        return _evaluator()(operation, inputs, attributes)
    dtype = symbolic[0].dtype
    tensors = tuple(_as_tensor(x, dtype, operation) for x in inputs)
    return apply_to_tensors(operation, tensors, dtype, attributes)


def apply_to_tensors(
    operation: Operation, tensors: tuple[Tensor, ...], dtype: str, attributes: dict[str, Any]
) -> Tensor:
    """Return the symbolic result, all inputs being symbolic."""
    shape = operation.shape(*tensors, **attributes)
    return Tensor(shape, dtype, operation, tensors, attributes)


def _as_tensor(x: Any, dtype: str, operation: Operation) -> Tensor:
    if isinstance(x, Variable):
        x = x.tensor
    if isinstance(x, Tensor):
        if x.dtype != dtype:
            raise ValueError(
                f"{operation.name}: a {dtype} and a {x.dtype} tensor meet. Give all layers of a model "
                "the same dtype, or set it for all by pymlp.config.set_floatx."
            )
        return x
    if x is None:
        raise ValueError(f"{operation.name}: an argument is None")
    return constant_tensor(x, dtype)


def eager_dtype(inputs: tuple[Any, ...]) -> str:
    """Return the type an operation on arrays computes in: the widest of theirs that kernels have."""
    types = {str(x.dtype) for x in inputs if isinstance(x, (Variable, np.ndarray))}
    if "float64" in types:
        return "float64"
    return "float32" if "float32" in types else floatx()


def broadcast_shapes(name: str, a: Shape, b: Shape) -> Shape:
    """Return the common shape of two shapes by NumPy's rules, None being the number of samples.

    Raises
    ------
    ValueError
        Where NumPy would, and where the number of samples meets a fixed number other than 1.
    """
    rank = max(len(a), len(b))
    result: list[int | None] = []
    for x, y in zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True):
        if x == y or y == 1:
            result.append(x)
        elif x == 1:
            result.append(y)
        else:
            raise ValueError(f"{name}: shapes {a} and {b} do not go together.")
    if None in result[1:]:
        raise ValueError(
            f"{name}: shapes {a} and {b} do not go together: the axis of samples must be the first of both. "
            "Add an axis to the smaller one: pymlp.ops.expand_dims(x, -1)."
        )
    return tuple(result)


def rows_fit(shape: Shape, result: Shape) -> bool:
    """Whether the rows of `shape`, gone through again and again, are those of `result`: what kernels can do."""
    rows, all_rows = shape[:-1], result[:-1]
    while rows[:1] == (1,):
        rows = rows[1:]
    # A batch is gone through once; what has no samples may be repeated for each.
    return rows == (all_rows if None in rows else all_rows[len(all_rows) - len(rows) :])
