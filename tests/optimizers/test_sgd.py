"""SGD beside its formulas: plain, with momentum, with Nesterov's."""

import numpy as np
import pytest

from optimizers.stepping import check, check_against_keras, followed, rate_of
from pymlp import optimizers

# Keras 3 on NumPy 2 warns when one of its variables becomes an array.
pytestmark = pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")

ARGUMENTS = [
    {},
    {"learning_rate": 0.1},
    {"learning_rate": 0.1, "nesterov": True},
    {"learning_rate": 0.05, "momentum": 0.9},
    {"learning_rate": 0.05, "momentum": 1.0},
    {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True},
]


def rule(optimizer):
    rate, momentum = rate_of(optimizer), optimizer.momentum
    velocity = np.zeros((5, 1))

    def step(t, kernel, gradient):
        nonlocal velocity
        velocity = momentum * velocity - rate * gradient
        if optimizer.nesterov:
            return kernel + momentum * velocity - rate * gradient
        return kernel + velocity

    return step


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_formula(arguments):
    optimizer = optimizers.SGD(**arguments)
    check(optimizer, rule(optimizer))


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_against_keras(arguments, keras):
    check_against_keras(keras, "SGD", arguments)


def test_the_options_matter():
    ends = [followed(rule(optimizers.SGD(**arguments)))[-1] for arguments in ARGUMENTS[1:]]
    # Without momentum Nesterov's form is the plain one; all the others differ.
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-15)
    for i in range(1, len(ends)):
        for j in range(i):
            assert (i, j) == (1, 0) or np.abs(ends[i] - ends[j]).max() > 1e-3


def test_defaults():
    config = optimizers.SGD().get_config()
    assert (config["momentum"], config["nesterov"]) == (0.0, False)
    assert config["learning_rate"] == pytest.approx(0.01, rel=1e-7)
