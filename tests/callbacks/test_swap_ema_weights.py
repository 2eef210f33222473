"""`SwapEMAWeights`: what is measured with it, and what is left behind; beside Keras."""

import numpy as np
import pytest

import pymlp
from pymlp.callbacks import Callback, LambdaCallback, SwapEMAWeights

pytestmark = pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")

X = np.random.default_rng(0).normal(size=(24, 3)).astype("f4")
Y = (X @ np.array([[1.0], [-2.0], [0.5]])).astype("f4")


def linear(library=pymlp, use_ema=True):
    dense = library.layers.Dense(1, kernel_initializer="zeros")
    model = library.Sequential([library.Input((3,)), dense])
    optimizer = library.optimizers.SGD(0.0625, use_ema=use_ema, ema_momentum=0.5)
    model.compile(optimizer, "mse")
    return model


def loss_of(weights):
    kernel, bias = weights
    return ((X @ kernel + bias - Y) ** 2).mean()


def fit(model, *callbacks, epochs=3):
    data = {"validation_data": (X, Y), "batch_size": 8, "shuffle": False, "verbose": 0}
    return model.fit(X, Y, epochs=epochs, callbacks=list(callbacks), **data).history


def test_validation_measures_the_running_means():
    plain, swapped = linear(), linear()
    weights, means = [], []

    class Watch(Callback):
        def on_epoch_end(self, epoch, logs=None):
            weights.append(self.model.get_weights())
            means.append([m.numpy() for _, m in self.model.optimizer.running_means()])

    measured = fit(plain, Watch())
    found = fit(swapped, SwapEMAWeights())
    np.testing.assert_allclose(measured["val_loss"], [loss_of(w) for w in weights], rtol=1e-5)
    np.testing.assert_allclose(found["val_loss"], [loss_of(m) for m in means], rtol=1e-5)
    # Training itself does not notice.
    assert found["loss"] == measured["loss"]
    for a, b, mean in zip(plain.get_weights(), swapped.get_weights(), means[-1], strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(a, mean)


@pytest.mark.parametrize("early", [False, True])
def test_callbacks_after_it_see_the_running_means_at_the_end_of_epochs(early):
    seen, means = [], []

    class Before(Callback):
        def on_epoch_end(self, epoch, logs=None):
            means.append([m.numpy() for _, m in self.model.optimizer.running_means()])
            self.model.stop_training = early and epoch == 1

    after = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(model.get_weights()))
    model, plain = linear(), linear()
    fit(model, Before(), SwapEMAWeights(swap_on_epoch=True), after)
    assert len(seen) == (2 if early else 3)
    for found, expected in zip(seen, means, strict=True):
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_array_equal(a, b)
    fit(plain, epochs=2 if early else 3)
    for a, b in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_evaluate_and_predict_leave_the_weights():
    model = linear()
    model.train_on_batch(X, Y)
    model.train_on_batch(X, Y)
    before = model.get_weights()
    means = [m.numpy() for _, m in model.optimizer.running_means()]
    swap = SwapEMAWeights()
    assert model.evaluate(X, Y, verbose=0, callbacks=[swap]) == pytest.approx(
        loss_of(means), rel=1e-5
    )
    np.testing.assert_allclose(
        model.predict(X, verbose=0, callbacks=[swap]), X @ means[0] + means[1], rtol=1e-5, atol=1e-6
    )
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_without_running_means_it_is_refused():
    with pytest.raises(ValueError, match="make it with use_ema=True"):
        fit(linear(use_ema=False), SwapEMAWeights())


@pytest.mark.parametrize("on_epoch", [False, True])
def test_against_keras(on_epoch, keras):
    ends = []
    for library in (pymlp, keras):
        model = linear(library)
        history = fit(model, library.callbacks.SwapEMAWeights(swap_on_epoch=on_epoch))
        ends.append([*history["loss"], *history["val_loss"], *np.ravel(model.get_weights()[0])])
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-5)
