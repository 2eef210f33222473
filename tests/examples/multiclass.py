"""Multiclass classification: ten kinds of clothes, on the sample of Fashion-MNIST that pymlp ships.

Run it with ``python tests/examples/multiclass.py``.
"""

import numpy as np

import pymlp as keras

keras.utils.set_random_seed(5)
(x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_sample()
x_train, x_test = x_train / 255, x_test / 255

model = keras.Sequential(
    [
        keras.layers.Flatten(input_shape=[28, 28]),
        keras.layers.Dense(100, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),  # ten probabilities that add up to 1
    ]
)
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=15, verbose=0)

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)

# What a simple rule makes of it: the class whose mean image is nearest.
means = np.stack([x_train[y_train == c].mean(axis=0).ravel() for c in range(10)])
distances = ((x_test.reshape(len(x_test), 1, -1) - means) ** 2).sum(axis=-1)
simple = np.mean(distances.argmin(axis=1) == y_test)
print(f"Accuracy {accuracy:.3f}; the nearest mean image makes {simple:.3f}.")
