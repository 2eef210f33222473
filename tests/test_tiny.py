"""The smoke test, of a few seconds: train, save, load and predict, once for each kind of task."""

import numpy as np

import pymlp
from pymlp.layers import Dense
from pymlp.models import Sequential


def test_classifier(tmp_path):
    """Three well separated clouds of points are told apart."""
    pymlp.utils.set_random_seed(1)
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 300)
    x = rng.normal(size=(300, 2)) + 6.0 * np.array([[0, 0], [1, 0], [0, 1]])[labels]
    model = Sequential(
        [Dense(16, activation="relu", input_shape=(2,)), Dense(3, activation="softmax")]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, labels, epochs=60, batch_size=32, validation_split=0.2, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0] / 2
    loss, accuracy = model.evaluate(x, labels, verbose=0)
    assert accuracy > 0.95
    probabilities = model.predict(x, verbose=0)
    assert probabilities.shape == (300, 3)
    assert np.float32((probabilities.argmax(-1) == labels).mean()) == np.float32(accuracy)
    model.save(tmp_path / "model.keras")
    loaded = pymlp.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), probabilities)
    assert loaded.evaluate(x, labels, verbose=0) == [loss, accuracy]
    loaded.fit(x, labels, epochs=1, verbose=0)  # and goes on where it was


def test_regression(tmp_path):
    """A line is found: the best a network can do is no worse than what made the data."""
    pymlp.utils.set_random_seed(2)
    rng = np.random.default_rng(2)
    x = rng.normal(size=(256, 3)).astype(np.float32)
    y = x @ [1.0, -2.0, 0.5] + 3.0
    model = Sequential([Dense(1, input_shape=(3,))])
    model.compile(optimizer=pymlp.optimizers.SGD(0.1), loss="mse")
    model.fit(x, y, epochs=30, verbose=0)
    kernel, bias = model.get_weights()
    # Gradient descent on exact data converges to it; what is left is float32 rounding of sums of 32 terms.
    np.testing.assert_allclose(kernel[:, 0], [1, -2, 0.5], rtol=0, atol=1e-4)
    np.testing.assert_allclose(bias, 3, rtol=0, atol=1e-4)
    model.save_weights(tmp_path / "model.weights.h5")
    other = Sequential([Dense(1, input_shape=(3,))])
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(other.predict(x, verbose=0), model.predict(x, verbose=0))
