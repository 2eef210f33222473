"""Optimizers beside their formulas and beside Keras's, step by step and in training."""

import copy
import pickle

import numpy as np
import pytest

import pymlp
from optimizers.rules import CASES, RULES, decay_of
from optimizers.stepping import STEPS, rate_of
from pymlp import optimizers

pytestmark = pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")

# Wide, tall, square, single; one axis, none.
SHAPES = [(3, 17), (9, 4), (5, 5), (1, 1), (7,), ()]
RATE = 0.125


def start():
    rng = np.random.default_rng(7)
    return [rng.normal(size=shape) for shape in SHAPES]


def gradients():
    rng = np.random.default_rng(8)
    return [[rng.normal(size=shape) for shape in SHAPES] for _ in range(STEPS)]


def ours(name, arguments, dtype, **options):
    """Return the optimizer and the variables after each step."""
    optimizer = getattr(optimizers, name)(RATE, **arguments, **options)
    variables = [pymlp.Variable(w, dtype=dtype) for w in start()]
    path = []
    for found in gradients():
        optimizer.apply_gradients(zip(found, variables, strict=True))
        path.append([v.numpy().astype("float64") for v in variables])
    return optimizer, path


@pytest.mark.parametrize(("name", "arguments"), CASES, ids=str)
class TestEach:
    def test_formula(self, name, arguments):
        optimizer, path = ours(name, arguments, "float64")
        rule, rate = RULES[name][0], rate_of(optimizer)
        weights, states = start(), [{} for _ in SHAPES]
        for t, (found, after) in enumerate(zip(gradients(), path, strict=True), 1):
            for i, (g, state) in enumerate(zip(found, states, strict=True)):
                decayed = weights[i] * (1 - rate * decay_of(optimizer, weights[i]))
                weights[i] = rule(optimizer, state, t, rate, decayed, g)
                # A few dozen roundings of float64 (eps 2.2e-16) in each step; Muon's iteration enlarges them, and
                # a rate is rounded to float32 before it is multiplied by a decay.
                np.testing.assert_allclose(after[i], weights[i], rtol=1e-8, atol=1e-9)
        for before, after in zip(start(), path[0], strict=True):
            assert np.abs(before - after).max() > 1e-5

    def test_state_and_configuration(self, name, arguments):
        optimizer = getattr(optimizers, name)(RATE, **arguments)
        config = optimizer.get_config()
        assert {key: config[key] for key in arguments} == arguments
        again = optimizers.deserialize(optimizers.serialize(optimizer))
        assert type(again) is type(optimizer)
        assert again.get_config() == config
        assert type(optimizers.get(name)) is type(optimizers.get(name.lower())) is type(optimizer)

    def test_against_keras(self, name, arguments, keras):
        if not hasattr(keras.optimizers, name):
            pytest.skip(f"this Keras has no {name}")
        optimizer = getattr(keras.optimizers, name)(RATE, **arguments)
        variables = [keras.Variable(w, dtype="float32", name="w") for w in start()]
        mine, path = ours(name, arguments, "float32")
        for found, after in zip(gradients(), path, strict=True):
            optimizer.apply([keras.ops.cast(g, "float32") for g in found], variables)
            for variable, value in zip(variables, after, strict=True):
                # Some twenty roundings of float32 (eps 1.2e-7) a step; where terms cancel, of numbers near 1.
                np.testing.assert_allclose(value, variable.numpy(), rtol=5e-5, atol=2e-5)
        theirs = [np.asarray(v.numpy()) for v in optimizer.variables]
        states = [v.numpy() for v in mine.variables]
        assert [v.shape for v in states] == [v.shape for v in theirs]
        for a, b in zip(states, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=2e-5)
        known = {k: v for k, v in optimizer.get_config().items() if k != "name"}
        assert {k: v for k, v in mine.get_config().items() if k != "name"} == known


