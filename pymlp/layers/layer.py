"""`Layer`, the base of every layer and model."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from pymlp import initializers
from pymlp.config import check_float_type, floatx
from pymlp.graph.tensor import Shape, Tensor, input_tensor
from pymlp.layers.restoring import restored_on_error
from pymlp.naming import auto_name, to_snake_case
from pymlp.variables import Variable, take_numbers, tracing

__all__ = ["Layer"]


class Layer:
    """Something with weights that is called on tensors.

    A layer is called on symbolic tensors while a model is built, and on NumPy arrays at any time. A subclass
    makes its weights in `build` and writes what it computes in `call`, with `pymlp.ops`.

    Parameters
    ----------
    trainable : bool
        Whether training may change the weights.
    dtype : {"float32", "float64"}, optional
        Of weights and computation. Default: `pymlp.config.floatx`.
    name : str, optional
        Default: the class's name in snake case, with a number from the second one on.
    input_shape : sequence of int, or int, optional
        Of one sample. As the first layer of a `Sequential`, the layer then brings its own `InputLayer`.
    """

    def __init__(
        self,
        *,
        trainable: bool = True,
        dtype: Any = None,
        name: str | None = None,
        input_shape: Sequence[int] | int | None = None,
        input_dim: int | None = None,
        batch_input_shape: Sequence[int | None] | None = None,
        **kwargs: Any,
    ) -> None:
        kind = type(self).__name__
        if kwargs:
            raise ValueError(
                f"{kind}: unknown arguments {sorted(kwargs)}. Check their spelling in the class's docstring."
            )
        if name is not None and not isinstance(name, str):
            raise ValueError(f"{kind}: name should be a string, received {name!r}.")
        self.name = name or auto_name(to_snake_case(kind))
        self.dtype = check_float_type(dtype or floatx(), f"{kind} {self.name!r}")
        self.built = False
        self._trainable = bool(trainable)
        self._own_weights: list[Variable] = []
        self._build_shape: Shape | None = None
        self.declared_input_shape: Shape | None = None
        declared: Any
        for argument, declared in (
            ("batch_input_shape", batch_input_shape),
            ("input_dim", input_dim),
            ("input_shape", input_shape),
        ):
            if declared is not None:
                if argument == "batch_input_shape" and isinstance(declared, Sequence):
                    declared = declared[1:]
                shape = sample_shape(declared, f"{kind} {self.name!r}", argument)
                self.declared_input_shape = (None, *shape)
                break

    # Whether call has an argument `training`.
    _takes_training = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "call" in cls.__dict__:
            cls._takes_training = "training" in inspect.signature(cls.call).parameters
        if "build" in cls.__dict__:
            cls.build = _noting_that_it_is_built(cls.build)  # type: ignore[method-assign]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    # ---- building and calling -----------------------------------------------------------------

    def build(self, input_shape: Shape) -> None:
        """Make the weights for inputs of that shape. The base class has none."""

    def call(self, inputs: Any) -> Any:
        """Return what the layer computes, on symbolic tensors or arrays alike."""
        raise NotImplementedError(f"{type(self).__name__} has no call(self, inputs).")

    def check_input_shape(self, shape: Shape) -> None:
        """Raise ValueError if the layer cannot take inputs of that shape. The base class takes any."""

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        """Call the layer on a symbolic tensor, or on an array or list.

        Parameters
        ----------
        inputs : Tensor or array-like
        training : bool, optional
            Handed to `call` if that takes it. `fit` says True, `evaluate` and `predict` say False to each layer of a
            model; a layer that holds others hands it on to them itself.

        Returns
        -------
        Tensor or ndarray
            As was given.
        """
        if not isinstance(inputs, Tensor):
            inputs = as_samples(inputs, self.dtype, f"{type(self).__name__} {self.name!r}")
        shape = inputs.shape if isinstance(inputs, Tensor) else (None, *inputs.shape[1:])
        self.ensure_built(shape)
        with tracing(isinstance(inputs, Tensor)):
            return self._call(inputs, training)

    def _call(self, inputs: Any, training: bool | None) -> Any:
        if self._takes_training:
            return self.call(inputs, training=training)  # type: ignore[call-arg]
        return self.call(inputs)

    def ensure_built(self, input_shape: Shape) -> None:
        """Build the layer if it is not, after checking the shape; nothing is left half made."""
        self.check_input_shape(input_shape)
        if self.built:
            return
        with restored_on_error(all_layers(self)), tracing(False):
            self.build(input_shape)
        self._build_shape = input_shape
        self.built = True

    def add_weight(
        self,
        shape: Sequence[int] = (),
        initializer: Any = None,
        dtype: str | None = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> Variable:
        """Make a variable that belongs to this layer.

        Parameters
        ----------
        shape : sequence of int
        initializer : str, callable or Initializer, optional
            Default: Glorot uniform.
        dtype : str, optional
            Default: the layer's.
        trainable : bool
        name : str, optional

        Returns
        -------
        Variable
        """
        if not take_numbers(math.prod(shape)):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: its weight {name!r} of shape {tuple(shape)} is larger than all "
                "weights that the file holds."
            )
        variable = Variable(
            initializers.get(initializer or "glorot_uniform"),
            tuple(shape),
            dtype or self.dtype,
            trainable,
            name,
        )
        variable.path = f"{self.name}/{variable.name}"
        self._own_weights.append(variable)
        return variable

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> Shape:
        """Return the shape of the output for inputs of that shape, None standing for the batch."""
        shape = tuple(input_shape)
        self.ensure_built((None, *shape[1:]))
        with tracing():
            output = self.call(input_tensor((None, *shape[1:]), self.dtype, "shape"))
        return (shape[0], *output.shape[1:])

    @property
    def input_shape(self) -> Shape:
        """Shape of the inputs the layer was built for."""
        if self._build_shape is None:
            raise AttributeError(f"Layer {self.name!r} has no input shape yet: it is not built.")
        return self._build_shape

    @property
    def output_shape(self) -> Shape:
        """Shape of the output for the inputs the layer was built for."""
        return self.compute_output_shape(self.input_shape)

    # ---- weights ------------------------------------------------------------------------------

    @property
    def trainable(self) -> bool:
        """Whether training may change the weights."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)

    @property
    def weights(self) -> list[Variable]:
        """All variables, in the order they were made; then those of the layers that are attributes of this one."""
        return list(self._found_weights(for_training=False, seen=set()).values())

    @property
    def variables(self) -> list[Variable]:
        """All variables, in the order they were made."""
        return self.weights

    @property
    def trainable_weights(self) -> list[Variable]:
        """The variables that training changes."""
        return list(self._found_weights(for_training=True, seen=set()).values())

    @property
    def trainable_variables(self) -> list[Variable]:
        """The variables that training changes."""
        return self.trainable_weights

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The variables that training leaves alone."""
        trained = {id(v) for v in self.trainable_weights}
        return [v for v in self.weights if id(v) not in trained]

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The variables that training leaves alone."""
        return self.non_trainable_weights

    def _found_weights(self, for_training: bool, seen: set[int]) -> dict[int, Variable]:
        seen.add(id(self))
        if for_training and not self.trainable:
            return {}
        found = {id(v): v for v in self._own_weights if v.trainable or not for_training}
        for layer in _layers_in(list(vars(self).values())):
            if id(layer) not in seen:  # layers may hold one another
                found |= {
                    k: v
                    for k, v in layer._found_weights(for_training, seen).items()
                    if k not in found
                }
        return found

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all variables."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set all variables.

        Parameters
        ----------
        weights : sequence of array
            As `get_weights` returns them.

        Raises
        ------
        ValueError
            If their number or a shape is wrong, or a layer is not built. Nothing is changed then.
        """
        variables = self.weights
        arrays = [np.asarray(w) for w in weights]
        label = f"{type(self).__name__} {self.name!r}"
        if len(arrays) != len(variables):
            hint = (
                ""
                if self.built
                else " It is not built yet: give it an input shape or call it on data first."
            )
            raise ValueError(
                f"{label}: set_weights expected {len(variables)} arrays of shapes "
                f"{[v.shape for v in variables]}, received {len(arrays)}.{hint}"
            )
        for variable, array in zip(variables, arrays, strict=True):
            if array.shape != variable.shape:
                raise ValueError(
                    f"{label}: set_weights expected shape {variable.shape} for {variable.path!r}, "
                    f"received {array.shape}."
                )
            if array.dtype.kind not in "fiub":
                raise ValueError(
                    f"{label}: set_weights expected numbers for {variable.path!r}, received {array.dtype}."
                )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)

    def count_params(self) -> int:
        """Return the number of weights, trainable or not.

        Raises
        ------
        ValueError
            If the layer is not built.
        """
        if not self.built:
            raise ValueError(
                f"Layer {self.name!r} is not built, so its weights are not counted yet: give it an input shape."
            )
        return sum(v.size for v in self.weights)

    # ---- configuration ------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make a layer like this one, without its weights."""
        return {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return a layer from what `get_config` returned."""
        return cls(**config)

    def get_build_config(self) -> dict[str, Any] | None:
        """Return what `build_from_config` needs to make the weights again."""
        return {"input_shape": self._build_shape} if self._build_shape is not None else None

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build the layer from what `get_build_config` returned."""
        shape = config.get("input_shape")
        if shape is not None:
            lengths = sample_shape(
                shape[1:], f"{type(self).__name__} {self.name!r}", "build_config's input_shape"
            )
            self.ensure_built((None, *lengths))


def _noting_that_it_is_built(build: Callable[..., None]) -> Callable[..., None]:
    """Return `build` so that a layer it is called on directly is built from then on, and not once more."""

    @functools.wraps(build)
    def build_and_note(self: Layer, input_shape: Sequence[int | None]) -> None:
        build(self, input_shape)
        if not self.built:
            self._build_shape, self.built = (None, *tuple(input_shape)[1:]), True

    return build_and_note


def all_layers(layer: Layer) -> list[Layer]:
    """Return a layer and those that are attributes of it, or of these, each once."""
    found = {id(layer): layer}
    waiting = [layer]
    while waiting:
        for inner in _layers_in(list(vars(waiting.pop()).values())):
            if id(inner) not in found:
                found[id(inner)] = inner
                waiting.append(inner)
    return list(found.values())


def _layers_in(value: Any) -> Iterator[Layer]:
    """Yield a layer, or those in a list, tuple or dict of whatever depth."""
    if isinstance(value, Layer):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _layers_in(item)
    elif isinstance(value, dict):
        yield from _layers_in(list(value.values()))


def sample_shape(shape: Any, label: str, argument: str) -> tuple[int, ...]:
    """Return the shape of one sample, given as a sequence of lengths or as one; or raise ValueError."""
    lengths: Any = (shape,) if isinstance(shape, Integral) else shape
    if not isinstance(lengths, (Sequence, np.ndarray)) or not all(
        isinstance(length, Integral) and not isinstance(length, bool) and int(length) >= 1
        for length in lengths
    ):
        raise ValueError(
            f"{label}: {argument} should hold whole numbers of at least 1, received {shape!r}. "
            "It is the shape of one sample, such as (28, 28)."
        )
    return tuple(int(length) for length in lengths)


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
