"""L-BFGS by SciPy on the engine's gradients."""

import sys

import numpy as np
import pytest

import pymlp
from optimizers.stepping import FEATURES, ROWS, problem
from pymlp import optimizers

pytest.importorskip("scipy", reason="SciPy is not installed, which L-BFGS needs")


def linear(dtype="float64", optimizer="lbfgs", **arguments):
    dense = pymlp.layers.Dense(1, dtype=dtype, **arguments)
    model = pymlp.Sequential([pymlp.Input((FEATURES,), dtype=dtype), dense])
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def least_squares(weight=None, l2=0.0):
    x, y, _ = problem()
    x = np.hstack([x, np.ones((ROWS, 1))])
    w = np.ones(ROWS) if weight is None else weight
    penalty = l2 * ROWS * np.diag([1.0] * FEATURES + [0.0])
    return np.linalg.solve((x.T * w) @ x + penalty, (x.T * w) @ y)


@pytest.mark.parametrize("weighted", [False, True])
def test_finds_the_least_squares(weighted):
    x, y, _ = problem()
    weight = np.random.default_rng(1).random(ROWS) + 0.5 if weighted else None
    model = linear()
    history = model.fit(x, y, epochs=3, batch_size=2, sample_weight=weight, verbose=0)
    expected = least_squares(weight)
    # A gradient of 1e-8 over the least curvature of the problem, some 1e-2.
    np.testing.assert_allclose(model.get_weights()[0], expected[:-1], atol=1e-5)
    np.testing.assert_allclose(model.get_weights()[1], expected[-1], atol=1e-5)
    # What is logged is of the weights after the epoch.
    measured = model.evaluate(x, y, sample_weight=weight, verbose=0, return_dict=True)
    assert history.history["loss"][-1] == pytest.approx(measured["loss"], rel=1e-9)
    assert history.history["mae"][-1] == pytest.approx(measured["mae"], rel=1e-9)
    assert len(history.history["loss"]) == 3


def test_penalties_are_minimized_too():
    x, y, _ = problem()
    model = linear(kernel_regularizer=pymlp.regularizers.L2(0.25))
    model.fit(x, y, epochs=3, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], least_squares(l2=0.25)[:-1], atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_trains_a_network_better_than_adam(dtype):
    rng = np.random.default_rng(3)
    x = rng.uniform(-2, 2, size=(100, 2))
    y = np.sin(x[:, :1] * x[:, 1:])
    losses = []
    for optimizer in ("lbfgs", "adam"):
        pymlp.utils.set_random_seed(0)
        model = pymlp.Sequential(
            [
                pymlp.Input((2,), dtype=dtype),
                pymlp.layers.Dense(12, activation="tanh", dtype=dtype),
                pymlp.layers.Dense(1, dtype=dtype),
            ]
        )
        model.compile(optimizer, "mse")
        history = model.fit(x, y, epochs=10, verbose=0, validation_split=0.2)
        assert len(history.history["val_loss"]) == 10
        losses.append(history.history["loss"][-1])
    assert losses[0] < losses[1] / 10


def test_frozen_layers_stay():
    x, y, _ = problem()
    model = pymlp.Sequential(
        [pymlp.Input((FEATURES,)), pymlp.layers.Dense(4), pymlp.layers.Dense(1)]
    )
    model.layers[0].trainable = False
    model.compile("lbfgs", "mse")
    before = model.get_weights()
    model.fit(x, y, verbose=0)
    for i, (a, b) in enumerate(zip(before, model.get_weights(), strict=True)):
        assert np.array_equal(a, b) == (i < 2)


def test_one_batch_is_minimized_at_once():
    x, y, _ = problem()
    model = linear(optimizer=optimizers.LBFGS(max_iterations=100))
    loss = model.train_on_batch(x, y, return_dict=True)["loss"]
    assert loss == pytest.approx(
        model.evaluate(x, y, verbose=0, return_dict=True)["loss"], rel=1e-9
    )
    np.testing.assert_allclose(model.get_weights()[0], least_squares()[:-1], atol=1e-5)
    assert 0 < model.optimizer.iterations <= 100


def test_configuration_and_files(tmp_path):
    optimizer = optimizers.LBFGS(7, 3, 1e-6, 1e-4, name="quasi")
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()
    assert again.max_corrections == 3
    x, y, _ = problem()
    model = linear(optimizer=optimizer)
    model.fit(x, y, verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = pymlp.saving.load_model(tmp_path / "m.keras")
    assert loaded.optimizer.get_config() == optimizer.get_config()
    loaded.fit(x, y, verbose=0)


def test_batch_hooks_hear_of_one_batch():
    x, y, _ = problem()
    heard = []
    hooks = pymlp.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: heard.append(logs)
    )
    history = linear().fit(x, y, batch_size=2, verbose=0, callbacks=[hooks])
    assert [logs["loss"] for logs in heard] == history.history["loss"]


def test_what_it_cannot_do_is_said(monkeypatch):
    x, y, _ = problem()
    with pytest.raises(ValueError, match=r"LBFGS takes no constraints, but .*kernel' has one"):
        linear(kernel_constraint="non_neg").fit(x, y, verbose=0)
    with pytest.raises(NotImplementedError, match="cannot apply gradients"):
        optimizers.LBFGS().apply([np.ones(2)], [pymlp.Variable(np.ones(2))])
    with pytest.raises(ValueError, match="max_iterations should be a whole number of at least 1"):
        optimizers.LBFGS(max_iterations=0)
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(ImportError, match="pip install scipy"):
        linear().fit(x, y, verbose=0)