OPTIONS = [
    {"global_clipnorm": 0.5},
    {"clipvalue": 0.25, "use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2},
    {"gradient_accumulation_steps": 2, "weight_decay": 0.25},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", RULES)
def test_with_options_against_keras(name, options, keras):
    optimizer = getattr(keras.optimizers, name)(RATE, **options)
    variables = [keras.Variable(w, dtype="float32", name="w") for w in start()]
    mine, path = ours(name, {}, "float32", **options)
    for found, after in zip(gradients(), path, strict=True):
        optimizer.apply([keras.ops.cast(g, "float32") for g in found], variables)
        for variable, value in zip(variables, after, strict=True):
            np.testing.assert_allclose(value, variable.numpy(), rtol=5e-5, atol=5e-5)
    for a, b in zip(mine.variables, optimizer.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=5e-5)


def problem():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(96, 6)).astype("float32")
    return x, (np.abs(x[:, 0]) + x[:, 1] > 1).astype("int64")


def network(library, optimizer, weights=None, dtype="float32"):
    library.utils.set_random_seed(2)
    model = library.Sequential(
        [
            library.Input((6,), dtype=dtype),
            library.layers.Dense(16, activation="tanh", dtype=dtype),
            library.layers.Dense(2, activation="softmax", dtype=dtype),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy")
    if weights is not None:
        model.set_weights(weights)
    return model


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam", *RULES])
class TestTraining:
    def test_losses_against_keras(self, name, keras):
        x, y = problem()
        weights = network(pymlp, "sgd").get_weights()
        losses = []
        for library in (pymlp, keras):
            model = network(library, getattr(library.optimizers, name)(0.0078125), weights)
            history = model.fit(x, y, batch_size=16, epochs=4, shuffle=False, verbose=0)
            losses.append(history.history["loss"])
        # Weights agree to some 1e-6 after 24 steps; the loss is about as steep as 1.
        np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)

    def test_spans_take_the_steps_that_batches_take(self, name):
        x, y = problem()
        make = getattr(optimizers, name)
        whole, single = (network(pymlp, make(0.01), dtype="float64") for _ in range(2))
        whole.fit(x, y, batch_size=16, epochs=2, shuffle=False, verbose=0)
        for i in range(12):
            batch = slice(i % 6 * 16, (i % 6 + 1) * 16)
            single.train_on_batch(x[batch], y[batch])
        for a, b in zip(whole.get_weights(), single.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
        for a, b in zip(whole.optimizer.variables, single.optimizer.variables, strict=True):
            # Products of a span are rounded in another order than one by one.
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-15)

    @pytest.mark.parametrize("copied", ["pickle", "deepcopy", "file"])
    def test_copies_go_on(self, name, copied, tmp_path):
        x, y = problem()
        model = network(pymlp, getattr(optimizers, name)(0.01))
        model.fit(x, y, epochs=2, shuffle=False, verbose=0)
        if copied == "file":
            model.save(tmp_path / "m.keras")
            other = pymlp.saving.load_model(tmp_path / "m.keras")
        else:
            other = (
                copy.deepcopy(model) if copied == "deepcopy" else pickle.loads(pickle.dumps(model))
            )
        for one in (model, other):
            one.fit(x, y, epochs=2, shuffle=False, verbose=0)
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_learns(self, name):
        x, y = problem()
        # Ftrl starts its weights anew, Adadelta's first steps are tiny whatever the rate.
        rate = {"Adadelta": 20.0, "Lion": 0.01, "Ftrl": 0.5}.get(name, 0.05)
        model = network(pymlp, getattr(optimizers, name)(rate))
        before = model.evaluate(x, y, verbose=0)
        model.fit(x, y, epochs=30, shuffle=False, verbose=0)
        after = model.evaluate(x, y, verbose=0)
        assert after < 0.8 * before, (before, after)


@pytest.mark.parametrize("name", RULES)
def test_nan_is_not_hidden(name):
    for shape in ((3, 2), (3,)):
        v = pymlp.Variable(np.ones(shape), dtype="float64")
        g = np.ones(shape)
        g.flat[0] = np.nan
        getattr(optimizers, name)(0.5).apply([g], [v])
        assert np.isnan(v.value.flat[0]), shape


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("Adam", {"amsgrad": True}), ("AdamW", {"amsgrad": True}), ("Adamax", {})],
)
@pytest.mark.parametrize("shape", [(3,), (2, 17)])
def test_a_greatest_of_nan_stays_nan(name, arguments, shape, dtype):
    """A maximum must not drop a NaN, neither a new one nor that of the steps before."""
    v = pymlp.Variable(np.ones(shape), dtype=dtype)
    optimizer = getattr(optimizers, name)(0.5, **arguments)
    g = np.ones(shape)
    g.flat[0] = np.nan
    for gradient in (g, np.ones(shape), np.ones(shape)):
        optimizer.apply([gradient], [v])
        greatest = optimizer.variables[-1].numpy()
        assert np.isnan(greatest.flat[0])
        assert np.isfinite(greatest.flat[1:]).all()
    # One that was put there from outside, beside moments that are numbers.
    fresh = getattr(optimizers, name)(0.5, **arguments)
    fresh.build([v])
    fresh.variables[-1].assign(np.where(np.isnan(greatest), np.nan, 0.0))
    fresh.apply([np.ones(shape)], [v])
    assert np.isnan(fresh.variables[-1].numpy().flat[0])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: optimizers.AdamW(weight_decay=None), "AdamW: weight_decay should be a number"),
        (lambda: optimizers.Lion(beta_1=0.0), "Lion: beta_1 should be above 0"),
        (lambda: optimizers.Ftrl(learning_rate_power=0.5), "Ftrl: learning_rate_power should be"),
        (
            lambda: optimizers.Ftrl(l1_regularization_strength=-1),
            "l1_regularization_strength should",
        ),
        (lambda: optimizers.Muon(ns_steps=1.5), "Muon: ns_steps should be a whole number"),
        (lambda: optimizers.Nadam(beta_1=2.0), "Nadam: beta_1 should be a number within"),
    ],
)
def test_impossible_arguments_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_muon_leaves_to_adam_what_it_is_told_to():
    optimizer = optimizers.Muon(exclude_layers=["out$"])
    variables = [pymlp.Variable(np.ones((2, 2)), name=n) for n in ("hidden", "my_embedding", "out")]
    optimizer.build(variables)
    names = [v.path.rsplit("/")[-1] for v in optimizer.variables[2:]]
    assert names == [
        "hidden_momentum",
        "my_embedding_momentum",
        "my_embedding_velocity",
        "out_momentum",
        "out_velocity",
    ]


@pytest.mark.parametrize("accumulated", [None, 2])
def test_nadam_does_not_depend_on_how_many_steps_are_taken_at_once(accumulated):
    """The product of all its u is rounded step by step."""
    found = []
    for spans in ([1] * 12, [12], [5, 1, 6]):
        nadam = optimizers.Nadam(gradient_accumulation_steps=accumulated)
        nadam.build([pymlp.Variable(np.zeros((2, 3), "f4"))])
        numbers = []
        for span in spans:
            numbers.append(nadam.numbers_of_next(span))
            nadam.advance(span)
        found.append([np.concatenate(numbers), *(v.numpy() for v in nadam.variables)])
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(one, two)
