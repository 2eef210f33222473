"""Regression with one output: the height of a wave, from noisy measurements of it.

Run it with ``python tests/examples/regression.py``.
"""

import numpy as np

import pymlp as keras

NOISE = 0.1

keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
x = rng.uniform(-1, 1, size=(3000, 2))
wave = np.sin(3 * x[:, 0]) * x[:, 1] + 0.5 * x[:, 0]
y = wave + rng.normal(scale=NOISE, size=len(x))

x_train, y_train, x_test, y_test = x[:2000], y[:2000], x[2000:], y[2000:]

model = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(30, activation="relu"),
        keras.layers.Dense(30, activation="relu"),
        keras.layers.Dense(1),  # any real number: no activation
    ]
)
model.compile(loss="mse", optimizer="adam", metrics=["mae"])
history = model.fit(x_train, y_train, epochs=60, validation_split=0.1, verbose=0)

loss, mae = model.evaluate(x_test, y_test, verbose=0)
distance = np.sqrt(np.mean((model.predict(x_test, verbose=0)[:, 0] - wave[2000:]) ** 2))
print(f"Mean squared error {loss:.4f}; the noise alone makes {NOISE**2:.4f}.")
print(f"Distance from the wave without noise: {distance:.3f}.")
