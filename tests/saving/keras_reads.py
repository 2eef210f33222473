"""Load a file with Keras and write down what it finds; run by test_keras.py.

    python keras_reads.py model.keras data.npz found.npz [model.weights.h5]

The data has ``x`` and ``y``. What is found: the predictions for x, the losses of three steps of
training on (x, y), and the configuration; with a weights file, also the predictions after those
weights were loaded.
"""

from __future__ import annotations

import json
import sys

import keras
import numpy as np


def main(model_path: str, data_path: str, found_path: str, *weights_path: str) -> None:
    with np.load(data_path) as data:
        x, y = data["x"], data["y"]
    model = keras.models.load_model(model_path)
    found = {"predictions": model.predict(x, verbose=0)}
    losses = []
    for _ in range(3):
        model.reset_metrics()
        losses.append(model.train_on_batch(x, y)[0])
    found["losses"] = np.array(losses)
    for path in weights_path:
        model.load_weights(path)
        found["predictions_of_weights"] = model.predict(x, verbose=0)
    found["config"] = np.array(json.dumps(keras.saving.serialize_keras_object(model)))
    np.savez(found_path, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
