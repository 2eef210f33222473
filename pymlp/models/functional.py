"""`Functional`: a model made of inputs and outputs, and of the layers between them."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

from pymlp import ops
from pymlp.data.nested import matched
from pymlp.graph.node import functional_tensors
from pymlp.graph.tensor import Tensor
from pymlp.layers.input_layer import InputLayer
from pymlp.layers.layer import Layer
from pymlp.models.model import Model
from pymlp.models.network import Network, check_tensors, with_inputs_of_its_own
from pymlp.nesting import flatten, is_nested, is_shape, map_structure

__all__ = ["Functional"]


class Functional(Model):
    """A model of layers that were called on one another's tensors; ``Model(inputs, outputs)`` makes one.

    Parameters
    ----------
    inputs : Tensor, or list, tuple or dict of Tensor
        Made by `Input`, or by layers called on such tensors: the model then begins there.
    outputs : Tensor, or list, tuple or dict of Tensor
    name : str, optional
    trainable : bool, optional

    Attributes
    ----------
    inputs, outputs : list of Tensor
        Flat: of a dict in the order of its sorted keys.
    output_names : list of str
        Of the layers that make the outputs.

    Raises
    ------
    ValueError
        If an output needs more than the inputs, or two layers have the same name.

    Examples
    --------
    >>> import pymlp as keras
    >>> x = keras.Input((4,))
    >>> hidden = keras.layers.Dense(3, activation="relu")(x)
    >>> model = keras.Model(x, {"y": keras.layers.Dense(1)(hidden), "hidden": hidden})
    >>> sorted(model.predict([[1.0, 2.0, 3.0, 4.0]], verbose=0))
    ['hidden', 'y']
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any) -> None:
        check_tensors("inputs", inputs)
        check_tensors("outputs", outputs)
        if isinstance(inputs, dict):
            _warn_of_other_names(inputs)
        inputs, outputs = with_inputs_of_its_own(inputs, outputs)
        trainable = kwargs.pop("trainable", None)
        Model.__init__(self, name=name, **kwargs)
        self._input_structure, self._output_structure = inputs, outputs
        self._settle()
        if trainable is not None:
            self.trainable = trainable

    def _settle(self) -> None:
        """Find the layers between inputs and outputs."""
        self.inputs = flatten(self._input_structure)
        self.outputs = flatten(self._output_structure)
        self._network = Network.between(self.inputs, self.outputs, self.name)
        self._operations = self._network.layers
        self.dtype = next(
            (layer.dtype for layer in self.layers if not isinstance(layer, InputLayer)),
            self.inputs[0].dtype,
        )
        self.output_names = [tensor.history.layer.name for tensor in self.outputs]
        self._build_shapes = {"inputs": map_structure(lambda x: x.shape, self._input_structure)}
        self._output_shapes = map_structure(lambda x: x.shape, _unpacked(self._output_structure))
        self.built = True

    # ---- structure --------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers, `InputLayer` among them, those furthest from the outputs first."""
        return [layer for layer in self._operations if isinstance(layer, Layer)]

    @property
    def operations(self) -> list[Any]:
        """The layers, and between them the operations that were called on tensors of the model."""
        return list(self._operations)

    @property
    def input(self) -> Any:
        """The inputs, as they were given."""
        return self._input_structure

    @property
    def output(self) -> Any:
        """The outputs, as they were given."""
        return self._output_structure

    @property
    def input_names(self) -> list[str]:
        """The names by which the inputs may be given in a dict."""
        return [str(tensor.name) for tensor in self.inputs]

    # ---- calling ----------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the model; see `Layer.__call__`. A list of one output is kept only of symbolic tensors, as in Keras."""
        outputs = super().__call__(*args, **kwargs)
        return outputs if functional_tensors(outputs) else _unpacked(outputs)

    def trace(self, training: bool = False) -> tuple[Any, Any]:
        inputs, outputs = super().trace(training)
        return inputs, _unpacked(outputs)

    def build(self, input_shape: Any) -> None:
        """Do nothing: the layers were built when they were called."""

    def _input_names(self) -> Any:
        return map_structure(lambda tensor: str(tensor.name), self._input_structure)

    def _of_each_input(self, nest: Any) -> list[Any]:
        """Return what a nest holds for each of `inputs`."""
        if len(self.inputs) == 1:
            while is_nested(nest) and not is_shape(nest):
                nest = next(iter(nest.values() if isinstance(nest, dict) else nest))
            return [nest]
        label = f"{type(self).__name__} {self.name!r}"
        return matched("inputs", nest, self._input_names(), label)

    def check_input_shape(self, shape: Any) -> None:
        """Raise ValueError if the model cannot take inputs of these shapes.

        A last axis of length 1 may be missing or too many, as in Keras.
        """
        for given, tensor in zip(self._of_each_input(shape), self.inputs, strict=True):
            expected = tensor.shape
            without = [given[1:], *([given[1:-1]] if given[-1:] == (1,) else []), (*given[1:], 1)]
            if expected[1:] not in [tuple(axes) for axes in without]:
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: input {tensor.name!r} expected x of shape "
                    f"{for_people(expected)}, received {for_people(given)}. Reshape x so that each sample has the "
                    f"shape {expected[1:]}."
                )

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Call the layers anew, on other tensors in place of the inputs."""
        values = [
            _with_its_axes(x, tensor)
            for x, tensor in zip(self._of_each_input(inputs), self.inputs, strict=True)
        ]
        known = self._network.run(self.inputs, values, training)
        return map_structure(lambda tensor: known[id(tensor)], self._output_structure)

    # ---- copying ----------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        # The layers' own notes of their calls are not copied with them.
        nodes = sorted(self._network.nodes, key=lambda node: node.index)
        return {**super().__getstate__(), "_nodes": nodes}

    def __setstate__(self, state: dict[str, Any]) -> None:
        nodes = state.pop("_nodes")
        self.__dict__.update(state)
        for node in nodes:
            if node.is_input:
                node.layer._inbound_nodes.clear()
            node.layer._inbound_nodes.append(node)

    # ---- configuration ------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        from pymlp.models.functional_config import config_of

        if not takes_inputs_and_outputs(type(self)):
            return super().get_config()
        return config_of(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return a model from what `get_config` returned, with new weights."""
        from pymlp.models.functional_config import arguments_from

        if not {"layers", "input_layers", "output_layers"} <= set(config):
            return super().from_config(config)
        return cls(**arguments_from(config))

    def get_build_config(self) -> dict[str, Any] | None:
        return {"input_shape": None}


