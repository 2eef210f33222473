"""Constraints: values, names; kept to after each step, whatever the optimizer; beside Keras."""

import pickle

import numpy as np
import pytest
from evaluation import evaluations

import pymlp
from pymlp import constraints, ops

pytestmark = pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")
EPSILON = 1e-7


def norms(w, axis):
    return np.sqrt((w**2).sum(axis=axis, keepdims=True))


def min_max(w, low, high, rate, axis):
    n = norms(w, axis)
    return w * (rate * np.clip(n, low, high) + (1 - rate) * n) / (n + EPSILON)


# Class, arguments, formula.
CASES = [
    ("NonNeg", {}, lambda w: np.maximum(w, 0)),
    ("MaxNorm", {}, lambda w: min_max(w, 0, 2, 1, 0)),
    ("MaxNorm", {"max_value": 0.5}, lambda w: min_max(w, 0, 0.5, 1, 0)),
    ("MaxNorm", {"max_value": 0.5, "axis": 1}, lambda w: min_max(w, 0, 0.5, 1, 1)),
    ("MaxNorm", {"max_value": 0.5, "axis": [0, 1]}, lambda w: min_max(w, 0, 0.5, 1, (0, 1))),
    ("UnitNorm", {}, lambda w: w / (norms(w, 0) + EPSILON)),
    ("UnitNorm", {"axis": -1}, lambda w: w / (norms(w, -1) + EPSILON)),
    ("MinMaxNorm", {}, lambda w: min_max(w, 0, 1, 1, 0)),
    (
        "MinMaxNorm",
        {"min_value": 0.5, "max_value": 0.75, "rate": 0.25, "axis": 1},
        lambda w: min_max(w, 0.5, 0.75, 0.25, 1),
    ),
]


@pytest.mark.parametrize(
    ("name", "arguments", "formula"), CASES, ids=lambda v: "" if callable(v) else str(v)
)
class TestEach:
    @pytest.mark.parametrize("shape", [(1, 1), (5, 3), (3, 17)])
    def test_value(self, name, arguments, formula, shape, rng, dtype):
        w = rng.normal(size=shape)
        constraint = getattr(constraints, name)(**arguments)
        for value in evaluations(constraint, w.astype(dtype)):
            # Sums of at most 51 squares, and half a dozen roundings.
            np.testing.assert_allclose(value, formula(w), rtol=64 * np.finfo(dtype).eps)

    def test_vectors(self, name, arguments, formula, rng):
        w = rng.normal(size=4)
        if arguments.get("axis", 0) in (0, -1):
            expected = formula(w)
            np.testing.assert_allclose(
                getattr(constraints, name)(**arguments)(w), expected, rtol=1e-12
            )

    def test_configuration(self, name, arguments, formula):
        constraint = getattr(constraints, name)(**arguments)
        described = constraints.serialize(constraint)
        assert described["module"] == "keras.constraints"
        for again in (constraints.get(described), pickle.loads(pickle.dumps(constraint))):
            assert type(again) is type(constraint)
            assert again.get_config() == constraint.get_config()

    def test_against_keras(self, name, arguments, formula, rng, keras):
        theirs = getattr(keras.constraints, name)(**arguments)
        ours = getattr(constraints, name)(**arguments)
        assert ours.get_config() == theirs.get_config()
        w = rng.normal(size=(4, 6)).astype("float32")
        w[:, 2] = 0
        np.testing.assert_allclose(ours(w), theirs(keras.ops.array(w)), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    "name", ["NonNeg", "non_neg", "MaxNorm", "max_norm", "UnitNorm", "unit_norm", "min_max_norm"]
)
def test_lookup(name):
    assert isinstance(constraints.get(name), constraints.Constraint)


def test_lookup_of_other_things():
    assert isinstance(constraints.get(constraints.NonNeg), constraints.NonNeg)
    assert constraints.get(np.abs) is np.abs
    assert constraints.get(None) is None
    with pytest.raises(ValueError, match="Unknown constraint 'min_norm'"):
        constraints.get("min_norm")
    with pytest.raises(ValueError, match="Cannot make a constraint of 3"):
        constraints.get(3)


