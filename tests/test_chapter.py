"""The chapter's program, cell by cell, with pymlp in Keras's place."""

import io
import math
from contextlib import redirect_stdout

import numpy as np
import pytest

import pymlp as keras
from pymlp.datasets import locate

CLASS_NAMES = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle Boot",
]  # fmt: skip

SUMMARY = """\
Model: "sequential_1"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ flatten_1 (Flatten)             │ (None, 784)            │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_3 (Dense)                 │ (None, 300)            │       235,500 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_4 (Dense)                 │ (None, 100)            │        30,100 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_5 (Dense)                 │ (None, 10)             │         1,010 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 266,610 (1.02 MB)
 Trainable params: 266,610 (1.02 MB)
 Non-trainable params: 0 (0.00 B)
"""

EPOCHS = 3


@pytest.fixture(scope="module")
def fashion_mnist():
    """The data set where it lies on this machine (nothing is downloaded), else the sample; and how much
    of it is held out. Of the data set the first part is enough here."""

    def offline(*_):
        raise OSError("tests download nothing")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locate, "_download", offline)
        try:
            (x, y), test = keras.datasets.fashion_mnist.load_data()
        except FileNotFoundError:
            return (*keras.datasets.fashion_mnist.load_sample(), 400)
        return (x[:20_000], y[:20_000]), test, 5_000


