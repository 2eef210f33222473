"""`value_and_grad`, and a training loop written by hand."""

import numpy as np
import pytest

import pymlp as keras
from pymlp import ops
from pymlp.models import value_and_grad

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(12, 3)), RNG.normal(size=(12, 2))


def network():
    layers = keras.layers
    hidden = layers.Dense(4, activation="tanh", dtype="float64")
    return keras.Sequential(
        [keras.Input((3,), dtype="float64"), hidden, layers.Dense(2, dtype="float64")]
    )


def test_against_finite_differences():
    model = network()
    loss = keras.losses.MeanSquaredError()
    step = value_and_grad(lambda x, y: loss(y, model(x)), model.trainable_variables)
    value, found = step(X, Y)
    assert value == pytest.approx(np.square(model.predict(X, verbose=0) - Y).mean(), rel=1e-12)
    assert [g.shape for g in found] == [v.shape for v in model.trainable_variables]
    # Central differences of a smooth function: the error is of order h², here 1e-10.
    h = 1e-5
    for variable, gradient in zip(model.trainable_variables, found, strict=True):
        start = variable.numpy()
        for index in np.ndindex(variable.shape):
            values = []
            for sign in (1, -1):
                moved = start.copy()
                moved[index] += sign * h
                variable.assign(moved)
                values.append(step(X, Y)[0])
            variable.assign(start)
            assert gradient[index] == pytest.approx((values[0] - values[1]) / (2 * h), abs=1e-8)


