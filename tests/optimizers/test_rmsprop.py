"""RMSprop beside its formulas, with momentum and centered."""

import numpy as np
import pytest

from optimizers.stepping import check, check_against_keras, followed, rate_of
from pymlp import optimizers

pytestmark = pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")

ARGUMENTS = [
    {},
    {"learning_rate": 0.1},
    {"learning_rate": 0.1, "rho": 0.5},
    {"learning_rate": 0.1, "epsilon": 0.1},
    {"learning_rate": 0.1, "momentum": 0.9},
    {"learning_rate": 0.1, "centered": True},
    {"learning_rate": 0.1, "momentum": 0.5, "centered": True, "rho": 0.8},
]


def rule(optimizer):
    rate, rho, epsilon = rate_of(optimizer), optimizer.rho, optimizer.epsilon
    velocity, mean, steps = np.zeros((3, 5, 1))

    def step(t, kernel, gradient):
        nonlocal velocity, mean, steps
        velocity = rho * velocity + (1 - rho) * gradient**2
        mean = rho * mean + (1 - rho) * gradient
        under = velocity + epsilon - (mean**2 if optimizer.centered else 0)
        steps = optimizer.momentum * steps + rate * gradient / np.sqrt(under)
        return kernel - steps

    return step


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_formula(arguments):
    optimizer = optimizers.RMSprop(**arguments)
    check(optimizer, rule(optimizer))


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_against_keras(arguments, keras):
    check_against_keras(keras, "RMSprop", arguments)


def test_the_options_matter():
    ends = [followed(rule(optimizers.RMSprop(**arguments)))[-1] for arguments in ARGUMENTS]
    for i in range(len(ends)):
        for j in range(i):
            assert np.abs(ends[i] - ends[j]).max() > 1e-3, (ARGUMENTS[i], ARGUMENTS[j])


@pytest.mark.parametrize("arguments", [{"rho": 1.5}, {"momentum": -0.1}, {"epsilon": -1.0}])
def test_impossible_options_are_refused(arguments):
    (argument,) = arguments
    with pytest.raises(ValueError, match=rf"^RMSprop: {argument} should be a number within \[0"):
        optimizers.RMSprop(**arguments)


def test_defaults():
    config = optimizers.RMSprop().get_config()
    assert config["learning_rate"] == pytest.approx(0.001, rel=1e-7)
    found = [config[name] for name in ("rho", "momentum", "epsilon", "centered")]
    assert found == [0.9, 0.0, 1e-7, False]
