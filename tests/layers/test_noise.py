"""Layers with noise: formulas, distributions, when there is any, saved streams."""

import copy

import numpy as np
import pytest

import pymlp as keras
from pymlp import layers, saving

MAKE = {
    "Dropout": lambda **k: layers.Dropout(0.3, **k),
    "Dropout by feature": lambda **k: layers.Dropout(0.3, noise_shape=(None, 1, 5), **k),
    "AlphaDropout": lambda **k: layers.AlphaDropout(0.3, **k),
    "GaussianDropout": lambda **k: layers.GaussianDropout(0.3, **k),
    "GaussianNoise": lambda **k: layers.GaussianNoise(0.3, **k),
}
NONE = {
    "Dropout": lambda: layers.Dropout(0),
    "AlphaDropout": lambda: layers.AlphaDropout(0.0),
    "GaussianDropout": lambda: layers.GaussianDropout(0),
    "GaussianNoise": lambda: layers.GaussianNoise(0.0),
}
each = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)


@each
def test_there_is_noise_in_training_only(make, dtype):
    x = np.random.default_rng(0).normal(size=(40, 4, 5)).astype(dtype)
    layer = make(seed=1, dtype=dtype)
    for training in (None, False):
        np.testing.assert_array_equal(layer(x, training=training), x)
    first, second = layer(x, training=True), layer(x, training=True)
    assert first.dtype == dtype
    assert (first != x).any()
    assert (first != second).any()
    np.testing.assert_array_equal(make(seed=1, dtype=dtype)(x, training=True), first)
    assert (make(seed=2, dtype=dtype)(x, training=True) != first).any()
    model = keras.Sequential([keras.Input((4, 5), dtype=dtype), make(dtype=dtype)])
    np.testing.assert_array_equal(model.predict(x, verbose=0), x)


@pytest.mark.parametrize("make", NONE.values(), ids=NONE)
def test_without_noise_training_changes_nothing(make):
    x = np.random.default_rng(0).normal(size=(4, 5)).astype("f")
    np.testing.assert_array_equal(make()(x, training=True), x)


def test_mask_of_a_noise_shape_is_shared():
    y = layers.Dropout(0.5, noise_shape=(None, 1), seed=1)(np.ones((40, 5)), training=True)
    assert set(y.ravel().tolist()) == {0.0, 2.0}
    assert (y == y[:, :1]).all()
    assert (y != y[:1]).any()


# Mean and variance of what inputs of mean 0 and variance 1 become.
@pytest.mark.parametrize(
    ("layer", "variance"),
    [(layers.Dropout(0.4, seed=1), 1 / 0.6), (layers.AlphaDropout(0.4, seed=1), 1.0),
     (layers.GaussianDropout(0.4, seed=1), 1 + 0.4 / 0.6), (layers.GaussianNoise(0.5, seed=1), 1.25)],
    ids=["Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise"],
)  # fmt: skip
def test_mean_and_variance(layer, variance):
    x = np.random.default_rng(0).normal(size=(1000, 500))
    y = layer(x, training=True).astype("d")
    assert abs(y.mean()) <= 5 * np.sqrt(variance / y.size)
    # The fourth moment is less than 10 times the squared variance for each of them.
    assert abs(y.var() - variance) <= 5 * np.sqrt(10 * variance**2 / y.size)


def test_alpha_dropout_is_keras_formula():
    rate, low = 0.3, -1.6732632423543772 * 1.0507009873554805
    x = np.random.default_rng(0).normal(size=(50, 20))
    y = layers.AlphaDropout(rate, seed=4, dtype="float64")(x, training=True)
    a = ((1 - rate) * (1 + rate * low**2)) ** -0.5
    kept, dropped = a * x - a * low * rate, a * low - a * low * rate
    is_dropped = np.isclose(y, dropped, rtol=1e-14)
    np.testing.assert_allclose(y, np.where(is_dropped, dropped, kept), rtol=1e-13, atol=1e-14)
    assert 0.2 < is_dropped.mean() < 0.4


def noisy_model():
    keras.random.set_random_seed(3)
    stack = [
        layers.Dense(6, activation="relu"),
        *(MAKE[name](seed=i) for i, name in enumerate(NONE)),
    ]
    model = keras.Sequential([keras.Input((5,)), *stack, layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def test_training_goes_on_the_same_after_saving_copying_and_in_other_spans(tmp_path):
    x = np.random.default_rng(0).normal(size=(70, 5))
    y = x[:, :1]
    how = {"epochs": 1, "batch_size": 16, "shuffle": False, "verbose": 0}
    whole, parts = noisy_model(), noisy_model()
    whole.fit(x, y, **how)
    states = [v.numpy().tolist() for v in whole.non_trainable_variables]
    assert states == [[i, 5] for i in range(4)]
    parts.fit(
        x,
        y,
        callbacks=[keras.callbacks.LambdaCallback(on_batch_end=lambda batch, logs: None)],
        **how,
    )
    copied = copy.deepcopy(whole)
    whole.save(tmp_path / "m.keras")
    loaded = saving.load_model(tmp_path / "m.keras")
    losses = [m.fit(x, y, **how).history["loss"] for m in (whole, parts, copied, loaded)]
    assert losses == [losses[0]] * 4
    again = noisy_model().fit(x, y, **how).history["loss"]
    assert losses[0] != again


def test_monte_carlo_dropout_draws_in_predict():
    class Always(layers.Dropout):
        def call(self, inputs, training=False):
            return super().call(inputs, training=True)

    model = keras.Sequential([keras.Input((50,)), Always(0.5, seed=1)])
    x = np.ones((3, 50))
    first, second = model.predict(x, verbose=0), model.predict(x, verbose=0)
    assert set(first.ravel().tolist()) == {0.0, 2.0}
    assert (first != second).any()


@pytest.mark.parametrize(
    ("make", "message"),
    [(lambda: layers.Dropout(1.5, name="d"), r"Dropout 'd': rate should be a number within 0 \.\.\. 1, received 1\.5"),
     (lambda: layers.GaussianDropout(-0.1), "rate should be"),
     (lambda: layers.AlphaDropout("0.5"), "rate should be"),
     (lambda: layers.GaussianNoise(-1, name="g"), r"GaussianNoise 'g': stddev should be a number of at least 0"),
     (lambda: layers.Dropout(0.5, noise_shape="ab"), "noise_shape should hold whole numbers"),
     (lambda: layers.Dropout(0.5, noise_shape=(0,)), "noise_shape should hold whole numbers"),
     (lambda: layers.Dropout(0.5, noise_shape=(None,))(np.ones((2, 2)), training=True), "an entry for each axis"),
     (lambda: layers.Dropout(0.5, seed="a"), "expected an integer")],
)  # fmt: skip
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()
