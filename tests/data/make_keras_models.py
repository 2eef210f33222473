"""Make the files that tests/saving reads to see that pymlp reads what Keras writes.

    KERAS_BACKEND=jax python tests/data/make_keras_models.py

It needs Keras 3 and writes ``keras_classifier.keras``, ``keras_classifier.weights.h5``,
``keras_regression.keras`` and ``keras_models.npz`` beside itself. The last holds, for each model,
inputs and targets, Keras's predictions for them, and the losses of the next three steps of
training, which depend on the optimizer's saved state. With the argument ``more`` it writes those of a model of
registered classes and of an older ``.h5`` file instead: ``keras_own.keras``, ``keras_older.h5``, ``keras_more.npz``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np

HERE = Path(__file__).parent


def classifier() -> keras.Model:
    model = keras.Sequential(name="classifier")
    model.add(keras.Input((4, 4), name="pixels"))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(7, activation="relu", kernel_initializer="he_normal"))
    model.add(keras.layers.Dense(6, use_bias=False))
    model.add(keras.layers.LeakyReLU(negative_slope=0.2))
    model.add(keras.layers.Dense(5, name="third"))
    model.add(keras.layers.PReLU(alpha_initializer=keras.initializers.Constant(0.25)))
    model.add(keras.layers.Dense(5, bias_initializer="ones"))
    model.add(keras.layers.Activation("tanh"))
    model.add(keras.layers.Dense(3, activation="softmax"))
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.Adam(learning_rate=0.01, beta_1=0.8),
        metrics=["accuracy"],
    )
    return model


def regression() -> keras.Model:
    model = keras.Sequential(name="regression")
    model.add(keras.Input((6,)))
    model.add(keras.layers.Dense(4, activation="elu"))
    model.add(keras.layers.ELU(alpha=0.5))
    model.add(keras.layers.Dense(2))
    model.compile(
        loss=keras.losses.MeanSquaredError(),
        optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9, nesterov=True),
        metrics=[keras.metrics.RootMeanSquaredError(name="distance"), "mae"],
    )
    return model


def older() -> keras.Model:
    """A model to be written to a .h5 file: of several outputs, with a shared layer and a model within."""
    x = keras.Input((6,), name="x")
    shared = keras.layers.Dense(6, activation="tanh", name="shared")
    inner = keras.Sequential([keras.layers.Dense(6), keras.layers.BatchNormalization()])
    total = keras.layers.Add()([inner(shared(x)), shared(x)])
    outputs = {
        "a": keras.layers.Dense(2, name="a")(total),
        "b": keras.layers.Dense(1, activation="sigmoid", name="b")(total),
    }
    model = keras.Model(x, outputs, name="older")
    losses = {"a": "mean_squared_error", "b": keras.losses.BinaryCrossentropy(label_smoothing=0.1)}
    model.compile(keras.optimizers.RMSprop(0.01), losses, loss_weights={"a": 1.0, "b": 0.5})
    return model


def more() -> None:
    sys.path.insert(0, str(HERE.parent / "saving"))
    import own_models

    own = own_models.made(keras)["own"]
    for layer in own_models.dropouts(own):
        layer.rate = 0.0
    x, y = own_models.data()
    own.fit(x, y, epochs=2, batch_size=4, shuffle=False, verbose=0)
    own.save(HERE / "keras_own.keras")
    data = {"own_predictions": own.predict(x, verbose=0), "own_losses": next_losses(own, x, y)}
    model = older()
    generator = np.random.default_rng(8)
    data["older_x"] = generator.random((12, 6), dtype=np.float32)
    model.fit(data["older_x"], {"a": np.ones((12, 2)), "b": np.ones((12, 1))}, epochs=2, verbose=0)
    model.save(HERE / "keras_older.h5")
    found = model.predict(data["older_x"], verbose=0)
    data |= {"older_a": found["a"], "older_b": found["b"]}
    np.savez_compressed(HERE / "keras_more.npz", **data)


def next_losses(model: keras.Model, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    losses = []
    for _ in range(3):
        model.reset_metrics()  # or Keras reports the mean of all steps since the last reset
        losses.append(model.train_on_batch(x, y)[0])
    return np.array(losses, np.float32)


def main() -> None:
    keras.utils.set_random_seed(7)
    generator = np.random.default_rng(7)
    data = {
        "classifier_x": generator.random((24, 4, 4), dtype=np.float32),
        "classifier_y": generator.integers(0, 3, 24),
        "regression_x": generator.random((24, 6), dtype=np.float32),
        "regression_y": generator.random((24, 2), dtype=np.float32),
    }
    for model in (classifier(), regression()):
        x, y = data[f"{model.name}_x"], data[f"{model.name}_y"]
        model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
        model.save(HERE / f"keras_{model.name}.keras")
        if model.name == "classifier":
            model.save_weights(HERE / "keras_classifier.weights.h5")
        data[f"{model.name}_predictions"] = model.predict(x, verbose=0)
        data[f"{model.name}_losses"] = next_losses(model, x, y)
    np.savez_compressed(HERE / "keras_models.npz", **data)


if __name__ == "__main__":
    more() if sys.argv[1:] == ["more"] else main()
