"""What layers and models keep of losses, and what forgets it. Beside Keras: tests/models/test_fitting_figures.py."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from keras_figures.kept_losses import MODELS, numbers

import pymlp

X = np.arange(6.0).reshape(2, 3)


@pytest.fixture(params=MODELS)
def model(request: Any) -> Any:
    made = MODELS[request.param](pymlp)
    made(X)
    assert len(made.losses) > 1
    return made


def without_those_of_calls(made: Any) -> list[float]:
    return [float(v.regularizer(v)) for v in made.trainable_weights if v.regularizer]


@pytest.mark.parametrize("call", ["predict", "predict_on_batch"])
def test_predictions_forget_them(model: Any, call: str) -> None:
    getattr(model, call)(X)
    assert numbers(model) == without_those_of_calls(model)


@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_training_and_evaluation_forget_them(model: Any, call: str) -> None:
    model.compile("sgd", "mse")
    getattr(model, call)(X, model(X))
    assert numbers(model) == without_those_of_calls(model)


def test_symbolic_calls_forget_them(model: Any) -> None:
    model(pymlp.Input((3,)))
    assert numbers(model) == without_those_of_calls(model)


def test_a_call_of_a_layer_within_replaces_its_own(model: Any) -> None:
    (adding, *_) = (layer for layer in model.layers if type(layer).__name__ == "Adding")
    others = len(model.losses) - len(adding.losses)
    adding(np.full((1, 3), 2.0))
    assert numbers(adding) == [6.0]
    assert len(model.losses) == others + 1


def test_the_same_as_op_by_op(model: Any) -> None:
    """The program of a call gives what the layers give when they compute one operation after the other."""
    found, outputs = numbers(model), model(X)
    slowly = pymlp.layers.Layer.__call__(model, X)
    np.testing.assert_allclose(numbers(model), found, rtol=1e-6)
    np.testing.assert_allclose(outputs, slowly, rtol=1e-6)


def test_many_rows_are_one_batch(model: Any) -> None:
    """Predictions go through rows in parts, what a loss sums up does not."""
    many = np.repeat(X, 300, axis=0)
    outputs = model(many)
    found = numbers(model)
    pymlp.layers.Layer.__call__(model, many)
    np.testing.assert_allclose(found, numbers(model), rtol=1e-5)
    np.testing.assert_array_equal(outputs, model.predict(many, verbose=0))


def test_copies_have_none() -> None:
    made = pymlp.Sequential([pymlp.Input((3,)), Odd()])
    made(X)
    assert copy.deepcopy(made).losses == []
    assert len(made.losses) == 3


def test_no_rows() -> None:
    made = MODELS["sequential"](pymlp)
    assert made(np.zeros((0, 3))).shape == (0, 2)
    assert [float(loss) for loss in made.losses[:2]] == [0.0, 0.0]


class Odd(pymlp.layers.Layer):
    """Adds what is no tensor, one value a sample, and a variable."""

    def build(self, input_shape: Any) -> None:
        self.factor = self.add_weight((), "ones")

    def call(self, x: Any) -> Any:
        self.add_loss(0.5)
        self.add_loss([pymlp.ops.sum(x, axis=-1), self.factor])
        return x * self.factor


def test_whatever_may_be_added() -> None:
    made = pymlp.Sequential([pymlp.Input((3,)), Odd()])
    made(X)
    half, sums, factor = made.losses
    assert (float(half), float(factor)) == (0.5, 1.0)
    np.testing.assert_allclose(sums, [3.0, 12.0])
    again = pickle.loads(pickle.dumps(made))
    assert again.losses == []
    made.compile("sgd")
    assert made.evaluate(X, verbose=0) == pytest.approx(0.5 + 15.0 + 1.0)


def test_a_loss_of_ones_own_training_loop() -> None:
    """As Keras code has it: call the model, then add `model.losses`."""
    made = MODELS["sequential"](pymlp)
    made(X)
    kept = sum(numbers(made))

    def objective(x: Any) -> Any:
        y = made(x, training=True)
        return pymlp.ops.mean(y) * 0.0 + sum(made.losses)

    value, _ = pymlp.models.value_and_grad(objective, made.trainable_variables)(X)
    assert value == pytest.approx(kept, rel=1e-6)
