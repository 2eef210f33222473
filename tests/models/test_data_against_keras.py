"""All forms of data for a model of two inputs and two outputs: the same to the bit as arrays, and as Keras has it."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np
import pytest

import pymlp

N, SIZE = 40, 8
RANDOM = np.random.default_rng(0)
X = {"a": RANDOM.normal(size=(N, 3)).astype("f4"), "b": RANDOM.normal(size=(N, 2)).astype("f4")}
Y = {"one": RANDOM.normal(size=(N, 1)).astype("f4"), "two": RANDOM.integers(0, 3, N)}
W = {"one": RANDOM.random(N).astype("f4"), "two": RANDOM.random(N).astype("f4")}


def model(keras: Any = pymlp) -> Any:
    layers = keras.layers
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    hidden = layers.Dense(4, activation="tanh")(layers.Concatenate()([a, b]))
    two = layers.Dense(3, activation="softmax", name="two")(hidden)
    made = keras.Model({"a": a, "b": b}, {"one": layers.Dense(1, name="one")(hidden), "two": two})
    made.compile(
        keras.optimizers.SGD(0.05),
        loss={"one": "mse", "two": "sparse_categorical_crossentropy"},
        metrics={"one": ["mae"], "two": ["accuracy"]},
        weighted_metrics={"one": ["mse"], "two": ["accuracy"]},
        loss_weights={"one": 1.0, "two": 0.5},
    )
    random = np.random.default_rng(1)
    made.set_weights([random.normal(size=np.shape(w)).astype("f4") for w in made.get_weights()])
    return made


def batch(nests: Any, number: int) -> tuple[Any, ...]:
    rows = slice(SIZE * number, SIZE * (number + 1))
    return tuple({name: array[rows] for name, array in nest.items()} for nest in nests)


def data_set(keras: Any, *nests: Any) -> Any:
    class Batches(keras.utils.PyDataset):  # type: ignore[misc, name-defined]
        def __len__(self) -> int:
            return N // SIZE

        def __getitem__(self, index: int) -> Any:
            return batch(nests, index)

    return Batches()


def forever(keras: Any, *nests: Any) -> Any:
    while True:
        for number in range(N // SIZE):
            yield batch(nests, number)


def loader(keras: Any, *nests: Any) -> Any:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    rows = [
        tuple({name: array[i] for name, array in nest.items()} for nest in nests) for i in range(N)
    ]
    return torch.utils.data.DataLoader(rows, batch_size=SIZE)


def fit(*data: Any, **arguments: Any) -> Any:
    """Return a function of Keras or pymlp that trains a model and returns what there is to compare."""

    def result(keras: Any) -> tuple[dict[str, Any], list[Any]]:
        made = model(keras)
        given = {"verbose": 0, "shuffle": False, "epochs": 3, **arguments}
        history = made.fit(*_filled_in(keras, data), **_filled_in(keras, given)).history
        return history, made.get_weights()

    return result


def evaluate(*data: Any, **arguments: Any) -> Any:
    def result(keras: Any) -> tuple[dict[str, Any], list[Any]]:
        made = model(keras)
        measured = made.evaluate(*_filled_in(keras, data), verbose=0, return_dict=True, **arguments)
        (x, *_) = _filled_in(keras, data)
        steps = arguments.get("steps")
        predicted = made.predict(x, batch_size=SIZE, steps=steps, verbose=0)
        return measured, [predicted["one"], predicted["two"]]

    return result


class Made(tuple[Any, ...]):
    """(function, arguments): data that Keras and pymlp each make for themselves."""


def _filled_in(keras: Any, nest: Any) -> Any:
    if isinstance(nest, Made):
        return nest[0](keras, *nest[1:])
    if isinstance(nest, dict):
        return {key: _filled_in(keras, value) for key, value in nest.items()}
    return tuple(_filled_in(keras, value) for value in nest) if type(nest) is tuple else nest


def made(function: Any, *nests: Any) -> Made:
    return Made((function, *nests))


ARRAYS = {"batch_size": SIZE}
PLAIN, WEIGHTED = fit(X, Y, **ARRAYS), fit(X, Y, sample_weight=W, **ARRAYS)
SHORT = fit(X, Y, steps_per_epoch=2, epochs=4, **ARRAYS)
MEASURED = evaluate(X, Y, sample_weight=W, **ARRAYS)

# name: (what is called, what gives the same to the bit or None)
CASES = {
    "dicts": (PLAIN, None),
    "lists": (fit(X, [Y["one"], Y["two"]], **ARRAYS), PLAIN),
    "weights": (WEIGHTED, None),
    "weights of all outputs": (fit(X, Y, sample_weight=W["one"], **ARRAYS), None),
    "data set": (fit(made(data_set, X, Y)), PLAIN),
    "data set, weights": (fit(made(data_set, X, Y, W)), WEIGHTED),
    "generator": (fit(made(forever, X, Y), steps_per_epoch=5), PLAIN),
    "generator, weights": (fit(made(forever, X, Y, W), steps_per_epoch=5), WEIGHTED),
    "loader": (fit(made(loader, X, Y)), PLAIN),
    "loader, weights": (fit(made(loader, X, Y, W)), WEIGHTED),
    "fewer steps": (SHORT, None),
    "fewer steps, data set": (fit(made(data_set, X, Y), steps_per_epoch=2, epochs=4), SHORT),
    "fewer steps, loader": (fit(made(loader, X, Y), steps_per_epoch=2, epochs=4), SHORT),
    "steps say the batch size": (fit(X, Y, steps_per_epoch=4), None),
    "too many steps": (fit(X, Y, steps_per_epoch=7, epochs=2, **ARRAYS), None),
    "initial_epoch": (fit(X, Y, epochs=5, initial_epoch=3, **ARRAYS), None),
    "nothing to do": (fit(X, Y, epochs=2, initial_epoch=3, **ARRAYS), None),
    "validation": (fit(X, Y, validation_data=(X, Y, W), **ARRAYS), None),
    "validation by data set": (
        fit(X, Y, validation_data=made(data_set, X, Y, W), **ARRAYS),
        fit(X, Y, validation_data=(X, Y, W), **ARRAYS),
    ),
    "validation by fewer steps": (
        fit(X, Y, validation_data=made(data_set, X, Y, W), validation_steps=2, **ARRAYS),
        fit(X, Y, validation_data=(X, Y, W), validation_steps=2, **ARRAYS),
    ),
    "validation by loader": (
        fit(X, Y, validation_data=made(loader, X, Y, W), validation_steps=2, **ARRAYS),
        fit(X, Y, validation_data=(X, Y, W), validation_steps=2, **ARRAYS),
    ),
    "validation now and then": (
        fit(X, Y, epochs=5, validation_data=(X, Y), validation_freq=2, **ARRAYS),
        None,
    ),
    "validation after these": (
        fit(X, Y, epochs=5, validation_data=(X, Y), validation_freq=[1, 5], **ARRAYS),
        None,
    ),
    "validation by the last part": (
        fit(X, Y, sample_weight=W, validation_split=0.3, validation_batch_size=5, **ARRAYS),
        None,
    ),
    "evaluate": (MEASURED, None),
    "evaluate, data set": (evaluate(made(data_set, X, Y, W)), MEASURED),
    "evaluate, loader": (evaluate(made(loader, X, Y, W)), MEASURED),
    "evaluate, steps": (evaluate(X, Y, steps=2, **ARRAYS), None),
    "evaluate, generator": (
        evaluate(made(forever, X, Y), steps=2),
        evaluate(X, Y, steps=2, **ARRAYS),
    ),
}


def quietly(call: Any, keras: Any) -> Any:
    """Call without the warnings that data ran out, and those of other libraries."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(keras)


@pytest.mark.parametrize("name", [name for name, (_, same) in CASES.items() if same])
def test_the_same_to_the_bit(name: str) -> None:
    call, same = CASES[name]
    (found, arrays), (expected, others) = quietly(call, pymlp), quietly(same, pymlp)
    assert found == expected
    for one, other in zip(arrays, others, strict=True):
        np.testing.assert_array_equal(one, other)


# Keras compiles each model anew, so of the data that is the same to the bit only some.
BESIDE_KERAS = [name for name, (_, same) in CASES.items() if same is None] + [
    "generator, weights",
    "fewer steps, data set",
    "validation by fewer steps",
]


@pytest.mark.parametrize("name", BESIDE_KERAS)
def test_as_keras_has_it(name: str) -> None:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")
    call, _ = CASES[name]
    (found, arrays), (expected, others) = quietly(call, pymlp), quietly(call, keras)
    assert set(found) == set(expected)
    for measure, values in expected.items():
        np.testing.assert_allclose(found[measure], values, rtol=1e-4, atol=1e-6, err_msg=measure)
    for one, other in zip(arrays, others, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
