"""Softmax, and cross-entropy on its logits."""

import numpy as np
import pytest
from evaluation import Graph, check_gradients, evaluations, feed
from hypothesis import given
from hypothesis import strategies as st
from reference import assert_close, assert_same_bits, crossentropy, log_sum_exp, one_hot, softmax

from pymlp import ops
from pymlp.graph.gradient import gradients
from pymlp.graph.tensor import input_tensor
from pymlp.variables import Variable

ROWS = st.sampled_from([1, 2, 5, 6, 7, 15, 16, 17, 33])
CLASSES = st.sampled_from([1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16, 17, 31, 33, 61])
FLOATS = st.sampled_from(["float32", "float64"])


def logits_of(rows, classes, dtype, spread=3.0):
    return (
        np.random.default_rng(rows * 64 + classes).normal(0, spread, (rows, classes)).astype(dtype)
    )


def exponent_size(x):
    """An error eps in x is an error eps |x| in e^x: 1 + |x - max| is what e^x is uncertain by."""
    return 1 + np.abs(x - x.max(-1, keepdims=True))


@given(rows=ROWS, classes=CLASSES, dtype=FLOATS, spread=st.sampled_from([0.1, 3.0, 30.0]))
def test_softmax(rows, classes, dtype, spread):
    x = logits_of(rows, classes, dtype, spread)
    wide = x.astype(np.float64)
    expected = softmax(wide)
    for fed in ([], [0]):
        for y in evaluations(ops.softmax, x, fed=fed):
            assert_close(y, expected, scale=expected * exponent_size(wide), k=classes)
            assert_close(y.sum(-1), np.ones(rows), k=classes)


@given(rows=ROWS, classes=CLASSES, shift=st.integers(-1000, 1000))
def test_softmax_ignores_a_shift(rows, classes, shift):
    x = (
        np.random.default_rng(classes).integers(-20, 20, (rows, classes)) * 1.0
    )  # a shift rounds nothing
    assert_same_bits(ops.softmax(x + shift), ops.softmax(x))
    labels = np.arange(rows) % classes
    assert_same_bits(
        ops.softmax_crossentropy(x + shift, labels, True), ops.softmax_crossentropy(x, labels, True)
    )


def test_softmax_of_any_rank(dtype):
    x = logits_of(6, 5, dtype)
    assert_same_bits(ops.softmax(x.reshape(2, 3, 5)), ops.softmax(x).reshape(2, 3, 5))
    assert_same_bits(ops.softmax(x[0]), ops.softmax(x)[0])
    assert_same_bits(ops.softmax(np.zeros((3, 4), dtype)), np.full((3, 4), 0.25, dtype))


def test_extreme_logits(dtype):
    big = np.finfo(dtype).max
    rows = np.array([[big, -big, 0], [-big, -big, -big], [1e4, 1e4, -1e4], [-np.inf, 0, 0]], dtype)
    half, third = 0.5, 1 / 3
    expected = np.array([[1, 0, 0], [third] * 3, [half, half, 0], [0, half, half]])
    assert_close(ops.softmax(rows), expected)
    labels = np.array([1, 0, 2, 0])
    losses = ops.softmax_crossentropy(rows, labels, True)
    assert_close(losses, np.array([2.0 * float(big), np.log(3), 2e4 + np.log(2), np.inf]))


@pytest.mark.parametrize("at", [0, 3, 8, 16])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_is_seen(at, value, dtype):
    """A NaN in a row, in whichever lane, makes its results NaN, and those of no other row."""
    x = logits_of(3, 17, dtype)
    clean = ops.softmax(x)
    x[1, at] = value
    y = ops.softmax(x)
    assert np.isnan(y[1]).any()
    assert np.isnan(y[1]).all() or value == np.inf
    assert_same_bits(y[[0, 2]], clean[[0, 2]])
    losses = ops.softmax_crossentropy(x, np.array([2, 2, 2]), True)
    np.testing.assert_array_equal(np.isnan(losses), [False, True, False])


def probabilities(rows, classes, dtype):
    """Targets that do not add up to 1, some of them 0."""
    rng = np.random.default_rng(classes)
    return (rng.uniform(0, 1, (rows, classes)) * rng.integers(0, 2, (rows, classes))).astype(dtype)


@given(rows=ROWS, classes=CLASSES, dtype=FLOATS, sparse=st.booleans())
def test_crossentropy(rows, classes, dtype, sparse):
    x = logits_of(rows, classes, dtype)
    wide = x.astype(np.float64)
    if sparse:
        labels = np.random.default_rng(rows).integers(0, classes, rows)
        target, weights = labels.astype(dtype), one_hot(labels, classes)
    else:
        target = probabilities(rows, classes, dtype)
        weights = target.astype(np.float64)
    expected = crossentropy(wide, weights)
    scale = (
        weights * (exponent_size(wide) + np.abs(log_sum_exp(wide) - wide.max(-1))[:, None])
    ).sum(-1)
    for loss in evaluations(
        lambda x, t: ops.softmax_crossentropy(x, t, sparse), x, target, fed=[0, 1]
    ):
        assert_close(loss, expected, scale=scale, k=classes)


