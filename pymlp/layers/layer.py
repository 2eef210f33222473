"""`Layer`, the base of every layer and model."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from pymlp import constraints, initializers, regularizers
from pymlp.checks import is_whole
from pymlp.config import check_float_type, dtype_policy
from pymlp.graph.node import Node, stands_in_a_model
from pymlp.graph.tensor import Shape, Tensor, input_tensor
from pymlp.layers.calling import (
    Call,
    as_samples,
    building,
    call_parameters,
    calling,
    context_depth,
    path_of,
)
from pymlp.layers.losses import AddedLosses
from pymlp.layers.measured import Measured
from pymlp.layers.recorded import accepted_by, recorded_arguments
from pymlp.layers.restoring import restored_on_error
from pymlp.layers.weights import all_layers
from pymlp.naming import auto_name, name_or_automatic, to_snake_case
from pymlp.nesting import is_shape, map_shapes, map_structure
from pymlp.variables import Variable, take_numbers, tracing

__all__ = ["Layer", "alone", "as_samples", "sample_shape"]


class Layer(AddedLosses, Measured):
    """Something with weights that is called on tensors.

    A layer is called on symbolic tensors while a model is built, and on NumPy arrays at any time. A subclass
    makes its weights in `build` and writes what it computes in `call`, with `pymlp.ops`. Inputs may be a tensor, a
    list, tuple or dict of them, or several arguments; `build` and `compute_output_shape` then get shapes nested alike,
    or as many arguments: of ``call(self, query, value)`` the shapes ``query_shape`` and ``value_shape``.

    Parameters
    ----------
    trainable : bool
        Whether training may change the weights.
    dtype : {"float32", "float64"}, optional
        Of weights and computation. Default: `pymlp.config.dtype_policy`.
    name : str, optional
        Default: the class's name in snake case, with a number from the second one on.
    input_shape : sequence of int, or int, optional
        Of one sample. As the first layer of a `Sequential`, the layer then brings its own `InputLayer`.
    activity_regularizer : str, Regularizer or callable, optional
        A penalty on each of the layer's outputs, divided by the number of samples, that is added to the loss.

    Raises
    ------
    ValueError
        For an argument that is not known, a name that is no string or has a "/" in it, or a `trainable` that is
        neither True nor False.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import layers, ops
    >>> class Scale(layers.Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")
    ...     def call(self, inputs):
    ...         return ops.multiply(inputs, self.factor)
    >>> layer = Scale()
    >>> layer(np.array([[1.0, 2.0]]))
    array([[1., 2.]], dtype=float32)
    >>> layer.count_params(), layer.compute_output_shape((None, 2))
    (2, (None, 2))
    """

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
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
        if not isinstance(trainable, bool):
            raise ValueError(f"{kind}: trainable should be True or False, received {trainable!r}.")
        self.name = name_or_automatic(kind, name, to_snake_case(kind))
        self.dtype = check_float_type(dtype or dtype_policy(), f"{kind} {self.name!r}")
        self.built = False
        AddedLosses.__init__(self, trainable, activity_regularizer)
        self._build_shapes: dict[str, Any] | None = None  # by the names of the arguments of `call`
        self._inbound_nodes: list[Node] = []
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

    _made_with: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        layer = super().__new__(cls)
        layer._made_with = (args, kwargs)
        return layer

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _noting_that_it_is_built(cls.build)  # type: ignore[method-assign]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    # ---- building -----------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs of that shape. The base class builds the layers that this one holds."""
        if any(not layer.built for layer in self._inner_layers()):
            self._trace_on(self._named_shapes(input_shape))

    def check_input_shape(self, shape: Any) -> None:
        """Raise ValueError if the layer cannot take inputs of that shape. The base class takes any."""

    def ensure_built(self, input_shape: Any) -> None:
        """Build the layer if it is not, after checking the shape; nothing is left half made."""
        self._ensure_built_for(self._named_shapes(input_shape))

    def _named_shapes(self, input_shape: Any) -> dict[str, Any]:
        names = call_parameters(type(self).call)[0] or ("inputs",)
        return {names[0]: input_shape}

    def _ensure_built_for(self, shapes: dict[str, Any]) -> None:
        """Build the layer for shapes by the names of the arguments of `call`."""
        self.check_input_shape(next(iter(shapes.values()), None))
        if self.built:
            return
        with restored_on_error(all_layers(self)), tracing(False), building(self):
            self._build_on(shapes)
        self._build_shapes = shapes or None
        self.built = True

    def _build_on(self, shapes: dict[str, Any]) -> None:
        build: Any = self.build
        names = call_parameters(type(self).build)[0]
        wanted = {f"{name}_shape": shape for name, shape in shapes.items()}
        if len(wanted) > 1 and set(wanted) & set(names):
            build(**{name: shape for name, shape in wanted.items() if name in names})
        elif len(wanted) > 1 and type(self).build is Layer.build:
            if any(not layer.built for layer in self._inner_layers()):
                self._trace_on(shapes)
        else:
            build(next(iter(shapes.values()), None))

    # ---- calling ------------------------------------------------------------------------------

    def call(self, inputs: Any) -> Any:
        """Return what the layer computes, on symbolic tensors or arrays alike."""
        raise NotImplementedError(f"{type(self).__name__} has no call(self, inputs).")

    @property
    def input_dtype(self) -> str:
        """The type that arrays are converted to when the layer is called on them."""
        return self.dtype

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the layer on symbolic tensors, or on arrays or lists of numbers.

        Parameters
        ----------
        inputs : Tensor or array-like, or a list, tuple or dict of them
        training : bool, optional
            Handed to `call` if that takes it, and to the layers called within. `fit` says True, `evaluate` and
            `predict` say False. Default: as the layer says within whose call this one is.
        **kwargs
            Other arguments of `call`, tensors among them.

        Returns
        -------
        Tensor or ndarray, or a list, tuple or dict of them
            As was given, and as `call` nests them.
        """
        call = Call.of(self, args, kwargs)
        if any(stands_in_a_model(tensor) for tensor in call.tensors):
            return self._record(call)
        if not call.tensors and context_depth() == 0:
            self._forget_losses()
        with calling(self, call.training) as training:
            self._ensure_built_for(call.shapes)
            with tracing(bool(call.tensors)):
                return self._call(call.args, call.kwargs, training)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any], training: bool | None) -> Any:
        if training is not None and "training" in call_parameters(type(self).call)[0]:
            kwargs = {**kwargs, "training": training}
        outputs = self.call(*args, **kwargs)
        self._regularize_activity(outputs)
        return outputs

    def _record(self, call: Call) -> Any:
        """Note a call on tensors of a functional model; return tensors that stand for what it gives."""

        batch_size = call.tensors[0].shape[0]

        def leaf(x: Any) -> Any:
            if not isinstance(x, Tensor):
                return x
            return input_tensor((None, *x.shape[1:]), self.dtype, x.name or self.name)

        def standing_for(output: Any) -> Tensor:
            if not isinstance(output, Tensor):
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: its call should return tensors, it returned {output!r}."
                )
            # Only told, as Keras tells it: batches may be of any size.
            shape = (batch_size, *output.shape[1:]) if output.shape[:1] == (None,) else output.shape
            return input_tensor(shape, output.dtype, auto_name("keras_tensor"))

        was_built = self.built
        with calling(self, call.training) as training:
            self._ensure_built_for(map_shapes(_of_any_batch, call.shapes))
            with tracing(anew=True):
                args, kwargs = call.mapped(leaf)
                outputs = self._call(args, kwargs, training)
        if not was_built:
            self._build_shapes = call.shapes
        structure = map_structure(standing_for, outputs)
        said = {} if call.training is None else {"training": call.training}
        Node(self, call.args, {**call.kwargs, **said}, structure)
        return structure

    def _trace_on(self, shapes: dict[str, Any]) -> Any:
        """Return what `call` gives on symbolic tensors of these shapes, by the names of its arguments."""

        def leaf(shape: Any) -> Any:
            return None if shape is None else input_tensor(shape, self.dtype, "shape")

        arguments = {name: map_shapes(leaf, shape) for name, shape in shapes.items()}
        first, *others = arguments
        with calling(self) as training, tracing(anew=True):
            named = {name: arguments[name] for name in others}
            return self._call((arguments[first],), named, training)

    def add_weight(
        self,
        shape: Sequence[int] = (),
        initializer: Any = None,
        dtype: str | None = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
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
        regularizer : str, Regularizer or callable, optional
            A penalty that is added to the loss.
        constraint : str, Constraint or callable, optional
            What the variable is made to keep to after each step.
        name : str, optional
        autocast, aggregation, overwrite_with_gradient
            Accepted for Keras's sake; there is nothing to choose here.

        Returns
        -------
        Variable
        """
        if not take_numbers(math.prod(shape)):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: its weight {name!r} of shape {tuple(shape)} is larger than all "
                "weights that the file holds, or than the 100 million that a description alone may ask for."
            )
        variable = Variable(
            initializers.get(initializer or "glorot_uniform"),
            tuple(shape),
            dtype or self.dtype,
            trainable,
            name,
        )
        variable.path = f"{path_of(self)}/{variable.name}"
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        self._own_weights.append(variable)
        return variable

    def compute_output_shape(self, input_shape: Any, **other_shapes: Any) -> Any:
        """Return the shape of the output for inputs of that shape, None standing for the batch.

        Parameters
        ----------
        input_shape : tuple, or nest of tuples
            As `call` takes its first argument.
        **other_shapes
            Of further arguments of `call`, such as ``value_shape``.
        """
        others = {name.removesuffix("_shape"): shape for name, shape in other_shapes.items()}
        shapes = map_shapes(_of_any_batch, {**self._named_shapes(input_shape), **others})
        self._ensure_built_for(shapes)
        output = self._trace_on(shapes)
        first = input_shape
        while not is_shape(first):
            first = next(iter(first.values() if isinstance(first, dict) else first))
        return map_structure(lambda tensor: (first[0], *tensor.shape[1:]), output)

    # ---- as part of a functional model ----------------------------------------------------------

    @property
    def input(self) -> Any:
        """The tensor, or the list of tensors, that the layer was first called on in a functional model."""
        return alone(self._first_node("input").inputs)

    @property
    def output(self) -> Any:
        """The tensor, or the list of tensors, that the layer's first call in a functional model gave."""
        return alone(self._first_node("output").outputs)

    def _first_node(self, attribute: str) -> Node:
        if not self._inbound_nodes:
            raise AttributeError(
                f"The layer {self.name!r} was never called on a symbolic tensor, and so has no defined {attribute}."
            )
        return self._inbound_nodes[0]

    @property
    def _build_shape(self) -> Any:
        """The shape that the layer was built for: of its first argument, if there are several."""
        return None if self._build_shapes is None else next(iter(self._build_shapes.values()))

    @property
    def input_shape(self) -> Any:
        """Shape of the inputs the layer was built for."""
        if self._build_shape is None:
            raise AttributeError(f"Layer {self.name!r} has no input shape yet: it is not built.")
        return self._build_shape

    @property
    def output_shape(self) -> Any:
        """Shape of the output for the inputs the layer was built for."""
        return self.compute_output_shape(self.input_shape)

    # ---- configuration ------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make a layer like this one, without its weights.

        A subclass that has arguments of its own and no ``get_config`` is described by what it was made with, if that
        is plain: numbers, strings, None, and nests of these.

        Raises
        ------
        NotImplementedError
            If it is not plain.
        """
        own = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
        if self.activity_regularizer is not None:
            own["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return {**self._recorded_config(), **own}

    # Whose get_config does not know the arguments of a subclass.
    _base_configs: tuple[Any, ...] = ()

    def _recorded_config(self) -> dict[str, Any]:
        cls = type(self)
        if cls.get_config not in Layer._base_configs or cls.__init__ in Layer._base_configs:
            return {}
        recorded = recorded_arguments(cls, *self._made_with)
        if recorded is None:
            raise NotImplementedError(
                f"{cls.__name__} {self.name!r} was made with arguments that are more than numbers and strings. Give "
                "the class a get_config() that returns them as such, and a from_config() that undoes it."
            )
        return recorded

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return a layer from what `get_config` returned."""
        taken, left_out = accepted_by(cls, config)
        layer = cls(**taken)
        for name, value in left_out.items():
            if getattr(layer, name) != value:
                setattr(layer, name, value)
        return layer

    def get_build_config(self) -> dict[str, Any] | None:
        """Return what `build_from_config` needs to make the weights again."""
        if self._build_shapes is None:
            return None
        if len(self._build_shapes) == 1:
            return {"input_shape": self._build_shape}
        shapes = {f"{name}_shape": shape for name, shape in self._build_shapes.items()}
        return {"shapes_dict": shapes}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build the layer from what `get_build_config` returned."""
        label = f"{type(self).__name__} {self.name!r}"

        def free(shape: Any) -> Any:
            if shape is None:
                return None
            return (None, *sample_shape(shape[1:], label, "build_config's input_shape"))

        if config.get("input_shape") is not None:
            self.ensure_built(map_shapes(free, config["input_shape"]))
        elif config.get("shapes_dict"):
            self._ensure_built_for(
                {
                    name.removesuffix("_shape"): map_shapes(free, shape)
                    for name, shape in config["shapes_dict"].items()
                }
            )

    def __getstate__(self) -> dict[str, Any]:
        # Calls belong to the models that they are part of, and these note them anew.
        return {**self.__dict__, "_inbound_nodes": []}


Layer._base_configs = (Layer.get_config, Layer.__init__)


def _noting_that_it_is_built(build: Callable[..., None]) -> Callable[..., None]:
    """Return `build` so that a layer it is called on directly is built from then on, and not once more."""

    @functools.wraps(build)
    def build_and_note(self: Layer, *args: Any, **kwargs: Any) -> None:
        build(self, *args, **kwargs)
        shapes = [*args, *kwargs.values()]
        if not self.built and len(shapes) == 1 and shapes[0] is not None:
            self._build_shapes = self._named_shapes(map_shapes(_of_any_batch, shapes[0]))
            self.built = True

    return build_and_note


Layer.build = _noting_that_it_is_built(Layer.build)  # type: ignore[method-assign]


def _of_any_batch(shape: Any) -> Any:
    return None if shape is None else (None, *tuple(shape)[1:])


def alone(items: list[Any]) -> Any:
    """Return the one item of a list of one; a longer list as it is."""
    return items[0] if len(items) == 1 else items


def sample_shape(shape: Any, label: str, argument: str) -> tuple[int, ...]:
    """Return the shape of one sample, given as a sequence of lengths or as one; or raise ValueError."""
    lengths: Any = (shape,) if isinstance(shape, Integral) else shape
    if not isinstance(lengths, (Sequence, np.ndarray)) or not all(map(is_whole, lengths)):
        raise ValueError(
            f"{label}: {argument} should hold whole numbers of at least 1, received {shape!r}. "
            "It is the shape of one sample, such as (28, 28)."
        )
    return tuple(int(length) for length in lengths)
