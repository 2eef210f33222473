"""Variables: the numbers a model learns, in memory laid out for the kernels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp.config import check_float_type, floatx
from pymlp.naming import name_or_automatic

if TYPE_CHECKING:
    from pymlp.graph.tensor import Tensor

__all__ = [
    "Trace",
    "Variable",
    "aligned_matrix",
    "at_most_numbers",
    "current_trace",
    "matrix_shape",
    "padded_columns",
    "take_call",
    "take_numbers",
    "traced",
    "tracing",
]

_INTEGERS = ("int32", "uint32")
_ALIGNMENT = 64
_PAGE = 4096


class Trace:
    """What a graph does besides its outputs, at the end of each step.

    Attributes
    ----------
    assigned : dict
        By the identity of a variable, it and the tensor it is given: a layer's `call` said
        ``variable.assign(tensor)``. Whoever reads the variable after that, in the same graph, reads the tensor.
    draws : dict
        By the identity of a random state, it and how often was drawn from it.
    losses : list of (Layer, Tensor)
        What layers added to the loss.
    accumulated : list of Accumulation
        What metrics are to add up: `update_state` was called on symbolic tensors.
    calls : list of (int, int, Layer)
        Of each call of a layer that has ended, the numbers between which those of the tensors lie that it made. Calls
        within a call come before it.
    samples : Tensor or None
        One whose shape was asked for, and was told to have an unknown number of samples.
    """

    def __init__(self) -> None:
        self.samples: Tensor | None = None
        self.assigned: dict[int, tuple[Variable, Tensor]] = {}
        self.draws: dict[int, tuple[Variable, int]] = {}
        self.losses: list[tuple[Any, Any]] = []
        self.accumulated: list[Any] = []
        self.calls: list[tuple[int, int, Any]] = []

    def read(self, variable: Variable) -> Tensor:
        """Return the tensor that stands for a variable at this point."""
        found = self.assigned.get(id(variable))
        return variable.tensor if found is None else found[1]

    def draw(self, state: Variable) -> int:
        """Count a draw from a random state; return how many there were before it."""
        _, before = self.draws.get(id(state), (state, 0))
        self.draws[id(state)] = state, before + 1
        return before


_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


@contextmanager
def tracing(on: bool = True, *, anew: bool = False) -> Iterator[Trace]:
    """Inside the block variables stand for themselves, not for the numbers they hold at the moment.

    An operation on variables alone is then part of the graph, like one on symbolic tensors; outside, or with
    ``on=False``, it is computed at once. A block inside another belongs to the same trace, unless it is to
    begin ``anew``.
    """
    current = _trace.get()
    trace = Trace() if current is None or anew else current
    token = _trace.set(trace if on else None)
    try:
        yield trace
    finally:
        _trace.reset(token)


def current_trace() -> Trace | None:
    """Return what is being traced, or None."""
    return _trace.get()


# How many numbers more may be made weights and metrics' totals of, and how often layers may be called yet.
_left: ContextVar[dict[str, int] | None] = ContextVar("left", default=None)
_MOST_CALLS = 20_000


@contextmanager
def at_most_numbers(count: int, unless_limited: bool = False) -> Iterator[None]:
    """Inside the block `take_numbers` refuses more than so many numbers in all, and `take_call` very many calls.

    It is for making models that somebody else described: few words can describe much, models in models above all.
    A block inside another has a limit of its own, or goes on with that one.
    """
    if unless_limited and _left.get() is not None:
        yield
        return
    token = _left.set({"numbers": count, "calls": _MOST_CALLS})
    try:
        yield
    finally:
        _left.reset(token)


def take_numbers(count: int) -> bool:
    """Whether so many numbers more may be kept; counts them if so."""
    return _take("numbers", count)


def take_call() -> bool:
    """Whether a layer may be called once more; counts it if so."""
    return _take("calls", 1)


def _take(what: str, count: int) -> bool:
    left = _left.get()
    if left is None:
        return True
    if count > left[what]:
        return False
    left[what] -= max(count, 0)
    return True


def traced(x: Any) -> Any:
    """Return a variable's symbolic tensor while a graph is traced; anything else as it is."""
    trace = _trace.get()
    return trace.read(x) if isinstance(x, Variable) and trace is not None else x