def test_crossentropy_by_hand():
    """Two equal logits: log 2. Certain and right: 0. Certain and wrong: the difference."""
    x = np.array([[0.0, 0.0], [200.0, 0.0], [200.0, 0.0]])
    np.testing.assert_allclose(
        ops.softmax_crossentropy(x, np.array([1, 0, 1]), True), [np.log(2), 0, 200], rtol=1e-15
    )
    target = np.array([[0.25, 0.25], [0.0, 0.0], [0.0, 3.0]])
    np.testing.assert_allclose(
        ops.softmax_crossentropy(x, target, False), [np.log(2) / 2, 0, 600], rtol=1e-15
    )


def test_small_losses_keep_their_digits():
    """log(1 + e^-30) is 9.4e-14, far below the rounding of 30."""
    loss = ops.softmax_crossentropy(np.array([[30.0, 0.0]]), np.array([0]), True)
    np.testing.assert_allclose(loss, np.log1p(np.exp(-30.0)), rtol=3e-3)


def test_zero_target_takes_no_part():
    """0 log 0 is 0: an impossible class that is not the target does no harm."""
    x = np.array([[0.0, 0.0, -np.inf]])
    np.testing.assert_allclose(
        ops.softmax_crossentropy(x, np.array([[1.0, 0, 0]]), False), np.log(2)
    )


@pytest.mark.parametrize("label", [-1.0, 5.0, 1e20, -1e20, np.nan, np.inf, -0.5])
def test_label_out_of_range_is_nan(label):
    x = logits_of(20, 5, "float64")
    labels = np.zeros(20)
    labels[7] = label
    leaf, target = feed(x), feed(labels)
    y = ops.softmax_crossentropy(leaf[0], target[0], True)
    (dx,) = gradients(ops.sum(y), [leaf[0]])
    loss, gradient = Graph([y, dx], [leaf[0], target[0]]).run(x, labels)
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(loss)), [7])
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(gradient).any(1)), [7])


@pytest.mark.parametrize("classes", [1, 2, 9])
def test_gradients_by_differences(classes, rng):
    x = rng.normal(size=(4, classes))
    check_gradients(ops.softmax, x)
    check_gradients(ops.softmax, x, fed=[0])
    targets = {True: rng.integers(0, classes, 4) * 1.0, False: probabilities(4, classes, "float64")}
    for sparse, target in targets.items():
        weights = one_hot(target, classes) if sparse else target
        found, _ = check_gradients(
            lambda x, t, sparse=sparse: ops.softmax_crossentropy(x, t, sparse),
            x,
            target,
            fed=[0, 1],
            fixed=[1],
        )
        factor = np.random.default_rng(0).uniform(0.5, 1.5, 4)[:, None]
        expected = factor * (softmax(x) * weights.sum(-1, keepdims=True) - weights)
        assert_close(found, expected, scale=2 * exponent_size(x), k=classes)


def test_shapes_that_do_not_go_together():
    logits = input_tensor((None, 3), "float32", "x")
    for shape, sparse in (((None, 4), False), ((None, 1), True), ((None,), False)):
        with pytest.raises(ValueError, match=r"cross-entropy: target of shape .* \(None, 3\)"):
            ops.softmax_crossentropy(logits, input_tensor(shape, "float32", "t"), sparse)
    with pytest.raises(ValueError, match="needs an axis of classes"):
        ops.softmax(input_tensor((None,), "float32", "x"))


def test_empty(dtype):
    assert ops.softmax(np.zeros((0, 3), dtype)).shape == (0, 3)
    assert ops.softmax(np.zeros((3, 0), dtype)).shape == (3, 0)
    assert ops.softmax_crossentropy(np.zeros((0, 3), dtype), np.zeros(0, dtype), True).shape == (0,)


@pytest.mark.parametrize("sparse", [True, False])
def test_crossentropy_of_the_rows_of_a_variable(sparse, rng):
    """Rows that are not samples: the result is one row, not a column."""
    logits = rng.normal(size=(4, 3))
    labels = np.array([0.0, 2.0, 1.0, 2.0])
    target = labels if sparse else np.eye(3)[labels.astype(int)]
    expected = -np.log(np.exp(logits) / np.exp(logits).sum(-1, keepdims=True))[
        np.arange(4), labels.astype(int)
    ]
    y = ops.softmax_crossentropy(
        *(Variable(a, dtype="float64").tensor for a in (logits, target)), sparse
    )
    assert y.shape == (4,)
    np.testing.assert_allclose(Graph([y]).run()[0], expected, rtol=1e-14)
