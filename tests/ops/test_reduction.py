"""Sums, means and argmax."""

import numpy as np
import pytest
from evaluation import Graph, check_gradients, evaluations, feed
from hypothesis import given
from hypothesis import strategies as st
from reference import assert_close, assert_same_bits

from pymlp import ops
from pymlp.graph.gradient import gradients
from pymlp.graph.tensor import input_tensor
from pymlp.variables import Variable

SIZES = st.sampled_from([1, 2, 3, 5, 7, 8, 9, 16, 17, 61, 127])
FLOATS = st.sampled_from(["float32", "float64"])


def close(result, x, axis, mean):
    """Sums run in double: the result is rounded once, the mean of a batch once more."""
    wide = x.astype(np.longdouble)
    expected = wide.mean(axis) if mean else wide.sum(axis)
    scale = np.abs(wide).mean(axis) if mean else np.abs(wide).sum(axis)
    if x.dtype == np.float32:
        scale = np.abs(expected) + scale * 1e-8
    assert_close(result, expected, scale=scale, k=0 if x.dtype == np.float32 else x.size)


@given(
    rows=SIZES, columns=SIZES, dtype=FLOATS, mean=st.booleans(), axis=st.sampled_from([None, -1])
)
def test_sum_and_mean(rows, columns, dtype, mean, axis):
    x = np.random.default_rng(rows * 128 + columns).normal(1, 1, (rows, columns)).astype(dtype)
    function = ops.mean if mean else ops.sum
    close(function(x, axis=axis), x, axis, mean)
    leaf, array = feed(x)
    y = function(leaf, axis=axis)
    graph = Graph([y], [leaf])
    for threads in (1, 2):
        close(graph.run(array, threads=threads)[0], x, axis, mean)
    if axis == -1:
        close(graph.run(array, threads=2, batch_size=7)[0], x, axis, mean)
    else:  # of the last batch
        last = x[-(rows % 7 or min(7, rows)) :]
        close(graph.run(array, batch_size=7)[0], last, axis, mean)
    close(Graph([function(Variable(x, dtype=dtype).tensor)]).run()[0], x, None, mean)


@pytest.mark.parametrize("shape", [(5,), (4, 5), (3, 4, 5), (2, 3, 4, 5)])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", ["sum", "mean"])
def test_last_axis_of_any_rank(shape, keepdims, name, dtype, rng):
    x = rng.normal(size=shape).astype(dtype)
    expected = getattr(np, name)(x.astype(np.float64), axis=-1, keepdims=keepdims)
    scale = np.abs(x.astype(np.float64)).sum(-1, keepdims=keepdims)
    ways = [[0]] if len(shape) > 1 else []
    if keepdims or len(shape) > 2:
        ways.append([])
    for fed in ways:
        for result in evaluations(
            lambda x: getattr(ops, name)(x, axis=-1, keepdims=keepdims), x, fed=fed
        ):
            assert_close(result, expected, scale=scale)


@pytest.mark.parametrize("name", ["sum", "argmax"])
def test_rows_of_a_variable(name):
    v = Variable(
        np.array([[1.0, 2.0], [0.0, 5.0]])
    )  # two rows: what is written astray stays in the padding
    (result,) = Graph([getattr(ops, name)(v.tensor, axis=-1)]).run()
    np.testing.assert_array_equal(result, getattr(np, name)(v.value, axis=-1))


@pytest.mark.parametrize("function", [ops.sum, ops.mean])
def test_gradients(function, rng):
    x = rng.normal(size=(4, 5))
    check_gradients(function, x)
    check_gradients(function, x, fed=[0])
    check_gradients(lambda x: function(x, axis=-1), x, fed=[0])
    check_gradients(lambda x: function(x, axis=-1, keepdims=True), x)
    check_gradients(lambda x: function(x, axis=-1), rng.normal(size=(3, 2, 4)), fed=[0])
    check_gradients(lambda x: function(ops.square(x)), x[0], fed=[0])


