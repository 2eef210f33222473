"""What layers and models keep of the losses that their calls on arrays add, in Keras or pymlp alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

__all__ = ["CASES", "MODELS", "numbers"]


def adding(keras: Any) -> Any:
    class Adding(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, x: Any) -> Any:
            self.add_loss(keras.ops.sum(x))
            return x * 2

    return Adding()


def subclassed(keras: Any) -> Any:
    class Model(keras.Model):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.one, self.other = adding(keras), adding(keras)
            self.dense = keras.layers.Dense(1, kernel_initializer="ones", activity_regularizer="l2")

        def call(self, x: Any) -> Any:
            self.add_loss(keras.ops.mean(x))
            return self.dense(self.other(self.one(self.one(x))))

    return Model()


def sequential(keras: Any) -> Any:
    dense = keras.layers.Dense(
        2, kernel_initializer="ones", kernel_regularizer="l2", activity_regularizer="l1"
    )
    return keras.Sequential([keras.Input((3,)), adding(keras), dense])


def functional(keras: Any) -> Any:
    x = keras.Input((3,))
    dense = keras.layers.Dense(1, kernel_initializer="ones", activity_regularizer="l2")
    return keras.Model(x, dense(adding(keras)(x)))


def nested(keras: Any) -> Any:
    return keras.Sequential([keras.Input((3,)), functional(keras), adding(keras)])


MODELS = {f.__name__: f for f in (subclassed, sequential, functional, nested)}


def numbers(layer: Any) -> list[float]:
    return [float(loss) for loss in layer.losses]


def story(name: str, keras: Any) -> list[float]:
    """Return the losses after one call and another, of the model and of its layers."""
    model = MODELS[name](keras)
    found = numbers(model)
    for rows, arguments in ((2, {}), (4, {}), (3, {"training": True}), (1, {"training": False})):
        model(np.ones((rows, 3), "f4"), **arguments)
        for layer in (model, *model.layers):
            found += [float(len(layer.losses)), *numbers(layer)]
    next(layer for layer in model.layers if type(layer).__name__ == "Adding")(np.ones((1, 3), "f4"))
    return [*found, *numbers(model)]


CASES: dict[str, Callable[[Any], list[float]]] = {
    f"losses kept, {name}": partial(story, name) for name in MODELS
}
