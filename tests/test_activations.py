"""Activation functions: values, gradients, names."""

import numpy as np
import pytest
import reference
from evaluation import check_gradients, evaluations
from reference import assert_close

from pymlp import activations
from pymlp.graph.tensor import input_tensor

X = np.linspace(-4.05, 8.05, 36).reshape(9, 4)  # no kink is met


def relu(x, slope=0.0, greatest=None, threshold=0.0):
    """Keras's description, branch by branch."""
    if greatest is not None and x >= greatest:
        return greatest
    return x if x >= threshold else slope * (x - threshold)


def silu(x):
    return x * reference.sigmoid(x)


def sparsemax(x):
    """By sorting, as in the paper."""
    ordered = -np.sort(-x, axis=-1)
    above = ordered.cumsum(-1) - 1
    counts = np.arange(1, x.shape[-1] + 1)
    k = (ordered * counts > above).sum(-1, keepdims=True)
    return np.maximum(x - np.take_along_axis(above, k - 1, -1) / k, 0)


ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805


def gelu_by_tanh(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


ACTIVATIONS = [
    ("linear", {}, lambda x: x),
    ("sigmoid", {}, reference.sigmoid),
    ("tanh", {}, np.tanh),
    ("relu", {}, np.vectorize(relu)),
    ("relu", {"negative_slope": 0.1}, np.vectorize(lambda x: relu(x, 0.1))),
    ("relu", {"max_value": 6.0}, np.vectorize(lambda x: relu(x, greatest=6.0))),
    ("relu", {"threshold": 1.0}, np.vectorize(lambda x: relu(x, threshold=1.0))),
    (
        "relu",
        {"negative_slope": 0.1, "max_value": 5.0, "threshold": 0.5},
        np.vectorize(lambda x: relu(x, 0.1, 5.0, 0.5)),
    ),
    (
        "relu",
        {"negative_slope": 0.3, "max_value": 5.0},
        np.vectorize(lambda x: relu(x, 0.3, 5.0)),
    ),
    ("relu6", {}, lambda x: np.clip(x, 0, 6)),
    ("leaky_relu", {}, lambda x: np.where(x > 0, x, 0.2 * x)),
    ("leaky_relu", {"negative_slope": 0.3}, lambda x: np.where(x > 0, x, 0.3 * x)),
    ("elu", {}, lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0)))),
    ("elu", {"alpha": 0.5}, lambda x: np.where(x > 0, x, 0.5 * np.expm1(np.minimum(x, 0)))),
    ("softplus", {}, reference.softplus),
    ("softsign", {}, lambda x: x / (1 + np.abs(x))),
    ("exponential", {}, np.exp),
    ("silu", {}, silu),
    ("gelu", {}, lambda x: 0.5 * x * (1 + reference.erf(x / np.sqrt(2)))),
    ("gelu", {"approximate": True}, gelu_by_tanh),
    ("log_sigmoid", {}, lambda x: -reference.softplus(-x)),
    ("celu", {"alpha": 0.7}, lambda x: np.where(x > 0, x, 0.7 * np.expm1(np.minimum(x, 0) / 0.7))),
    ("selu", {}, lambda x: SCALE * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0)))),
    ("mish", {}, lambda x: x * np.tanh(reference.softplus(x))),
    ("squareplus", {}, lambda x: (x + np.sqrt(x**2 + 4)) / 2),
    ("squareplus", {"b": 0.5}, lambda x: (x + np.sqrt(x**2 + 0.5)) / 2),
    ("hard_sigmoid", {}, lambda x: np.clip((x + 3) / 6, 0, 1)),
    ("hard_silu", {}, lambda x: x * np.clip((x + 3) / 6, 0, 1)),
    ("hard_tanh", {}, lambda x: np.clip(x, -1, 1)),
    ("hard_shrink", {}, lambda x: np.where(np.abs(x) > 0.5, x, 0)),
    ("hard_shrink", {"threshold": 2.0}, lambda x: np.where(np.abs(x) > 2, x, 0)),
    ("soft_shrink", {}, lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0)),
    ("soft_shrink", {"threshold": 2.0}, lambda x: np.sign(x) * np.maximum(np.abs(x) - 2, 0)),
    ("tanh_shrink", {}, lambda x: x - np.tanh(x)),
    ("threshold", {"threshold": 1.0, "default_value": 3.0}, lambda x: np.where(x > 1, x, 3)),
    ("sparse_sigmoid", {}, lambda x: np.clip((x + 1) / 2, 0, 1)),
    ("sparse_plus", {}, lambda x: np.where(x > 1, x, (np.clip(x, -1, 1) + 1) ** 2 / 4)),
    ("log_softmax", {}, lambda x: np.log(reference.softmax(x))),
    ("sparsemax", {}, sparsemax),
    ("sparsemax", {"axis": 1}, sparsemax),
    ("softmax", {}, reference.softmax),
    ("softmax", {"axis": 1}, reference.softmax),
]
IDS = [f"{name} {arguments or ''}" for name, arguments, _ in ACTIVATIONS]


