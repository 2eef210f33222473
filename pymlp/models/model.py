"""`Model`: layers that are looked at, saved and trained together."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pymlp.graph.tensor import Shape, Tensor, input_tensor
from pymlp.layers.calling import Call, calling, context_training
from pymlp.layers.layer import Layer
from pymlp.models.trainer import Trainer
from pymlp.nesting import flatten, map_shapes
from pymlp.variables import Variable, tracing

__all__ = ["Model"]


class Model(Trainer, Layer):
    """What `Sequential` models and others have in common.

    Attributes
    ----------
    layers : list of Layer
        Without the `InputLayer`.
    inputs, outputs : list of Tensor
        Symbolic, once the model is built.
    """

    def __init__(
        self, *, trainable: bool = True, name: str | None = None, dtype: Any = None
    ) -> None:
        Layer.__init__(self, trainable=trainable, name=name, dtype=dtype)
        Trainer.__init__(self)
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []

    # ---- structure --------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the `InputLayer`."""
        raise NotImplementedError(f"{type(self).__name__} has no layers.")

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its index.

        Raises
        ------
        ValueError
            If there is no such layer, or not exactly one of the two is given.
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
    def input_shape(self) -> Shape:
        """Shape of the inputs, None standing for the batch."""
        if not self.inputs:
            raise AttributeError(f"Model {self.name!r} has no input shape yet: it is not built.")
        return self.inputs[0].shape

    @property
    def output_shape(self) -> Shape:
        """Shape of the outputs, None standing for the batch."""
        if not self.outputs:
            raise AttributeError(f"Model {self.name!r} has no output shape yet: it is not built.")
        return self.outputs[0].shape

    @property
    def weights(self) -> list[Variable]:
        """The variables of all layers, each once."""
        found: dict[int, Variable] = {}
        for layer in self.layers:
            for variable in layer.weights:
                found.setdefault(id(variable), variable)
        return list(found.values())

    @property
    def trainable(self) -> bool:
        """Whether training may change the weights; setting it sets it for every layer."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self.layers:
            layer.trainable = value

    @property
    def trainable_weights(self) -> list[Variable]:
        """The variables that training changes."""
        if not self.trainable:
            return []
        found: dict[int, Variable] = {}
        for layer in self.layers:
            for variable in layer.trainable_weights:
                found.setdefault(id(variable), variable)
        return list(found.values())

    def count_params(self) -> int:
        """Return the number of weights of all layers."""
        if not self.built:
            raise ValueError(
                f"Model {self.name!r} is not built, so its weights are not counted yet: give it an Input, or call "
                "build(input_shape)."
            )
        return sum(v.size for v in self.weights)

    # ---- calling ----------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the model on symbolic tensors, or on arrays of samples; see `Layer.__call__`."""
        call = Call.of(self, args, kwargs)
        arrays = flatten(call.args)
        ready = len(call.args) == 1 and not call.kwargs and not call.training
        if ready and all(isinstance(x, np.ndarray) and len(x) for x in arrays):
            if context_training():
                return super().__call__(*args, **kwargs)
            self._ensure_built_for(call.shapes)
            return self._predict_array(arrays[0])
        return super().__call__(*args, **kwargs)

    def trace(self, training: bool = False) -> tuple[Any, Any]:
        """Return (inputs, outputs): the model as a graph of its own, as it computes in training or else."""

        def leaf(shape: Any) -> Tensor:
            return input_tensor((None, *shape[1:]), self.dtype, "x")

        inputs = map_shapes(leaf, self.input_shape)
        with calling(self, training), tracing():
            return inputs, self._call((inputs,), {}, training)

    # ---- showing and saving -----------------------------------------------------------------------

    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Print the layers with their output shapes and numbers of weights; see `print_summary`."""
        from pymlp.models.summary import print_summary

        print_summary(
            self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range
        )

    def save(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Save the model to a ``.keras`` file; see `pymlp.saving.save_model`."""
        from pymlp.saving import save_model

        save_model(self, filepath, overwrite=overwrite)

    def save_weights(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Save the weights to a ``.weights.h5`` file; see `pymlp.saving.save_weights`."""
        from pymlp.saving import save_weights

        save_weights(self, filepath, overwrite=overwrite)

    def load_weights(self, filepath: str | os.PathLike[str], skip_mismatch: bool = False) -> None:
        """Set the weights from a file; see `pymlp.saving.load_weights`."""
        from pymlp.saving import load_weights

        load_weights(self, filepath, skip_mismatch=skip_mismatch)
