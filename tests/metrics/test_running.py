"""Running sums and means: batches, weights, and memory that programs add into."""

import numpy as np
import pytest
from evaluation import feed

from pymlp import losses, metrics, ops
from pymlp.graph.lower import lower
from pymlp.graph.tensor import input_tensor
from pymlp.tracing import tracing


def accumulate(metric, *arrays, batch_size=3, threads=1):
    """Update a metric as training does: by a program that runs batch after batch."""
    feeds = [None if a is None else feed(np.asarray(a, np.float64)) for a in arrays]
    leaves = [None if f is None else f[0] for f in feeds]
    with tracing(anew=True) as trace:
        metric.update_state(*leaves)
    fed = [f for f in feeds if f is not None]
    lowered = lower("float64", [leaf for leaf, _ in fed], trace=trace)
    rows = len(fed[0][1])
    lowered.program.bind([array for _, array in fed])
    lowered.program.run(None, 0, rows, batch_size, None, threads)
    return metric.result()


def own(y_true, y_pred):
    return ops.square(y_pred - y_true)


def keras_mean(values, weights):
    """Of every sample the weighted mean of its values, by Keras's rule; then over samples."""
    values = np.asarray(values, float)
    if weights is None:
        return values.reshape(len(values), -1).mean(1).sum() / len(values)
    weights = np.asarray(weights, float)
    if weights.ndim < values.ndim:
        values = values.mean(tuple(range(weights.ndim, values.ndim)))
    weights = np.broadcast_to(weights, values.shape)
    return (values * weights).mean(tuple(range(1, values.ndim))).sum() / weights.mean(
        tuple(range(1, weights.ndim))
    ).sum()


