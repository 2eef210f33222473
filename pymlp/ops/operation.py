"""What an operation is, and how one is applied: traced on symbolic tensors, run at once on arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from pymlp.config import floatx
from pymlp.graph.tensor import Shape, Tensor, constant_tensor
from pymlp.variables import Variable, current_trace, traced

__all__ = ["Kernel", "Operation", "aligned", "apply", "broadcast_shapes", "counted", "rows_fit"]


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
    """

    name: str
    shape: Callable[..., Shape] = field(repr=False)
    kernel: Callable[[Tensor], Kernel] = field(repr=False)
    gradient: Callable[[Tensor, Tensor], tuple[Tensor | None, ...]] | None = field(
        default=None, repr=False
    )
    by_sample: bool = False
    seed_at: int | None = None

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


def counted(x: Any, beside: Sequence[Any] = (), name: str = "") -> Any:
    """Return x; for None, which shapes have for the number of samples, a tensor of that number.

    Parameters
    ----------
    x : object
    beside : sequence of object
        Tensors among them tell what samples are meant, unless `pymlp.ops.shape` was asked last.
    name : str
        Of the operation, for the message.

    Raises
    ------
    ValueError
        For None where nothing is traced that has samples.
    """
    if x is not None:
        return x
    trace = current_trace()
    among = [None if trace is None else trace.samples, *beside]
    of = next((y for y in among if isinstance(y, Tensor) and None in y.shape), None)
    if of is None or trace is None:
        raise ValueError(
            f"{name and name + ': '}None was given for a number or an array. If it is of a shape, where it stands for "
            "the samples of a symbolic tensor, compute with it in a layer's call, a loss or a metric, where samples "
            "can be counted."
        )
    from pymlp.ops.reduction import batch_size

    return batch_size(of)


def aligned(name: str, *inputs: Any) -> tuple[Any, ...]:
    """Return what is to be combined element by element, repeated where a kernel would not do so itself.

    Raises
    ------
    ValueError
        If the shapes do not go together.
    """
    from pymlp.ops.shaping import broadcast_to

    values = [traced(counted(x, inputs, name)) for x in inputs]
    # Plain numbers stay plain: they have no type of their own.
    shapes = [tuple(x.shape) if hasattr(x, "shape") else np.shape(x) for x in values]
    result: Shape = ()
    for shape in shapes:
        result = broadcast_shapes(name, result, shape)
    return tuple(
        x if rows_fit(shape, result) else broadcast_to(x, result)
        for x, shape in zip(values, shapes, strict=True)
    )
