"""Chapter 10, section by section, on few rows: everything runs, and gives what can be told beforehand."""

import io
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from chapters import CLASS_NAMES, compiled, fashion, housing, keras, layers, stack, wide_and_deep

TRAIN, VALID, TEST = housing((640, 160, 160))


@pytest.fixture(autouse=True)
def seeded(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    keras.utils.clear_session()
    keras.utils.set_random_seed(42)


def halves(x):
    return x[:, :5], x[:, 2:]


def both(part):
    x, y = part
    return halves(x), (y, y)


# ---- the sequential API: classification ----------------------------------------------------------------


@pytest.fixture(scope="module")
def clothes():
    return fashion(keras.datasets.fashion_mnist.load_sample(), held_out=400)


def test_three_ways_to_build_the_classifier(clothes):
    by_add = keras.Sequential()
    by_add.add(layers.InputLayer(shape=[28, 28]))
    by_add.add(layers.Flatten())
    for units in (300, 100):
        by_add.add(layers.Dense(units, activation="relu"))
    by_add.add(layers.Dense(10, activation="softmax"))
    without_input = keras.Sequential(
        [layers.Flatten(), *[layers.Dense(n, activation="relu") for n in (300, 100)]]
    )
    without_input.add(layers.Dense(10, activation="softmax"))
    assert not without_input.built
    without_input.predict(clothes[0][0][:1], verbose=0)
    for model in (by_add, without_input, stack((300, 100), 10)):
        assert model.count_params() == 266_610
    assert [layer.name for layer in by_add.layers] == ["flatten", "dense", "dense_1", "dense_2"]
    assert by_add.get_layer("dense") is by_add.layers[1]
    weights, biases = by_add.layers[1].get_weights()
    assert (weights.shape, biases.shape, biases.any()) == ((784, 300), (300,), np.False_)


def test_names_or_objects_in_compile(clothes):
    (x, y), valid, _ = clothes
    histories = []
    for loss, optimizer, metric in (
        ("sparse_categorical_crossentropy", "sgd", "accuracy"),
        (
            keras.losses.sparse_categorical_crossentropy,
            keras.optimizers.SGD(),
            keras.metrics.sparse_categorical_accuracy,
        ),
    ):
        keras.utils.set_random_seed(1)
        model = compiled(stack((30,), 10), optimizer, loss, [metric])
        found = model.fit(x, y, epochs=2, validation_data=valid, verbose=0)
        assert found.epoch == [0, 1]
        assert found.params["epochs"] == 2
        assert found.params["steps"] == -(-len(x) // 32)
        histories.append(found.history)
    by_name, by_object = histories
    long = {"accuracy": "sparse_categorical_accuracy", "loss": "loss"}
    assert set(by_object) == {prefix + name for prefix in ("", "val_") for name in long.values()}
    for short, name in long.items():
        for prefix in ("", "val_"):
            np.testing.assert_allclose(by_name[prefix + short], by_object[prefix + name], rtol=1e-6)


def test_learning_evaluating_and_predicting(clothes):
    train, valid, test = clothes
    model = compiled(stack((100, 50), 10, initializer="glorot_uniform"), "sgd")
    history = model.fit(*train, epochs=5, validation_data=valid, verbose=0).history
    assert history["loss"][-1] < 0.75 * history["loss"][0]
    _, accuracy = model.evaluate(*test, verbose=0)
    assert accuracy > 0.55  # a tenth without learning
    probabilities = model.predict(test[0][:3], verbose=0)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    classes = np.array(CLASS_NAMES)[probabilities.argmax(axis=-1)]
    assert set(classes) <= set(CLASS_NAMES)


def test_one_hot_targets_and_back():
    one_hot = keras.utils.to_categorical([0, 5, 1, 0], num_classes=10)
    assert one_hot.shape == (4, 10)
    assert one_hot.argmax(axis=1).tolist() == [0, 5, 1, 0]


# ---- the sequential API: regression --------------------------------------------------------------------


def test_regression_with_a_normalization_layer():
    norm = layers.Normalization(input_shape=TRAIN[0].shape[1:])
    hidden = [layers.Dense(50, activation="relu") for _ in range(3)]
    model = keras.Sequential([norm, *hidden, layers.Dense(1)])
    adam = keras.optimizers.Adam(learning_rate=1e-3)
    model.compile(loss="mse", optimizer=adam, metrics=["RootMeanSquaredError"])
    norm.adapt(TRAIN[0])
    np.testing.assert_allclose(norm.adapt_mean.numpy(), TRAIN[0].mean(axis=0), rtol=1e-5)
    history = model.fit(*TRAIN, epochs=15, validation_data=VALID, verbose=0).history
    assert sorted(history) == [
        "RootMeanSquaredError",
        "loss",
        "val_RootMeanSquaredError",
        "val_loss",
    ]
    mse, rmse = model.evaluate(*TEST, verbose=0)
    assert rmse == pytest.approx(mse**0.5, rel=1e-5)
    assert rmse < 0.7 * TEST[1].std()
    assert model.predict(TEST[0][:3], verbose=0).shape == (3, 1)
    with redirect_stdout(io.StringIO()) as printed:
        model.summary()
    assert "Non-trainable params: 17" in printed.getvalue()


# ---- the functional API --------------------------------------------------------------------------------


def test_wide_and_deep_with_one_input():
    norm, concat = layers.Normalization(), layers.Concatenate()
    inputs = layers.Input(shape=TRAIN[0].shape[1:])
    scaled = norm(inputs)
    hidden = layers.Dense(30, activation="relu")(layers.Dense(30, activation="relu")(scaled))
    model = keras.Model(inputs=[inputs], outputs=[layers.Dense(1)(concat([scaled, hidden]))])
    compiled(model, "adam", "mse", ["RootMeanSquaredError"])
    norm.adapt(TRAIN[0])
    history = model.fit(*TRAIN, epochs=10, validation_data=VALID, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert model.count_params() == 17 + 270 + 930 + 39
    assert model.predict(TEST[0][:3], verbose=0).shape == (3, 1)  # no list around it


def test_two_inputs():
    model, wide, deep = wide_and_deep()
    compiled(model, "adam", "mse", ["RootMeanSquaredError"])
    wide.adapt(halves(TRAIN[0])[0])
    deep.adapt(halves(TRAIN[0])[1])
    valid = (halves(VALID[0]), VALID[1])
    history = model.fit(
        halves(TRAIN[0]), TRAIN[1], epochs=10, validation_data=valid, verbose=0
    ).history
    assert history["val_loss"][-1] < 0.5 * history["val_loss"][0]
    assert model.predict(halves(TEST[0][:3]), verbose=0).shape == (3, 1)


def with_two_outputs():
    model, wide, deep = wide_and_deep(auxiliary=True)
    model.compile(
        loss=("mse", "mse"),
        loss_weights=(0.9, 0.1),
        optimizer=keras.optimizers.Adam(learning_rate=1e-3),
        metrics=["RootMeanSquaredError", "RootMeanSquaredError"],
    )
    wide.adapt(halves(TRAIN[0])[0])
    deep.adapt(halves(TRAIN[0])[1])
    return model


def test_an_auxiliary_output():
    model = with_two_outputs()
    model.fit(*both(TRAIN), epochs=2, validation_data=both(VALID), verbose=0)
    weighted, main, aux, main_rmse, aux_rmse = model.evaluate(*both(TEST), verbose=0)
    assert weighted == pytest.approx(0.9 * main + 0.1 * aux, rel=1e-5)
    np.testing.assert_allclose([main_rmse, aux_rmse], np.sqrt([main, aux]), rtol=1e-5)
    named = model.evaluate(*both(TEST), verbose=0, return_dict=True)
    first, second = model.output_names
    assert named[f"{first}_loss"] == pytest.approx(main)
    assert named[f"{second}_RootMeanSquaredError"] == pytest.approx(aux_rmse)
    predicted = dict(
        zip(model.output_names, model.predict(halves(TEST[0][:3]), verbose=0), strict=True)
    )
    assert {name: value.shape for name, value in predicted.items()} == {
        first: (3, 1),
        second: (3, 1),
    }


def test_inputs_outputs_losses_and_metrics_by_name():
    wide, deep = layers.Input(shape=[5], name="wide"), layers.Input(shape=[6], name="deep")
    hidden = layers.Dense(8, activation="relu")(deep)
    main = layers.Dense(1, name="main")(layers.concatenate([wide, hidden]))
    model = keras.Model(inputs=[wide, deep], outputs=[main, layers.Dense(1, name="aux")(hidden)])
    model.compile(
        loss={"main": "mse", "aux": "mae"},
        loss_weights={"main": 0.9, "aux": 0.1},
        optimizer="adam",
        metrics={"main": "RootMeanSquaredError"},
    )
    x = dict(zip(("wide", "deep"), halves(TRAIN[0]), strict=True))
    history = model.fit(x, {"main": TRAIN[1], "aux": TRAIN[1]}, verbose=0).history
    assert sorted(history) == ["aux_loss", "loss", "main_RootMeanSquaredError", "main_loss"]


# ---- subclassing, saving, callbacks ----------------------------------------------------------------------


class WideAndDeepModel(keras.Model):
    def __init__(self, units=30, activation="relu", **kwargs):
        super().__init__(**kwargs)
        self.norm_wide, self.norm_deep = layers.Normalization(), layers.Normalization()
        self.hidden = [layers.Dense(units, activation=activation) for _ in range(2)]
        self.main, self.aux = layers.Dense(1), layers.Dense(1)

    def call(self, inputs):
        wide, deep = inputs
        scaled, x = self.norm_wide(wide), self.norm_deep(deep)
        for layer in self.hidden:
            x = layer(x)
        return self.main(layers.concatenate([scaled, x])), self.aux(x)


def subclassed():
    model = WideAndDeepModel(30, activation="relu", name="my_cool_model")
    model.compile(
        loss=["mse", "mse"],
        loss_weights=[0.9, 0.1],
        optimizer=keras.optimizers.Adam(learning_rate=1e-3),
        metrics=["RootMeanSquaredError", "RootMeanSquaredError"],
    )
    model.norm_wide.adapt(halves(TRAIN[0])[0])
    model.norm_deep.adapt(halves(TRAIN[0])[1])
    return model


def test_a_subclassed_model_is_trained_saved_and_loaded():
    model = subclassed()
    history = model.fit(*both(TRAIN), epochs=3, validation_data=both(VALID), verbose=0).history
    assert history["val_loss"][-1] < history["val_loss"][0]
    main, aux = model.predict(halves(TEST[0][:3]), verbose=0)
    assert main.shape == aux.shape == (3, 1)

    model.save("my_model.keras")
    given = {"WideAndDeepModel": WideAndDeepModel}
    loaded = keras.models.load_model("my_model.keras", custom_objects=given)
    np.testing.assert_array_equal(loaded.predict(halves(TEST[0][:3]), verbose=0)[0], main)

    model.save_weights("my_weights.weights.h5")
    fresh = subclassed()
    fresh.predict(halves(TEST[0][:1]), verbose=0)  # weights are there once it is built
    fresh.load_weights("my_weights.weights.h5")
    np.testing.assert_array_equal(fresh.predict(halves(TEST[0][:3]), verbose=0)[1], aux)


def test_checkpoints_and_early_stopping():
    model = subclassed()
    callbacks = [
        keras.callbacks.ModelCheckpoint("my_checkpoints.weights.h5", save_weights_only=True),
        # Nothing gets better at this rate, so the first epoch is the best one.
        keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True),
    ]
    model.optimizer.learning_rate = 10.0
    history = model.fit(
        *both(TRAIN), epochs=50, validation_data=both(VALID), callbacks=callbacks, verbose=0
    ).history
    losses = history["val_loss"]
    assert len(losses) < 50
    assert np.argmin(losses) == len(losses) - 3
    found = model.evaluate(*both(VALID), verbose=0)[0]
    assert found == pytest.approx(min(losses), rel=1e-5)
    model.load_weights("my_checkpoints.weights.h5")  # of the last epoch
    assert model.evaluate(*both(VALID), verbose=0)[0] == pytest.approx(losses[-1], rel=1e-5)


def test_a_callback_that_prints_a_ratio_of_logs(capsys):
    class Ratio(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs):
            print(f"epoch {epoch}: {logs['val_loss'] / logs['loss']:.2f}")

    model = with_two_outputs()
    model.fit(*both(TRAIN), epochs=2, validation_data=both(VALID), callbacks=[Ratio()], verbose=0)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["epoch 0", "epoch 1"]
    assert all(float(line.split()[-1]) > 0 for line in lines)


def test_tensorboard_logs_with_a_profile_asked_for():
    pytest.importorskip("tensorboard")
    norm = layers.Normalization(input_shape=TRAIN[0].shape[1:])
    model = keras.Sequential([norm, layers.Dense(30, activation="relu"), layers.Dense(1)])
    compiled(model, keras.optimizers.SGD(learning_rate=1e-3), "mse", ["RootMeanSquaredError"])
    norm.adapt(TRAIN[0])
    with pytest.warns(UserWarning, match="does not profile"):
        board = keras.callbacks.TensorBoard(Path("my_logs") / "run_1", profile_batch=(100, 200))
    model.fit(*TRAIN, epochs=2, validation_data=VALID, callbacks=[board], verbose=0)
    written = sorted(str(path.parent) for path in Path("my_logs").glob("**/events*"))
    assert written == ["my_logs/run_1/train", "my_logs/run_1/validation"]


# ---- hyperparameters, and the exercise -----------------------------------------------------------------


def test_a_random_search_by_hand(clothes):
    train, valid, _ = clothes
    rng = np.random.default_rng(42)

    def tried(hidden, units, rate, optimizer):
        optimizer = keras.optimizers.get(
            {"class_name": optimizer, "config": {"learning_rate": rate}}
        )
        model = compiled(stack([units] * hidden, 10), optimizer)
        return model.fit(*train, validation_data=valid, verbose=0).history["val_accuracy"][-1]

    found = {}
    for optimizer in ("sgd", "adam", "adam"):
        sizes = int(rng.integers(0, 4)), int(rng.integers(16, 65))
        choice = (*sizes, float(10 ** rng.uniform(-4, -2)), optimizer)
        found[choice] = tried(*choice)
    best = max(found, key=found.get)
    assert found[best] >= np.median(list(found.values()))
    assert found[best] > 0.2


def test_a_normalization_layer_called_on_data(clothes):
    x = clothes[0][0][:50]
    norm = layers.Normalization()
    norm.adapt(x)
    scaled = np.asarray(norm(x))
    assert scaled.shape == x.shape
    assert abs(scaled.mean()) < 1e-4
