"""`Sequential`: one stack of layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymlp.graph.node import stands_in_a_model
from pymlp.graph.tensor import Shape, Tensor
from pymlp.layers.calling import building
from pymlp.layers.input_layer import InputLayer
from pymlp.layers.layer import Layer
from pymlp.layers.restoring import restored_on_error
from pymlp.layers.weights import all_layers
from pymlp.models.functional import for_people
from pymlp.models.model import Model
from pymlp.naming import auto_name
from pymlp.nesting import flatten, map_structure

__all__ = ["Sequential"]


class Sequential(Model):
    """A stack of layers, each called on what the one before it returns.

    Parameters
    ----------
    layers : sequence of Layer, optional
        May begin with an `Input` or `InputLayer`, or with a layer that is given ``input_shape=``; else the model is
        built when it first sees data.
    trainable : bool
    name : str, optional

    Notes
    -----
    The type is that of the first layer, or of the `Input`.

    Examples
    --------
    >>> import pymlp as keras
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    >>> model.output_shape, model.count_params()
    ((None, 1), 19)
    """

    def __init__(
        self,
        layers: Sequence[Any] | None = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        self._stack: list[Layer] = []
        self._input_layer: InputLayer | None = None
        super().__init__(trainable=trainable, name=name)
        if isinstance(layers, (Layer, Tensor)):
            raise ValueError(
                "Sequential expected a list of layers, received one; put it in brackets."
            )
        for layer in layers or ():
            self._append(layer)
        self._build_if_possible()

    # ---- structure --------------------------------------------------------------------------------

    def add(self, layer: Any) -> None:
        """Append a layer.

        Raises
        ------
        ValueError
            If it is no layer, its name is taken, or it cannot follow the layers before it. The model is left as
            it was.

        Examples
        --------
        >>> import pymlp as keras
        >>> model = keras.Sequential()
        >>> model.add(keras.Input((4,)))
        >>> model.add(keras.layers.Dense(3))
        >>> model.output_shape
        (None, 3)
        """
        with restored_on_error([self]):
            self._append(layer)
            self._build_if_possible()

    def pop(self) -> Layer | None:
        """Take off the last layer and return it; None if there is none.

        Examples
        --------
        >>> import pymlp as keras
        >>> model = keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(1)])
        >>> model.pop().units, len(model.layers)
        (1, 1)
        """
        if not self._stack:
            return None
        layer = self._stack.pop()
        self.built = False
        self.inputs, self.outputs = [], []
        self._forget_programs()
        self._build_if_possible()
        return layer

    def _append(self, layer: Any) -> None:
        if stands_in_a_model(layer) and isinstance(layer.history.layer, InputLayer):
            layer = layer.history.layer
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Sequential {self.name!r} expected a layer, received {layer!r}. "
                "Layers are made by calling their class: Dense(10)."
            )
        if isinstance(layer, InputLayer):
            if self._stack or self._input_layer is not None:
                raise ValueError(
                    f"Sequential {self.name!r}: the InputLayer {layer.name!r} has to be the first layer, and "
                    "there is one already or there are others before it."
                )
            self._input_layer = layer
            self.dtype = layer.dtype
            return
        if any(other is layer for other in self._stack) or any(
            other.name == layer.name for other in self._stack
        ):
            raise ValueError(
                f"Sequential {self.name!r} has a layer named {layer.name!r} already: names have to differ. "
                "Give this one another by name=."
            )
        if not self._stack:
            self.dtype = layer.dtype
            declared = layer.declared_input_shape
            if isinstance(layer, Model) and layer.built:
                declared = layer.input_shape
            if self._input_layer is None and declared is not None:
                self._input_layer = InputLayer(batch_shape=declared, dtype=self.dtype)
        self._stack.append(layer)
        self._forget_programs()

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the `InputLayer`."""
        return list(self._stack)

    # ---- building ---------------------------------------------------------------------------------

    def _build_if_possible(self) -> None:
        if self._input_layer is not None and self._stack:
            self._connect(self._input_layer.batch_shape)

    def _connect(self, input_shape: Shape) -> None:
        """Build the layers, one after the other, on a symbolic input."""
        if self._input_layer is None:
            self._input_layer = InputLayer(batch_shape=input_shape, dtype=self.dtype)
        x = y = self._input_layer.output
        with building(self):
            for layer in self._stack:
                y = layer(y)
        self.inputs, self.outputs = [x], flatten(y)
        self._build_shapes = self._named_shapes(x.shape)
        self._output_shapes = map_structure(lambda tensor: tensor.shape, y)
        auto_name("functional")  # Keras makes a model of that name here, and counts it
        self.built = True

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Build the layers for inputs of that shape, the batch first: ``build((None, 28, 28))``.

        Raises
        ------
        ValueError
            If the model has no layers or the shape does not suit them.

        Examples
        --------
        >>> import pymlp as keras
        >>> model = keras.Sequential([keras.layers.Dense(3)])
        >>> model.build((None, 4))
        >>> model.count_params()
        15
        """
        if not self._stack:
            raise ValueError(f"Sequential {self.name!r} has no layers: add one first.")
        shape = tuple(input_shape)
        if self.built and shape[1:] != self.input_shape[1:]:
            raise ValueError(
                f"Sequential {self.name!r} is built for inputs of shape {self.input_shape}, received {shape}."
            )
        with restored_on_error(all_layers(self)):
            self._connect((None, *shape[1:]))

    def check_input_shape(self, shape: Shape) -> None:
        if self.built and shape[1:] != self.input_shape[1:]:
            first = self._stack[0]
            raise ValueError(
                f"Sequential {self.name!r}: its first layer, {type(first).__name__} {first.name!r}, expected x of "
                f"shape {for_people(self.input_shape)}, received {for_people(shape)}. Reshape x so that each "
                f"sample has the shape {self.input_shape[1:]}."
            )

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        for layer in self._stack:
            inputs = layer(inputs, training=training)
        return inputs

    # ---- copying ----------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "inputs": [], "outputs": []}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.built:
            # Traced again: a graph refers to the variables that it was traced with.
            assert self._build_shape is not None
            self._connect(self._build_shape)

    # ---- configuration ----------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        from pymlp.saving import serialize_object

        layers: list[Layer] = list(self._stack)
        if self._input_layer is not None:
            layers.insert(0, self._input_layer)
        config = {**super().get_config(), "layers": [serialize_object(layer) for layer in layers]}
        if self.built:
            config["build_input_shape"] = self.input_shape
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Sequential:
        """Return a model from what `get_config` returned, with new weights."""
        from pymlp.saving.restoring import restored

        layers = [restored(layer) for layer in config["layers"]]
        model = cls(layers, trainable=config.get("trainable", True), name=config.get("name"))
        shape = config.get("build_input_shape")
        if shape is not None and not model.built and layers:
            model.build(tuple(shape))
        return model
