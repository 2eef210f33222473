"""Chapter 11, section by section, on few rows: everything runs, and gives what can be told beforehand.

``figures.py`` trains the same networks in full.
"""

import io
import math
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from chapters import (
    MCDropout,
    OneCycle,
    batch_normalized,
    batch_normalized_before_activation,
    compiled,
    eight_and_two,
    fashion,
    find_learning_rate,
    keras,
    layers,
    stack,
    with_dropout,
)

optimizers, schedules = keras.optimizers, keras.optimizers.schedules


@pytest.fixture(autouse=True)
def seeded(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    keras.utils.clear_session()
    keras.utils.set_random_seed(42)


@pytest.fixture(autouse=True)
def one_thread():
    """Layers of 20 units are nothing to share, and a hundred of them would wait for one another a hundred times."""
    threads = keras.get_num_threads()
    keras.set_num_threads(1)
    yield
    keras.set_num_threads(threads)


@pytest.fixture(scope="module")
def clothes():
    return fashion(keras.datasets.fashion_mnist.load_sample(), held_out=400)


@pytest.fixture(scope="module")
def few(clothes):
    """320 rows: ten batches of 32."""
    return tuple(part[:320] for part in clothes[0])


def small(optimizer):
    return compiled(stack((20, 20), 10), optimizer)


def losses(model, data, epochs=1, **options):
    return model.fit(*data, epochs=epochs, verbose=0, **options).history["loss"]


# ---- vanishing and exploding gradients -----------------------------------------------------------------


def test_initializers_and_activations(few):
    fan_average = keras.initializers.VarianceScaling(
        scale=2.0, mode="fan_avg", distribution="uniform"
    )
    model = keras.Sequential(
        [
            layers.Flatten(input_shape=[28, 28]),
            layers.Dense(20, activation="sigmoid", kernel_initializer=fan_average),
            layers.Dense(20, activation=layers.LeakyReLU(0.2), kernel_initializer="he_normal"),
            layers.Dense(20, kernel_initializer="he_normal"),
            layers.LeakyReLU(negative_slope=0.2),
            *[
                layers.Dense(20, activation=name, kernel_initializer="he_normal")
                for name in ("elu", "gelu", "swish", "mish")
            ],
            layers.PReLU(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    limit = math.sqrt(6 * 2 / (784 + 20))
    assert 0.9 * limit < np.abs(model.layers[1].get_weights()[0]).max() <= limit
    found = losses(compiled(model, "adam"), few, epochs=4)
    assert found[-1] < found[0]


def test_selu_keeps_a_hundred_layers_standardized():
    x = np.random.default_rng(1).normal(size=(500, 784))
    model = stack([100] * 100, 10, "selu", "lecun_normal", shape=(784,))
    within = keras.Model(model.inputs, [layer.output for layer in model.layers[1:-1:33]])
    for values in within.predict(x, verbose=0):
        assert abs(values.mean()) < 0.3
        assert 0.6 < values.std() < 1.4


def test_selu_with_a_hundred_layers_learns(few):
    x, y = few
    x = (x - x.mean(axis=0, keepdims=True)) / (x.std(axis=0, keepdims=True) + 1e-3)
    model = compiled(stack([20] * 100, 10, "selu", "lecun_normal"), optimizers.SGD(0.003))
    found = losses(model, (x, y), epochs=5)
    assert np.isfinite(found).all()
    assert found[-1] < 0.95 * found[0]


# ---- batch normalization, clipping ---------------------------------------------------------------------


def test_batch_normalization_parameters(clothes):
    model = batch_normalized()
    with redirect_stdout(io.StringIO()) as printed:
        model.summary()
    text = printed.getvalue()
    assert "Total params: 271,346" in text
    assert "Trainable params: 268,978" in text
    assert "Non-trainable params: 2,368" in text
    assert [(v.name, v.trainable) for v in model.layers[1].variables] == [
        ("gamma", True),
        ("beta", True),
        ("moving_mean", False),
        ("moving_variance", False),
    ]


@pytest.mark.parametrize("build", [batch_normalized, batch_normalized_before_activation])
def test_batch_normalization_learns_faster(clothes, build):
    train, valid, _ = clothes
    accuracies = [
        compiled(model, "sgd")
        .fit(*train, epochs=3, validation_data=valid, verbose=0)
        .history["accuracy"][-1]
        for model in (build(), stack((300, 100), 10, initializer="glorot_uniform"))
    ]
    assert accuracies[0] > accuracies[1]


@pytest.mark.parametrize("limit", [{"clipvalue": 1e-6}, {"clipnorm": 1e-6}])
def test_gradient_clipping(few, limit):
    model = small(optimizers.SGD(learning_rate=1.0, **limit))
    before = model.get_weights()
    model.fit(*few, batch_size=320, verbose=0)
    steps = [np.abs(new - old) for new, old in zip(model.get_weights(), before, strict=True)]
    assert 0 < max(step.max() for step in steps) <= 1.1e-6 + 1e-7  # rounded at weights of 0.5


# ---- reused layers ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tasks(clothes):
    train, _, test = clothes
    (a, b), (_, test_b) = eight_and_two(*train), eight_and_two(*test)
    return a, tuple(part[:100] for part in b), test_b


def test_two_tasks(tasks):
    (_, y_a), (_, y_b), _ = tasks
    assert set(y_a.tolist()) == set(range(8))
    assert set(y_b.tolist()) == {0.0, 1.0}


def test_layers_are_shared_or_cloned(tasks):
    model_a = compiled(stack((20, 20), 8), "sgd")
    model_a.fit(*tasks[0], verbose=0)
    model_a.save("my_model_A.keras")
    model_a = keras.models.load_model("my_model_A.keras")
    clone = keras.models.clone_model(model_a)
    clone.set_weights(model_a.get_weights())
    for source, shared in ((model_a, True), (clone, False)):
        reused = keras.Sequential(source.layers[:-1])
        reused.add(layers.Dense(1, activation="sigmoid"))
        assert reused.layers[1] is source.layers[1]
        before = model_a.get_weights()[0]
        losses(compiled(reused, "sgd", "binary_crossentropy"), tasks[1])
        assert (not np.array_equal(model_a.get_weights()[0], before)) is shared


def test_frozen_then_trained(tasks):
    model_a = compiled(stack((30, 30), 8), "adam")
    model_a.fit(*tasks[0], epochs=8, verbose=0)
    reused = keras.Sequential(model_a.layers[:-1])
    reused.add(layers.Dense(1, activation="sigmoid"))
    for trainable, epochs in ((False, 4), (True, 16)):
        for layer in reused.layers[:-1]:
            layer.trainable = trainable
        compiled(reused, optimizers.SGD(learning_rate=0.01), "binary_crossentropy")
        before = reused.get_weights()
        losses(reused, tasks[1], epochs)
        moved = [
            not np.array_equal(new, old)
            for new, old in zip(reused.get_weights(), before, strict=True)
        ]
        assert moved == [trainable] * 4 + [True] * 2
    assert reused.evaluate(*tasks[2], verbose=0)[1] > 0.75  # a half without learning


# ---- optimizers -------------------------------------------------------------------------------------------

OPTIMIZERS = {
    "SGD": partial(optimizers.SGD, learning_rate=0.001),
    "momentum": partial(optimizers.SGD, learning_rate=0.001, momentum=0.9),
    "Nesterov": partial(optimizers.SGD, learning_rate=0.001, momentum=0.9, nesterov=True),
    "AdaGrad": partial(optimizers.Adagrad, learning_rate=0.001),
    "RMSProp": partial(optimizers.RMSprop, learning_rate=0.001, rho=0.9),
    "Adam": partial(optimizers.Adam, learning_rate=0.001, beta_1=0.9, beta_2=0.999),
    "Adamax": partial(optimizers.Adamax, learning_rate=0.001, beta_1=0.9, beta_2=0.999),
    "Nadam": partial(optimizers.Nadam, learning_rate=0.001, beta_1=0.9, beta_2=0.999),
    "AdamW": partial(
        optimizers.AdamW, weight_decay=1e-5, learning_rate=0.001, beta_1=0.9, beta_2=0.999
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(few, name):
    found = losses(small(OPTIMIZERS[name]()), few, epochs=5)
    assert found[-1] < found[0]


# ---- schedules ----------------------------------------------------------------------------------------------


class Rates(keras.callbacks.Callback):
    """The learning rate in effect for each batch."""

    def __init__(self):
        super().__init__()
        self.found = []

    def on_train_batch_begin(self, batch, logs=None):
        self.found.append(float(self.model.optimizer.learning_rate.numpy()))


@pytest.mark.parametrize(
    ("schedule", "formula"),
    [
        (
            schedules.InverseTimeDecay(
                initial_learning_rate=0.01, decay_steps=10, decay_rate=1.0, staircase=False
            ),
            lambda step: 0.01 / (1 + step / 10),
        ),
        (
            schedules.ExponentialDecay(
                initial_learning_rate=0.01, decay_steps=20, decay_rate=0.1, staircase=False
            ),
            lambda step: 0.01 * 0.1 ** (step / 20),
        ),
        (
            schedules.PiecewiseConstantDecay(boundaries=[5, 8], values=[0.01, 0.005, 0.001]),
            lambda step: 0.01 if step <= 5 else 0.005 if step <= 8 else 0.001,
        ),
    ],
)
def test_schedules_per_step(few, schedule, formula):
    rates = Rates()
    found = losses(small(optimizers.SGD(learning_rate=schedule)), few, callbacks=[rates])
    np.testing.assert_allclose(rates.found, [formula(step) for step in range(10)], rtol=1e-5)
    assert np.isfinite(found).all()


def test_what_schedules_there_are():
    names = [name for name in dir(schedules) if name[0].isupper()]
    assert {
        "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay",
        "LearningRateSchedule", "PiecewiseConstantDecay", "PolynomialDecay",
    } <= set(names)  # fmt: skip
    assert all(getattr(schedules, name).__doc__.splitlines()[0] for name in names)


@pytest.mark.parametrize(
    "function",
    [
        lambda epoch: 0.01 * 0.1 ** (epoch / 20),
        lambda epoch, rate: rate * 0.1 ** (bool(epoch) / 20),
    ],
)
def test_schedules_per_epoch(few, function):
    scheduler = keras.callbacks.LearningRateScheduler(function)
    model = small(optimizers.SGD(learning_rate=0.01))
    history = model.fit(*few, epochs=3, callbacks=[scheduler], verbose=0).history
    expected = 0.01 * 0.1 ** (np.arange(3) / 20)
    np.testing.assert_allclose(history["learning_rate"], expected, rtol=1e-5)


def test_a_callback_that_changes_the_rate_for_each_batch(few):
    value_of, set_value = keras.backend.get_value, keras.backend.set_value

    class Decay(keras.callbacks.Callback):
        def on_batch_begin(self, batch, logs=None):
            rate = value_of(self.model.optimizer.learning_rate)
            set_value(self.model.optimizer.learning_rate, rate * 0.1 ** (1 / 20))

        def on_epoch_end(self, epoch, logs=None):
            logs["lr"] = self.model.optimizer.learning_rate.numpy()

    model = small(optimizers.SGD(learning_rate=0.01))
    history = model.fit(*few, epochs=2, callbacks=[Decay()], verbose=0).history
    np.testing.assert_allclose(history["lr"], [0.01 * 0.1**0.5, 0.001], rtol=1e-5)


def test_plateau(few):
    plateau = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2, min_delta=100.0)
    model = small(optimizers.SGD(learning_rate=0.01))
    history = model.fit(*few, epochs=6, validation_data=few, callbacks=[plateau], verbose=0).history
    # No gain is enough, so every other epoch after the first one halves it.
    np.testing.assert_allclose(
        history["learning_rate"], [0.01, 0.01, 0.01, 0.005, 0.005, 0.0025], rtol=1e-5
    )


def test_the_learning_rate_finder(clothes):
    train, _, _ = clothes
    model = compiled(stack((50,), 10), optimizers.SGD(learning_rate=0.001))
    before = model.get_weights()
    rates, found = find_learning_rate(model, *train, batch_size=32, highest=100.0)
    assert len(rates) == len(found) == 50
    np.testing.assert_allclose(rates, np.geomspace(1e-4, 100, 51)[:-1], rtol=1e-4)
    # Small rates learn little, large ones diverge; what is kept are losses of single batches.
    assert min(found[15:40]) < 0.8 * found[0]
    assert not max(found[-8:]) < 2 * min(found)
    assert float(model.optimizer.learning_rate.numpy()) == pytest.approx(0.001)
    for new, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(new, old)


def test_one_cycle(clothes):
    train, valid, _ = clothes
    epochs = 5
    cycle = OneCycle(math.ceil(len(train[0]) / 32) * epochs, highest=0.1)
    model = compiled(stack((50,), 10), optimizers.SGD())
    history = model.fit(
        *train, epochs=epochs, validation_data=valid, callbacks=[cycle], verbose=0
    ).history
    assert len(cycle.rates) == 250
    assert max(cycle.rates) == pytest.approx(0.1, rel=0.01)
    assert cycle.rates[0] == pytest.approx(0.01)
    assert cycle.rates[-1] < 0.0005
    assert history["val_accuracy"][-1] > 0.7


# ---- regularization -------------------------------------------------------------------------------------------


def test_l1_and_l2(few):
    regularizers = keras.regularizers
    for regularizer in (
        regularizers.l2(0.01), regularizers.l1(0.1), regularizers.l1_l2(0.1, 0.01),
    ):  # fmt: skip
        dense = partial(layers.Dense, activation="relu", kernel_regularizer=regularizer)
        model = keras.Sequential(
            [layers.Flatten(input_shape=[28, 28]), dense(20), dense(10, activation="softmax")]
        )
        compiled(model, optimizers.SGD(learning_rate=0.0))
        kernels = [layer.kernel.numpy() for layer in model.layers[1:]]
        penalty = sum(float(np.asarray(regularizer(kernel))) for kernel in kernels)
        plain = -np.log(model.predict(few[0], verbose=0)[np.arange(320), few[1]]).mean()
        assert losses(model, few)[0] == pytest.approx(penalty + plain, rel=1e-4)


def test_dropout_is_for_training_only(few):
    model = compiled(with_dropout(), optimizers.SGD(learning_rate=0.01, momentum=0.9))
    found = losses(model, few, epochs=5)
    assert model.evaluate(*few, verbose=0)[0] < found[-1]
    once, again = (model.predict(few[0][:5], verbose=0) for _ in range(2))
    np.testing.assert_array_equal(once, again)


def test_monte_carlo_dropout(few):
    model = compiled(with_dropout(), "sgd")
    losses(model, few)
    x = few[0][:40]
    samples = np.stack([model(x, training=True) for _ in range(20)])
    assert samples.shape == (20, 40, 10)
    assert samples.std(axis=0).max() > 0.01
    np.testing.assert_allclose(samples.sum(axis=-1), 1, rtol=1e-5)

    always = keras.Sequential(
        [
            MCDropout(layer.rate) if isinstance(layer, layers.Dropout) else layer
            for layer in model.layers
        ]
    )
    always.set_weights(model.get_weights())
    predicted = np.stack([always.predict(x, verbose=0) for _ in range(20)])
    assert predicted.std(axis=0).max() > 0.01
    # Means of 20 samples of one and the same distribution.
    error = np.hypot(samples.std(axis=0), predicted.std(axis=0)) / math.sqrt(20) + 1e-4
    assert (np.abs(samples.mean(axis=0) - predicted.mean(axis=0)) < 6 * error).all()


def test_max_norm(few):
    dense = partial(layers.Dense, 20, kernel_constraint=keras.constraints.max_norm(1.0))
    model = keras.Sequential([layers.Flatten(input_shape=[28, 28]), dense(), dense()])
    model.add(layers.Dense(10, activation="softmax"))
    losses(compiled(model, optimizers.SGD(learning_rate=0.1, momentum=0.9)), few, epochs=3)
    norms = [np.linalg.norm(layer.kernel.numpy(), axis=0) for layer in model.layers[1:]]
    assert max(norms[0].max(), norms[1].max()) < 1 + 1e-5
    assert norms[0].max() > 0.99  # reached, so the constraint did something
    assert norms[2].max() > 1


# ---- exercise 8, on made images of CIFAR's shape ----------------------------------------------------------------


def images(rows, rng):
    """Is the upper half brighter than the lower one? Labels are a column, as CIFAR's."""
    x = rng.integers(0, 256, (rows, 32, 32, 3), dtype=np.uint8)
    y = np.arange(rows) % 2
    x[:, :16] = np.where(y[:, None, None, None] == 1, 128 + x[:, :16] // 2, x[:, :16] // 2)
    return x, y[:, None]


def deep(activation, initializer, normalized=False, dropout=None):
    model = keras.Sequential([layers.Flatten(input_shape=[32, 32, 3])])
    for _ in range(20):
        if normalized:
            model.add(layers.Dense(20, kernel_initializer=initializer))
            model.add(layers.BatchNormalization())
            model.add(layers.Activation(activation))
        else:
            model.add(layers.Dense(20, activation=activation, kernel_initializer=initializer))
    if dropout is not None:
        model.add(dropout)
    model.add(layers.Dense(10, activation="softmax"))
    return model


@pytest.mark.parametrize(
    ("build", "rate", "scaled", "epochs"),
    [
        (partial(deep, "swish", "he_normal"), 1e-3, True, 4),
        # Moving means follow by a hundredth a step: after 40 steps what is measured is chance.
        (partial(deep, "swish", "he_normal", normalized=True), 5e-3, False, 16),
        (partial(deep, "selu", "lecun_normal"), 1e-3, True, 4),
        (
            lambda: deep("selu", "lecun_normal", dropout=layers.AlphaDropout(rate=0.1)),
            1e-3,
            True,
            4,
        ),
    ],
    ids=["swish", "batch norm", "selu", "alpha dropout"],
)
def test_twenty_layers_with_callbacks(build, rate, scaled, epochs):
    rng = np.random.default_rng(8)
    (x, y), (x_valid, y_valid) = images(320, rng), images(96, rng)
    if scaled:
        mean, deviation = x.mean(axis=0), x.std(axis=0)
        x, x_valid = (x - mean) / deviation, (x_valid - mean) / deviation
    model = compiled(build(), optimizers.Nadam(learning_rate=rate))
    callbacks = [
        keras.callbacks.EarlyStopping(patience=20, restore_best_weights=True),
        keras.callbacks.ModelCheckpoint("my_model.keras", save_best_only=True),
    ]
    history = model.fit(
        x, y, epochs=epochs, validation_data=(x_valid, y_valid), callbacks=callbacks, verbose=0
    ).history
    loss, accuracy = model.evaluate(x_valid, y_valid, verbose=0)
    assert loss == pytest.approx(min(history["val_loss"]), rel=1e-5)
    loaded = keras.models.load_model("my_model.keras")
    assert loaded.evaluate(x_valid, y_valid, verbose=0) == [loss, accuracy]
    assert Path("my_model.keras").stat().st_size > 0
    assert accuracy > 0.6


def test_monte_carlo_alpha_dropout():
    class MCAlphaDropout(layers.AlphaDropout):
        def call(self, inputs):
            return super().call(inputs, training=True)

    model = deep("selu", "lecun_normal", dropout=layers.AlphaDropout(rate=0.1))
    always = keras.Sequential(
        [
            MCAlphaDropout(layer.rate) if isinstance(layer, layers.AlphaDropout) else layer
            for layer in model.layers
        ]
    )
    x = np.random.default_rng(8).normal(size=(20, 32, 32, 3))
    once, again = (always.predict(x, verbose=0) for _ in range(2))
    assert np.abs(once - again).max() > 1e-3
    np.testing.assert_array_equal(model.predict(x, verbose=0), model.predict(x, verbose=0))