def test_gradients_of_two_half_batches_add_up(rng):
    x = rng.normal(size=(12, 5))
    leaf, array = feed(x)
    (dx,) = gradients(ops.mean(ops.square(leaf)), [leaf])
    graph = Graph([dx], [leaf])
    whole = graph.run(array)[0]
    halves = [graph.run(array[:6])[0], graph.run(array[6:])[0]]
    assert_close(whole, np.concatenate(halves) / 2)


def test_mean_of_a_short_batch():
    """The mean is over the samples there are, not over those of a full batch."""
    leaf, array = feed(np.arange(7.0)[:, None])
    assert Graph([ops.mean(leaf)], [leaf]).run(array, batch_size=4)[0] == 5.0


def test_mean_of_an_expression_that_starts_with_a_constant():
    leaf, array = feed(np.arange(6.0))
    assert Graph([ops.mean(1.0 - leaf)], [leaf]).run(array)[0] == -1.5


def test_long_float32_sum_keeps_its_digits():
    """Added up in float32, ten million times 0.1 would come to 1087937."""
    x = np.full((1000, 10_000), 0.1, np.float32)
    np.testing.assert_array_equal(ops.sum(x), np.float32(x.astype(np.float64).sum()))


@given(rows=SIZES, columns=SIZES, dtype=FLOATS)
def test_argmax(rows, columns, dtype):
    x = np.random.default_rng(rows + 128 * columns).integers(0, 4, (rows, columns)).astype(dtype)
    for result in evaluations(lambda x: ops.argmax(x, -1), x, fed=[0]):
        np.testing.assert_array_equal(result, x.argmax(-1))
    np.testing.assert_array_equal(ops.argmax(-x[0]), (-x[0]).argmax())


def test_argmax_of_equals_and_specials():
    nan, inf = np.nan, np.inf
    rows = np.array(
        [
            [1, 1, 1],
            [0, 2, 2],
            [1, nan, 3],
            [nan, nan, 1],
            [-inf, -inf, -inf],
            [-inf, 1, inf],
            [-0.0, 0, 0],
        ]
    )
    np.testing.assert_array_equal(ops.argmax(rows, -1), rows.argmax(-1))


def test_nan_and_infinity(dtype):
    x = np.array([[1, np.nan], [np.inf, 1], [np.inf, -np.inf], [1, 2]], dtype)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(ops.sum(x, axis=-1), x.sum(-1))
    assert np.isnan(ops.sum(x))


def test_empty(dtype):
    x = np.zeros((0, 3), dtype)
    assert ops.sum(x) == 0
    assert np.isnan(ops.mean(x))
    assert ops.sum(x, axis=-1).shape == (0,)
    np.testing.assert_array_equal(ops.sum(x.T, axis=-1), np.zeros(3))
    assert np.isnan(ops.mean(x.T, axis=-1)).all()


def test_axes_that_are_missing():
    x = input_tensor((None, 3), "float32", "x")
    for axis in (2, -3, (0, 5)):
        with pytest.raises(ValueError, match="sum: a tensor of 2 axes has no axis"):
            ops.sum(x, axis=axis)


def test_argmax_has_no_gradient(rng):
    x = rng.normal(size=(3, 4))
    gradient = check_gradients(lambda x: ops.argmax(x, -1) * 1.0, x, fed=[0])[0]
    assert_same_bits(gradient, np.zeros((3, 4)))


@pytest.mark.parametrize("axis", [None, -1])
def test_long_sums_run_in_double(axis):
    """Terms too small to change a float32 sum one at a time, and large together."""
    x = np.full((1, 4001), np.finfo(np.float32).eps / 4, np.float32)
    x[0, 0] = 1.0
    np.testing.assert_array_equal(ops.sum(x, axis=axis), np.float32(x.sum(dtype=np.float64)))
    assert ops.sum(x, axis=axis) > 1
