"""Data, networks and callbacks of chapters 10 and 11 of Géron's *Hands-On Machine Learning*, third edition.

The tests and ``figures.py`` build with them. The library under test is pymlp, or the one that ``BOOK_LIBRARY`` names
(``BOOK_LIBRARY=keras``): everything here says no more than what both understand.
"""

import importlib
import math
import os

import numpy as np

import pymlp

keras = importlib.import_module(os.environ.get("BOOK_LIBRARY", "pymlp"))
layers = keras.layers

PULLOVER, T_SHIRT = 2, 0
CLASS_NAMES = pymlp.datasets.fashion_mnist.CLASS_NAMES


# ---- data --------------------------------------------------------------------------------------------


def fashion(data, held_out=5000):
    """Training, validation (the last `held_out` rows of the training part) and test images in [0, 1]."""
    (x, y), (x_test, y_test) = data
    x, x_test = (x / 255).astype("float32"), (x_test / 255).astype("float32")
    return (x[:-held_out], y[:-held_out]), (x[-held_out:], y[-held_out:]), (x_test, y_test)


def eight_and_two(x, y):
    """Task A: the eight other classes, numbered anew; task B: is it a pullover or a T-shirt."""
    two = (y == PULLOVER) | (y == T_SHIRT)
    others = [number for number in range(10) if number not in (PULLOVER, T_SHIRT)]
    return (x[~two], np.searchsorted(others, y[~two])), (x[two], np.float32(y[two] == PULLOVER))


def housing(rows=(11_610, 3_870, 5_160), seed=42):
    """Data of the shape of California housing, which is not shipped: 8 features of its kinds of
    distributions, and a target in the same range that is a known smooth function of them, plus noise
    with a standard deviation of 0.3."""
    rng = np.random.default_rng(seed)
    n = sum(rows)
    income, age = rng.gamma(3, 1.3, n), rng.uniform(1, 52, n)
    rooms, bedrooms = rng.gamma(10, 0.55, n), rng.normal(1.1, 0.1, n)
    population, occupation = rng.gamma(1.5, 950, n), rng.gamma(9, 0.33, n)
    latitude, longitude = rng.uniform(32.5, 42, n), rng.uniform(-124.3, -114.3, n)
    y = 0.42 * income + 0.009 * age + 0.6 * np.tanh(0.3 * (income - 3) * (occupation - 3))
    y += 0.3 * np.cos(0.7 * (longitude + 119)) - 0.4 * np.sin(0.9 * (latitude - 37))
    y = np.clip(y + rng.normal(0, 0.3, n), 0.15, 5)
    columns = [income, age, rooms, bedrooms, population, occupation, latitude, longitude]
    x = np.stack(columns, axis=1).astype("float32")
    ends = np.cumsum(rows)
    return [(x[e - r : e], y[e - r : e].astype("float32")) for r, e in zip(rows, ends, strict=True)]


# ---- networks ----------------------------------------------------------------------------------------


def stack(
    hidden, outputs, activation="relu", initializer="he_normal", shape=(28, 28), last="softmax"
):
    """Flatten, dense layers of the sizes `hidden`, and an output layer."""
    model = keras.Sequential([layers.Flatten(input_shape=list(shape))])
    for units in hidden:
        model.add(layers.Dense(units, activation=activation, kernel_initializer=initializer))
    model.add(layers.Dense(outputs, activation=last))
    return model


def batch_normalized():
    model = keras.Sequential([layers.Flatten(input_shape=[28, 28]), layers.BatchNormalization()])
    for units in (300, 100):
        model.add(layers.Dense(units, activation="relu", kernel_initializer="he_normal"))
        model.add(layers.BatchNormalization())
    model.add(layers.Dense(10, activation="softmax"))
    return model


