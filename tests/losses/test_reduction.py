"""From values a sample to one number: reductions and sample weights."""

import numpy as np
import pytest
from evaluation import check_gradients, evaluations, feed, run

from pymlp import losses, ops
from pymlp.graph.gradient import gradients
from pymlp.losses.loss import reduce_weighted

VALUES = np.array([4.0, 1.0, 0.0, 9.0])  # squares of the errors
WEIGHTS = np.array([0.5, 2.0, 3.0, 0.0])
Y_TRUE, Y_PRED = np.zeros((4, 1)), np.array([[2.0], [-1.0], [0.0], [3.0]])

EXPECTED = {
    "sum_over_batch_size": (14 / 4, 4 / 4),  # the weights are no divisor
    "mean": (14 / 4, 4 / 4),
    "sum": (14.0, 4.0),
    "mean_with_sample_weight": (14 / 4, 4 / 5.5),
}


@pytest.mark.parametrize("reduction", EXPECTED)
def test_to_one_number(reduction):
    loss = losses.MeanSquaredError(reduction=reduction, dtype="float64")
    plain, weighted = EXPECTED[reduction]
    assert loss(Y_TRUE, Y_PRED) == pytest.approx(plain, rel=1e-15)
    for weights in (WEIGHTS, WEIGHTS[:, None], list(WEIGHTS)):
        assert loss(Y_TRUE, Y_PRED, sample_weight=weights) == pytest.approx(weighted, rel=1e-15)
    feeds = [feed(Y_TRUE), feed(Y_PRED), feed(WEIGHTS)]
    y_true, y_pred, weights = (leaf for leaf, _ in feeds)
    traced = [loss(y_true, y_pred), loss(y_true, y_pred, weights)]
    np.testing.assert_allclose(run(traced, feeds), [plain, weighted], rtol=1e-15)


@pytest.mark.parametrize("reduction", ["none", None])
def test_to_none(reduction):
    loss = losses.MeanSquaredError(reduction=reduction, dtype="float64")
    np.testing.assert_array_equal(loss(Y_TRUE, Y_PRED), VALUES)
    np.testing.assert_array_equal(loss(Y_TRUE, Y_PRED, WEIGHTS), VALUES * WEIGHTS)
    for result in evaluations(loss, Y_TRUE, Y_PRED, WEIGHTS, fed=[0, 1, 2]):
        np.testing.assert_array_equal(result, VALUES * WEIGHTS)


@pytest.mark.parametrize("reduction", EXPECTED)
def test_gradients(reduction, rng):
    def function(y_true, y_pred, weights):
        return ops.reshape(
            losses.MeanSquaredError(reduction=reduction)(y_true, y_pred, weights), (1,)
        )

    y_true, y_pred = rng.normal(size=(2, 5, 2))
    check_gradients(function, y_true, y_pred, rng.uniform(1, 2, 5), fed=[0, 1, 2])


def test_weights_that_are_all_zero():
    loss = losses.MeanSquaredError(reduction="mean_with_sample_weight", dtype="float64")
    assert loss(Y_TRUE, Y_PRED, np.zeros(4)) == 0.0
    feeds = [feed(Y_TRUE), feed(Y_PRED), feed(np.zeros(4))]
    leaves = [leaf for leaf, _ in feeds]
    (dy,) = gradients(loss(*leaves), [leaves[1]])
    np.testing.assert_array_equal(run([dy], feeds)[0], np.zeros((4, 1)))


def test_a_weight_a_sample_where_a_sample_has_several_values(rng):
    y_true, y_pred, weights = rng.normal(size=(4, 4, 3)), rng.normal(size=(4, 4, 3)), WEIGHTS
    values = ((y_pred - y_true) ** 2).mean(-1)  # (4, 4): NumPy would take weights for a row
    expected = (values * weights[:, None]).mean()
    loss = losses.MeanSquaredError(dtype="float64")
    assert loss(y_true, y_pred, weights) == pytest.approx(expected, rel=1e-14)
    each = rng.uniform(size=(4, 4))
    assert loss(y_true, y_pred, each) == pytest.approx((values * each).mean(), rel=1e-14)
    feeds = [feed(y_true), feed(y_pred), feed(weights), feed(each)]
    leaves = [leaf for leaf, _ in feeds]
    results = run([loss(*leaves[:3]), loss(*leaves[:2], leaves[3])], feeds)
    np.testing.assert_allclose(results, [expected, (values * each).mean()], rtol=1e-14)


def test_one_number_is_not_reduced():
    assert reduce_weighted(3.0, 2.0, "mean") == 6.0
    np.testing.assert_array_equal(reduce_weighted(np.float64(3.0), WEIGHTS, "sum"), 3 * 5.5)


def test_no_samples():
    assert losses.MeanSquaredError()(np.zeros((0, 2)), np.zeros((0, 2))).shape == (0,)
    assert losses.MeanSquaredError(reduction="sum")(np.zeros((0, 3, 2)), np.zeros((0, 3, 2))) == 0
    assert losses.MeanSquaredError()(np.zeros((0, 3, 2)), np.zeros((0, 3, 2))) == 0


def test_type():
    """Arrays are converted to the loss's type, whatever they are; traced tensors keep theirs."""
    assert losses.MeanSquaredError()(Y_TRUE, Y_PRED).dtype == np.float32
    assert losses.MeanSquaredError(dtype="float64")([[0]], [[1]]).dtype == np.float64
    (y_true, _), (y_pred, _) = feed(Y_TRUE), feed(Y_PRED)
    assert losses.MeanSquaredError()(y_true, y_pred).dtype == "float64"


def test_integer_values_are_weighted_as_numbers():
    class Always(losses.Loss):
        def call(self, y_true, y_pred):
            return np.array([1, 1])

    assert Always()(np.zeros(2), np.zeros(2), sample_weight=[0.5, 0.25]) == np.float32(0.375)


def test_a_loss_of_ones_own():
    class FourthPower(losses.Loss):
        def call(self, y_true, y_pred):
            return ops.mean(ops.square(ops.square(y_pred - y_true)), axis=-1)

    loss = FourthPower()
    assert loss.name.startswith("fourth_power")
    assert loss(Y_TRUE, Y_PRED) == (16 + 1 + 81) / 4
    assert FourthPower.from_config(loss.get_config()).name == loss.name
    with pytest.raises(NotImplementedError, match="Loss does not define call"):
        losses.Loss()(Y_TRUE, Y_PRED)


def test_unknown_reduction():
    with pytest.raises(
        ValueError, match=r"reduction to be one of 'sum_over_batch_size'.*'average'"
    ):
        losses.MeanSquaredError(reduction="average")


def test_unknown_type():
    with pytest.raises(ValueError, match="'float32' or 'float64'"):
        losses.MeanSquaredError(dtype="float16")
