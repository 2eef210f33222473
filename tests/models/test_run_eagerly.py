"""`run_eagerly=True`: Python code runs for every batch, and tensors tell their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pymlp
from pymlp import ops

X = np.array([[1.0], [2.0], [-3.0], [-4.0]])
Y = np.zeros((4, 1))


class Looking(pymlp.layers.Layer):
    """Notes what it is called on."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def call(self, x: Any) -> Any:
        self.seen.append(np.array(x))
        return x * 2.0


class Choosing(pymlp.layers.Layer):
    """Computes something else for batches that are negative."""

    def call(self, x: Any) -> Any:
        if ops.mean(x) > 0:
            return x * 3.0
        return -x


def model(*layers: Any, loss: Any = "mse", run_eagerly: bool = True, cls: Any = None) -> Any:
    dense = pymlp.layers.Dense(1, kernel_initializer="ones")
    made = (cls or pymlp.Sequential)([dense, *layers])
    made.compile(pymlp.optimizers.SGD(0.125), loss, metrics=["mae"], run_eagerly=run_eagerly)
    return made


def looked(layer: Any, call: Any) -> list[list[float]]:
    layer.seen.clear()
    call()
    return [seen.ravel().tolist() for seen in layer.seen]


def test_call_sees_every_batch() -> None:
    looking = Looking()
    made = model(looking)
    batches = [[1.0, 2.0], [-3.0, -4.0]]
    assert looked(looking, lambda: made.predict(X, 2, verbose=0))[-2:] == batches
    assert looked(looking, lambda: made.evaluate(X, Y, 2, verbose=0))[-2:] == batches
    assert looked(looking, lambda: made.predict_on_batch(X)) == [X.ravel().tolist()]
    assert looked(looking, lambda: made.test_on_batch(X, Y)) == [X.ravel().tolist()]
    assert looked(looking, lambda: made(X)) == [X.ravel().tolist()]
    assert looked(looking, lambda: made.train_on_batch(X, Y)) == [X.ravel().tolist()]
    kernel, bias = made.layers[0].get_weights()
    expected = (X[:2].astype("f4") @ kernel + bias).ravel()
    seen = looked(looking, lambda: made.fit(X, Y, 2, shuffle=False, verbose=0))
    np.testing.assert_allclose(seen[0], expected, rtol=1e-6)
    assert len(seen) == 2


def test_without_it_a_program_runs() -> None:
    looking = Looking()
    made = model(looking, run_eagerly=False)
    with pytest.raises(TypeError, match="cannot be traced"):
        made.fit(X, Y, verbose=0)


def test_a_branch_by_what_is_in_a_batch() -> None:
    made = model(Choosing())
    np.testing.assert_array_equal(made.predict(X, 2, verbose=0).ravel(), [3.0, 6.0, 3.0, 4.0])
    made.fit(
        X[:2], Y[:2], shuffle=False, verbose=0
    )  # 3 x: slope of the mean of (3 x w)^2 is 18 x^2
    assert made.get_weights()[0].item() == pytest.approx(1 - 0.125 * 18 * 2.5)
    made = model(Choosing())
    made.fit(X[2:], Y[2:], shuffle=False, verbose=0)  # -x: 2 x^2
    assert made.get_weights()[0].item() == pytest.approx(1 - 0.125 * 2 * 12.5)


def test_a_branch_in_a_loss() -> None:
    def loss(y_true: Any, y_pred: Any) -> Any:
        return abs(y_true - y_pred) if float(ops.max(y_pred)) < 0 else (y_true - y_pred) ** 2

    made = model(loss=loss)
    assert made.evaluate(X, Y, 2, verbose=0) == [pytest.approx((2.5 + 3.5) / 2), 2.5]
    history = made.fit(X, Y, 2, shuffle=False, verbose=0).history
    slope, bias = 5.0, 3.0  # of (w x + b)^2 for 1 and 2
    w, b = 1 - 0.125 * slope, -0.125 * bias
    second = np.abs(w * X[2:] + b).mean()
    assert history["loss"] == [pytest.approx((2.5 + second) / 2, rel=1e-6)]


def test_what_can_be_looked_at() -> None:
    found: dict[str, Any] = {}

    class Shown(pymlp.layers.Layer):
        def call(self, x: Any) -> Any:
            total = ops.sum(x)
            found.update(
                text=repr(x), array=np.asarray(x), numpy=x.numpy(), float=float(total),
                int=int(total), item=total.item(), list=x.tolist(), truth=bool(total),
            )  # fmt: skip
            return x

    model(Shown()).train_on_batch(X, Y)
    assert found["text"].startswith("<Tensor shape=(None, 1), dtype=float32, numbers=[[ 1.]")
    for name in ("array", "numpy", "list"):
        np.testing.assert_array_equal(found[name], X)
    assert (found["float"], found["int"], found["item"]) == (-4.0, -4, -4.0)
    assert found["truth"] is True


