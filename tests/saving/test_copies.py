"""Copies of trained models and of their parts, by pickle, joblib and deepcopy, go on as the original does."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import own_models
import pytest

import pymlp
from pymlp import layers, losses, metrics, optimizers


def by_joblib(obj: Any) -> Any:
    joblib = pytest.importorskip("joblib", reason="joblib is not installed")
    stream = io.BytesIO()
    joblib.dump(obj, stream)
    stream.seek(0)
    return joblib.load(stream)


def by_pickle(obj: Any) -> Any:
    return pickle.loads(pickle.dumps(obj))


copies = pytest.mark.parametrize("copied", [by_pickle, by_joblib, copy.deepcopy])
Copied = Callable[[Any], Any]


def sequential() -> Any:
    return pymlp.Sequential(
        [pymlp.Input((3,)), layers.Dense(8, "relu"), layers.BatchNormalization(), layers.Dropout(0.3), layers.Dense(2)]
    )  # fmt: skip


def functional() -> Any:
    x = pymlp.Input((3,))
    shared = layers.Dense(3, kernel_regularizer="l2", kernel_constraint="max_norm")
    inner = pymlp.Sequential([layers.Dense(3), layers.GaussianNoise(0.1)])
    return pymlp.Model(x, layers.Dense(2)(layers.add([inner(shared(x)), shared(x)])))


class Subclassed(pymlp.Model):
    def __init__(self) -> None:
        super().__init__()
        self.parts = {"first": layers.Dense(4, "tanh"), "rest": [layers.Dropout(0.2), layers.Dense(2)]}  # fmt: skip

    def call(self, inputs: Any, training: Any = None) -> Any:
        dropout, last = self.parts["rest"]
        return last(dropout(self.parts["first"](inputs), training=training))


OPTIMIZERS: list[Callable[[], Any]] = [
    lambda: optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 2, 0.9), momentum=0.9),
    lambda: optimizers.Adam(0.01, use_ema=True, amsgrad=True),
    lambda: optimizers.Muon(0.01, gradient_accumulation_steps=2),
    lambda: optimizers.Nadam(0.01, clipnorm=0.5),
]


def trained(model: Any, optimizer: Any) -> Any:
    model.compile(optimizer, losses.Huber(), metrics=["mae", metrics.RootMeanSquaredError()])
    model.fit(*own_models.data(), batch_size=4, epochs=2, verbose=0)
    return model


def history_of(model: Any) -> Any:
    pymlp.utils.set_random_seed(9)  # of the shuffling
    return model.fit(*own_models.data(), batch_size=4, epochs=2, verbose=0).history


@copies
@pytest.mark.parametrize("make", [sequential, functional, Subclassed])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=["sgd", "adam", "muon", "nadam"])
def test_models(copied: Copied, make: Any, optimizer: Any) -> None:
    model = trained(make(), optimizer())
    other = copied(model)
    assert other.optimizer is not model.optimizer
    x, y = own_models.data()
    np.testing.assert_array_equal(other.predict(x, verbose=0), model.predict(x, verbose=0))
    assert other.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)
    before = model.get_weights()
    found = history_of(other)
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), before, strict=True))
    assert found == history_of(model)
    for a, b in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@copies
def test_a_copy_is_saved_like_the_original(copied: Copied, tmp_path: Any) -> None:
    model = trained(functional(), "adam")
    copied(model).save(tmp_path / "copy.keras")
    loaded = pymlp.models.load_model(tmp_path / "copy.keras")
    assert history_of(loaded) == history_of(model)


@copies
def test_parts_of_a_trained_model(copied: Copied) -> None:
    model = trained(sequential(), "adam")
    optimizer = copied(model.optimizer)
    assert optimizer.iterations == model.optimizer.iterations
    for a, b in zip(optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    for layer in model.layers:
        for a, b in zip(copied(layer).get_weights(), layer.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
    for metric in model.metrics:
        assert copied(metric).result() == metric.result()
    loss = copied(model.loss)
    assert loss([[1.0]], [[3.0]]) == model.loss([[1.0]], [[3.0]])
