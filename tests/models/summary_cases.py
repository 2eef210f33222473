"""The models whose summaries are compared with Keras's.

``KERAS_BACKEND=jax python tests/models/summary_cases.py`` prints what Keras prints for them and
stores it in ``summaries.txt``, which the tests compare with. Last made with Keras 3.15.1.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

GOLDEN = Path(__file__).with_name("summaries.txt")
COLUMNS = "80"  # width of the terminal, by the variable of this name


def readme_model(keras: Any) -> Any:
    return keras.Sequential(
        [
            keras.layers.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(300, activation="relu"),
            keras.layers.Dense(100, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def built(keras: Any) -> dict[str, Any]:
    return {"model": readme_model(keras)}


def compiled(keras: Any) -> dict[str, Any]:
    model = readme_model(keras)
    model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    return {"model": model}


def fitted_with_sgd(keras: Any) -> dict[str, Any]:
    return {"model": _fitted(keras, "sgd")}


def fitted_with_adam(keras: Any) -> dict[str, Any]:
    return {"model": _fitted(keras, "adam")}


def _fitted(keras: Any, optimizer: str) -> Any:
    model = readme_model(keras)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    model.fit(np.zeros((2, 28, 28)), np.zeros(2, int), verbose=0)
    return model


def unbuilt(keras: Any) -> dict[str, Any]:
    return {"model": keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(2)])}


def built_later(keras: Any) -> dict[str, Any]:
    model = unbuilt(keras)["model"]
    model.build((None, 4))
    return {"model": model}


def empty(keras: Any) -> dict[str, Any]:
    return {"model": keras.Sequential()}


def fixed_batch_size(keras: Any) -> dict[str, Any]:
    layers = keras.layers
    return {"model": keras.Sequential([layers.Input((4,), batch_size=8), layers.Dense(3)])}


def frozen(keras: Any) -> dict[str, Any]:
    model = readme_model(keras)
    model.layers[1].trainable = False
    return {"model": model}


def show_trainable(keras: Any) -> dict[str, Any]:
    return {**frozen(keras), "show_trainable": True}


def narrow(keras: Any) -> dict[str, Any]:
    return {**built(keras), "line_length": 50}


def very_narrow(keras: Any) -> dict[str, Any]:
    return {**frozen(keras), "line_length": 42, "show_trainable": True}


def positions(keras: Any) -> dict[str, Any]:
    return {**built(keras), "positions": [0.3, 0.5, 1.0], "line_length": 70}


def one_layer_range(keras: Any) -> dict[str, Any]:
    return {**built(keras), "layer_range": ["dense", "dense_1"]}


def pattern_range(keras: Any) -> dict[str, Any]:
    return {**built(keras), "layer_range": [".*_1", "fl"]}


def odd_names(keras: Any) -> dict[str, Any]:
    layers = keras.layers
    long_name = "a_layer_whose_name_is_longer_than_its_column"
    return {
        "model": keras.Sequential(
            [
                layers.Input((3,)),
                layers.Dense(2000, name="[bold]"),
                layers.Dense(2000, name=long_name),
            ],
            name="[red]model[x]",
        )
    }


CASES: list[Callable[[Any], dict[str, Any]]] = [
    built,
    compiled,
    fitted_with_sgd,
    fitted_with_adam,
    unbuilt,
    built_later,
    empty,
    fixed_batch_size,
    frozen,
    show_trainable,
    narrow,
    very_narrow,
    positions,
    one_layer_range,
    pattern_range,
    odd_names,
]

HEADING = "### "


def read_golden() -> dict[str, str]:
    """Return Keras's summary for each case, by its name."""
    parts = GOLDEN.read_text(encoding="utf-8").split(HEADING)[1:]
    return dict(part.split("\n", 1) for part in parts)


def main() -> None:
    os.environ["COLUMNS"] = COLUMNS
    import keras

    text = ""
    for case in CASES:
        keras.utils.clear_session()
        options = case(keras)
        parts: list[str] = []
        options.pop("model").summary(print_fn=parts.append, **options)
        text += f"{HEADING}{case.__name__}\n{''.join(parts)}"
    GOLDEN.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
