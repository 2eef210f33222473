"""Training and measuring at the edges, in Keras or pymlp alike: weights by time step, iterators that end, no loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from keras_figures import kept_losses
from keras_figures.training import uniform

__all__ = ["CASES", "answers"]

N, T, C = 7, 3, 2
X, KERNEL, Y = uniform((N, T, 4), 1) - 0.5, uniform((4, C), 2) - 0.5, uniform((N, T, C), 3)
ONE_HOT = np.eye(C)[(Y[..., 0] > Y[..., 1]).astype(int)]
BY_SAMPLE, BY_STEP = uniform((N,), 4), uniform((N, T), 5)

Case = Callable[[Any], list[float]]


def sequences(
    keras: Any, loss: Any, weighted_metrics: Any = (), activation: str = "softmax"
) -> Any:
    """Return a compiled model of (n, T, 4) to (n, T, C)."""
    dense = keras.layers.Dense(C, activation=activation)
    model = keras.Sequential([keras.Input((T, 4)), dense])
    model.set_weights([KERNEL, np.zeros(C)])
    model.compile(keras.optimizers.SGD(0.5), loss, weighted_metrics=list(weighted_metrics))
    return model


def trained(loss: str, reduction: str, weights: Any, y: Any = ONE_HOT, **arguments: Any) -> Case:
    """Return what trains by a loss of that class: loss, a weighted mean, and the weights after an epoch."""

    def case(keras: Any) -> list[float]:
        measured = getattr(keras.losses, loss)(reduction=reduction, **arguments)
        mean = keras.metrics.MeanMetricWrapper(measured.call, name="values")
        model = sequences(keras, measured, [mean])
        history = model.fit(
            X, y, sample_weight=weights, batch_size=3, epochs=2, shuffle=False, verbose=0
        ).history
        return [*history["loss"], *history["values"], *model.get_weights()[0].ravel()]

    return case


def measured(metric: str, weights: Any, **arguments: Any) -> Case:
    def case(keras: Any) -> list[float]:
        model = sequences(
            keras, "mse", [getattr(keras.metrics, metric)(name="measured", **arguments)]
        )
        found = model.evaluate(X, ONE_HOT, 3, sample_weight=weights, verbose=0, return_dict=True)
        return [found["loss"], found["measured"]]

    return case


def one_batch(method: str) -> Case:
    def case(keras: Any) -> list[float]:
        model = sequences(keras, "mse", ["mae"])
        return [float(number) for number in getattr(model, method)(X, ONE_HOT, BY_STEP)]

    return case


def several(pack: Callable[..., Any]) -> Case:
    """Return what trains a model of two outputs, whose data is packed alike: lists or dicts."""

    def case(keras: Any) -> list[float]:
        x = keras.Input((T, 4))
        dense = keras.layers.Dense
        steps = dense(C, name="steps")(x)
        whole = dense(1, name="whole")(keras.layers.Flatten()(x))
        model = keras.Model(x, pack(steps, whole))
        model.set_weights([w * 0 + 0.1 for w in model.get_weights()])
        means = pack(["mae"], ["mae"])
        model.compile(keras.optimizers.SGD(0.1), "mse", weighted_metrics=means)
        y, weights = pack(Y, Y[:, 0, :1]), pack(BY_STEP, BY_SAMPLE)
        history = model.fit(
            X, y, sample_weight=weights, batch_size=3, epochs=2, shuffle=False, verbose=0
        ).history
        return [number for name in sorted(history) for number in history[name]]

    return case


def batches(count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield batches that tell by their loss which they are."""
    for number in range(count):
        yield np.full((2, 1), number + 1.0), np.zeros((2, 1))


def line(keras: Any, rate: float = 0.0, **arguments: Any) -> Any:
    dense = keras.layers.Dense(1, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((1,)), dense])
    model.compile(keras.optimizers.SGD(rate), **arguments)
    return model


def ending(count: int, steps: int | None, epochs: int = 4, rate: float = 0.0) -> Case:
    """Return what trains on an iterator of so many batches: the losses of all epochs."""

    def case(keras: Any) -> list[float]:
        model = line(keras, rate, loss="mse")
        given = {"steps_per_epoch": steps, "epochs": epochs, "verbose": 0}
        return list(model.fit(batches(count), **given).history["loss"])

    return case


