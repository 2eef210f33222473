"""`compile`: names, objects and functions; what it keeps, and what it refuses."""

import numpy as np
import pytest
from linear import RATE, Trained, assert_trained, data, model

import pymlp as keras
from pymlp import ops

close = pytest.approx


def squared(y_true, y_pred):
    return ops.mean(ops.square(ops.subtract(y_pred, y_true)), axis=-1)


LOSSES = [
    "mse",
    "MSE",
    "mean_squared_error",
    "MeanSquaredError",
    keras.losses.MeanSquaredError(),
    keras.losses.mean_squared_error,
    keras.losses.MeanSquaredError,
    squared,
    {"class_name": "MeanSquaredError", "config": {}},
]
OPTIMIZERS = [
    lambda: "sgd",
    lambda: "SGD",
    keras.optimizers.SGD,
    lambda: {"class_name": "SGD", "config": {"learning_rate": 0.01}},
]


@pytest.mark.parametrize(
    "loss", LOSSES, ids=lambda x: x if isinstance(x, str) else type(x).__name__
)
def test_losses(loss):
    x, y = data(10)
    trained = model(loss=loss)
    assert trained.train_on_batch(x, y)[0] == close(Trained(x, y, 10).loss)
    assert_trained(trained, Trained(x, y, 10))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizers(optimizer):
    x, y = data(10)
    trained = model(optimizer=optimizer())
    assert isinstance(trained.optimizer, keras.optimizers.SGD)
    trained.train_on_batch(x, y)
    assert_trained(trained, Trained(x, y, 10, rate=float(np.float32(0.01))))


def test_the_optimizer_given_is_the_one_used():
    optimizer = keras.optimizers.Adam()
    assert model(optimizer=optimizer).optimizer is optimizer


def test_rmsprop_is_the_default():
    made = keras.Sequential([keras.layers.Dense(1)])
    made.compile(loss="mse")
    assert isinstance(made.optimizer, keras.optimizers.RMSprop)


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        ("mae", "mae"),
        ("MAE", "MAE"),
        ("mean_absolute_error", "mean_absolute_error"),
        (keras.metrics.MeanAbsoluteError(), "mean_absolute_error"),
        (keras.metrics.MeanAbsoluteError(name="error"), "error"),
        (keras.metrics.MeanAbsoluteError, "mean_absolute_error"),
        (keras.losses.mean_absolute_error, "mean_absolute_error"),
    ],
    ids=lambda x: x if isinstance(x, str) else type(x).__name__,
)
def test_metrics(metric, name):
    x, y = data(10)
    measured = model(metrics=[metric, "mse"])
    expected = Trained(x, y, 10)
    assert measured.evaluate(x, y, verbose=0, return_dict=True) == {
        "loss": close(expected.loss),
        name: close(expected.mae),
        "mse": close(expected.loss),
    }
    assert measured.metrics_names == ["loss", name, "mse"]


def test_root_mean_squared_error_is_the_root_of_the_mean():
    x, y = data(10)
    measured = model(metrics=[keras.metrics.RootMeanSquaredError()])
    loss, rmse = measured.evaluate(x, y, batch_size=3, verbose=0)
    assert rmse == close(np.sqrt(loss))


def test_a_function_of_one_s_own_as_metric():
    x, y = data(10)
    measured = model(metrics=[squared])
    assert measured.evaluate(x, y, verbose=0, return_dict=True)["squared"] == close(
        Trained(x, y, 10).loss
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"optimizer": "sdg"}, ValueError, "optimizer='sdg' is not known. Use one of 'adadelta'"),
        ({"optimizer": 3}, ValueError, "optimizer=3 is not known"),
        ({"loss": "msee"}, ValueError, "Unknown loss 'msee'. Known: .*mean_squared_error"),
        ({"loss": 3}, ValueError, "Cannot make a loss of 3"),
        ({"metrics": ["acuracy"]}, ValueError, "Unknown metric 'acuracy'. Known: .*accuracy"),
        ({"metrics": "mae"}, ValueError, "metrics should be a list, received 'mae'; put it in br"),
        ({"weighted_metrics": ["x"]}, ValueError, "Unknown metric 'x'"),
        ({"weighted_metrics": "mae"}, ValueError, "weighted_metrics should be a list"),
    ],
)
def test_errors_keep_what_was_compiled_before(arguments, error, message):
    x, y = data(10)
    made = model()
    with pytest.raises(error, match=message):
        made.compile(**{"optimizer": "adam", "loss": "mae", **arguments})
    made.train_on_batch(x, y)
    assert_trained(made, Trained(x, y, 10))


