"""Adam and AMSGrad beside their formulas."""

import numpy as np
import pytest

from optimizers.stepping import check, check_against_keras, followed, rate_of
from pymlp import optimizers

pytestmark = pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")

ARGUMENTS = [
    {},
    {"learning_rate": 0.1},
    {"learning_rate": 0.1, "beta_1": 0.5},
    {"learning_rate": 0.1, "beta_2": 0.9},
    {"learning_rate": 0.1, "epsilon": 0.1},
    {"learning_rate": 0.1, "beta_2": 0.5, "amsgrad": True},
    {"learning_rate": 0.1, "beta_2": 0.5},
    {"learning_rate": 0.1, "beta_1": 0.0, "beta_2": 0.0},
]


def rule(optimizer):
    rate, epsilon = rate_of(optimizer), optimizer.epsilon
    beta_1, beta_2 = optimizer.beta_1, optimizer.beta_2
    momentum, velocity, greatest = np.zeros((3, 5, 1))

    def step(t, kernel, gradient):
        nonlocal momentum, velocity, greatest
        momentum = beta_1 * momentum + (1 - beta_1) * gradient
        velocity = beta_2 * velocity + (1 - beta_2) * gradient**2
        greatest = np.maximum(greatest, velocity)
        alpha = rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        root = np.sqrt(greatest if optimizer.amsgrad else velocity)
        return kernel - alpha * momentum / (root + epsilon)

    return step


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_formula(arguments):
    optimizer = optimizers.Adam(**arguments)
    check(optimizer, rule(optimizer))


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_against_keras(arguments, keras):
    check_against_keras(keras, "Adam", arguments)


def test_the_options_matter():
    ends = [followed(rule(optimizers.Adam(**arguments)))[-1] for arguments in ARGUMENTS]
    for i in range(len(ends)):
        for j in range(i):
            assert np.abs(ends[i] - ends[j]).max() > 1e-4, (ARGUMENTS[i], ARGUMENTS[j])


@pytest.mark.parametrize("arguments", [{"beta_1": 1.5}, {"beta_2": -0.1}, {"epsilon": "small"}])
def test_impossible_options_are_refused(arguments):
    (argument,) = arguments
    with pytest.raises(ValueError, match=rf"^Adam: {argument} should be a number within \[0"):
        optimizers.Adam(**arguments)


def test_defaults():
    config = optimizers.Adam().get_config()
    assert config["learning_rate"] == pytest.approx(0.001, rel=1e-7)
    found = [config[name] for name in ("beta_1", "beta_2", "epsilon", "amsgrad")]
    assert found == [0.9, 0.999, 1e-7, False]


@pytest.mark.parametrize("amsgrad", [False, True])
def test_state(amsgrad):
    names = ["momentum", "velocity", "velocity_hat"][: 2 + amsgrad]
    assert list(optimizers.Adam(amsgrad=amsgrad).slot_names) == names
