"""Symbolic tensors: what layers, losses and metrics are traced with."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp.graph.untraceable import untraceable

if TYPE_CHECKING:
    from pymlp.ops.operation import Operation
    from pymlp.variables import Variable

__all__ = ["Tensor", "constant_tensor", "input_tensor", "next_number", "variable_tensor"]

Shape = tuple["int | None", ...]

_counter = itertools.count()


class Tensor:
    """The result of an operation that has not run yet.

    Attributes
    ----------
    shape : tuple
        The first entry is None where it is the number of samples in a batch.
    dtype : str
    operation : Operation or None
        What makes it; None for a leaf.
    inputs : tuple of Tensor
        What it is made of.
    attributes : dict
        The operation's other arguments. A leaf has one: ``input`` (a name), ``variable`` or ``constant``.
    history : History or None
        Of a tensor that stands in a functional model: which call of which layer made it.
    """

    __slots__ = ("attributes", "dtype", "history", "inputs", "name", "number", "operation", "shape")

    def __init__(
        self,
        shape: Iterable[int | None],
        dtype: str,
        operation: Operation | None = None,
        inputs: tuple[Tensor, ...] = (),
        attributes: dict[str, Any] | None = None,
        name: str | None = None,
    ) -> None:
        self.shape: Shape = tuple(shape)
        self.dtype = dtype
        self.operation = operation
        self.inputs = inputs
        self.attributes = attributes or {}
        self.name = name
        self.number = next(_counter)
        self.history: Any = None

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __repr__(self) -> str:
        numbers = self._numbers()
        if numbers is not None:
            return f"<Tensor shape={self.shape}, dtype={self.dtype}, numbers={numbers}>"
        made_by = self.operation.name if self.operation else next(iter(self.attributes), "leaf")
        return f"<Tensor shape={self.shape}, dtype={self.dtype}, from {made_by}>"

    def _numbers(self) -> np.ndarray | None:
        """Return the numbers, if a graph is traced for one batch alone."""
        from pymlp.graph.known import numbers_of

        return numbers_of(self)

    def _numbers_for(self, what: str, instead: str | None = None) -> np.ndarray:
        """Return the numbers that something asks for, or raise TypeError: see `untraceable`."""
        numbers = self._numbers()
        if numbers is None:
            raise TypeError(untraceable(what, instead))
        return numbers

    def __bool__(self) -> bool:
        return bool(
            self._numbers_for(
                "The truth value of a tensor, which `if`, `and`, `or` and `not` ask for,",
                "pymlp.ops.where(condition, a, b), pymlp.ops.logical_and, logical_or and logical_not",
            )
        )

    def __float__(self) -> float:
        asked = "float(x), which the functions of Python's math module ask for,"
        return float(self._numbers_for(asked))

    def __int__(self) -> int:
        return int(self._numbers_for("int(x)", "pymlp.ops.floor(x)"))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        asked = "numpy.asarray(x), which functions on arrays ask for,"
        return np.asarray(self._numbers_for(asked), dtype)

    def __getattr__(self, name: str) -> Any:
        # Whoever takes a tensor for an array should be told what there is in place of its methods.
        if name not in _METHODS_OF_ARRAYS:
            raise AttributeError(f"'Tensor' object has no attribute {name!r}")
        if name in _LOOKING and (numbers := self._numbers()) is not None:
            return (lambda: numbers) if name == "numpy" else getattr(numbers, name)
        raise AttributeError(untraceable(f"x.{name} of a tensor x", _ops_name(name)))

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError(untraceable("x[...] = value", "pymlp.ops.where(condition, value, x)"))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        from pymlp.ops.numpy_protocol import apply_ufunc

        return apply_ufunc(ufunc, method, inputs, kwargs)

    def __add__(self, other: Any) -> Any:
        return _ops().add(self, other)

    def __radd__(self, other: Any) -> Any:
        return _ops().add(other, self)

    def __sub__(self, other: Any) -> Any:
        return _ops().subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return _ops().subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return _ops().multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return _ops().multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return _operators().true_divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _operators().true_divide(other, self)

    def __neg__(self) -> Any:
        return _ops().negative(self)

    def __abs__(self) -> Any:
        return _ops().abs(self)

    def __lt__(self, other: Any) -> Any:
        return _ops().less(self, other)

    def __le__(self, other: Any) -> Any:
        return _ops().less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return _ops().greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return _ops().greater_equal(self, other)

    # Tensors are equal element by element, and found again by who they are.
    def __eq__(self, other: object) -> Any:
        # Tensors of a functional model are equal if they are the same one, as in Keras.
        if other is None or self.history is not None:
            return NotImplemented
        return _ops().equal(self, other)

    def __ne__(self, other: object) -> Any:
        return NotImplemented if other is None else _ops().not_equal(self, other)

    __hash__ = object.__hash__

    def __pow__(self, exponent: Any) -> Any:
        return _ops().power(self, exponent)

    def __rpow__(self, base: Any) -> Any:
        return _ops().power(base, self)

    def __matmul__(self, other: Any) -> Any:
        return _ops().matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return _ops().matmul(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return _ops().floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _ops().floor_divide(other, self)

    def __mod__(self, other: Any) -> Any:
        return _ops().mod(self, other)

    def __rmod__(self, other: Any) -> Any:
        return _ops().mod(other, self)

    def __and__(self, other: Any) -> Any:
        return _ops().logical_and(self, other)

    def __rand__(self, other: Any) -> Any:
        return _ops().logical_and(other, self)

    def __or__(self, other: Any) -> Any:
        return _ops().logical_or(self, other)

    def __ror__(self, other: Any) -> Any:
        return _ops().logical_or(other, self)

    def __xor__(self, other: Any) -> Any:
        return _ops().logical_xor(self, other)

    def __rxor__(self, other: Any) -> Any:
        return _ops().logical_xor(other, self)

    def __round__(self, ndigits: int | None = None) -> Any:
        return _ops().round(self, ndigits or 0)

    def __invert__(self) -> Any:
        return _ops().logical_not(self)

    def __getitem__(self, key: Any) -> Any:
        return _operators().get_item(self, key)

    def __iter__(self) -> Iterator[Any]:
        if not self.shape or self.shape[0] is None:
            raise TypeError(
                untraceable(
                    "`for` over the samples of a tensor",
                    "operations on all samples together, and pymlp.ops.unstack(x, axis=1) for other axes",
                )
            )
        return iter(_ops().unstack(self))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        from pymlp.ops.numpy_protocol import apply_function

        return apply_function(function, args, kwargs)

    def reshape(self, newshape: Any) -> Any:
        """Return the same elements in another shape."""
        return _ops().reshape(self, newshape)

    def squeeze(self, axis: Any = None) -> Any:
        """Return the tensor without an axis of length 1, or without all of them."""
        return _ops().squeeze(self, axis)

    @property
    def T(self) -> Any:
        """The tensor with its axes the other way round."""
        return _ops().transpose(self)


def next_number() -> int:
    """Return a number above those of all tensors so far, and below those of all to come."""
    return next(_counter)


def _ops() -> Any:
    import pymlp.ops

    return pymlp.ops


def _operators() -> Any:
    from pymlp.ops import recording

    return recording


_METHODS_OF_ARRAYS = {name for name in dir(np.ndarray) if not name.startswith("_")} | {"numpy"}
_LOOKING = ("item", "numpy", "tolist")  # what only shows numbers
_OTHER_NAMES = {"astype": "cast", "flatten": "reshape", "ptp": "max", "fill": "full_like"}


def _ops_name(method: str) -> str | None:
    """Return the operation that does what a method of arrays does."""
    name = _OTHER_NAMES.get(method, method)
    return f"pymlp.ops.{name}" if name in _ops().__all__ else None


def input_tensor(shape: Iterable[int | None], dtype: str, name: str) -> Tensor:
    """Return a leaf that the caller feeds with an array."""
    return Tensor(shape, dtype, attributes={"input": name}, name=name)


def variable_tensor(variable: Variable) -> Tensor:
    """Return the leaf that stands for a variable."""
    return Tensor(
        variable.shape, variable.dtype, attributes={"variable": variable}, name=variable.name
    )


def constant_tensor(value: Any, dtype: str) -> Tensor:
    """Return a leaf that holds an array or a number."""
    array = np.asarray(value, dtype)
    return Tensor(array.shape, dtype, attributes={"constant": array})