@pytest.mark.parametrize("method", ["train_on_batch", "fit"])
def test_random_numbers_are_those_that_count(method: str) -> None:
    """What is seen behind a dropout is what the loss is of."""
    looking = Looking()
    made = pymlp.Sequential([pymlp.layers.Dropout(0.5, seed=3), looking, pymlp.layers.Dense(1)])
    made.compile("sgd", "mse", run_eagerly=True)
    x = np.random.default_rng(0).random((6, 8)).astype("f4")
    made(x)
    looking.seen.clear()
    for _ in range(2):
        made.set_weights([w * 0 + 1 for w in made.get_weights()])
        loss = getattr(made, method)(x, np.zeros(6), **({"verbose": 0} if method == "fit" else {}))
        loss = loss.history["loss"][0] if method == "fit" else loss
        rows = 2 * looking.seen[-1].sum(axis=1) + 1
        assert loss == pytest.approx(np.square(rows).mean(), rel=1e-5)
        assert (looking.seen[-1] == 0).any()
    assert not np.array_equal(looking.seen[-1], looking.seen[-2])


class OwnStep(pymlp.Sequential):
    def train_step(self, data: Any) -> Any:
        x, y = data

        def loss(x: Any, y: Any) -> Any:
            y_pred = self(x, training=True)
            error = ops.mean((y - y_pred) ** 2)
            self.told.append(float(error))
            return error

        value, gradients = pymlp.models.value_and_grad(loss, self.trainable_variables)(x, y)
        self.optimizer.apply(gradients, self.trainable_variables)
        return {"loss": value}


def test_in_a_step_of_ones_own() -> None:
    made = model(Choosing(), cls=OwnStep)
    made.told = []
    made(X)
    made.fit(X, Y, 2, shuffle=False, verbose=0)
    assert made.told[0] == pytest.approx(9 * 2.5)
    assert len(made.told) == 2


@pytest.mark.parametrize("training", [False, True])
def test_the_same_numbers(training: bool) -> None:
    def made(run_eagerly: bool) -> Any:
        pymlp.utils.set_random_seed(1)
        found = pymlp.Sequential(
            [
                pymlp.layers.Dense(5, activation="relu", activity_regularizer="l2"),
                pymlp.layers.BatchNormalization(),
                pymlp.layers.Dropout(0.3),
                pymlp.layers.Dense(2, activation="softmax"),
            ]
        )
        found.compile(
            "adam", "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=run_eagerly
        )
        return found

    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(40, 3)).astype("f4"), rng.integers(0, 2, 40)
    eager, other = made(True), made(False)
    for one in (eager, other):
        one.build((None, 3))
    if training:
        histories = [m.fit(x, y, 8, 3, shuffle=False, verbose=0).history for m in (eager, other)]
        np.testing.assert_allclose(histories[0]["loss"], histories[1]["loss"], rtol=1e-5)
    np.testing.assert_allclose(eager.predict(x, verbose=0), other.predict(x, verbose=0), rtol=1e-4)
    np.testing.assert_allclose(eager(x), other(x), rtol=1e-4)
    found, expected = (m.evaluate(x, y, verbose=0) for m in (eager, other))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_it_may_be_turned_off() -> None:
    looking = Looking()
    made = model(looking)
    made.fit(X, Y, verbose=0)
    made.run_eagerly = False
    with pytest.raises(TypeError, match="cannot be traced"):
        made.evaluate(X, Y, verbose=0)


def test_errors_of_data_come_before_anything() -> None:
    made = model(Choosing())
    with pytest.raises(ValueError, match="x is empty"):
        made.predict(np.zeros((0, 1)), verbose=0)
    with pytest.raises(ValueError, match="the same samples"):
        made.fit(X, Y[:2], verbose=0)
    assert not made.built


def test_variables_tell_what_they_were_assigned() -> None:
    class Counting(pymlp.layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.count = self.add_weight((), "zeros", trainable=False, name="count")
            self.seen: list[Any] = []

        def call(self, x: Any) -> Any:
            before = float(self.count)
            self.count.assign_add(1.0)
            self.seen.append((before, float(self.count), float(self.count.numpy())))
            assert f"value={float(self.count)}" in repr(self.count)
            return x

    counting = Counting()
    made = model(counting)
    made.evaluate(X, Y, 2, verbose=0)
    counting.seen.clear()
    counting.count.assign(0.0)
    made.evaluate(X, Y, 2, verbose=0)
    assert counting.seen == [(0.0, 1.0, 1.0), (1.0, 2.0, 2.0)]
    assert float(counting.count) == 2.0
