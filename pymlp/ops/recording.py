"""Operations on tensors of functional models: each becomes a part of the model, as the call of a layer does.

The functions of `pymlp.ops` are wrapped once, by `pymlp/ops/__init__.py` when they are first asked for. Called on
tensors that stem from `Input`, a wrapped function makes a `ModelOperation`, notes its call as a `Node`, and returns
tensors that stand for the results; called on anything else it is the function itself, as it is to all that use it
within pymlp.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from pymlp.graph.node import Node, stands_in_a_model
from pymlp.graph.tensor import Tensor, input_tensor
from pymlp.naming import auto_name, name_or_automatic, to_snake_case
from pymlp.nesting import flatten, map_structure
from pymlp.ops.keras_names import Entry, entry_of
from pymlp.tracing import tracing

__all__ = [
    "ModelOperation",
    "get_item",
    "operation_class",
    "recorded",
    "recorded_as",
    "recorded_in",
    "true_divide",
]

F = TypeVar("F", bound=Callable[..., Any])


class ModelOperation:
    """A function of `pymlp.ops` as a part of functional models, with its arguments that are no tensors.

    There is a class for each function, made by `recorded`, so that it is named in files and summaries as in Keras.

    Parameters
    ----------
    name : str, optional
        Default: the class's in snake case, with a number from the second one on.
    **arguments
        Of the function.
    """

    function: ClassVar[Callable[..., Any]]
    entry: ClassVar[Entry]

    built = True
    trainable = True

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        parameters = _parameters(type(self).function)
        takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        unknown = set() if takes_any else set(arguments) - set(parameters)
        # What Keras's class is made with and pymlp's function does not know must say nothing.
        if any(arguments[key] not in (None, False) for key in unknown):
            raise ValueError(
                f"{type(self).__name__}: pymlp.ops does not take {sorted(unknown)}, received {arguments!r}."
            )
        kind = type(self).__name__
        self.name = name_or_automatic(kind, name, to_snake_case(kind))
        self.arguments = {k: _as_tuple(v) for k, v in arguments.items() if k not in unknown}
        self._inbound_nodes: list[Node] = []

    def __repr__(self) -> str:
        return f"<Operation name={self.name}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Apply the function to its other arguments: tensors of a functional model, symbolic ones, or arrays."""
        if not any(stands_in_a_model(x) for x in flatten((args, kwargs))):
            return self.call(*args, **kwargs)
        structure = _traced(type(self).function.__name__, self.call, args, kwargs)
        Node(self, args, kwargs, structure)
        return structure

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Return what the function gives."""
        return _applied(type(self).function, self.arguments, args, kwargs)

    # ---- as a layer without weights -------------------------------------------------------------------

    @property
    def weights(self) -> list[Any]:
        """Nothing: an operation has no weights."""
        return []

    def count_params(self) -> int:
        """Return 0."""
        return 0

    @property
    def input(self) -> Any:
        """The tensor, or the list of tensors, that the operation was first called on."""
        inputs = self._inbound_nodes[0].inputs
        return inputs[0] if len(inputs) == 1 else inputs

    @property
    def output(self) -> Any:
        """The tensor, or the list of tensors, that its first call gave."""
        outputs = self._inbound_nodes[0].outputs
        return outputs[0] if len(outputs) == 1 else outputs

    # ---- configuration and copies ---------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the name and the arguments that are no tensors."""
        return {"name": self.name, **self.arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> ModelOperation:
        """Return an operation from what `get_config` returned, or raise ValueError.

        A file could ask for tables of any size: whole numbers beyond what an axis of a network is long are refused.
        """
        large = [x for x in flatten(config) if isinstance(x, int) and abs(x) > _LONGEST]
        if large:
            raise ValueError(
                f"{cls.__name__}: {large[0]} is more than any axis of a network is long."
            )
        return cls(**config)

    def __reduce__(self) -> Any:
        # The class is found again by its names; calls belong to the models that they are part of.
        state = {**self.__dict__, "_inbound_nodes": []}
        return _restored, (self.entry.module, self.entry.class_name), state


_LONGEST = 2**24

# Every class there is, by Keras's module and name.
_CLASSES: dict[tuple[str, str], type[ModelOperation]] = {}


def operation_class(module: str, class_name: str) -> type[ModelOperation] | None:
    """Return the class that a file names so, or None."""
    if (module, class_name) not in _CLASSES:
        _make_all()
    return _CLASSES.get((module, class_name))


@functools.cache
def _make_all() -> None:
    """Have `pymlp.ops` make the classes of all its functions, which it makes when they are first asked for."""
    from pymlp import ops

    for name in ops.__all__:
        getattr(ops, name)


def _restored(module: str, class_name: str) -> ModelOperation:
    cls = operation_class(module, class_name)
    assert cls is not None
    return cls.__new__(cls)


# ---- wrapping functions -----------------------------------------------------------------------------------


def recorded(function: F, entry: Entry) -> F:
    """Return the function, recorded where it is called on tensors of a functional model."""
    attributes = {"function": staticmethod(function), "entry": entry, "__module__": entry.module}
    cls = type(entry.class_name, (ModelOperation,), attributes)
    _CLASSES.setdefault((entry.module, entry.class_name), cls)

    @functools.wraps(function)
    def on_any_tensors(*args: Any, **kwargs: Any) -> Any:
        if not _concerns_a_model(args) and not _concerns_a_model(kwargs.values()):
            return function(*args, **kwargs)
        return _record(cls, function, args, kwargs)

    return on_any_tensors  # type: ignore[return-value]


def recorded_in(
    home: str,
    names: Iterable[str],
    functions: Mapping[str, Any],
    entries: Mapping[str, Entry] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return functions of these names, recorded, as functions of the module `home`.

    Their entries are those of Keras's functions of the same names, but for those that are given.
    """
    return {name: recorded_as(home, name, functions[name], entries.get(name)) for name in names}


def recorded_as(home: str, name: str, function: F, entry: Entry | None = None) -> F:
    """Return a function of that name, recorded, as one of the module `home`."""
    found = recorded(function, entry or entry_of(name))
    found.__module__, found.__qualname__ = home, name
    return found


def _concerns_a_model(values: Iterable[Any]) -> bool:
    """Whether one of the arguments is a tensor of a functional model, or holds one."""
    for value in values:
        if isinstance(value, Tensor):
            if value.history is not None:
                return True
        elif isinstance(value, (list, tuple, dict)) and any(map(stands_in_a_model, flatten(value))):
            return True
    return False


def _record(
    cls: type[ModelOperation], function: Callable[..., Any], args: Any, kwargs: dict[str, Any]
) -> Any:
    """Call a function on tensors of a functional model; note the call, unless the result is plain numbers."""
    structure = _traced(function.__name__, function, args, kwargs)
    if not any(isinstance(leaf, Tensor) for leaf in flatten(structure)):
        return structure
    made_with, called_with, by_name = _divided(cls.entry, function, args, kwargs)
    Node(cls(**made_with), tuple(called_with), by_name, structure)
    return structure


def _traced(name: str, function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """Return tensors that stand for what the function gives; what is not symbolic is returned as it is."""
    tensors = [x for x in flatten((args, kwargs)) if isinstance(x, Tensor)]
    if not all(map(stands_in_a_model, tensors)):
        raise ValueError(
            f"{name}: a tensor of a functional model is used within the call of a layer. Hand it to the layer as an "
            "argument."
        )

    def in_place_of(x: Any) -> Any:
        return input_tensor(x.shape, x.dtype, name) if isinstance(x, Tensor) else x

    def standing_for(output: Any) -> Any:
        if not isinstance(output, Tensor):
            return output
        return input_tensor(output.shape, output.dtype, auto_name("keras_tensor"))

    with tracing(anew=True):
        outputs = function(*map_structure(in_place_of, args), **map_structure(in_place_of, kwargs))
    return map_structure(standing_for, outputs)


# ---- the arguments of a function ----------------------------------------------------------------------------


@functools.lru_cache(maxsize=1024)
def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


def _divided(
    entry: Entry, function: Callable[..., Any], args: Any, kwargs: dict[str, Any]
) -> tuple[dict[str, Any], list[Any], dict[str, Any]]:
    """Return (arguments that an operation is made with, those it is called with, those among them by name)."""
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    made_with: dict[str, Any] = {}
    called_with: list[Any] = []
    by_name: dict[str, Any] = {}
    for name, parameter in _parameters(function).items():
        value = bound.arguments[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            called_with.extend(value)
        elif parameter.kind is parameter.VAR_KEYWORD:
            made_with.update(value)
        elif name in entry.made_with:
            made_with[name] = value
        elif name in entry.by_name:
            by_name[name] = value
        else:
            called_with.append(value)
    for name, value in made_with.items():
        if _concerns_a_model([value]):
            raise ValueError(
                f"{function.__name__}: {name} should be plain numbers where the function is part of a functional "
                "model, received one of the model's tensors. Call it within a layer, such as layers.Lambda."
            )
    return made_with, called_with, by_name


def _applied(
    function: Callable[..., Any], made_with: dict[str, Any], args: Any, kwargs: dict[str, Any]
) -> Any:
    """Call a function with the arguments that its operation was made with and those it is called with."""
    parameters = _parameters(function)
    free = [name for name in parameters if name not in made_with and name not in kwargs]
    free = [
        name for name in free if parameters[name].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]
    named = {**made_with, **kwargs, **dict(zip(free, args, strict=False))}
    rest = args[len(free) :]
    if not rest:
        return function(**named)
    # Further ones are of ``*args``: what stands before it is then given by place too.
    return function(*(named.pop(name) for name in parameters if name in named), *rest, **named)


def _as_tuple(value: Any) -> Any:
    """Return a list, as JSON has it, as a tuple; a tuple is a list to Keras wherever a list is taken."""
    return tuple(_as_tuple(item) for item in value) if isinstance(value, list) else value


# ---- operators that have no other name ----------------------------------------------------------------------


def _get_item(x: Any, key: Any) -> Any:
    from pymlp.ops.slicing import item

    return item(x, tuple(key) if isinstance(key, list) else key)


def _true_divide(x1: Any, x2: Any) -> Any:
    from pymlp.ops.elementwise import divide

    return divide(x1, x2)


get_item = recorded(_get_item, entry_of("get_item"))
true_divide = recorded(_true_divide, entry_of("true_divide"))