def validated(count: int, steps: int | None) -> Case:
    def case(keras: Any) -> list[float]:
        history = line(keras, loss="mse").fit(
            batches(8), validation_data=batches(count), validation_steps=steps,
            steps_per_epoch=2, epochs=4, verbose=0,
        ).history  # fmt: skip
        return [*history["loss"], *history["val_loss"]]

    return case


def used_up(keras: Any) -> list[float]:
    model = line(keras, loss="mse")
    predicted = model.predict(batches(3), steps=5, verbose=0)
    return [model.evaluate(batches(3), steps=5, verbose=0), *predicted.ravel()]


def measured_without_loss(**arguments: Any) -> Case:
    def case(keras: Any) -> list[float]:
        model = line(keras, **arguments)
        x, y = X[:, 0, :1], Y[:, 0, :1]
        weights = BY_SAMPLE if "weighted_metrics" in arguments else None
        found = model.evaluate(x, y, 3, sample_weight=weights, verbose=0, return_dict=True)
        return [found["loss"], *model.test_on_batch(x, y, weights), found["mae"]]

    return case


def two_outputs_without_loss(keras: Any) -> list[float]:
    x = keras.Input((1,))
    dense = keras.layers.Dense
    outputs = [dense(1, kernel_initializer="ones", name=name)(x) for name in "ab"]
    model = keras.Model(x, outputs)
    model.compile("sgd", metrics=[["mae"], ["mse"]])
    x, y = X[:, 0, :1], Y[:, 0, :1]
    found = model.evaluate(x, [y, y], verbose=0, return_dict=True)
    return [found[name] for name in ("loss", "a_mae", "b_mse")]


CASES: dict[str, Case] = {
    **kept_losses.CASES,
    "metrics without a loss": measured_without_loss(metrics=["mae"]),
    "weighted metrics without a loss": measured_without_loss(weighted_metrics=["mae"]),
    "two outputs without a loss": two_outputs_without_loss,
    "6 batches for epochs of 4": ending(6, 4, rate=0.01),
    "4 batches for epochs of 4": ending(4, 4),
    "2 batches for epochs of 2": ending(2, 2, epochs=6),
    "1 batch for epochs of 3": ending(1, 3),
    "3 batches for all epochs": ending(3, None),
    "3 batches for validations of 2": validated(3, 2),
    "5 batches for validations of 3": validated(5, 3),
    "3 batches for all validations": validated(3, None),
    "fewer batches than steps": used_up,
    "train_on_batch": one_batch("train_on_batch"),
    "test_on_batch": one_batch("test_on_batch"),
    "two outputs, lists": several(lambda steps, whole: [steps, whole]),
    "two outputs, dicts": several(lambda steps, whole: {"steps": steps, "whole": whole}),
    "sparse": trained(
        "SparseCategoricalCrossentropy", "sum_over_batch_size", BY_STEP, ONE_HOT.argmax(-1)
    ),
}
for _loss, _reduction in (
    ("CategoricalCrossentropy", "sum_over_batch_size"),
    ("MeanSquaredError", "sum_over_batch_size"),
    ("MeanSquaredError", "sum"),
    ("Huber", "sum"),
    ("MeanSquaredError", "mean_with_sample_weight"),
    ("CosineSimilarity", "mean_with_sample_weight"),
):
    CASES[f"{_loss}, {_reduction}"] = trained(_loss, _reduction, BY_STEP)
for _name, _weights in (
    ("(n, 1)", BY_SAMPLE[:, None]),
    ("(n, t, 1)", BY_STEP[..., None]),
    ("(n, 1, 1)", BY_SAMPLE[:, None, None]),
):
    CASES[f"weights {_name}"] = trained("MeanSquaredError", "mean_with_sample_weight", _weights)
for _metric, _arguments in {
    "MeanAbsoluteError": {},
    "RootMeanSquaredError": {},
    "CategoricalAccuracy": {},
    "CategoricalHinge": {},
    "CosineSimilarity": {},
    "Precision": {},
    "TruePositives": {},
    "AUC": {"num_thresholds": 5},
}.items():
    CASES[f"metric {_metric}"] = measured(_metric, BY_STEP, **_arguments)


def answers(keras: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name of each case and what it gives."""
    for name, case in CASES.items():
        yield name, np.array(case(keras), float)
