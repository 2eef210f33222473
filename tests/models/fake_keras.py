"""Just enough of a Sequential model to be summarized: names, shapes, counts, no mathematics."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

from pymlp.models.summary import print_summary
from pymlp.naming import auto_name, to_snake_case


def variable(*shape: int, dtype: str = "float32") -> SimpleNamespace:
    return SimpleNamespace(shape=shape, dtype=dtype)


class Layer:
    def __init__(self, name: str | None = None) -> None:
        self.name = name or auto_name(to_snake_case(type(self).__name__))
        self.built = False
        self.trainable = True
        self.weights: list[Any] = []
        self.output_shape: tuple[int | None, ...] | None = None

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.built = True
        self.output_shape = self.shape_of_output(input_shape)

    def shape_of_output(self, input_shape: Any) -> Any:
        raise NotImplementedError

    def count_params(self) -> int:
        return sum(math.prod(weight.shape) for weight in self.weights)


class Input:
    def __init__(self, shape: tuple[int, ...], batch_size: int | None = None) -> None:
        self.batch_shape = (batch_size, *shape)


class Flatten(Layer):
    def shape_of_output(self, input_shape: Any) -> Any:
        return (input_shape[0], math.prod(input_shape[1:]))


class Dense(Layer):
    def __init__(self, units: int, activation: Any = None, name: str | None = None) -> None:
        super().__init__(name)
        self.units = units

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.weights = [variable(input_shape[-1], self.units), variable(self.units)]

    def shape_of_output(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.units)


class Sequential(Layer):
    def __init__(self, layers: Any = (), name: str | None = None) -> None:
        super().__init__(name)
        self.layers = [layer for layer in layers if isinstance(layer, Layer)]
        self.optimizer: Any = None
        if layers and isinstance(layers[0], Input):
            self.build(layers[0].batch_shape)

    def build(self, input_shape: Any) -> None:
        for layer in self.layers:
            layer.build(input_shape)
            input_shape = layer.output_shape
        self.output_shape, self.built = input_shape, True
        self.weights = [weight for layer in self.layers for weight in layer.weights]

    @property
    def trainable_weights(self) -> list[Any]:
        return [w for layer in self.layers if layer.trainable for w in layer.weights]

    @property
    def non_trainable_weights(self) -> list[Any]:
        return [w for layer in self.layers if not layer.trainable for w in layer.weights]

    def compile(self, optimizer: str, loss: str) -> None:
        self.optimizer = SimpleNamespace(name=optimizer, built=False, variables=[])

    def fit(self, x: Any, y: Any, verbose: int) -> None:
        slots = self.trainable_weights * (2 if self.optimizer.name == "adam" else 0)
        self.optimizer.variables = [variable(dtype="int32"), variable(), *slots]
        self.optimizer.built = True

    def summary(self, **options: Any) -> None:
        print_summary(self, **options)


layers = SimpleNamespace(Dense=Dense, Flatten=Flatten, Input=Input)
