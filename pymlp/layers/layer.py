"""`Layer`, the base of every layer and model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymlp.config import check_float_type, dtype_policy
from pymlp.graph.node import Node, stands_in_a_model
from pymlp.graph.tensor import Tensor, input_tensor
from pymlp.layers.built import Built
from pymlp.layers.calling import Call, call_parameters, calling, context_depth
from pymlp.layers.configured import Configured
from pymlp.layers.losses import AddedLosses
from pymlp.layers.measured import Measured
from pymlp.layers.shapes import declared_shape, of_any_batch
from pymlp.naming import auto_name, name_or_automatic, to_snake_case
from pymlp.nesting import is_shape, map_shapes, map_structure
from pymlp.tracing import tracing

__all__ = ["Layer", "alone"]


class Layer(Built, Configured, AddedLosses, Measured):
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

    # Beside __init__, so that a class without arguments of its own has a signature without any, as Keras's have.
    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        layer = super().__new__(cls)
        layer._made_with = (args, kwargs)
        return layer

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
        self.declared_input_shape = declared_shape(
            f"{kind} {self.name!r}",
            batch_input_shape=batch_input_shape,
            input_dim=input_dim,
            input_shape=input_shape,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

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
        if context_depth() == 0:
            self._forget_losses()
        if any(stands_in_a_model(tensor) for tensor in call.tensors):
            return self._record(call)
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
            self._ensure_built_for(map_shapes(of_any_batch, call.shapes))
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
        shapes = map_shapes(of_any_batch, {**self._named_shapes(input_shape), **others})
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
    def output_shape(self) -> Any:
        """Shape of the output for the inputs the layer was built for."""
        return self.compute_output_shape(self.input_shape)

    def __getstate__(self) -> dict[str, Any]:
        # Calls belong to the models that they are part of, and these note them anew.
        return {**self.__dict__, "_inbound_nodes": [], "_added_losses": []}


Layer._base_configs = (Layer.get_config, Layer.__init__)


def alone(items: list[Any]) -> Any:
    """Return the one item of a list of one; a longer list as it is."""
    return items[0] if len(items) == 1 else items