def test_a_loss_that_is_no_number_is_refused():
    x, y = data(10)
    made = model(loss=keras.losses.MeanSquaredError(reduction=None))
    with pytest.raises(
        ValueError, match=r"the loss should be one number a batch.*Use reduction='s"
    ):
        made.fit(x, y, verbose=0)


def test_compiling_again_starts_the_optimizer_afresh_and_keeps_the_weights():
    x, y = data(10)
    made = model(optimizer="adam")
    made.fit(x, y, verbose=0)
    kernel = made.get_weights()[0]
    made.compile(keras.optimizers.SGD(RATE), "mse", metrics=["mae", "mse"])
    np.testing.assert_array_equal(made.get_weights()[0], kernel)
    assert made.optimizer.iterations == 0
    assert list(made.fit(x, y, verbose=0).history) == ["loss", "mae", "mse"]
    assert_trained(made, Trained(x, y, 10, kernel=kernel))


def test_compiling_again_changes_loss_and_metrics():
    x, y = data(10)
    made = model(loss="mse", metrics=["mae"])
    expected = Trained(x, y, 10)
    assert made.evaluate(x, y, verbose=0) == close([expected.loss, expected.mae])
    made.compile("sgd", "mae", metrics=["mse"])
    assert made.evaluate(x, y, verbose=0) == close([expected.mae, expected.loss])


def test_configuration():
    made = model(optimizer=keras.optimizers.SGD(0.5, momentum=0.25))
    other = keras.Sequential.from_config(made.get_config())
    assert other.get_compile_config() is None
    other.compile_from_config(made.get_compile_config())
    assert other.optimizer.get_config() == made.optimizer.get_config()
    assert (other.loss, other.get_compile_config()["metrics"]) == ("mse", ["mae"])


def test_nothing_to_measure_before():
    made = keras.Sequential([keras.layers.Dense(1)])
    assert made.metrics == []
    assert made.metrics_names == []
    assert not made.compiled


@pytest.mark.parametrize("name", ["crossentropy", "ce"])
def test_crossentropy_is_chosen_by_the_shapes(name):
    x, y = data(10)
    for units, activation, target in (
        (1, "sigmoid", (y > 0).astype(int)),
        (3, "softmax", np.arange(10) % 3),
        (3, "softmax", np.eye(3)[np.arange(10) % 3]),
    ):
        dense = keras.layers.Dense(units, activation)
        made = keras.Sequential([keras.Input((3,)), dense])
        made.compile("sgd", name, metrics=["accuracy", name])
        loss, accuracy, again = made.evaluate(x, target, verbose=0)
        assert loss == close(again, rel=1e-5)
        assert 0 <= accuracy <= 1


def test_a_loss_that_is_only_a_metric_is_refused_at_once():
    with pytest.raises(ValueError, match="Unknown loss 'accuracy'"):
        keras.Sequential().compile(loss="accuracy")


@pytest.mark.parametrize("name", ["ACC", "Accuracy", "CE"])
def test_capitals_in_what_the_shapes_choose(name):
    x, y = data(10)
    trained = model(metrics=[name])
    trained.evaluate(x, y, verbose=0)
    assert trained.metrics_names == ["loss", name]


def test_metrics_of_one_name_are_told_apart():
    """As in Keras: the second by its number, a weighted one by its prefix."""
    x, y = data(4)
    trained = model(metrics=["mse", "mse"], weighted_metrics=["mse", "mse", "mae"])
    weights = np.array([1.0, 0.0, 0.0, 0.0])
    found = trained.evaluate(x, y, sample_weight=weights, return_dict=True, verbose=0)
    names = ["loss", "mse", "mse_1", "weighted_mse", "weighted_mse_1", "mae"]
    assert list(found) == trained.metrics_names == names
    errors = np.square(trained.predict(x, verbose=0).reshape(len(y), -1) - y.reshape(len(y), -1))
    assert found["mse"] == found["mse_1"] == close(errors.mean())
    assert found["weighted_mse"] == found["weighted_mse_1"] == close(errors[0].mean())