def test_a_loop_by_hand_is_what_fit_does():
    by_hand, fitted = network(), network()
    fitted.set_weights(by_hand.get_weights())
    fitted.compile(keras.optimizers.SGD(0.1), "mse")
    fitted.fit(X, Y, batch_size=4, epochs=3, shuffle=False, verbose=0)
    loss = keras.losses.MeanSquaredError()
    step = value_and_grad(
        lambda x, y: loss(y, by_hand(x, training=True)), by_hand.trainable_variables
    )
    for _ in range(3):
        for start in range(0, 12, 4):
            _, found = step(X[start : start + 4], Y[start : start + 4])
            for variable, gradient in zip(by_hand.trainable_variables, found, strict=True):
                # The rate is a float32 number, as Keras keeps it.
                variable.assign(variable.numpy() - float(np.float32(0.1)) * gradient)
    for a, b in zip(by_hand.get_weights(), fitted.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_nests_of_arguments_and_batches_of_any_size():
    model = network()
    step = value_and_grad(lambda data: ops.mean(model(data["x"])), model.trainable_variables)
    for rows in (1, 5, 12):
        value, _ = step({"x": X[:rows]})
        assert value == pytest.approx(model.predict(X[:rows], verbose=0).mean(), rel=1e-12)


def test_what_the_value_does_not_depend_on():
    model = network()
    other = keras.Variable(np.ones(3), dtype="float64")
    step = value_and_grad(lambda x: ops.sum(model(x)), [*model.trainable_variables, other])
    np.testing.assert_array_equal(step(X)[1][-1], np.zeros(3))


def test_a_model_that_is_built_by_the_first_call():
    model = keras.Sequential([keras.layers.Dense(1)])
    step = value_and_grad(lambda x: ops.mean(model(x)), lambda: model.trainable_variables)
    value, found = step(X)
    assert [g.shape for g in found] == [(3, 1), (1,)]
    assert found[1] == pytest.approx([1.0])
    assert value == pytest.approx(model.predict(X, verbose=0).mean(), rel=1e-5)


@pytest.mark.parametrize(
    ("function", "args", "message"),
    [
        (lambda x: x, (X,), "should return one number"),
        (lambda x: 3.0, (X,), "should return one number .* it returned 3.0"),
        (lambda x, y: ops.mean(x), (X, Y[:5]), r"have \[12, 5\] samples"),
        (lambda x: ops.mean(x), (["a"],), "argument 0 should hold numbers"),
    ],
)
def test_what_is_refused(function, args, message):
    with pytest.raises(ValueError, match=message):
        value_and_grad(function, network().trainable_variables)(*args)


class TestWithOthers:
    """`has_aux`, and arguments that may be missing."""

    def test_are_arrays_of_the_batch(self):
        model = network()
        loss = keras.losses.MeanSquaredError()

        def forward(x, y, weights):
            y_pred = model(x, training=True)
            return loss(y, y_pred, sample_weight=weights), {
                "out": y_pred,
                "sums": [ops.sum(y_pred, 1)],
            }

        step = value_and_grad(forward, model.trainable_variables, has_aux=True)
        for rows in (12, 5):
            x, y = X[:rows], Y[:rows]
            (value, others), found = step(x, y, None)
            expected = model.predict(x, verbose=0)
            np.testing.assert_array_equal(others["out"], expected)
            np.testing.assert_allclose(others["sums"][0], expected.sum(1), rtol=1e-12)
            assert value == pytest.approx(np.square(expected - y).mean(), rel=1e-12)
            assert len(found) == 4
        weights = np.arange(12.0)
        (value, _), _ = step(X, Y, weights)
        errors = np.square(model.predict(X, verbose=0) - Y).mean(1)
        assert value == pytest.approx((weights * errors).mean(), rel=1e-12)

    def test_metrics_are_updated(self):
        model, mean = network(), keras.metrics.Mean()

        def forward(x):
            y = model(x)
            mean.update_state(ops.max(y))
            return ops.mean(y)

        step = value_and_grad(forward, model.trainable_variables)
        step(X[:4])
        step(X[4:])
        out = model.predict(X, verbose=0)
        assert mean.result() == pytest.approx((out[:4].max() + out[4:].max()) / 2, rel=1e-12)

    @pytest.mark.parametrize(
        ("function", "message"),
        [
            (lambda x: ops.mean(x), "has_aux=True the function should return a pair"),
            (lambda x: (ops.mean(x), 3.0), "should return tensors, it returned 3.0"),
        ],
    )
    def test_what_is_refused(self, function, message):
        with pytest.raises(ValueError, match=message):
            value_and_grad(function, network().trainable_variables, has_aux=True)(X)

    def test_no_variables(self):
        with pytest.raises(ValueError, match="there are no variables"):
            value_and_grad(lambda x: ops.mean(x), [])(X)


class Regularized(keras.Model):
    """Adds to the loss what it likes."""

    def __init__(self):
        super().__init__(dtype="float64")
        self.dense = keras.layers.Dense(2, dtype="float64")

    def call(self, inputs):
        return self.dense(inputs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = ops.mean(ops.square(ops.subtract(y_pred, y)))
        return loss + 0.5 * ops.sum(ops.square(self.dense.kernel))


class OnTop(Regularized):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = keras.Model.compute_loss(self, x, y, y_pred, sample_weight, training)
        return loss + 0.5 * ops.sum(ops.square(self.dense.kernel))


class TestComputeLoss:
    @pytest.mark.parametrize(("kind", "loss"), [(Regularized, None), (OnTop, "mse")])
    def test_is_trained_and_measured(self, kind, loss):
        keras.utils.set_random_seed(1)
        model = kind()
        model.compile(keras.optimizers.SGD(0.1), loss, metrics=["mae"])
        measured = model.evaluate(X, Y, verbose=0)
        kernel = model.get_weights()[0]
        error = model.predict(X, verbose=0) - Y
        expected = np.square(error).mean() + 0.5 * np.square(kernel).sum()
        assert measured == pytest.approx([expected, np.abs(error).mean()], rel=1e-6)
        model.fit(X, Y, batch_size=12, verbose=0)
        rate = float(np.float32(0.1))
        after = kernel - rate * (2 * X.T @ error / error.size + kernel)
        np.testing.assert_allclose(model.get_weights()[0], after, rtol=1e-6)

    def test_without_targets(self):
        class Autoencoder(Regularized):
            def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
                return ops.mean(ops.square(ops.subtract(x, y_pred)))

        model = Autoencoder()
        model.compile(keras.optimizers.SGD(0.1))
        history = model.fit(Y, epochs=5, verbose=0).history["loss"]
        assert history[-1] < history[0]

    def test_called_on_arrays(self):
        model = network()
        model.compile("sgd", "mse")
        y = model.predict(X, verbose=0)
        assert float(model.compute_loss(X, Y, y)) == pytest.approx(np.square(y - Y).mean())

    def test_what_is_no_number(self):
        class Wrong(Regularized):
            def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
                return y_pred

        model = Wrong()
        model.compile("sgd")
        with pytest.raises(ValueError, match=r"compute_loss should return one number a batch"):
            model.fit(X, Y, verbose=0)
