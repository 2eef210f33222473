"""What every optimizer does around its rule: clipping, decay, accumulation, running means, loss scale."""

import copy
import itertools
import pickle

import numpy as np
import pytest

import pymlp
from optimizers.stepping import FEATURES, ROWS, STEPS, problem
from pymlp import optimizers

pytestmark = pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")

RATE = 0.25
BIAS = np.array([0.5])


def gradients(kernel, bias):
    """The gradients of the mean squared error of a layer with a bias."""
    x, y, _ = problem()
    residual = x @ kernel + bias - y
    return 2 / ROWS * x.T @ residual, 2 / ROWS * residual.sum(axis=0)


class Followed:
    """Keras's order of things, in float64, around gradient descent with momentum 0.5."""

    def __init__(self, **options):
        self.options = options
        self.weights = [problem()[2].copy(), BIAS.copy()]
        self.moving = [np.zeros_like(w) for w in self.weights]
        self.sums = [np.zeros_like(w) for w in self.weights]
        self.averages = [np.zeros_like(w) for w in self.weights]

    def step(self, t):
        o = self.options
        count = o.get("gradient_accumulation_steps", 1)
        found = list(gradients(*self.weights))  # the loss scale goes in and out
        total = [s + g for s, g in zip(self.sums, found, strict=True)]
        if (t + 1) % count:
            self.sums = total
        else:
            self.sums = [np.zeros_like(s) for s in total]
            self.rule([g / count for g in total])
        applied = t // count
        if "use_ema" in o:
            momentum = o.get("ema_momentum", 0.99) if applied else 0.0
            self.averages = [
                momentum * a + (1 - momentum) * w
                for a, w in zip(self.averages, self.weights, strict=True)
            ]
            if "ema_overwrite_frequency" in o and not (applied + 1) % o["ema_overwrite_frequency"]:
                self.weights = [a.copy() for a in self.averages]

    def rule(self, found):
        o = self.options
        if "clipnorm" in o:
            norms = [np.linalg.norm(g) for g in found]
            found = [g * min(1, o["clipnorm"] / n) for g, n in zip(found, norms, strict=True)]
        if "global_clipnorm" in o:
            norm = np.sqrt(sum((g**2).sum() for g in found))
            found = [g * min(1, o["global_clipnorm"] / norm) for g in found]
        if "clipvalue" in o:
            found = [np.clip(g, -o["clipvalue"], o["clipvalue"]) for g in found]
        for i, gradient in enumerate(found):
            if "weight_decay" in o:
                self.weights[i] = self.weights[i] * (1 - RATE * o["weight_decay"])
            self.moving[i] = 0.5 * self.moving[i] - RATE * gradient
            self.weights[i] = self.weights[i] + self.moving[i]


SINGLE = [
    {},
    {"weight_decay": 0.25},
    {"clipnorm": 0.5},
    {"clipvalue": 0.25},
    {"global_clipnorm": 0.75},
    {"use_ema": True, "ema_momentum": 0.5},
    {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2},
    {"loss_scale_factor": 16.0},
    {"gradient_accumulation_steps": 3},
]
COMBINED = [
    {**a, **b}
    for a, b in itertools.combinations(SINGLE[1:], 2)
    if not (a.keys() & b.keys()) and sum("clip" in name for name in (*a, *b)) < 2
]
COMBINED.append(
    {
        "weight_decay": 0.25,
        "clipvalue": 0.25,
        "use_ema": True,
        "ema_momentum": 0.5,
        "ema_overwrite_frequency": 2,
        "loss_scale_factor": 4.0,
        "gradient_accumulation_steps": 2,
    }
)


class Traced(optimizers.Optimizer):
    """The same rule, written as in Keras."""

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.moving = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        moving = self.moving[self._get_variable_index(variable)]
        self.assign(moving, moving * 0.5 - gradient * learning_rate)
        self.assign_add(variable, moving)


def native(**options):
    return optimizers.SGD(RATE, momentum=0.5, **options)


def traced(**options):
    return Traced(RATE, **options)


def network(optimizer, dtype="float64", library=pymlp):
    model = library.Sequential(
        [library.Input((FEATURES,), dtype=dtype), library.layers.Dense(1, dtype=dtype)]
    )
    model.compile(optimizer=optimizer, loss="mse")
    model.set_weights([problem()[2], BIAS])
    return model


def followed(options):
    reference, path = Followed(**options), []
    for t in range(STEPS):
        reference.step(t)
        path.append([w.copy() for w in reference.weights])
    return reference, path


