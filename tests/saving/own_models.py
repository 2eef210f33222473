"""Models of classes of one's own, for Keras and pymlp alike: `made(library)` registers them and returns them by name.

Their layers lie in attributes, lists, dicts and lists of lists, under names before and after "layers" in the alphabet,
private ones and aliases: all that decides where Keras keeps weights in a file.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def made(keras: Any) -> dict[str, Any]:
    """Return models of that library, built and compiled, by name."""
    layers = keras.layers
    register = keras.saving.register_keras_serializable("tests")

    @register
    class Block(layers.Layer):
        def __init__(self, units: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = units
            self.first = layers.Dense(units, activation="relu")
            self.norm = layers.BatchNormalization()
            self.stack = [layers.Dense(units), layers.Dense(units), [layers.Dense(units)]]
            self.heads = {"z": layers.Dense(units), "a": layers.Dropout(0.5)}
            self._last = layers.Dense(units)
            self.alias = self.first

        def build(self, input_shape: Any) -> None:
            self.gain = self.add_weight(shape=(self.units,), initializer="ones", name="gain")
            for layer in (
                self.first, self.norm, *self.stack[:2], self.stack[2][0], *self.heads.values(), self._last
            ):  # fmt: skip
                layer.build(input_shape)
                input_shape = (*input_shape[:-1], self.units)
            self.built = True

        def call(self, inputs: Any, training: Any = None) -> Any:
            x = self.norm(self.first(inputs), training=training)
            for layer in (*self.stack[:2], self.stack[2][0], self.heads["z"]):
                x = layer(x)
            return self._last(self.heads["a"](x, training=training)) * self.gain

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "units": self.units}

    @register
    class Own(keras.Model):
        def __init__(self, units: int = 4, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = units
            self.block = Block(units)
            self._hidden = layers.Dense(3)
            self.out = layers.Dense(2)
            self.scaled = layers.Normalization()
            self.inner = keras.Sequential([layers.Dense(3), layers.Dropout(0.1)])
            self.tracked = keras.metrics.Mean(name="tracked")
            self.zoo = [self.out, layers.Dense(2)]

        def call(self, inputs: Any, training: Any = None) -> Any:
            x = self.block(self.scaled(inputs), training=training)
            x = self.inner(self._hidden(x), training=training)
            return self.out(x) + self.zoo[1](x)

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "units": self.units}

    @register
    class WithExtras(keras.Model):
        """Called as a functional model, with a layer beside those between inputs and outputs."""

        def __init__(self, units: int, **kwargs: Any) -> None:
            inputs = keras.Input((3,))
            hidden = layers.Dense(units, activation="tanh")(inputs)
            super().__init__(inputs, layers.Dense(2)(hidden), **kwargs)
            self.units = units
            self.extra = layers.Dense(2)
            self.extra.build((None, 3))

        def get_config(self) -> dict[str, Any]:
            return {"units": self.units, "name": self.name}

    @register
    class Wrapping(layers.Layer):
        """Is given a layer, and writes it down itself."""

        def __init__(self, inner: Any, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.inner = inner

        def build(self, input_shape: Any) -> None:
            if not self.inner.built:
                self.inner.build(input_shape)
            self.built = True

        def call(self, inputs: Any) -> Any:
            return self.inner(inputs)

        def get_config(self) -> dict[str, Any]:
            return {
                **super().get_config(),
                "inner": keras.saving.serialize_keras_object(self.inner),
            }

        @classmethod
        def from_config(cls, config: dict[str, Any]) -> Any:
            inner = keras.saving.deserialize_keras_object(config.pop("inner"))
            return cls(inner, **config)

    @register
    def doubled(x: Any) -> Any:
        return x * 2.0

    keras.utils.set_random_seed(3)
    own, extras = Own(), WithExtras(4)
    wrapping = keras.Sequential(
        [keras.Input((3,)), Wrapping(layers.Dense(4, activation=doubled)), layers.Dense(2)]
    )
    own.scaled.adapt(data()[0])
    own(data()[0])
    found = {"own": own, "with_extras": extras, "wrapping": wrapping}
    for model in found.values():
        model.compile("adam", "mse", metrics=["mae"])
    return found


def dropouts(model: Any) -> list[Any]:
    """Return the layers of a model whose numbers are random."""
    block, inner = getattr(model, "block", None), getattr(model, "inner", None)
    return [] if block is None else [block.heads["a"], inner.layers[1]]


def data() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(5)
    return generator.random((16, 3), np.float32), generator.random((16, 2), np.float32)