def _unpacked(nest: Any) -> Any:
    """Return what a list or tuple of one holds, anything else as it is."""
    return nest[0] if isinstance(nest, (list, tuple)) and len(nest) == 1 else nest


def _with_its_axes(x: Any, tensor: Tensor) -> Any:
    """Return x with a last axis of length 1 added or taken off if the input asks for it."""
    if len(x.shape) == len(tensor.shape) + 1:
        return ops.squeeze(x, -1)
    if len(x.shape) == len(tensor.shape) - 1:
        return ops.expand_dims(x, -1)
    return x


def for_people(shape: Any) -> str:
    """Return a shape with the batch by its name."""
    inner = ", ".join("batch_size" if n is None else str(n) for n in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


def _warn_of_other_names(inputs: dict[str, Any]) -> None:
    for key, tensor in inputs.items():
        if isinstance(tensor, Tensor) and key != tensor.name:
            warnings.warn(
                f"Model: inputs has the key {key!r} for an Input that is called {tensor.name!r}. Data is found by the "
                f"key; to have both the same, make it by Input(..., name={key!r}).",
                stacklevel=4,
            )


def made_functional(cls: type[Any]) -> type[Any]:
    """Put `Functional` in the place of `Model` among the bases of a class that calls itself with inputs and outputs."""
    if cls is Model:
        return Functional
    if not issubclass(cls, Model) or issubclass(cls, Functional):
        return cls
    cls.__bases__ = tuple(made_functional(base) for base in cls.__bases__)
    return cls


def takes_inputs_and_outputs(cls: type[Any]) -> bool:
    """Whether a class is made of inputs and outputs as `Functional` is, so that its configuration is theirs too."""
    names = inspect.getfullargspec(cls.__init__)
    return names.args[1:3] == ["inputs", "outputs"] or bool(names.varargs and names.varkw)


Layer._base_configs += (Functional.get_config,)
