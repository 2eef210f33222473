"""Multilabel classification: each of three statements about a message may be true or not.

Run it with ``python tests/examples/multilabel.py``.
"""

import numpy as np

import pymlp as keras

LABELS = ("spam", "urgent", "long")

keras.utils.set_random_seed(4)
rng = np.random.default_rng(4)
x = rng.normal(size=(3000, 6))
y = np.stack(
    [
        x[:, 0] + x[:, 1] * x[:, 2] > 0.5,
        np.abs(x[:, 3]) > 1.0,
        x[:, 4] + x[:, 5] > 0.0,
    ],
    axis=1,
)

model = keras.Sequential(
    [
        keras.Input((6,)),
        keras.layers.Dense(40, activation="relu"),
        keras.layers.Dense(40, activation="relu"),
        keras.layers.Dense(3, activation="sigmoid"),  # three probabilities, each its own
    ]
)
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["binary_accuracy"])
model.fit(x[:2000], y[:2000], epochs=60, verbose=0)

found = model.predict(x[2000:], verbose=0) > 0.5
accuracies = (found == y[2000:]).mean(axis=0)
priors = np.maximum(y[2000:].mean(axis=0), 1 - y[2000:].mean(axis=0))
for label, accuracy, prior in zip(LABELS, accuracies, priors, strict=True):
    print(f"{label:6} is told with accuracy {accuracy:.3f}; the commoner answer makes {prior:.3f}.")
