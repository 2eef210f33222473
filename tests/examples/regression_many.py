"""Regression with many outputs: where the hand of a two-jointed arm is, and how far off.

Run it with ``python tests/examples/regression_many.py``.
"""

import numpy as np

import pymlp as keras

NOISE = 0.02

keras.utils.set_random_seed(2)
rng = np.random.default_rng(2)
angles = rng.uniform(-np.pi / 2, np.pi / 2, size=(3000, 2))
elbow, hand = angles[:, 0], angles.sum(axis=1)
place = np.stack([np.cos(elbow) + np.cos(hand), np.sin(elbow) + np.sin(hand)], axis=1)
targets = np.column_stack([place, np.hypot(*place.T)])  # x, y and the distance from the shoulder
y = targets + rng.normal(scale=NOISE, size=targets.shape)

model = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(50, activation="tanh"),
        keras.layers.Dense(50, activation="tanh"),
        keras.layers.Dense(3),  # one unit for each of the three
    ]
)
model.compile(loss=keras.losses.Huber(), optimizer=keras.optimizers.Adam(0.003), metrics=["mse"])
model.fit(angles[:2000], y[:2000], epochs=60, verbose=0)

predicted = model.predict(angles[2000:], verbose=0)
errors = np.sqrt(np.mean((predicted - targets[2000:]) ** 2, axis=0))
spread = targets[2000:].std(axis=0)
for name, error, width in zip(("x", "y", "distance"), errors, spread, strict=True):
    print(f"{name:8} is predicted to within {error:.3f}; it varies by {width:.3f}.")
