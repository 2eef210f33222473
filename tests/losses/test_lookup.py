"""Names, configurations, and what compile makes of them."""

import numpy as np
import pytest

from pymlp import losses, saving

CLASSES = [
    losses.MeanSquaredError(reduction="sum"),
    losses.MeanAbsoluteError(name="mine"),
    losses.Huber(delta=2.5),
    losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
    losses.CategoricalCrossentropy(label_smoothing=0.2, reduction=None),
    losses.SparseCategoricalCrossentropy(from_logits=True),
    losses.LossFunctionWrapper(losses.huber, name="wrapped", delta=0.5),
]


@pytest.mark.parametrize("loss", CLASSES, ids=lambda loss: loss.name)
def test_round_trip(loss):
    config = losses.serialize(loss)
    assert config["module"] == "keras.losses"
    assert config["registered_name"] is None
    for again in (
        losses.deserialize(config),
        losses.get(config),
        type(loss).from_config(loss.get_config()),
        saving.deserialize_object(saving.serialize_object(loss)),
    ):
        assert type(again) is type(loss)
        assert again.get_config() == loss.get_config()
        y_true = np.array([1.0, 0.0]) if "sparse" in loss.name else np.array([[0.0, 1], [1, 0]])
        y_pred = [[0.25, 0.75], [3.0, 0.5]]
        np.testing.assert_array_equal(again(y_true, y_pred), loss(y_true, y_pred))


@pytest.mark.parametrize(
    ("loss", "function", "arguments"),
    [
        (losses.Huber(2.5), losses.huber, {"delta": 2.5}),
        (
            losses.BinaryCrossentropy(True, 0.3),
            losses.binary_crossentropy,
            {"from_logits": True, "label_smoothing": 0.3},
        ),
        (
            losses.CategoricalCrossentropy(True, 0.3),
            losses.categorical_crossentropy,
            {"from_logits": True, "label_smoothing": 0.3},
        ),
        (
            losses.SparseCategoricalCrossentropy(True),
            losses.sparse_categorical_crossentropy,
            {"from_logits": True},
        ),
        (losses.MeanAbsoluteError(), losses.mean_absolute_error, {}),
        (losses.MeanSquaredError(), losses.mean_squared_error, {}),
    ],
)
def test_classes_hand_their_arguments_on(loss, function, arguments):
    y_pred = np.array([[0.25, 3.0], [0.75, 0.5]], np.float32)
    y_true = [1, 0] if "sparse" in loss.name else np.array([[0, 1], [1, 0]])
    expected = function(y_true, y_pred, **arguments).mean()
    assert loss(y_true, y_pred) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("mse", losses.mean_squared_error),
        ("MSE", losses.mean_squared_error),
        ("mean_squared_error", losses.mean_squared_error),
        ("mae", losses.mean_absolute_error),
        ("MAE", losses.mean_absolute_error),
        ("bce", losses.binary_crossentropy),
        ("BCE", losses.binary_crossentropy),
        ("huber", losses.huber),
        ("categorical_crossentropy", losses.categorical_crossentropy),
        ("sparse_categorical_crossentropy", losses.sparse_categorical_crossentropy),
    ],
)
def test_names_of_functions(name, function):
    assert losses.get(name) is function
    assert losses.deserialize(name) is function
    assert losses.deserialize(losses.serialize(function)) is function


def test_get_of_other_things():
    assert losses.get(None) is None
    assert isinstance(losses.get("Huber"), losses.Huber)
    assert isinstance(losses.get(losses.Huber), losses.Huber)
    loss = losses.Huber()
    assert losses.get(loss) is loss
    assert losses.get(abs) is abs


def test_own_objects():
    def mine(y_true, y_pred):
        return y_pred

    config = losses.serialize(mine)
    assert losses.deserialize(config, {"mine": mine}) is mine
    with pytest.raises(ValueError, match=r"Unknown loss 'mine'.*custom_objects"):
        losses.deserialize(config)


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("nope", "Unknown loss 'nope'. Known: .*huber.*mean_squared_error"),
        ("Loss", "Unknown loss 'Loss'"),
        ("LossFunctionWrapper", "Unknown loss 'LossFunctionWrapper'"),
        (3, "Cannot make a loss of 3"),
        ({"config": {}}, "'class_name' and 'config'"),
    ],
)
def test_unknown(identifier, message):
    with pytest.raises(ValueError, match=message):
        losses.get(identifier)


def test_a_lambda_cannot_be_written_down():
    with pytest.raises(ValueError, match="lambda given as loss"):
        losses.serialize(lambda y_true, y_pred: y_pred)
    with pytest.raises(ValueError, match="Cannot write down the loss 3"):
        losses.serialize(3)


class TestForCompile:
    @pytest.mark.parametrize("name", ["crossentropy", "ce", "CE"])
    @pytest.mark.parametrize(
        ("y_true", "y_pred", "function"),
        [
            ((None, 1), (None, 1), losses.binary_crossentropy),
            ((None,), (None, 1), losses.binary_crossentropy),
            ((None,), (None, 3), losses.sparse_categorical_crossentropy),
            ((None, 1), (None, 3), losses.sparse_categorical_crossentropy),
            ((None, 3), (None, 3), losses.categorical_crossentropy),
        ],
    )
    def test_crossentropy(self, name, y_true, y_pred, function):
        loss = losses.for_compile(name, y_true, y_pred)
        assert loss.fn is function
        assert loss.name == name

    def test_others(self):
        loss = losses.for_compile("mse", (None,), (None, 1))
        assert (loss.fn, loss.name) == (losses.mean_squared_error, "mse")
        assert losses.for_compile(None, (None,), (None, 1)) is None
        huber = losses.Huber()
        assert losses.for_compile(huber, (None,), (None, 1)) is huber
        assert losses.for_compile(losses.huber, (None,), (None, 1)).name == "huber"