def padded_columns(columns: int, dtype: str) -> int:
    """Return the distance between rows of a matrix, in elements.

    Rows are whole cache lines, so that kernels may read and write whole vectors. A distance that divides
    into pages would send every row to the same few cache sets; one line more spreads them.
    """
    itemsize = np.dtype(dtype).itemsize
    line = _ALIGNMENT // itemsize
    ld = -(-columns // line) * line
    return ld + line if ld and ld * itemsize % (_PAGE // 2) == 0 else ld


def matrix_shape(shape: Sequence[int]) -> tuple[int, int]:
    """Return (rows, columns) of the matrix that holds a tensor: the last axis runs along the rows."""
    if not shape:
        return 1, 1
    rows = 1
    for length in shape[:-1]:
        rows *= length
    return rows, shape[-1]


def aligned_matrix(rows: int, columns: int, dtype: str) -> np.ndarray:
    """Return a zeroed (rows, columns) view of aligned memory whose rows are padded."""
    itemsize = np.dtype(dtype).itemsize
    ld = padded_columns(columns, dtype)
    # One line more than the matrix: a kernel may run over the end of the last row as over any other.
    memory = np.zeros((rows * ld) * itemsize + 2 * _ALIGNMENT, np.uint8)
    offset = -memory.ctypes.data % _ALIGNMENT
    return np.ndarray((rows, columns), dtype, memory.data, offset, (ld * itemsize, itemsize))


def _operator(name: str) -> Callable[..., Any]:
    """Return a Python operator of variables: that of their tensors while a graph is traced, else of their values."""

    def operate(variable: Variable, *others: Any) -> Any:
        x = traced(variable)
        if any(getattr(other, "history", None) is not None for other in others):
            return NotImplemented  # the other is a tensor of a functional model, and takes the variable as it is
        if x is variable:
            return np.array(getattr(variable.value, name)(*others))[()]
        return getattr(x, name)(*others) if hasattr(x, name) else NotImplemented

    operate.__name__ = name
    return operate


class Variable:
    """An array that a layer owns, an optimizer changes and the kernels work on in place.

    Parameters
    ----------
    initializer : callable ``(shape, dtype) -> array``, or array
        What it holds at first.
    shape : tuple of int, optional
        Needed with a callable.
    dtype : {"float32", "float64", "int32", "uint32"}, optional
        Default: `pymlp.config.floatx`. Integers are for counters and random states, which no operation takes.
    trainable : bool
        Whether training may change it.
    name : str, optional

    Attributes
    ----------
    regularizer : callable, or None
        Of the variable makes a number that training adds to the loss.
    constraint : callable, or None
        Of the variable makes what it becomes after each step of an optimizer.

    Notes
    -----
    Every variable has memory of its own, so that layers may be shared among models and moved from one to
    another without a copy. Rows begin on cache lines; `value` is a view without the padding.

    Examples
    --------
    >>> import numpy as np
    >>> v = Variable(np.ones((2, 3)), name="kernel")
    >>> v.assign(np.zeros((2, 3)))
    >>> v.numpy().sum()
    np.float32(0.0)
    """

    def __init__(
        self,
        initializer: Callable[..., Any] | Any,
        shape: Sequence[int] | None = None,
        dtype: str | None = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        self.dtype = (
            dtype if dtype in _INTEGERS else check_float_type(dtype or floatx(), "Variable")
        )
        self.name = name_or_automatic("Variable", name, "variable")
        self.path = self.name
        self.trainable = trainable
        self.regularizer: Any = None
        self.constraint: Any = None
        if callable(initializer):
            if shape is None:
                raise ValueError(f"Variable {self.name!r}: give a shape with an initializer.")
            initial = np.asarray(initializer(tuple(shape), dtype=self.dtype))
        else:
            initial = np.asarray(initializer)
        self.shape = tuple(int(n) for n in (initial.shape if shape is None else shape))
        self._storage = aligned_matrix(*matrix_shape(self.shape), self.dtype)
        self.value = self._view()
        self._tensor: Tensor | None = None
        self._set(initial)

    def _view(self) -> np.ndarray:
        itemsize = self._storage.itemsize
        strides = [itemsize]
        step = self._storage.strides[0]
        for length in self.shape[-2::-1]:
            strides.append(step)
            step *= length
        strides = strides[: len(self.shape)]
        return np.lib.stride_tricks.as_strided(self._storage, self.shape, strides[::-1])

    @property
    def storage(self) -> np.ndarray:
        """The padded matrix that kernels are given, of shape `matrix_shape`."""
        return self._storage

    @property
    def tensor(self) -> Tensor:
        """The variable as it stands in graphs."""
        if self._tensor is None:
            from pymlp.graph.tensor import variable_tensor

            self._tensor = variable_tensor(self)
        return self._tensor

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    def numpy(self) -> np.ndarray:
        """Return a copy, contiguous and independent of later training."""
        return np.array(self.value, order="C")

    def assign(self, value: Any) -> None:
        """Set every element; while a graph is traced, at the end of every step that it will run.

        Raises
        ------
        ValueError
            If the shape is not the variable's own: nothing is broadcast.
        """
        trace = _trace.get()
        if trace is not None:
            trace.assigned[id(self)] = self, self._as_tensor(value)
        else:
            self._set(value)

    def _set(self, value: Any) -> None:
        """Set every element now."""
        array = np.asarray(value)
        if array.shape != self.shape:
            raise ValueError(
                f"Variable {self.path!r} has shape {self.shape}, received an array of shape {array.shape}."
            )
        self.value[...] = array

    def assign_add(self, value: Any) -> None:
        """Add to every element."""
        from pymlp import ops

        self.assign(ops.add(self, value))

    def assign_sub(self, value: Any) -> None:
        """Subtract from every element."""
        from pymlp import ops

        self.assign(ops.subtract(self, value))

    def _as_tensor(self, value: Any) -> Tensor:
        """Return a symbolic tensor that the variable may be given, or raise ValueError."""
        from pymlp.graph.tensor import Tensor, constant_tensor

        if self.dtype in _INTEGERS:
            raise ValueError(
                f"Variable {self.path!r} is of type {self.dtype}, which is not assigned while a model is traced: "
                "make it of the layer's type."
            )
        value = traced(value)
        tensor = value if isinstance(value, Tensor) else constant_tensor(value, self.dtype)
        if (tensor.shape, tensor.dtype) != (self.shape, self.dtype):
            raise ValueError(
                f"Variable {self.path!r} has shape {self.shape} and type {self.dtype}, received a tensor of shape "
                f"{tensor.shape} and type {tensor.dtype}."
            )
        return tensor

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if _trace.get() is not None:
            raise TypeError(
                f"Variable {self.path!r} has no fixed numbers while a model is traced: what NumPy made of it would "
                "never change. Use pymlp.ops functions on it."
            )
        if copy is False:
            return self.value if dtype is None else self.value.astype(dtype, copy=False)
        return np.array(self.value, dtype=dtype)

    def __float__(self) -> float:
        return float(self.value)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        del state["_storage"], state["_tensor"]
        state["value"] = self.numpy()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        value = state.pop("value")
        self.__dict__.update(state)
        self._storage = aligned_matrix(*matrix_shape(self.shape), self.dtype)
        self.value = self._view()
        self._tensor = None
        self._set(value)

    __add__ = _operator("__add__")
    __radd__ = _operator("__radd__")
    __sub__ = _operator("__sub__")
    __rsub__ = _operator("__rsub__")
    __mul__ = _operator("__mul__")
    __rmul__ = _operator("__rmul__")
    __truediv__ = _operator("__truediv__")
    __rtruediv__ = _operator("__rtruediv__")
    __pow__ = _operator("__pow__")
    __rpow__ = _operator("__rpow__")
    __matmul__ = _operator("__matmul__")
    __rmatmul__ = _operator("__rmatmul__")
    __neg__ = _operator("__neg__")
    __abs__ = _operator("__abs__")
    __lt__ = _operator("__lt__")
    __le__ = _operator("__le__")
    __gt__ = _operator("__gt__")
    __ge__ = _operator("__ge__")
    __getitem__ = _operator("__getitem__")

    def __repr__(self) -> str:
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}, value={self.value}>"