@pytest.mark.parametrize(("name", "arguments", "formula"), ACTIVATIONS, ids=IDS)
class TestEach:
    def test_values(self, name, arguments, formula, dtype):
        function, x = getattr(activations, name), X.astype(dtype)
        expected = formula(x.astype(np.float64))
        # relu's slope is taken of a difference, softmax of a difference to the greatest; tanh_shrink and gelu's factor
        # are differences.
        scale = np.abs(expected) * (1 + np.abs(X)) + np.abs(X) * (
            name in ("relu", "relu6", "leaky_relu", "tanh_shrink", "gelu")
        )
        for y in evaluations(
            lambda x: function(x, **arguments), x, fed=[0], eager=name != "linear"
        ):
            assert y.dtype == dtype
            assert_close(y, expected, scale=scale)

    def test_gradient(self, name, arguments, formula):
        function, x = getattr(activations, name), X.clip(-4, 3) if name == "exponential" else X
        check_gradients(lambda x: function(x, **arguments) * 1.0, x, fed=[0])


def test_linear_hands_its_argument_on():
    x = np.arange(3)
    assert activations.linear(x) is x


def test_softmax_of_another_axis():
    x = np.random.default_rng(0).normal(size=(3, 4, 5))
    for axis in range(3):
        expected = np.exp(x) / np.exp(x).sum(axis, keepdims=True)
        np.testing.assert_allclose(activations.softmax(x, axis), expected, rtol=1e-12)
        np.testing.assert_allclose(activations.log_softmax(x, axis), np.log(expected), rtol=1e-12)
    check_gradients(lambda x: activations.softmax(x, axis=1), x, fed=[0])
    check_gradients(lambda x: activations.log_softmax(x, axis=1), x, fed=[0])
    with pytest.raises(ValueError, match="samples"):
        activations.softmax(input_tensor((None, 3), "float32", "x"), axis=0)
    with pytest.raises(ValueError, match="axis"):
        activations.softmax(np.zeros((2, 3)), axis=2)


# glu makes half as many columns: it is tried in tests/ops/test_more_functions.py.
NAMES = sorted({name for name, _, _ in ACTIVATIONS} | {"glu"})


@pytest.mark.parametrize("name", NAMES)
def test_names(name):
    function = getattr(activations, name)
    assert activations.get(name) is function
    assert activations.get(function) is function
    assert activations.serialize(function) == name
    assert activations.deserialize(name) is function
    config = {"module": "builtins", "class_name": "function", "config": name}
    assert activations.get({**config, "registered_name": name}) is function
    assert name in activations.__all__


def test_every_public_function_is_tried():
    assert set(activations.__all__) - {"get", "serialize", "deserialize"} == set(NAMES)


def test_none_and_aliases():
    assert activations.get(None) is activations.linear
    assert activations.get("swish") is activations.silu
    assert activations.serialize(activations.get("swish")) == "silu"


def test_own_functions():
    def relu(x):
        """Of a name that pymlp has too."""
        return x

    assert activations.get(relu) is relu
    config = activations.serialize(relu)
    assert config["class_name"] == "function"
    assert config["config"] == "relu"
    assert activations.deserialize(config, {"relu": relu}) is relu


@pytest.mark.parametrize("identifier", ["nope", {"class_name": "Nope", "config": {}}])
def test_unknown_names(identifier):
    with pytest.raises(ValueError, match=r"Unknown activation '[nN]ope'. Known: .*relu.*softmax"):
        activations.get(identifier)


def test_what_cannot_be_an_activation():
    with pytest.raises(ValueError, match="Cannot make an activation of 3"):
        activations.get(3)
    with pytest.raises(ValueError, match="lambda given as activation"):
        activations.serialize(lambda x: x)
    with pytest.raises(ValueError, match="Cannot write down the activation"):
        activations.serialize(np.tanh)
