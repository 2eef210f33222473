"""pymlp beside Keras: training step by step, losses, activations.

Keras's side is committed in `keras_figures/`, with the script that made it. Where Keras is
installed it is computed anew and compared directly.
"""

import json
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import pymlp

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE))

from keras_figures import functions, training  # noqa: E402

# Keras 3 on NumPy 2 warns when one of its variables becomes an array.
pytestmark = pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")

# Losses of the first hundred batches and the weights after them; the epoch's loss and accuracy.
# Two float32 implementations that add in different orders come out near 5e-7.
BATCH_TOLERANCE = 1e-4
EPOCH_TOLERANCE = 1e-3
# Single functions: a few roundings of float32 (eps 1.2e-7) in a sum of at most 24 terms.
FUNCTION_TOLERANCE = {"rtol": 4e-6, "atol": 1e-6}


@cache
def figures(name):
    return json.loads((HERE / "keras_figures" / f"{name}.json").read_text())


@cache
def trained(optimizer):
    return training.train(pymlp, optimizer)


@pytest.mark.parametrize("optimizer", training.OPTIMIZERS)
class TestTraining:
    def test_loss_of_each_of_the_first_batches(self, optimizer):
        expected = figures("training")["optimizers"][optimizer]["losses"]
        np.testing.assert_allclose(trained(optimizer)["losses"], expected, rtol=BATCH_TOLERANCE)

    def test_weights_after_them(self, optimizer):
        expected = figures("training")["optimizers"][optimizer]["weights"]
        for ours, theirs in zip(
            training.summary(trained(optimizer)["weights"]), expected, strict=True
        ):
            assert ours["norm"] == pytest.approx(theirs["norm"], rel=BATCH_TOLERANCE)
            assert training.distance(ours, theirs) <= BATCH_TOLERANCE

    def test_epoch(self, optimizer):
        expected = figures("training")["optimizers"][optimizer]
        for name in ("epoch_loss", "epoch_accuracy"):
            ours = trained(optimizer)[name]
            assert ours == pytest.approx(expected[name], rel=EPOCH_TOLERANCE)

    def test_fit_steps_as_train_on_batch_does(self, optimizer):
        """The span of batches in one native call, against the same figures."""
        images, labels, weights = training.problem()
        model = training.network(pymlp, optimizer, weights, "float32")
        rows = training.STEPS * training.BATCH
        model.fit(images[:rows], labels[:rows], batch_size=training.BATCH, shuffle=False, verbose=0)
        expected = figures("training")["optimizers"][optimizer]["weights"]
        for ours, theirs in zip(training.summary(model.get_weights()), expected, strict=True):
            assert training.distance(ours, theirs) <= BATCH_TOLERANCE

    def test_against_keras_itself(self, optimizer, keras):
        theirs, ours = training.train(keras, optimizer), trained(optimizer)
        np.testing.assert_allclose(ours["losses"], theirs["losses"], rtol=BATCH_TOLERANCE)
        for one, other in zip(ours["weights"], theirs["weights"], strict=True):
            assert np.linalg.norm(one - other) <= BATCH_TOLERANCE * np.linalg.norm(other)
        for name in ("epoch_loss", "epoch_accuracy"):
            assert ours[name] == pytest.approx(theirs[name], rel=EPOCH_TOLERANCE)


def test_the_problem_is_worth_learning():
    images, labels, weights = training.problem()
    assert images.shape == (6400, 28, 28)
    assert set(labels.tolist()) == set(range(10))
    assert [w.shape for w in weights[::2]] == [(784, 300), (300, 100), (100, 10)]
    for optimizer, expected in figures("training")["optimizers"].items():
        losses = expected["losses"]
        assert np.mean(losses[-10:]) < np.mean(losses[:10]) - 0.1, optimizer


@pytest.mark.parametrize("relative", [1e-5, 1e-3])
def test_distance_of_summaries_sees_what_the_norm_sees(relative):
    weights = [training.uniform((300, 100), 1) - 0.5, training.uniform((100,), 2) - 0.5]
    for i, weight in enumerate(weights):
        noise = training.uniform(weight.shape, 3 + i) - 0.5
        moved = weight + relative * noise * np.linalg.norm(weight) / np.linalg.norm(noise)
        pair = (training.summary([moved])[0], training.summary([weight])[0])
        # The mean of 16 squared products is within a factor of 4 of the squared norm.
        assert relative / 2 <= training.distance(*pair) <= 2 * relative


@pytest.mark.parametrize("kind", ["losses", "activations"])
class TestFunctions:
    def test_against_the_figures(self, kind):
        expected = figures("functions")[kind]
        compare(getattr(functions, kind)(pymlp), expected)

    def test_against_keras_itself(self, kind, keras):
        compare(getattr(functions, kind)(pymlp), dict(getattr(functions, kind)(keras)))


def compare(ours, expected):
    """Assert that the same names have the same values; names every case that differs."""
    ours = dict(ours)
    assert ours.keys() == expected.keys()
    wrong = []
    for name, theirs in expected.items():
        theirs = np.asarray(theirs)
        if ours[name].shape != theirs.shape:
            wrong.append(f"{name}: shape {ours[name].shape}, Keras {theirs.shape}")
        elif not np.allclose(ours[name], theirs, **FUNCTION_TOLERANCE):
            wrong.append(f"{name}: {ours[name].ravel()}, Keras {theirs.ravel()}")
    assert not wrong, "\n".join(wrong)
