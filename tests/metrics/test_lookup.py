"""Names, configurations, and what compile makes of them."""

import pytest

from pymlp import losses, metrics, saving

CLASSES = [
    metrics.Mean(),
    metrics.Sum(name="mine"),
    metrics.Accuracy(),
    metrics.BinaryAccuracy(threshold=0.25, dtype="float64"),
    metrics.CategoricalAccuracy(),
    metrics.SparseCategoricalAccuracy(),
    metrics.MeanSquaredError(),
    metrics.MeanAbsoluteError(),
    metrics.RootMeanSquaredError(),
    metrics.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
    metrics.CategoricalCrossentropy(label_smoothing=0.1),
    metrics.SparseCategoricalCrossentropy(from_logits=True),
    metrics.MeanMetricWrapper(losses.huber, name="wrapped", delta=2.0),
    metrics.MeanMetricWrapper(metrics.binary_accuracy, name="wrapped", threshold=0.1),
]


@pytest.mark.parametrize("metric", CLASSES, ids=lambda metric: type(metric).__name__)
def test_round_trip(metric):
    config = metrics.serialize(metric)
    assert config["module"] == "keras.metrics"
    for again in (
        metrics.deserialize(config),
        metrics.get(config),
        type(metric).from_config(metric.get_config()),
        saving.deserialize_object(saving.serialize_object(metric)),
    ):
        assert type(again) is type(metric)
        assert again.get_config() == metric.get_config()
        assert again.state is not metric.state


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("accuracy", metrics.Accuracy),
        ("mse", metrics.MeanSquaredError),
        ("MSE", metrics.MeanSquaredError),
        ("mae", metrics.MeanAbsoluteError),
        ("MAE", metrics.MeanAbsoluteError),
        ("bce", metrics.BinaryCrossentropy),
        ("root_mean_squared_error", metrics.RootMeanSquaredError),
        ("RootMeanSquaredError", metrics.RootMeanSquaredError),
        ("sparse_categorical_accuracy", metrics.SparseCategoricalAccuracy),
        ("sparse_categorical_crossentropy", metrics.SparseCategoricalCrossentropy),
    ],
)
def test_names(name, cls):
    assert type(metrics.get(name)) is cls
    assert type(metrics.deserialize(name)) is cls


def test_functions():
    config = metrics.serialize(metrics.binary_accuracy)
    assert metrics.deserialize(config) is metrics.binary_accuracy
    assert metrics.get(config) is metrics.binary_accuracy
    assert metrics.get(abs) is abs
    assert metrics.get(None) is None
    assert isinstance(metrics.get(metrics.Mean), metrics.Mean)
    for name in ("mean_squared_error", "mean_absolute_error", "huber", "binary_crossentropy"):
        assert getattr(metrics, name) is getattr(losses, name)


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("nope", "Unknown metric 'nope'. Known: .*accuracy.*mse"),
        ("MeanMetricWrapper", "Unknown metric 'MeanMetricWrapper'"),
        (3, "Cannot make a metric of 3"),
        ({"class_name": "Nope", "config": {}}, "Unknown metric 'Nope'"),
        ({"class_name": "function", "config": "nope"}, "Unknown metric function 'nope'"),
    ],
)
def test_unknown(identifier, message):
    with pytest.raises(ValueError, match=message):
        metrics.get(identifier)


class TestForCompile:
    @pytest.mark.parametrize(
        ("y_true", "y_pred", "kind"),
        [
            ((None, 1), (None, 1), "Binary"),
            ((None,), (None, 1), "Binary"),
            ((None,), (None, 3), "SparseCategorical"),
            ((None, 1), (None, 3), "SparseCategorical"),
            ((None, 3), (None, 3), "Categorical"),
            ((None, 5), (None, 5, 3), "SparseCategorical"),
        ],
    )
    @pytest.mark.parametrize(
        ("name", "what"),
        [
            ("accuracy", "Accuracy"),
            ("acc", "Accuracy"),
            ("Accuracy", "Accuracy"),
            ("crossentropy", "Crossentropy"),
            ("ce", "Crossentropy"),
        ],
    )
    def test_of_the_three_kinds(self, y_true, y_pred, kind, name, what):
        metric = metrics.for_compile(name, y_true, y_pred)
        assert type(metric).__name__ == kind + what
        assert metric.name == name

    def test_others(self):
        shapes = (None, 1), (None, 1)

        def mine(y_true, y_pred):
            return y_pred

        metric = metrics.for_compile(mine, *shapes)
        assert type(metric) is metrics.MeanMetricWrapper
        assert metric.name == "mine"
        assert metrics.for_compile("mse", *shapes).name == "mse"
        assert metrics.for_compile(losses.mean_squared_error, *shapes).name == "mean_squared_error"
        assert metrics.for_compile(losses.Huber(name="h"), *shapes).name == "h"
        assert metrics.for_compile(metrics.Mean, *shapes).name == "mean"
        rmse = metrics.RootMeanSquaredError(name="rmse")
        assert metrics.for_compile(rmse, *shapes) is rmse
        assert rmse.name == "rmse"
        config = metrics.serialize(metrics.BinaryAccuracy(name="b"))
        assert metrics.for_compile(config, *shapes).name == "b"

    def test_none(self):
        with pytest.raises(ValueError, match="expected a metric, received None"):
            metrics.for_compile(None, (None,), (None, 1))
