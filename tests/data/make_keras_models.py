"""Make the files that tests/saving reads to see that pymlp reads what Keras writes.

    KERAS_BACKEND=jax python tests/data/make_keras_models.py

It needs Keras 3 and writes ``keras_classifier.keras``, ``keras_classifier.weights.h5``,
``keras_regression.keras`` and ``keras_models.npz`` beside itself. The last holds, for each model,
inputs and targets, Keras's predictions for them, and the losses of the next three steps of
training, which depend on the optimizer's saved state.
"""

from __future__ import annotations

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
        losses = []
        for _ in range(3):
            model.reset_metrics()  # or Keras reports the mean of all steps since the last reset
            losses.append(model.train_on_batch(x, y)[0])
        data[f"{model.name}_losses"] = np.array(losses, np.float32)
    np.savez_compressed(HERE / "keras_models.npz", **data)


if __name__ == "__main__":
    main()
