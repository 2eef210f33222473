"""Metrics of one's own that keep variables: on arrays, and updated inside the native span of fit and evaluate."""

import copy
import pickle

import numpy as np
import pytest

import pymlp
from pymlp import metrics, ops


class HuberMetric(metrics.Metric):
    """As in the book "Hands-On Machine Learning": a streaming mean of all values."""

    def __init__(self, threshold=1.0, name="huber", **arguments):
        super().__init__(name=name, **arguments)
        self.threshold = threshold
        self.total = self.add_weight(name="total", initializer="zeros")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, y_true, y_pred, sample_weight=None):
        values = metrics.huber(y_true, y_pred, delta=self.threshold)
        self.total.assign(self.total + ops.sum(values))
        self.count.assign_add(ops.sum(values == values))

    def result(self):
        return self.total / self.count

    def get_config(self):
        return {**super().get_config(), "threshold": self.threshold}


@pytest.fixture
def data(rng):
    x = rng.normal(size=(50, 4)).astype(np.float32)
    return x, 3 * x[:, :1]


def huber(y_true, y_pred, delta):
    e = np.abs(y_true - y_pred)
    return np.where(e <= delta, e**2 / 2, delta * e - delta**2 / 2).mean()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_in_the_native_span(dtype, data):
    x, y = data
    metric = HuberMetric(0.5, dtype=dtype)
    model = pymlp.Sequential([pymlp.Input((4,), dtype=dtype), pymlp.layers.Dense(1, dtype=dtype)])
    model.compile(loss="mse", metrics=[metric])
    history = model.fit(x, y, epochs=3, verbose=0, validation_data=(x, y)).history
    assert len(history["huber"]) == 3
    expected = huber(y, model.predict(x, verbose=0), 0.5)
    assert history["val_huber"][-1] == pytest.approx(expected, rel=1e-5)
    measured = model.evaluate(x, y, batch_size=7, verbose=0, return_dict=True)
    assert measured["huber"] == pytest.approx(expected, rel=1e-5)
    assert float(metric.count) == 50  # not those of the epochs before: reset by each


def test_on_arrays(data):
    x, y = data
    metric = HuberMetric(0.5)
    metric.update_state(y[:20], x[:20, 1:2])
    assert metric(y[20:], x[20:, 1:2]) == pytest.approx(huber(y, x[:, 1:2], 0.5), rel=1e-5)
    assert [v.name for v in metric.variables] == ["total", "count"]
    again = HuberMetric.from_config(metric.get_config())
    assert again.threshold == 0.5
    for other in (pickle.loads(pickle.dumps(metric)), copy.deepcopy(metric)):
        assert other.result() == metric.result()
        assert other.variables[0] is other.total
    again.merge_state([metric, metric])
    assert float(again.count) == 100
    metric.reset_state()
    assert float(metric.total) == float(metric.count) == 0


def test_a_metric_inside_another():
    class Outer(metrics.Metric):
        def __init__(self):
            super().__init__()
            self.inner = HuberMetric()

    outer = Outer()
    assert outer.variables == outer.inner.variables
    outer.inner.update_state([[1.0]], [[3.0]])
    outer.reset_state()
    assert float(outer.inner.count) == 0


def test_a_state_of_several_numbers(data):
    class Columns(metrics.Metric):
        def __init__(self):
            super().__init__(name="columns")
            self.sums = self.add_variable((2,), "zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            ones = np.array([[1.0, 2.0]], np.float32)
            self.sums.assign_add(ops.multiply(ops.sum(y_pred), ones[0]))

        def result(self):
            return self.sums.numpy().sum()

    x, y = data
    model = pymlp.Sequential([pymlp.Input((4,)), pymlp.layers.Dense(1)])
    model.compile(loss="mse", metrics=[Columns()])
    measured = model.evaluate(x, y, batch_size=9, verbose=0, return_dict=True)
    expected = 3 * model.predict(x, verbose=0).sum()
    assert measured["columns"] == pytest.approx(float(expected), rel=1e-4)