SHAPES = [
    ((7,), None), ((7,), (7,)), ((7, 1), (7,)), ((7, 3), None), ((7, 3), (7,)), ((7, 3), (7, 1)),
    ((7, 3), (7, 3)), ((7, 2, 3), None), ((7, 2, 3), (7,)), ((7, 2, 3), (7, 2)), ((7, 1), (7, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "weight_shape"), SHAPES)
@pytest.mark.parametrize("threads", [1, 2])
def test_mean(shape, weight_shape, threads, rng):
    y_true, y_pred = rng.normal(size=(2, *shape))
    weights = None if weight_shape is None else rng.uniform(size=weight_shape)
    expected = keras_mean((y_pred - y_true) ** 2, weights)
    eager = metrics.MeanMetricWrapper(own, dtype="float64")
    for rows in (slice(0, 3), slice(3, 6), slice(6, 7)):
        eager.update_state(
            y_true[rows], y_pred[rows], sample_weight=None if weights is None else weights[rows]
        )
    assert eager.result() == pytest.approx(expected, rel=1e-13)
    traced = metrics.MeanMetricWrapper(own)
    result = accumulate(traced, y_true, y_pred, weights, threads=threads)
    assert result == pytest.approx(expected, rel=1e-13)
    count = 7 if weights is None else weights.reshape(7, -1).mean(1).sum()
    np.testing.assert_allclose(eager.state, [[expected * count, count]], rtol=1e-13)
    np.testing.assert_allclose(traced.state, eager.state, rtol=1e-13)


def test_sum(rng):
    values, weights = rng.normal(size=(7, 3)), rng.uniform(size=7)
    total = metrics.Sum(dtype="float64")
    assert total(values) == pytest.approx(values.sum())
    assert total(values, sample_weight=weights) == pytest.approx(
        values.sum() + (values * weights[:, None]).sum()
    )
    total.reset_state()
    assert total.result() == 0.0
    each = rng.uniform(size=(7, 3))
    assert total(values, each) == pytest.approx((values * each).sum())


def test_state_is_one_piece_of_memory_for_good():
    mean = metrics.Mean()
    state = mean.state
    assert (state.shape, state.dtype, state.flags.c_contiguous) == ((1, 2), np.float64, True)
    mean.update_state([1.0, 2.0])
    mean.update_state([3.0], sample_weight=[2.0])
    assert mean.state is state
    np.testing.assert_array_equal(state, [[9.0, 4.0]])
    assert [float(v) for v in mean.variables] == [9.0, 4.0]
    assert [v.shape for v in mean.variables] == [(), ()]
    mean.variables[0][...] = 2.0
    assert mean.result() == 0.5
    mean.reset_state()
    assert mean.state is state
    np.testing.assert_array_equal(state, 0)


def test_results_are_floats():
    mean = metrics.Mean()
    assert mean.result() == 0.0  # of nothing
    assert type(mean.result()) is float
    assert type(mean([1.0])) is float
    assert mean([1.0], sample_weight=[0.0]) == 1.0
    empty = metrics.Mean()
    empty.update_state(np.zeros((0, 3)))
    empty.update_state([5.0], sample_weight=[0.0])
    assert empty.result() == 0.0


def test_one_number_a_batch():
    """As a whole Loss gives it: every batch counts once, as in Keras."""
    metric = metrics.MeanMetricWrapper(losses.MeanSquaredError(), name="loss")
    metric.update_state([[0.0], [0.0], [0.0]], [[1.0], [1.0], [1.0]])
    metric.update_state([[0.0]], [[3.0]])
    assert metric.result() == 5.0
    assert metric._direction == "down"
    traced = metrics.MeanMetricWrapper(losses.MeanSquaredError())
    y_pred = np.array([[1.0], [1.0], [1.0], [3.0]])
    assert accumulate(traced, np.zeros((4, 1)), y_pred, None) == 5.0
    np.testing.assert_array_equal(traced.state, [[10.0, 2.0]])


def test_weights_that_do_not_fit():
    with pytest.raises(ValueError, match="broadcast"):
        metrics.Mean().update_state([1.0, 2.0], sample_weight=[1.0, 2.0, 3.0])


def test_a_class_of_ones_own_derived_from_mean(rng):
    """Written for arrays and as for Keras, and traced all the same."""

    class Bias(metrics.Mean):
        def update_state(self, y_true, y_pred, sample_weight=None):
            super().update_state(y_pred - y_true, sample_weight)

    y_true, y_pred, weights = rng.normal(size=(5, 1)), rng.normal(size=(5, 1)), rng.uniform(size=5)
    expected = np.average((y_pred - y_true)[:, 0], weights=weights)
    assert accumulate(Bias(), y_true, y_pred, weights) == pytest.approx(expected)
    assert Bias(dtype="float64")(y_true, y_pred, weights) == pytest.approx(expected)


def test_symbolic_tensors_are_for_traces():
    x = input_tensor((None, 1), "float64", "x")
    metric = metrics.MeanSquaredError(name="mine")
    for _ in range(2):
        with pytest.raises(TypeError, match=r"'mine' cannot be updated with a symbolic tensor"):
            metric.update_state(x, x)
        with tracing(anew=True) as trace:
            metric.update_state(x, x)
        (found,) = trace.accumulated
        assert found.total is metric.state


def test_a_class_of_ones_own_derived_from_metric():
    class Largest(metrics.Metric):
        def __init__(self, name="largest"):
            super().__init__(name=name)
            self.value = np.zeros(())

        @property
        def variables(self):
            return [self.value]

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.value[...] = max(self.value, np.max(y_pred))

        def result(self):
            return float(self.value)

    metric = Largest()
    assert metric([[0.0]], [[3.0]]) == 3.0
    metric.reset_state()
    assert metric.result() == 0.0
    with pytest.raises(NotImplementedError, match="does not define update_state"):
        metrics.Metric().update_state()
    with pytest.raises(NotImplementedError, match="does not define result"):
        metrics.Metric().result()


def test_names(fresh_names):
    assert metrics.MeanMetricWrapper(own).name == "mean_metric_wrapper"
    assert metrics.MeanMetricWrapper(own).name == "mean_metric_wrapper_1"
    assert repr(metrics.Mean("mine")) == "<Mean name=mine>"
