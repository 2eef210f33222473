"""What is known around the call of a layer: the arguments by name, and what outer calls said."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from pymlp.graph.tensor import Tensor, next_number
from pymlp.limits import take_call
from pymlp.nesting import flatten, is_nested, is_shape, map_structure
from pymlp.tracing import current_trace
from pymlp.variables import Variable

__all__ = [
    "Call",
    "building",
    "call_parameters",
    "calling",
    "context_depth",
    "context_training",
    "path_of",
]


# ---- the arguments ------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def call_parameters(function: Callable[..., Any]) -> tuple[tuple[str, ...], bool, Any]:
    """Return (names of the arguments after `self`, whether there is ``**kwargs``, the default of `training`)."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    names = tuple(
        p.name
        for p in parameters
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    )
    any_name = any(p.kind is p.VAR_KEYWORD for p in parameters)
    default = next((p.default for p in parameters if p.name == "training"), None)
    return names, any_name, None if default is inspect.Parameter.empty else default


@dataclass
class Call:
    """Arguments of one call, arrays among them converted to the layer's type.

    Attributes
    ----------
    args, kwargs
        Without `training`.
    training : bool, or None if nothing was said
    shapes : dict
        Of the arguments that hold tensors or arrays, by name: nests of shapes, None standing for the samples.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    training: bool | None
    shapes: dict[str, Any]

    @classmethod
    def of(cls, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """Return a call of that layer, or raise ValueError for arguments that are no tensors."""
        names, _, _ = call_parameters(type(layer).call)
        label = f"{type(layer).__name__} {layer.name!r}"
        kwargs = dict(kwargs)
        training = kwargs.pop("training", None)
        if "training" in names and names.index("training") < len(args):
            where = names.index("training")
            training, args = args[where], args[:where] + args[where + 1 :]
            names = names[:where] + names[where + 1 :]
        if not args and names and names[0] in kwargs:
            # The first argument by its name is the same as by its place.
            args = (kwargs.pop(names[0]),)

        def array(value: Any) -> Any:
            return (
                value if isinstance(value, Tensor) else as_samples(value, layer.input_dtype, label)
            )

        one_input = layer.built and is_shape(layer._build_shape)
        if one_input and args and isinstance(args[0], list) and not _is_symbolic(args[0]):
            # It may be of rows that are arrays: still one array.
            args = (as_samples(args[0], layer.input_dtype, label), *args[1:])
        args = tuple(_converted(value, array, first=index == 0) for index, value in enumerate(args))
        kwargs = {name: _converted(value, array, first=False) for name, value in kwargs.items()}
        given = dict(
            zip(
                (*names, *(f"argument_{i}" for i in range(len(names), len(args)))),
                args,
                strict=False,
            )
        )
        shapes = {
            name: _shapes(value)
            for name, value in {**given, **kwargs}.items()
            if _holds_tensors(value)
        }
        return cls(args, kwargs, training, shapes)

    @property
    def tensors(self) -> list[Tensor]:
        """The symbolic ones among the arguments."""
        return [leaf for leaf in flatten((self.args, self.kwargs)) if isinstance(leaf, Tensor)]

    def mapped(self, function: Callable[[Any], Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments with `function` applied to every leaf."""
        return map_structure(function, self.args), map_structure(function, self.kwargs)


def _is_tensor(value: Any) -> bool:
    return isinstance(value, (Tensor, np.ndarray, Variable)) or (
        hasattr(value, "shape") and hasattr(value, "__array__")
    )


def _is_symbolic(value: Any) -> bool:
    return any(isinstance(leaf, Tensor) for leaf in flatten(value))


def _holds_tensors(value: Any) -> bool:
    return any(_is_tensor(leaf) for leaf in flatten(value))


def _converted(value: Any, array: Callable[[Any], Any], first: bool) -> Any:
    """Return an argument with arrays in place of what is like one."""
    if is_nested(value) and (isinstance(value, dict) or _holds_tensors(value)):
        return map_structure(
            lambda x: array(x) if _is_tensor(x) or (first and x is not None) else x, value
        )
    if first or _is_tensor(value):
        return array(value)
    return value


def _shapes(value: Any) -> Any:
    def shape(leaf: Any) -> Any:
        if isinstance(leaf, Tensor):
            return leaf.shape
        return (None, *leaf.shape[1:]) if isinstance(leaf, np.ndarray) else None

    return map_structure(shape, value)


def as_samples(x: Any, dtype: str, label: str) -> np.ndarray:
    """Return x as an array of the layer's type with an axis of samples, or raise ValueError."""
    try:
        array = np.asarray(x)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"they are of type {array.dtype}")
        array = array.astype(dtype, copy=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{label} expected inputs of numbers: {error}.") from error
    if array.ndim < 1:
        raise ValueError(
            f"{label} expected inputs with an axis of samples, received a single number."
        )
    return array


# ---- the calls around -----------------------------------------------------------------------------------


@dataclass
class _Context:
    """What the calls under way share, the outermost of which made it."""

    training: bool | None = None
    layers: list[Any] = field(default_factory=list)


_context: ContextVar[_Context | None] = ContextVar("call_context", default=None)


@contextmanager
def calling(layer: Any, training: bool | None = None) -> Iterator[bool | None]:
    """Be within a call of the layer; yields whether it is in training: as was said, or by an outer call.

    As in Keras, what is said to one layer holds for those called after it within the same outermost call.
    """
    if not take_call():
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r}: the file describes a model that calls layers too often to be one."
        )
    context = _context.get()
    token = None
    if context is None:
        context = _Context()
        token = _context.set(context)
    if training is None:
        training = context.training
    if training is None:
        training = call_parameters(type(layer).call)[2]
    context.training = training
    context.layers.append(layer)
    trace, first = current_trace(), next_number()
    try:
        yield training
    finally:
        context.layers.pop()
        if trace is not None:
            trace.calls.append((first, next_number(), layer))
        if token is not None:
            _context.reset(token)


@contextmanager
def building(layer: Any) -> Iterator[None]:
    """Be within the building of a layer: weights that are made belong to it, by their path."""
    context = _context.get()
    token = None
    if context is None:
        context = _Context()
        token = _context.set(context)
    context.layers.append(layer)
    try:
        yield
    finally:
        context.layers.pop()
        if token is not None:
            _context.reset(token)


def context_training() -> bool | None:
    """Return whether the calls under way are in training; None if nothing was said, or there is none."""
    context = _context.get()
    return None if context is None else context.training


def context_depth() -> int:
    """Return how many calls and buildings are under way."""
    context = _context.get()
    return 0 if context is None else len(context.layers)


def path_of(layer: Any) -> str:
    """Return the names of the layers that are being built or called, down to this one, joined by slashes."""
    context = _context.get()
    names = []
    previous = None
    for outer in () if context is None else context.layers:
        if outer is not previous:  # a layer is built within its own call
            names.append(outer.name)
        previous = outer
    if previous is not layer:
        names.append(layer.name)
    return "/".join(names)
