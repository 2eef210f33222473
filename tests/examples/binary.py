"""Binary classification: inside or outside a ring, some labels being wrong.

Run it with ``python tests/examples/binary.py``.
"""

import numpy as np

import pymlp as keras

WRONG = 0.05

keras.utils.set_random_seed(3)
rng = np.random.default_rng(3)
x = rng.uniform(-1, 1, size=(3000, 2))
radius = np.hypot(*x.T)
inside = (radius > 0.4) & (radius < 0.8)
y = inside ^ (rng.random(len(x)) < WRONG)

model = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(30, activation="relu"),
        keras.layers.Dense(30, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),  # the probability of being inside
    ]
)
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(patience=15, restore_best_weights=True)
history = model.fit(
    x[:2000], y[:2000], epochs=120, validation_split=0.2, callbacks=[stop], verbose=0
)

loss, accuracy = model.evaluate(x[2000:], y[2000:], verbose=0)
prior = max(y[2000:].mean(), 1 - y[2000:].mean())
print(
    f"Accuracy {accuracy:.3f}; the commoner class alone makes {prior:.3f}, perfection {1 - WRONG}."
)