@pytest.mark.parametrize("make", [native, traced])
@pytest.mark.parametrize("options", SINGLE + COMBINED, ids=str)
class TestFormula:
    def test_step_by_step(self, make, options):
        model = network(make(**options))
        _, path = followed(options)
        x, y, _ = problem()
        for expected in path:
            model.train_on_batch(x, y)
            for ours, theirs in zip(model.get_weights(), expected, strict=True):
                np.testing.assert_allclose(ours, theirs, rtol=1e-12)

    def test_within_fit(self, make, options):
        reference, _ = followed(options)
        model = network(make(**options))
        x, y, _ = problem()
        model.fit(x, y, batch_size=ROWS, epochs=STEPS, shuffle=False, verbose=0)
        expected = reference.averages if "use_ema" in options else reference.weights
        for ours, theirs in zip(model.get_weights(), expected, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12)

    def test_configuration(self, make, options):
        optimizer = make(**options)
        config = optimizer.get_config()
        assert {name: config[name] for name in options} == options
        assert type(optimizer).from_config(config).get_config() == config


@pytest.mark.parametrize("options", SINGLE[1:], ids=str)
def test_each_option_matters(options):
    plain, changed = followed({})[0], followed(options)[0]
    if "loss_scale_factor" not in options:
        assert np.abs(plain.weights[0] - changed.weights[0]).max() > 1e-4 or "use_ema" in options
        assert np.abs(plain.weights[0] - changed.averages[0]).max() > 1e-4


@pytest.mark.parametrize("name", ["SGD", "Adam"])
@pytest.mark.parametrize("options", SINGLE + COMBINED, ids=str)
def test_against_keras(name, options, keras):
    x, y, _ = problem()
    paths = []
    for library in (pymlp, keras):
        optimizer = getattr(library.optimizers, name)(RATE, **options)
        model = network(optimizer, "float32", library)
        path = []
        for _ in range(STEPS):
            model.train_on_batch(x, y)
            path.append(np.concatenate([np.ravel(w) for w in model.get_weights()]))
        model.optimizer.finalize_variable_values(model.trainable_variables)
        path.append(np.concatenate([np.ravel(w) for w in model.get_weights()]))
        shapes = [(tuple(v.shape), np.asarray(v.numpy())) for v in optimizer.variables]
        paths.append((path, shapes))
    (ours, our_state), (theirs, their_state) = paths
    # Numbers near 1 and a few roundings of float32 (eps 1.2e-7) in each of the steps.
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-5)
    assert [s for s, _ in our_state] == [s for s, _ in their_state]
    for (_, a), (_, b) in zip(our_state, their_state, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=2e-5)


class TestExclusion:
    @pytest.mark.parametrize("by_name", [False, True])
    @pytest.mark.parametrize("make", [native, traced])
    def test_spares_variables(self, make, by_name):
        optimizer = make(weight_decay=0.5)
        model = network(optimizer)
        if by_name:
            optimizer.exclude_from_weight_decay(var_names=["bi.s"])
        else:
            optimizer.exclude_from_weight_decay(var_list=[model.layers[0].bias])
        x, y, kernel = problem()
        model.train_on_batch(x, y)
        found = gradients(kernel, BIAS)
        np.testing.assert_allclose(
            model.get_weights()[0], kernel * (1 - RATE * 0.5) - RATE * found[0], rtol=1e-12
        )
        np.testing.assert_allclose(model.get_weights()[1], BIAS - RATE * found[1], rtol=1e-12)

    @pytest.mark.parametrize("copied", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy])
    def test_is_kept_by_copies(self, copied):
        model = network(native(weight_decay=0.5))
        model.optimizer.exclude_from_weight_decay(var_list=[model.layers[0].bias])
        other = copied(model)
        for one in (model, other):
            one.train_on_batch(*problem()[:2])
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


