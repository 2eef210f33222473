"""Variables: the numbers a model learns, in memory laid out for the kernels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp._engine.layout import aligned_matrix, matrix_shape
from pymlp.config import check_float_type, floatx
from pymlp.naming import name_or_automatic
from pymlp.tracing import current_trace

if TYPE_CHECKING:
    from pymlp.graph.tensor import Tensor

__all__ = ["Variable", "assign_all", "traced"]

_INTEGERS = ("int32", "uint32")


def traced(x: Any) -> Any:
    """Return a variable's symbolic tensor while a graph is traced; anything else as it is."""
    trace = current_trace()
    return trace.read(x) if isinstance(x, Variable) and trace is not None else x


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
        return np.array(self._numbers(), order="C")

    def _numbers(self) -> np.ndarray:
        """Return what the variable holds, or, if it was assigned to in a step that is traced eagerly, will hold."""
        trace = current_trace()
        if trace is None or trace.known is None or id(self) not in trace.assigned:
            return self.value
        from pymlp.graph.known import numbers_of

        found = numbers_of(trace.read(self))
        return self.value if found is None else found

    def assign(self, value: Any) -> None:
        """Set every element; while a graph is traced, at the end of every step that it will run.

        Raises
        ------
        ValueError
            If the shape is not the variable's own: nothing is broadcast.
        """
        trace = current_trace()
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
        if current_trace() is not None:
            raise TypeError(
                f"Variable {self.path!r} has no fixed numbers while a model is traced: what NumPy made of it would "
                "never change. Use pymlp.ops functions on it."
            )
        if copy is False:
            return self.value if dtype is None else self.value.astype(dtype, copy=False)
        return np.array(self.value, dtype=dtype)

    def __float__(self) -> float:
        return float(self._numbers())

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
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}, value={self._numbers()}>"


def assign_all(
    where: str, variables: Sequence[Variable], values: Sequence[Any], hint: str = ""
) -> None:
    """Set each of several variables; or raise ValueError, with the hint if their number is another, and set none."""
    arrays = [np.asarray(value) for value in values]
    if len(arrays) != len(variables):
        raise ValueError(
            f"{where} expected {len(variables)} arrays of shapes {[v.shape for v in variables]}, received "
            f"{len(arrays)}.{hint}"
        )
    for variable, array in zip(variables, arrays, strict=True):
        if array.shape != variable.shape:
            raise ValueError(
                f"{where} expected shape {variable.shape} for {variable.path!r}, received {array.shape}."
            )
        if array.dtype.kind not in "fiub":
            raise ValueError(
                f"{where} expected numbers for {variable.path!r}, received {array.dtype}."
            )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
