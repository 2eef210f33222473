"""The metrics pymlp has: against formulas, on arrays and natively."""

import numpy as np
import pytest
import reference

from pymlp import metrics, ops
from pymlp.losses.shapes import as_float

from .test_running import accumulate

ROWS = 11


def check(metric_of, expected, y_true, y_pred, weights):
    """Compare the metric with the weighted mean of `expected`, one value a sample."""
    for w in (None, weights):
        wanted = np.average(expected, weights=w)
        eager = metric_of(dtype="float64")
        for rows in (slice(0, 4), slice(4, None)):
            eager.update_state(y_true[rows], y_pred[rows], None if w is None else w[rows])
        assert eager.result() == pytest.approx(wanted, rel=1e-12)
        for threads in (1, 2):
            traced = metric_of()
            assert accumulate(traced, y_true, y_pred, w, threads=threads) == pytest.approx(
                wanted, rel=1e-12
            )


@pytest.fixture
def weights(rng):
    return rng.uniform(size=ROWS)


def test_accuracy(rng, weights):
    y_true, y_pred = rng.integers(0, 3, (2, ROWS, 4))
    check(metrics.Accuracy, (y_true == y_pred).mean(1), y_true, y_pred, weights)


@pytest.mark.parametrize("shape", [(ROWS,), (ROWS, 1), (ROWS, 3)])
def test_binary_accuracy(shape, rng, weights):
    y_true = rng.integers(0, 2, shape)
    y_pred = rng.uniform(size=(ROWS, shape[1] if len(shape) > 1 else 1))
    right = (y_pred > 0.5) == y_true.reshape(y_pred.shape)
    check(metrics.BinaryAccuracy, right.mean(1), y_true, y_pred, weights)
    right = (y_pred > 0.8) == y_true.reshape(y_pred.shape)
    check(
        lambda dtype=None: metrics.BinaryAccuracy(threshold=0.8, dtype=dtype),
        right.mean(1), y_true, y_pred, weights,
    )  # fmt: skip


def test_binary_accuracy_at_the_threshold_is_0():
    assert metrics.BinaryAccuracy()([[0.0]], [[0.5]]) == 1.0


def test_categorical_accuracy(rng, weights):
    y_true, y_pred = np.eye(3)[rng.integers(0, 3, ROWS)], rng.uniform(size=(ROWS, 3))
    right = y_true.argmax(1) == y_pred.argmax(1)
    check(metrics.CategoricalAccuracy, right, y_true, y_pred, weights)


@pytest.mark.parametrize("column", [False, True])
def test_sparse_categorical_accuracy(column, rng, weights):
    y_true, y_pred = rng.integers(0, 3, ROWS), rng.uniform(size=(ROWS, 3))
    right = y_true == y_pred.argmax(1)
    if column:
        y_true = y_true[:, None]
    check(metrics.SparseCategoricalAccuracy, right, y_true, y_pred, weights)


def test_accuracy_with_several_rows_a_sample(rng, weights):
    y_true, y_pred = rng.integers(0, 3, (ROWS, 4)), rng.uniform(size=(ROWS, 4, 3))
    right = (y_true == y_pred.argmax(-1)).mean(1)
    check(metrics.SparseCategoricalAccuracy, right, y_true, y_pred, weights)
    check(metrics.CategoricalAccuracy, right, np.eye(3)[y_true], y_pred, weights)


@pytest.mark.parametrize("columns", [1, 4])
def test_errors(columns, rng, weights):
    y_true, y_pred = rng.normal(size=(2, ROWS, columns))
    error = y_pred - y_true
    check(metrics.MeanSquaredError, (error**2).mean(1), y_true, y_pred, weights)
    check(metrics.MeanAbsoluteError, np.abs(error).mean(1), y_true, y_pred, weights)
    if columns == 1:
        check(metrics.MeanSquaredError, (error**2).mean(1), y_true[:, 0], y_pred, weights)


@pytest.mark.parametrize("weighted", [False, True])
def test_root_mean_squared_error(weighted, rng, weights):
    y_true, y_pred = rng.normal(size=(2, ROWS, 3))
    w = weights if weighted else None
    expected = np.sqrt(np.average(((y_pred - y_true) ** 2).mean(1), weights=w))
    assert metrics.RootMeanSquaredError(dtype="float64")(y_true, y_pred, w) == pytest.approx(
        expected
    )
    assert accumulate(metrics.RootMeanSquaredError(), y_true, y_pred, w) == pytest.approx(expected)


def test_crossentropies(rng, weights):
    labels, p = rng.integers(0, 3, ROWS), rng.dirichlet(np.ones(3), ROWS)
    expected = -np.log(p[np.arange(ROWS), labels])
    check(metrics.SparseCategoricalCrossentropy, expected, labels, p, weights)
    check(metrics.CategoricalCrossentropy, expected, np.eye(3)[labels], p, weights)
    bits = rng.integers(0, 2, (ROWS, 3))
    expected = -np.log(np.where(bits == 1, p, 1 - p)).mean(1)
    check(metrics.BinaryCrossentropy, expected, bits, p, weights)


def test_crossentropies_of_logits(rng, weights):
    labels, x = rng.integers(0, 3, ROWS), rng.normal(size=(ROWS, 3))
    expected = reference.crossentropy(x, np.eye(3)[labels])
    for cls, y in (
        (metrics.SparseCategoricalCrossentropy, labels),
        (metrics.CategoricalCrossentropy, np.eye(3)[labels]),
    ):
        check(lambda dtype=None, c=cls: c(from_logits=True, dtype=dtype), expected, y, x, weights)
    smooth = np.where(np.eye(3)[labels] == 1, 0.9, 0.1)
    expected = (reference.softplus(x) - x * smooth).mean(1)
    check(
        lambda dtype=None: metrics.BinaryCrossentropy(
            from_logits=True, label_smoothing=0.2, dtype=dtype
        ),
        expected, np.eye(3)[labels], x, weights,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("function", "y_true"),
    [
        (metrics.binary_accuracy, np.zeros((4, 1))),
        (metrics.categorical_accuracy, np.zeros(4)),
        (metrics.sparse_categorical_accuracy, np.zeros((4, 3))),
        (metrics.RootMeanSquaredError(), np.zeros((4, 1))),
    ],
)
def test_shapes_that_differ(function, y_true):
    with pytest.raises(ValueError, match=r"expected y_true of .*received y_true of\s+shape \(4,"):
        function(y_true, np.zeros((4, 3)))


def test_which_way_is_better():
    for cls in (metrics.Accuracy, metrics.BinaryAccuracy, metrics.SparseCategoricalAccuracy):
        assert cls()._direction == "up"
    for cls in (metrics.MeanSquaredError, metrics.RootMeanSquaredError, metrics.BinaryCrossentropy):
        assert cls()._direction == "down"
    assert metrics.Mean()._direction is None
    assert metrics.MeanMetricWrapper(metrics.huber)._direction == "down"
    assert metrics.MeanMetricWrapper(ops.subtract)._direction is None


def test_lists_become_floats():
    assert as_float([1, 2], "float32").dtype == np.float32
    assert metrics.MeanSquaredError()([[1], [2]], [[2], [4]]) == 2.5