@pytest.fixture(scope="module")
def chapter(fashion_mnist):
    """Everything the chapter's cells define, run in their order, as they stand but for the sizes."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(42)
    (X_train_full, y_train_full), (X_test, y_test), held_out = fashion_mnist
    X_valid, X_train = X_train_full[:held_out] / 255.0, X_train_full[held_out:] / 255.0
    y_valid, y_train = y_train_full[:held_out], y_train_full[held_out:]
    X_test = X_test / 255.0

    model = keras.models.Sequential()
    model.add(keras.layers.Flatten(input_shape=[28, 28]))
    model.add(keras.layers.Dense(300, activation="relu"))
    model.add(keras.layers.Dense(100, activation="relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    first = model

    model = keras.models.Sequential([
        keras.layers.Flatten(input_shape=[28, 28]),
        keras.layers.Dense(300, activation="relu"),
        keras.layers.Dense(100, activation="relu"),
        keras.layers.Dense(10, activation="softmax")
    ])  # fmt: skip
    with redirect_stdout(io.StringIO()) as printed, pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        model.summary()
    initial = model.get_weights()

    model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    with redirect_stdout(io.StringIO()) as progress:
        history = model.fit(X_train, y_train, epochs=EPOCHS, validation_data=(X_valid, y_valid))
    return {**locals(), "summary": printed.getvalue(), "progress": progress.getvalue()}


def test_data(fashion_mnist):
    (x, y), (x_test, y_test), _ = fashion_mnist
    assert x.shape[1:] == x_test.shape[1:] == (28, 28)
    assert x.dtype == x_test.dtype == y.dtype == y_test.dtype == np.uint8
    assert (x.min(), x.max()) == (0, 255)
    assert set(y) == set(y_test) == set(range(10))
    assert len(CLASS_NAMES) == 10


def test_the_first_training_image_is_a_coat(fashion_mnist, chapter):
    if len(fashion_mnist[0][0]) == 20_000:
        assert CLASS_NAMES[chapter["y_train"][0]] == "Coat"
    else:
        pytest.skip("the sample has other images than the data set at these places")


def test_both_ways_to_build_it_give_the_same(chapter):
    first, model = chapter["first"], chapter["model"]
    assert [(type(l), l.get_config().get("units")) for l in first.layers] == [  # noqa: E741
        (type(l), l.get_config().get("units"))
        for l in model.layers  # noqa: E741
    ]
    assert first.count_params() == model.count_params() == 266_610


def test_summary(chapter):
    assert chapter["summary"] == SUMMARY


def test_layers_and_names(chapter):
    first, model = chapter["first"], chapter["model"]
    assert [l.name for l in first.layers] == ["flatten", "dense", "dense_1", "dense_2"]  # noqa: E741
    assert (first.name, model.name) == ("sequential", "sequential_1")
    hidden1 = model.layers[1]
    assert hidden1.name == "dense_3"
    assert model.get_layer("dense_3") is hidden1
    assert model.get_layer(index=1) is hidden1


def test_clear_session_starts_the_names_again(chapter):
    keras.utils.clear_session()
    assert keras.models.Sequential([keras.layers.Dense(1)]).layers[0].name == "dense"
    assert keras.models.Sequential().name == "sequential_1"


def test_initial_weights(chapter):
    shapes = [(784, 300), (300,), (300, 100), (100,), (100, 10), (10,)]
    assert [w.shape for w in chapter["initial"]] == shapes
    for kernel, bias in zip(chapter["initial"][::2], chapter["initial"][1::2], strict=True):
        limit = math.sqrt(6 / sum(kernel.shape))  # Glorot uniform
        assert kernel.dtype == bias.dtype == np.float32
        assert not bias.any()
        assert np.abs(kernel).max() <= limit
        # Of n >= 1000 uniform numbers the largest is below 0.97 times the limit with probability
        # 0.97 ** 1000 < 1e-13; their mean errs by limit / sqrt(3 n).
        assert np.abs(kernel).max() > 0.97 * limit
        assert abs(kernel.mean()) < 6 * limit / math.sqrt(3 * kernel.size)


def test_weights_of_a_layer(chapter):
    hidden1 = chapter["model"].layers[1]
    weights, biases = hidden1.get_weights()
    assert (weights.shape, biases.shape) == ((784, 300), (300,))
    assert biases.any()  # after training
    hidden1.set_weights([weights, biases])


def test_kernel_initializer():
    dense = keras.layers.Dense(20, kernel_initializer="he_normal", bias_initializer="ones")
    dense.build((None, 500))
    kernel, bias = dense.get_weights()
    # The standard deviation of n numbers errs by a share 1 / sqrt(2 n) or so: here 0.7 %.
    assert kernel.std() == pytest.approx(math.sqrt(2 / 500), rel=0.05)
    assert (bias == 1).all()


def test_history(chapter):
    history = chapter["history"]
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.epoch == list(range(EPOCHS))
    steps = math.ceil(len(chapter["X_train"]) / 32)
    assert history.params["epochs"] == EPOCHS
    assert history.params["steps"] == steps
    assert all(len(values) == EPOCHS for values in history.history.values())


def test_it_learns(chapter):
    found = chapter["history"].history
    assert found["loss"] == sorted(found["loss"], reverse=True)
    # Guessing is right one time in ten, and costs log 10.
    assert found["val_accuracy"][-1] > 0.5
    assert found["val_loss"][-1] < math.log(10) / 2


def test_progress_without_a_terminal_is_a_line_an_epoch(chapter):
    lines = [line for line in chapter["progress"].splitlines() if line.strip()]
    for epoch in range(1, EPOCHS + 1):
        assert f"Epoch {epoch}/{EPOCHS}" in chapter["progress"]
    assert len(lines) <= 2 * EPOCHS
    for name in ("accuracy: ", "loss: ", "val_accuracy: ", "val_loss: "):
        assert name in lines[-1]


def test_evaluate(chapter):
    model, x, y = chapter["model"], chapter["X_test"], chapter["y_test"]
    loss, accuracy = model.evaluate(x, y, verbose=0)
    p = model.predict(x, verbose=0)
    assert accuracy == pytest.approx(np.mean(p.argmax(axis=1) == y))
    picked = p[np.arange(len(y)), y].astype(np.float64)
    assert loss == pytest.approx(-np.mean(np.log(picked)), rel=1e-5)
    assert accuracy > 0.5


def test_predict(chapter):
    model, y_test = chapter["model"], chapter["y_test"]
    X_new = chapter["X_test"][:3]
    y_proba = model.predict(X_new, verbose=0)
    assert (y_proba.shape, y_proba.dtype) == ((3, 10), np.float32)
    assert y_proba.round(2).min() >= 0
    np.testing.assert_allclose(y_proba.sum(axis=1), 1, rtol=1e-6)
    y_pred = np.argmax(model.predict(X_new, verbose=0), axis=-1)
    assert np.array(CLASS_NAMES)[y_pred].shape == y_test[:3].shape
    # A row is predicted alike alone and among others.
    whole = model.predict(chapter["X_test"], verbose=0)
    np.testing.assert_array_equal(whole[:3], y_proba)


def test_training_goes_on_where_it_stopped(chapter):
    model, X_train, y_train = chapter["model"], chapter["X_train"], chapter["y_train"]
    before = chapter["history"].history["loss"][-1]
    with redirect_stdout(io.StringIO()):
        history = model.fit(X_train, y_train, verbose=2)
    assert history.history["loss"][0] < before


def test_version():
    assert keras.__version__.count(".") == 2
