"""`Model`: layers that are looked at, saved and trained together."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp.graph.tensor import Tensor, input_tensor
from pymlp.layers.calling import Call, calling, context_depth, context_training
from pymlp.layers.layer import Layer, alone
from pymlp.models.storing import Storing
from pymlp.models.trainer import Trainer
from pymlp.nesting import flatten, map_shapes, map_structure
from pymlp.tracing import eagerly, tracing
from pymlp.variables import Variable

__all__ = ["Model"]


def is_made_functionally(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether arguments of `Model` are inputs and outputs."""
    return (
        len(args) == 2
        or (len(args) == 1 and "outputs" in kwargs)
        or ("inputs" in kwargs and "outputs" in kwargs)
    )


class Model(Trainer, Storing, Layer):
    """Layers that are trained together.

    ``Model(inputs, outputs)`` makes a model of what lies between tensors (`Functional`). A subclass makes its layers
    in ``__init__``, as attributes or in lists and dicts, and calls them in ``call``.

    Parameters
    ----------
    inputs, outputs : Tensor, or list, tuple or dict of Tensor, optional
        See `Functional`.
    name : str, optional
    trainable : bool
    dtype : {"float32", "float64"}, optional

    Attributes
    ----------
    layers : list of Layer
    inputs, outputs : list of Tensor
        Symbolic, of a model that is made of such.

    Examples
    --------
    >>> import numpy as np, pymlp as keras
    >>> class TwoBranches(keras.Model):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.left, self.right = keras.layers.Dense(3), keras.layers.Dense(3, activation="relu")
    ...     def call(self, inputs):
    ...         return self.left(inputs) + self.right(inputs)
    >>> TwoBranches()(np.ones((2, 4))).shape
    (2, 3)
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is Model and is_made_functionally(args, kwargs):
            from pymlp.models.functional import Functional

            return super().__new__(Functional, *args, **kwargs)
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if is_made_functionally(args, kwargs):
            from pymlp.models.functional import Functional, made_functional

            made_functional(type(self))
            Functional.__init__(self, *args, **kwargs)  # type: ignore[arg-type]
            return
        Layer.__init__(self, *args, **kwargs)
        Trainer.__init__(self)
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self._output_shapes: Any = None

    # ---- structure --------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers that are attributes of the model, or in lists and dicts that are."""
        found = {id(layer): layer for layer in self._inner_layers()}
        return list(found.values())

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its index.

        Raises
        ------
        ValueError
            If there is no such layer, or not exactly one of the two is given.

        Examples
        --------
        >>> import pymlp as keras
        >>> model = keras.Sequential([keras.layers.Dense(3, name="hidden"), keras.layers.Dense(1)])
        >>> model.get_layer("hidden") is model.get_layer(index=0)
        True
        """
        if (name is None) == (index is None):
            raise ValueError("get_layer: give a name or an index, one of the two.")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(
                    f"get_layer: model {self.name!r} has {len(self.layers)} layers, index={index} was asked for."
                )
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(
            f"get_layer: model {self.name!r} has no layer named {name!r}; it has "
            f"{[layer.name for layer in self.layers]}."
        )

    @property
    def input_shape(self) -> Any:
        """Shape of the input, None standing for the batch; of several inputs the list of their shapes."""
        if not self.built or self._build_shape is None:
            raise AttributeError(f"Model {self.name!r} has no input shape yet: it is not built.")
        if self.inputs:
            return alone([tensor.shape for tensor in self.inputs])
        return self._build_shape

    @property
    def output_shape(self) -> Any:
        """Shape of the output, None standing for the batch; of several outputs the list of their shapes."""
        if not self.built or self._build_shape is None:
            raise AttributeError(f"Model {self.name!r} has no output shape yet: it is not built.")
        if self.outputs:
            return alone([tensor.shape for tensor in self.outputs])
        return self.output_shapes()

    def output_shapes(self) -> Any:
        """Return the shapes of the outputs as `call` nests them."""
        if self._output_shapes is None:
            with tracing(anew=True):
                self._output_shapes = map_structure(lambda tensor: tensor.shape, self.trace()[1])
        return self._output_shapes

    @property
    def weights(self) -> list[Variable]:
        """The variables of the model itself and of all layers, each once."""
        return _each_once(self._own_weights, [layer.weights for layer in self._held_layers()])

    @property
    def trainable_weights(self) -> list[Variable]:
        """The variables that training changes."""
        if not self.trainable:
            return []
        own = [variable for variable in self._own_weights if variable.trainable]
        return _each_once(own, [layer.trainable_weights for layer in self._held_layers()])

    def _held_layers(self) -> list[Layer]:
        """Return `layers`, then others that are attributes, which models of inputs and outputs may have, too."""
        layers = self.layers
        return [*layers, *(layer for layer in self._inner_layers() if layer not in layers)]

    def count_params(self) -> int:
        """Return the number of weights of all layers.

        Raises
        ------
        ValueError
            If the model is not built.

        Examples
        --------
        >>> import pymlp as keras
        >>> keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]).count_params()
        15
        """
        if not self.built:
            raise ValueError(
                f"Model {self.name!r} is not built, so its weights are not counted yet: give it an Input, or call "
                "build(input_shape)."
            )
        return sum(v.size for v in self.weights)

    # ---- calling ----------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the model on symbolic tensors, or on arrays of samples; see `Layer.__call__`."""
        if self.run_eagerly:
            with eagerly():
                return super().__call__(*args, **kwargs)
        call = Call.of(self, args, kwargs)
        arrays = flatten(call.args)
        ready = len(call.args) == 1 and not call.kwargs and not call.training
        if ready and all(isinstance(x, np.ndarray) and len(x) for x in arrays):
            if context_training():
                return super().__call__(*args, **kwargs)
            if context_depth() == 0:
                self._forget_losses()
            self._ensure_built_for(call.shapes)
            return self._call_arrays(arrays)
        return super().__call__(*args, **kwargs)

    def check_input_shape(self, shape: Any) -> None:
        """Raise ValueError if the layers within cannot take inputs of that shape."""
        if not self.built or self._build_shape is None or shape == self._build_shape:
            return
        named = self._named_shapes(shape)
        self._trace_on(named)
        # They can: the programs are made anew.
        self._build_shapes, self._output_shapes = named, None
        self._forget_programs()

    def trace(self, training: bool = False) -> tuple[Any, Any]:
        """Return (inputs, outputs): the model as a graph of its own, as it computes in training or else."""

        def leaf(shape: Any) -> Tensor:
            return input_tensor((None, *shape[1:]), self.dtype, "x")

        inputs = map_shapes(leaf, self._build_shape)
        with calling(self, training), tracing() as trace:
            trace.feed(flatten(inputs))
            return inputs, self._call((inputs,), {}, training)


Layer._base_configs += (Model.__init__,)


def _each_once(own: list[Variable], others: list[list[Variable]]) -> list[Variable]:
    found = {id(variable): variable for variables in (own, *others) for variable in variables}
    return list(found.values())