class TestApply:
    @pytest.mark.parametrize("make", [native, traced])
    @pytest.mark.parametrize("options", SINGLE, ids=str)
    def test_takes_the_steps_that_training_takes(self, make, options):
        _, path = followed(options)
        optimizer = make(**options)
        kernel = pymlp.Variable(problem()[2], dtype="float64")
        bias = pymlp.Variable(BIAS, dtype="float64")
        for expected in path:
            scale = options.get("loss_scale_factor", 1.0)
            found = [g * scale for g in gradients(kernel.value, bias.value)]
            optimizer.apply_gradients(zip(found, [kernel, bias], strict=True))
            np.testing.assert_allclose(kernel.value, expected[0], rtol=1e-12)
            np.testing.assert_allclose(bias.value, expected[1], rtol=1e-12)
        assert optimizer.iterations == STEPS // options.get("gradient_accumulation_steps", 1)

    def test_without_variables(self):
        v = pymlp.Variable(np.ones(3))
        optimizer = optimizers.SGD(0.5)
        with pytest.raises(ValueError, match="apply without variables needs an optimizer that is"):
            optimizer.apply([np.ones(3)])
        optimizer.build([v])
        optimizer.apply([np.ones(3)])
        np.testing.assert_array_equal(v.numpy(), 0.5)
        optimizer.apply([])
        assert optimizer.iterations == 1

    def test_variables_without_gradients(self):
        a, b = pymlp.Variable(np.ones(3), name="a"), pymlp.Variable(np.ones(3), name="b")
        optimizer = optimizers.SGD(0.5)
        with pytest.warns(UserWarning, match=r"no gradients for the variables \['b'\]"):
            optimizer.apply([np.ones(3), None], [a, b])
        np.testing.assert_array_equal(a.numpy(), 0.5)
        np.testing.assert_array_equal(b.numpy(), 1.0)
        with pytest.raises(ValueError, match="received no gradient for any variable"):
            optimizer.apply([None], [a])

    def test_what_does_not_fit_is_refused(self):
        v = pymlp.Variable(np.ones(3), name="v")
        optimizer = optimizers.SGD(0.5)
        with pytest.raises(ValueError, match=r"gradient of shape \(3,\) was expected for 'v'"):
            optimizer.apply([np.ones(2)], [v])
        with pytest.raises(ValueError, match="2 gradients for 1 variables"):
            optimizer.apply([np.ones(3), np.ones(3)], [v])
        np.testing.assert_array_equal(v.numpy(), 1.0)

    def test_a_traced_optimizer_does_not_change_its_variables(self):
        v, w = pymlp.Variable(np.ones(3), name="v"), pymlp.Variable(np.ones(3), name="w")
        optimizer = traced()
        optimizer.apply([np.ones(3)], [v])
        with pytest.raises(ValueError, match=r"built for other variables than \['w'\]"):
            optimizer.apply([np.ones(3)], [w])


@pytest.mark.parametrize("make", [native, traced])
def test_nan_and_infinity_are_not_hidden(make):
    for options in SINGLE:
        v = pymlp.Variable(np.zeros(3), dtype="float64")
        make(**options).apply([np.array([np.nan, 0.0, 1.0])], [v])
        if options.get("gradient_accumulation_steps") is None:
            assert np.isnan(v.value[0]), options
        v = pymlp.Variable(np.zeros(3), dtype="float64")
        make(**options).apply([np.array([np.inf, 0.0, 1.0])], [v])
        if options.get("gradient_accumulation_steps") is None and "clipvalue" not in options:
            assert not np.isfinite(v.value[0]), options


def test_running_means_of_variables_that_no_step_reaches():
    v, w = pymlp.Variable(np.ones(3), name="v"), pymlp.Variable(np.full(2, 2.0), name="w")
    optimizer = native(use_ema=True)
    optimizer.build([v, w])
    with pytest.warns(UserWarning, match="no gradients"):
        optimizer.apply([np.ones(3), None], [v, w])
    optimizer.finalize_variable_values([v, w])
    np.testing.assert_array_equal(w.numpy(), 2.0)


def test_saved_with_a_model(tmp_path):
    x, y, _ = problem()
    options = {"use_ema": True, "gradient_accumulation_steps": 2, "weight_decay": 0.25}
    model = network(optimizers.Adam(RATE, **options), "float32")
    for _ in range(3):
        model.train_on_batch(x, y)
    model.save(tmp_path / "m.keras")
    loaded = pymlp.saving.load_model(tmp_path / "m.keras")
    for one in (model, loaded):
        one.train_on_batch(x, y)
    for a, b in zip(model.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_do_not_matter(threads):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 40)), rng.normal(size=(64, 300))
    before = pymlp.get_num_threads()
    ends = []
    for number in (1, threads):
        pymlp.set_num_threads(number)
        try:
            layer = pymlp.layers.Dense(300, kernel_initializer="ones")
            model = pymlp.Sequential([pymlp.Input((40,)), layer])
            model.compile(
                optimizers.Adam(0.01, clipvalue=0.01, use_ema=True, weight_decay=0.1), "mse"
            )
            model.fit(x, y, epochs=3, shuffle=False, verbose=0)
        finally:
            pymlp.set_num_threads(before)
        ends.append(model.get_weights())
    for a, b in zip(*ends, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"clipnorm": 1.0, "clipvalue": 1.0},
            "only one of clipnorm, clipvalue and global_clipnorm",
        ),
        ({"weight_decay": "much"}, "weight_decay should be a number"),
        ({"weight_decay": -1.0}, "weight_decay should be a number"),
        ({"ema_momentum": 1.5}, r"ema_momentum should be a number within \[0.0, 1.0\]"),
        ({"ema_overwrite_frequency": 1.5}, "ema_overwrite_frequency should be a whole number"),
        ({"gradient_accumulation_steps": 1}, "whole number of at least 2"),
    ],
)
def test_impossible_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^SGD: .*{message}"):
        optimizers.SGD(**arguments)
