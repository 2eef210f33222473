"""`ActivityRegularization`: its penalty in losses, training and evaluation."""

import numpy as np
import pytest

import pymlp
from pymlp.layers import ActivityRegularization

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def penalty(l1, l2, x=X):
    return (l1 * np.abs(x).sum(dtype="float64") + l2 * np.square(x).sum(dtype="float64")) / len(x)


@pytest.mark.parametrize(("l1", "l2"), [(0.1, 0.0), (0.0, 0.2), (0.1, 0.2), (0.0, 0.0)])
class TestThePenalty:
    def test_is_kept_on_arrays(self, l1, l2):
        layer = ActivityRegularization(l1, l2)
        np.testing.assert_array_equal(layer(X), X)
        assert sum(float(loss) for loss in layer.losses) == pytest.approx(penalty(l1, l2))

    def test_is_part_of_a_model_s_loss(self, l1, l2):
        model = pymlp.Sequential([pymlp.Input((4,)), ActivityRegularization(l1, l2)])
        model.compile(loss="mse")
        found = model.evaluate(X, X, batch_size=len(X), verbose=0)
        assert found == pytest.approx(penalty(l1, l2))

    def test_trains_what_comes_before(self, l1, l2):
        """One step from the unit matrix is that of the penalty's derivative: the error's own is 0."""
        dense = pymlp.layers.Dense(4, use_bias=False, kernel_initializer="identity")
        model = pymlp.Sequential([pymlp.Input((4,)), dense, ActivityRegularization(l1, l2)])
        model.compile(loss="mse", optimizer=pymlp.optimizers.SGD(1.0))
        model.train_on_batch(X, X)
        slope = X.T @ (l1 * np.sign(X) + 2 * l2 * X) / len(X)
        np.testing.assert_allclose(dense.kernel.numpy(), np.eye(4) - slope, rtol=1e-5, atol=1e-6)

    def test_is_that_of_keras(self, l1, l2):
        keras = pytest.importorskip("keras", reason="Keras is not installed here")
        theirs = keras.layers.ActivityRegularization(l1, l2)
        theirs(X)
        ours = ActivityRegularization(l1, l2)
        ours(X)
        expected = sum(float(loss) for loss in theirs.losses)
        assert sum(float(loss) for loss in ours.losses) == pytest.approx(expected, rel=1e-5)
        assert set(theirs.get_config()) == set(ours.get_config())


def test_factors_are_checked():
    with pytest.raises(ValueError, match="l1"):
        ActivityRegularization(l1=-1.0)
