"""Functional models that are compared with Keras's, and what Keras says of them.

``KERAS_BACKEND=jax python tests/models/functional_cases.py`` stores what Keras says in
``functional_figures.json``, which the tests compare with. Last made with Keras 3.15.1.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

FIGURES = Path(__file__).with_name("functional_figures.json")
COLUMNS = "100"


def sum_layer(keras: Any) -> Any:
    """Return a layer of several inputs, the same in either library."""

    class Sum(keras.layers.Layer):
        def call(self, inputs):
            total = inputs[0]
            for other in inputs[1:]:
                total = total + other
            return total

        def compute_output_shape(self, input_shape):
            return input_shape[0]

    return Sum()


def one_after_the_other(keras):
    x = keras.Input((4,))
    hidden = keras.layers.Dense(5, activation="relu")(x)
    return keras.Model(x, keras.layers.Dense(1)(hidden)), {"loss": "mse", "metrics": ["mae"]}


def skip_connection(keras):
    x = keras.Input((4,), name="given")
    a = keras.layers.Dense(4, activation="tanh", name="first")(x)
    b = keras.layers.Dense(4, name="second")(a)
    y = keras.layers.Dense(2, activation="softmax", name="y")(sum_layer(keras)([x, a, b]))
    return keras.Model(inputs=x, outputs=y, name="skipping"), {
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
    }


def wide_and_deep(keras):
    wide, deep = keras.Input((3,), name="wide"), keras.Input((4,), name="deep")
    hidden = keras.layers.Dense(3, activation="relu")(
        keras.layers.Dense(6, activation="relu")(deep)
    )
    y = keras.layers.Dense(1, name="output")(sum_layer(keras)([wide, hidden]))
    aux = keras.layers.Dense(1, name="aux_output")(hidden)
    return keras.Model([wide, deep], [y, aux]), {
        "loss": ["mse", "mae"],
        "loss_weights": [0.9, 0.1],
        "metrics": [["mae"], ["mse", "mae"]],
    }


def in_dicts(keras):
    inputs = {name: keras.Input((3,), name=name) for name in ("b", "a")}
    left = keras.layers.Dense(2, name="left")(inputs["a"])
    right = keras.layers.Dense(1, name="right")(inputs["b"])
    return keras.Model(inputs, {"one": left, "two": right}), {
        "loss": {"one": "mse", "two": "mae"},
        "loss_weights": {"one": 2.0, "two": 0.5},
        "metrics": {"two": ["mse"]},
        "weighted_metrics": {"one": ["mse"]},
    }


def dict_of_losses(keras):
    x = keras.Input((3,))
    first = keras.layers.Dense(2, name="first")(x)
    second = keras.layers.Dense(1, name="second")(first)
    return keras.Model(x, [first, second]), {
        "loss": {"second": "mse", "first": "mae"},
        "metrics": {"second": "mae", "first": ["mse", "mse"]},
    }


def one_loss_for_all(keras):
    x = keras.Input((3,))
    outputs = [keras.layers.Dense(2, name=f"y{i}")(x) for i in range(3)]
    return keras.Model(x, outputs), {"loss": "mse"}


def shared_layer(keras):
    a, b = keras.Input((3,)), keras.Input((3,))
    shared = keras.layers.Dense(4, activation="tanh")
    one, two = shared(a), shared(b)
    y = keras.layers.Dense(1)(sum_layer(keras)([one, shared(shared_again(keras, one)), two]))
    return keras.Model([a, b], y), {"loss": "mse"}


def shared_again(keras, x):
    return keras.layers.Dense(3, name="between")(x)


def nested(keras):
    inner_x = keras.Input((3,), name="inner_x")
    inner = keras.Model(inner_x, keras.layers.Dense(4, activation="relu")(inner_x), name="inner")
    stack = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="stack")
    x = keras.Input((3,), name="x")
    y = keras.layers.Dense(1, name="y")(stack(inner(x)))
    return keras.Model(x, y), {"loss": "mse", "metrics": ["mae"]}


def model_in_a_sequential(keras):
    x = keras.Input((3,))
    inner = keras.Model(x, keras.layers.Dense(4, activation="relu")(x))
    return keras.Sequential([inner, keras.layers.Dense(1)]), {"loss": "mse"}


def called_twice(keras):
    inner_x = keras.Input((3,))
    inner = keras.Model(inner_x, keras.layers.Dense(2)(inner_x), name="inner")
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    return keras.Model([a, b], sum_layer(keras)([inner(a), inner(b)])), {"loss": "mse"}


def several_outputs_within(keras):
    x = keras.Input((3,))
    inner = keras.Model(x, [keras.layers.Dense(2)(x), keras.layers.Dense(2)(x)], name="inner")
    z = keras.Input((3,), name="z")
    one, two = inner(z)
    return keras.Model(z, [keras.layers.Dense(1, name="p")(one), two]), {"loss": "mse"}


def cut_out(keras):
    whole, _ = skip_connection(keras)
    return keras.Model(whole.inputs, whole.get_layer("second").output), {"loss": "mse"}


def cut_in_the_midst(keras):
    whole, _ = skip_connection(keras)
    first, second = whole.get_layer("first"), whole.get_layer("second")
    return keras.Model(first.output, second.output), {"loss": "mse"}


def unused_input(keras):
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    return keras.Model([a, b], keras.layers.Dense(1)(a)), {"loss": "mse"}


def output_untrained(keras):
    x = keras.Input((3,))
    hidden = keras.layers.Dense(2, name="hidden")(x)
    return keras.Model(x, [hidden, keras.layers.Dense(1, name="y")(hidden)]), {
        "loss": {"hidden": None, "y": "mse"}
    }


CASES: list[Callable[[Any], Any]] = [
    one_after_the_other, skip_connection, wide_and_deep, in_dicts, dict_of_losses, one_loss_for_all,
    shared_layer, nested, model_in_a_sequential, called_twice, several_outputs_within, cut_out,
    cut_in_the_midst, unused_input, output_untrained,
]  # fmt: skip

ROWS = 7


def shape_of(tensor: Any) -> tuple[int, ...]:
    return (ROWS, *tensor.shape[1:])


def numbers(shape: tuple[int, ...], start: int) -> np.ndarray:
    """Return an array that is the same wherever it is made."""
    return np.sin(np.arange(start, start + int(np.prod(shape)))).reshape(shape).astype("float32")


def data_for(model: Any, compiled: dict[str, Any]) -> tuple[Any, Any]:
    """Return (x, y) in the structure of the model."""
    x = [numbers(shape_of(tensor), 10 * i) for i, tensor in enumerate(model.inputs)]
    y = [numbers(shape_of(tensor), 100 * i) for i, tensor in enumerate(model.outputs)]
    if "sparse" in str(compiled["loss"]):
        y = [np.arange(ROWS) % 2]
    if isinstance(getattr(model, "input", None), dict):
        x = dict(zip(sorted(model.input), x, strict=True))
    if isinstance(getattr(model, "output", None), dict):
        y = dict(zip(sorted(model.output), y, strict=True))
    alone = {1: lambda items: items[0]}
    x = x if isinstance(x, dict) else alone.get(len(x), list)(x)
    return x, y if isinstance(y, dict) else alone.get(len(y), list)(y)


def listed(value: Any) -> Any:
    """Return arrays and tuples as lists, floats rounded to what float32 tells apart."""
    if isinstance(value, dict):
        return {str(key): listed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [listed(item) for item in value]
    if isinstance(value, np.ndarray):
        return listed(value.tolist())
    return float(f"{value:.7g}") if isinstance(value, (float, np.floating)) else value


def connections(config: dict[str, Any]) -> Any:
    """Return what a configuration says of the layers and how they are connected."""
    if "input_layers" not in config:
        return [layer["config"]["name"] for layer in config["layers"]]
    return {
        "layers": [
            [layer["name"], layer["class_name"], layer.get("build_config"), _calls(layer)]
            for layer in config["layers"]
        ],
        "input_layers": config["input_layers"],
        "output_layers": config["output_layers"],
    }


def _calls(layer: dict[str, Any]) -> Any:
    return [call["args"] for call in layer["inbound_nodes"]]


def described(keras: Any, case: Callable[[Any], Any]) -> dict[str, Any]:
    """Return all that is compared of one model."""
    os.environ["COLUMNS"] = COLUMNS
    keras.utils.clear_session()
    model, compiled = case(keras)
    parts: list[str] = []
    model.summary(print_fn=parts.append, expand_nested=True, show_trainable=True)
    model.summary(print_fn=parts.append)
    model.set_weights([numbers(w.shape, 3 * i) for i, w in enumerate(model.get_weights())])
    x, y = data_for(model, compiled)
    model.compile(keras.optimizers.SGD(0.1), **compiled)
    weight = np.arange(1.0, ROWS + 1, dtype="float32")
    history = model.fit(
        x, y, batch_size=3, epochs=2, shuffle=False, sample_weight=weight, verbose=0,
        validation_data=(x, y),
    ).history  # fmt: skip
    return listed(
        {
            "name": model.name,
            "layers": [layer.name for layer in model.layers],
            "output_names": getattr(model, "output_names", None),
            "paths": [v.path for v in model.weights],
            "shapes": [model.input_shape, model.output_shape],
            "summary": parts,
            "connections": connections(model.get_config()),
            "history": history,
            "order": list(history),
            "evaluate": model.evaluate(x, y, batch_size=4, verbose=0),
            "predict": model.predict(x, verbose=0),
        }
    )


def main() -> None:
    import keras

    figures = {case.__name__: described(keras, case) for case in CASES}
    FIGURES.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    print("".join(figure["summary"][-1] for figure in figures.values()))


if __name__ == "__main__":
    main()
