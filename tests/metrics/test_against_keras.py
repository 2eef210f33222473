"""Metrics, configurations and compile's choices beside Keras's own, where Keras is installed."""

import numpy as np
import pytest

import pymlp

pytestmark = pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")

SHAPES = [(None,), (None, 1), (None, 3), (None, 2, 3), (None, 2), (None, 2, 1)]


def each_metric(rng):
    """Yield (class, its arguments, y_true, y_pred)."""
    y_true, y_pred = rng.normal(size=(2, 8, 3)).astype(np.float32)
    p = rng.dirichlet(np.ones(3), 8).astype(np.float32)
    p[0] = [0, 1, 0]
    labels, bits = rng.integers(0, 3, 8), rng.integers(0, 2, (8, 3))
    one_hot = np.eye(3)[labels]
    for name in ("MeanSquaredError", "MeanAbsoluteError", "RootMeanSquaredError"):
        yield name, {}, y_true, y_pred
        yield name, {}, y_true[:, 0], y_pred[:, :1]
    yield "Accuracy", {}, bits, rng.integers(0, 2, (8, 3))
    yield "BinaryAccuracy", {"threshold": 0.3}, bits, p
    yield "BinaryAccuracy", {}, bits[:, 0], p[:, :1]
    for what in ("Accuracy", "Crossentropy"):
        yield f"Categorical{what}", {}, one_hot, p
        yield f"SparseCategorical{what}", {}, labels, p
        yield f"SparseCategorical{what}", {}, labels[:, None], p
    yield "BinaryCrossentropy", {"label_smoothing": 0.1}, bits, p
    yield "BinaryCrossentropy", {"from_logits": True}, bits, y_pred
    yield "CategoricalCrossentropy", {"from_logits": True}, one_hot, y_pred


def test_values(keras, rng):
    weights = rng.uniform(size=8).astype(np.float32)
    for name, arguments, y_true, y_pred in each_metric(rng):
        for weighted in (None, weights):
            results = []
            for library in (pymlp, keras):
                metric = getattr(library.metrics, name)(**arguments)
                for rows in (slice(0, 5), slice(5, 8)):
                    w = None if weighted is None else weighted[rows]
                    metric.update_state(y_true[rows], y_pred[rows], sample_weight=w)
                results.append(float(metric.result()))
            assert results[0] == pytest.approx(results[1], rel=2e-6), (name, arguments)


@pytest.mark.parametrize("which", ["Mean", "Sum"])
def test_weights_of_every_shape(keras, which, rng):
    for shape in ((4,), (4, 1), (4, 3), (4, 2, 3)):
        values = rng.normal(size=shape).astype(np.float32)
        for rank in range(len(shape) + 1):
            weights = rng.uniform(size=shape[:rank]).astype(np.float32)
            results = []
            for library in (pymlp, keras):
                metric = getattr(library.metrics, which)()
                metric.update_state(values, sample_weight=weights)
                results.append(float(metric.result()))
            assert results[0] == pytest.approx(results[1], rel=1e-5, abs=1e-6), (shape, rank)


# What some classes cannot be made without.
NEEDED = {
    "IoU": (3, [0]),
    "MeanIoU": (3,),
    "OneHotIoU": (3, [0]),
    "OneHotMeanIoU": (3,),
    "PrecisionAtRecall": (0.5,),
    "RecallAtPrecision": (0.5,),
    "SensitivityAtSpecificity": (0.5,),
    "SpecificityAtSensitivity": (0.5,),
}


@pytest.mark.parametrize("module", ["metrics", "losses"])
def test_configurations(keras, module):
    """Ours hold what Keras's hold, which forget an axis here and a delta there; and Keras reads them."""
    for library in (pymlp, keras):  # some are numbered where no name is given
        library.utils.clear_session()
    ours, theirs = getattr(pymlp, module), getattr(keras, module)
    compared = 0
    for name in ours.__all__:
        kind, other = getattr(ours, name), getattr(theirs, name, None)
        base = name in ("Metric", "MeanMetricWrapper", "Loss", "LossFunctionWrapper")
        if base or not isinstance(kind, type) or other is None:
            continue
        one, its = kind(*NEEDED.get(name, ())), other(*NEEDED.get(name, ()))
        expected = its.get_config()
        if name.endswith("IoU"):  # Keras counts in integers, which weights are cut to
            expected["dtype"] = one.get_config()["dtype"]
        assert one.get_config().items() >= expected.items(), name
        if type(theirs.deserialize(theirs.serialize(its))) is other:  # it has forgotten one loss
            assert type(theirs.deserialize(ours.serialize(one))) is other
        assert getattr(one, "_direction", None) == getattr(its, "_direction", None), name
        compared += 1
    assert compared >= 20


def test_functions_written_down(keras):
    for name in ("mean_squared_error", "categorical_crossentropy", "huber"):
        ours = pymlp.losses.serialize(getattr(pymlp.losses, name))
        assert ours == keras.losses.serialize(getattr(keras.losses, name))
        assert keras.losses.deserialize(ours) is getattr(keras.losses, name)
    for name in pymlp.activations.__all__:
        if name not in ("get", "serialize", "deserialize"):
            function = getattr(keras.activations, name)
            assert keras.activations.serialize(function) == name
            assert pymlp.activations.serialize(getattr(pymlp.activations, name)) == name


def test_what_compile_chooses(keras):
    from keras.src.trainers.compile_utils import get_loss, get_metric

    for y_true in SHAPES:
        for y_pred in SHAPES[1:]:
            specs = keras.KerasTensor(y_true), keras.KerasTensor(y_pred)
            for name in ("accuracy", "acc", "mse", "MAE", "binary_crossentropy"):
                ours = pymlp.metrics.for_compile(name, y_true, y_pred)
                theirs = get_metric(name, *specs)
                assert type(ours).__name__ == type(theirs).__name__
                assert ours.name == theirs.name
            for name in ("crossentropy", "ce", "mse", "Huber"):
                ours, theirs = (
                    pymlp.losses.for_compile(name, y_true, y_pred),
                    get_loss(name, *specs),
                )
                assert ours.fn.__name__ == theirs.fn.__name__
                assert ours.name == theirs.name