ROWS, FEATURES = 32, 6


def data():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(ROWS, FEATURES))
    return x, 3 * rng.normal(size=(ROWS, 3))


def network(library, dtype, optimizer, **arguments):
    dense = library.layers.Dense(3, dtype=dtype, **arguments)
    model = library.Sequential([library.Input((FEATURES,), dtype=dtype), dense])
    model.compile(optimizer, "mse")
    weights = np.random.default_rng(6).normal(size=(FEATURES, 3))
    model.set_weights([weights, np.array([0.5, -0.25, 0.125])])
    return model


def halved(w):
    return ops.where(ops.greater(w, 0.25), w * 0.5, w)


class TestInTraining:
    def test_is_applied_after_each_step(self):
        x, y = data()
        model = network(
            pymlp,
            "float64",
            pymlp.optimizers.SGD(0.25),
            kernel_constraint=constraints.MaxNorm(0.75),
            bias_constraint=halved,
        )
        w, b = model.get_weights()
        rounds = 5
        for _ in range(rounds):
            dz = 2 * (x @ w + b - y) / y.size
            w = min_max(w - 0.25 * x.T @ dz, 0, 0.75, 1, 0)
            b = b - 0.25 * dz.sum(axis=0)
            b = np.where(b > 0.25, b / 2, b)
        model.fit(x, y, batch_size=ROWS, epochs=rounds, shuffle=False, verbose=0)
        np.testing.assert_allclose(model.get_weights()[0], w, rtol=1e-12)
        np.testing.assert_allclose(model.get_weights()[1], b, rtol=1e-12)
        assert norms(w, 0).max() == pytest.approx(0.75, rel=1e-6), "the constraint should bind"

    @pytest.mark.parametrize("name", ["adam", "lamb", "ftrl", "muon", "rmsprop"])
    def test_with_any_optimizer(self, name):
        x, y = data()
        model = network(
            pymlp, "float32", name, kernel_constraint="non_neg", bias_constraint="unit_norm"
        )
        model.optimizer.learning_rate = 0.1
        assert (model.get_weights()[0] < 0).any()
        model.fit(x, y, batch_size=8, epochs=3, verbose=0)
        kernel, bias = model.get_weights()
        assert (kernel >= 0).all()
        assert np.linalg.norm(bias) == pytest.approx(1, rel=1e-5)

    def test_penalty_and_constraint_of_one_variable(self):
        """Both make the same sum of squares, of the weights before the step and after it."""
        x, y = data()
        norm = constraints.UnitNorm(axis=1)
        model = network(
            pymlp, "float64", "sgd", kernel_regularizer="l2", kernel_constraint=norm, use_bias=True
        )
        model.fit(x, y, batch_size=8, epochs=2, verbose=0)
        np.testing.assert_allclose(norms(model.get_weights()[0], 1), 1, rtol=1e-6)

    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"gradient_accumulation_steps": 3},
            {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2},
            {"global_clipnorm": 0.5},
        ],
        ids=str,
    )
    @pytest.mark.parametrize("name", ["NonNeg", "MaxNorm", "UnitNorm", "MinMaxNorm"])
    def test_against_keras(self, name, options, keras):
        x, y = data()
        ends = []
        for library in (pymlp, keras):
            constraint = getattr(library.constraints, name)
            model = network(
                library,
                "float32",
                library.optimizers.Adam(0.125, **options),
                kernel_constraint=constraint(),
                bias_constraint=constraint(),
            )
            losses = [float(model.train_on_batch(x, y)) for _ in range(6)]
            ends.append([*losses, *np.ravel(model.get_weights()[0]), *model.get_weights()[1]])
        np.testing.assert_allclose(ends[0], ends[1], rtol=2e-5, atol=2e-5)

    def test_gradients_from_elsewhere(self):
        v = pymlp.Variable(np.array([1.0, -1.0]))
        v.constraint = constraints.NonNeg()
        pymlp.optimizers.SGD(0.5).apply([np.array([1.0, 1.0])], [v])
        np.testing.assert_array_equal(v.numpy(), [0.5, 0.0])