def batch_normalized_before_activation():
    model = keras.Sequential([layers.Flatten(input_shape=[28, 28])])
    for units in (300, 100):
        model.add(layers.Dense(units, kernel_initializer="he_normal", use_bias=False))
        model.add(layers.BatchNormalization())
        model.add(layers.Activation("relu"))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def with_dropout():
    model = keras.Sequential([layers.Flatten(input_shape=[28, 28]), layers.Dropout(rate=0.2)])
    for _ in range(2):
        model.add(layers.Dense(100, activation="relu", kernel_initializer="he_normal"))
        model.add(layers.Dropout(rate=0.2))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def wide_and_deep(auxiliary=False):
    """Two inputs (features 0-4 wide, 2-7 deep); returns the model and its two `Normalization` layers."""
    wide, deep = layers.Input(shape=[5]), layers.Input(shape=[6])
    norm_wide, norm_deep = layers.Normalization(), layers.Normalization()
    scaled = norm_wide(wide)
    hidden = layers.Dense(30, activation="relu")(norm_deep(deep))
    hidden = layers.Dense(30, activation="relu")(hidden)
    outputs = [layers.Dense(1)(layers.concatenate([scaled, hidden]))]
    if auxiliary:
        outputs.append(layers.Dense(1)(hidden))
    return keras.Model(inputs=[wide, deep], outputs=outputs), norm_wide, norm_deep


class MCDropout(layers.Dropout):
    """Drops in `predict`, too."""

    def call(self, inputs, training=None):
        return super().call(inputs, training=True)


def compiled(model, optimizer, loss="sparse_categorical_crossentropy", metrics=("accuracy",)):
    model.compile(loss=loss, optimizer=optimizer, metrics=list(metrics))
    return model


# ---- callbacks ---------------------------------------------------------------------------------------


class ExponentialLearningRate(keras.callbacks.Callback):
    """Multiplies the learning rate after each batch; keeps the rates and the losses of single batches."""

    def __init__(self, factor):
        self.factor = factor
        self.rates, self.losses = [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.sum_before = 0.0

    def on_batch_end(self, batch, logs=None):
        total = logs["loss"] * (batch + 1)  # the log is the mean of the epoch so far
        self.losses.append(total - self.sum_before)
        self.sum_before = total
        rate = float(self.model.optimizer.learning_rate.numpy())
        self.rates.append(rate)
        self.model.optimizer.learning_rate = rate * self.factor


def find_learning_rate(model, x, y, batch_size=128, lowest=1e-4, highest=1.0):
    """One epoch over rising learning rates; then the model is as before."""
    weights, optimizer = model.get_weights(), model.optimizer
    rate = optimizer.learning_rate.numpy()
    steps = math.ceil(len(x) / batch_size)
    finder = ExponentialLearningRate((highest / lowest) ** (1 / steps))
    optimizer.learning_rate = lowest
    model.fit(x, y, batch_size=batch_size, callbacks=[finder], verbose=0)
    optimizer.learning_rate = rate
    model.set_weights(weights)
    return finder.rates, finder.losses


class ExponentialDecay(keras.callbacks.Callback):
    """The rate goes down to a tenth in so many batches, a little with each."""

    def __init__(self, steps):
        super().__init__()
        self.factor = 0.1 ** (1 / steps)

    def on_batch_begin(self, batch, logs=None):
        rate = float(self.model.optimizer.learning_rate.numpy())
        self.model.optimizer.learning_rate = rate * self.factor


class OneCycle(keras.callbacks.Callback):
    """The rate rises tenfold to `highest` in the first half and comes back in the second; in the last
    tenth of all steps it goes down to a thousandth."""

    def __init__(self, steps, highest):
        super().__init__()
        half = (steps - steps // 10 - 1) // 2
        self.at = [0, half, 2 * half, steps]
        self.values = [highest / 10, highest, highest / 10, highest / 10_000]
        self.step = 0
        self.rates = []

    def on_batch_begin(self, batch, logs):
        self.rates.append(float(np.interp(self.step, self.at, self.values)))
        self.model.optimizer.learning_rate = self.rates[-1]
        self.step += 1
