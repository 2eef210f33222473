"""Schedules beside their formulas, beside Keras's, and as an optimizer's learning rate."""

import math
import pickle

import numpy as np
import pytest

import pymlp
from optimizers.stepping import ROWS, STEPS, followed, model, problem, stepped
from pymlp import optimizers
from pymlp.optimizers import schedules

pytestmark = pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")

# Each with its formula in float64, of one step.
CASES = {
    "exponential": (
        ("ExponentialDecay", (0.1, 7, 0.5), {}),
        lambda t: 0.1 * 0.5 ** (t / 7),
    ),
    "exponential staircase": (
        ("ExponentialDecay", (0.1, 7, 0.5), {"staircase": True}),
        lambda t: 0.1 * 0.5 ** (t // 7),
    ),
    "inverse": (
        ("InverseTimeDecay", (0.1, 7, 0.5), {}),
        lambda t: 0.1 / (1 + 0.5 * t / 7),
    ),
    "inverse staircase": (
        ("InverseTimeDecay", (0.1, 7, 0.5), {"staircase": True}),
        lambda t: 0.1 / (1 + 0.5 * (t // 7)),
    ),
    "piecewise": (
        ("PiecewiseConstantDecay", ([3, 10], [0.5, 0.25, 0.125]), {}),
        lambda t: 0.5 if t <= 3 else 0.25 if t <= 10 else 0.125,
    ),
    "polynomial": (
        ("PolynomialDecay", (0.1, 20), {}),
        lambda t: (0.1 - 1e-4) * (1 - min(t, 20) / 20) + 1e-4,
    ),
    "polynomial cycle": (
        ("PolynomialDecay", (0.1, 8), {"end_learning_rate": 0.02, "power": 2.0, "cycle": True}),
        lambda t: (0.1 - 0.02) * (1 - t / (8 * max(1, math.ceil(t / 8)))) ** 2 + 0.02,
    ),
    "cosine": (
        ("CosineDecay", (0.1, 20), {"alpha": 0.1}),
        lambda t: 0.1 * (0.9 * (1 + math.cos(math.pi * min(t, 20) / 20)) / 2 + 0.1),
    ),
    "cosine warmup": (
        ("CosineDecay", (0.01, 20), {"warmup_target": 0.1, "warmup_steps": 5}),
        lambda t: (
            0.01 + 0.09 * t / 5
            if t < 5
            else 0.1 * (1 + math.cos(math.pi * min(t - 5, 20) / 20)) / 2
        ),
    ),
    "restarts": (
        ("CosineDecayRestarts", (0.1, 6), {"t_mul": 1.0, "m_mul": 0.5, "alpha": 0.1}),
        lambda t: 0.1 * (0.9 * 0.5 ** (t // 6) * (1 + math.cos(math.pi * (t % 6) / 6)) / 2 + 0.1),
    ),
    "longer restarts": (
        ("CosineDecayRestarts", (0.1, 6), {}),
        # Restarts at 6, 18, 42.
        lambda t: (
            0.1
            * (1 + math.cos(math.pi * [t / 6, (t - 6) / 12, (t - 18) / 24][(t >= 6) + (t >= 18)]))
            / 2
        ),
    ),
}
IN_KERAS = dict(CASES)
CASES["one cycle"] = (
    ("OneCycle", (0.1, 40), {"warmup": 0.25, "initial_divisor": 10.0, "final_divisor": 100.0}),
    lambda t: (
        0.1 + (0.01 - 0.1) * (1 + math.cos(math.pi * t / 10)) / 2
        if t < 10
        else 1e-4 + (0.1 - 1e-4) * (1 + math.cos(math.pi * min(1, (t - 10) / 30))) / 2
    ),
)


def make(name, library=schedules):
    kind, args, kwargs = CASES[name][0]
    return getattr(library, kind)(*args, **kwargs)


@pytest.mark.parametrize("name", CASES)
class TestEach:
    def test_formula(self, name):
        schedule, formula = make(name), CASES[name][1]
        steps = np.arange(41)
        expected = [formula(int(t)) for t in steps]
        # A few roundings of float32 (eps 1.2e-7) at 0.5 or less; cosines near their zeros lose absolute accuracy.
        np.testing.assert_allclose(schedule(steps), expected, rtol=1e-5, atol=2e-7)
        assert schedule(steps).dtype == "float32"
        for t in (0, 3, 17):
            assert schedule(t) == schedule(steps)[t]
        assert len(set(expected)) > 2, "the schedule should change"

    def test_configuration(self, name):
        schedule = make(name)
        config = schedules.serialize(schedule)
        assert config["module"] == "keras.optimizers.schedules"
        assert config["class_name"] == type(schedule).__name__
        again = schedules.deserialize(config)
        assert type(again) is type(schedule)
        assert again.get_config() == schedule.get_config()
        copy = pickle.loads(pickle.dumps(schedule))
        np.testing.assert_array_equal(copy(np.arange(9)), schedule(np.arange(9)))

    def test_as_learning_rate(self, name):
        formula = CASES[name][1]

        def rule(t, kernel, gradient):
            return kernel - formula(t - 1) * gradient

        optimizer = optimizers.SGD(make(name))
        # The rate is rounded to float32 in each of the steps.
        np.testing.assert_allclose(
            stepped(pymlp, optimizer, "float64"), followed(rule), rtol=1e-5, atol=1e-6
        )
        assert float(optimizer.learning_rate) == make(name)(STEPS)
        assert optimizer.learning_rate.numpy() == make(name)(STEPS)
        # In spans of many steps: the same rates.
        x, y, _ = problem()
        whole = model(pymlp, optimizers.SGD(make(name)), "float64")
        whole.fit(x, y, batch_size=ROWS, epochs=STEPS, shuffle=False, verbose=0)
        np.testing.assert_allclose(whole.get_weights()[0], followed(rule)[-1], rtol=1e-5, atol=1e-6)

    def test_in_the_configuration_of_an_optimizer(self, name):
        optimizer = optimizers.Adam(make(name))
        again = optimizers.deserialize(optimizers.serialize(optimizer))
        assert again.get_config() == optimizer.get_config()
        assert float(again.learning_rate) == float(optimizer.learning_rate)
        assert [v.name for v in optimizer.variables] == ["iteration"]


@pytest.mark.parametrize("name", IN_KERAS)
def test_against_keras(name, keras):
    theirs = make(name, keras.optimizers.schedules)
    ours = make(name)
    assert ours.get_config() == theirs.get_config()
    steps = np.arange(41)
    expected = [float(theirs(int(t))) for t in steps]
    np.testing.assert_allclose(ours(steps), expected, rtol=1e-5, atol=2e-7)


class Halving(schedules.LearningRateSchedule):
    def __init__(self, start=0.5):
        self.start = start

    def __call__(self, step):
        if step < 2:  # no array has a truth value
            return self.start
        return self.start / 2

    def get_config(self):
        return {"start": self.start}


def halving(step):
    return Halving()(step)


class TestOwn:
    @pytest.mark.parametrize("given", [Halving(), halving], ids=["class", "function"])
    def test_is_asked_for_every_step(self, given):
        x, y, _ = problem()
        trained = model(pymlp, optimizers.SGD(given), "float64")
        trained.fit(x, y, batch_size=ROWS, epochs=STEPS, shuffle=False, verbose=0)
        expected = followed(lambda t, kernel, g: kernel - (0.5 if t <= 2 else 0.25) * g)
        np.testing.assert_allclose(trained.get_weights()[0], expected[-1], rtol=1e-12)

    def test_a_function_without_arguments(self):
        rates = iter([0.5, 0.25] * STEPS)
        x, y, _ = problem()
        trained = model(pymlp, optimizers.SGD(lambda: next(rates)), "float64")
        trained.fit(x, y, batch_size=ROWS, epochs=STEPS, shuffle=False, verbose=0)
        expected = followed(lambda t, kernel, g: kernel - (0.5 if t % 2 else 0.25) * g)
        np.testing.assert_allclose(trained.get_weights()[0], expected[-1], rtol=1e-12)

    def test_what_is_no_rate_is_refused(self):
        x, y, kernel = problem()
        trained = model(pymlp, optimizers.SGD(lambda: None), "float64")
        with pytest.raises(ValueError, match=r"^SGD: learning_rate should be a finite number"):
            trained.train_on_batch(x, y)
        np.testing.assert_array_equal(trained.get_weights()[0], kernel)

    def test_configuration(self):
        config = optimizers.SGD(Halving(0.25)).get_config()
        assert config["learning_rate"]["class_name"] == "Halving"
        again = schedules.deserialize(config["learning_rate"], {"Halving": Halving})
        assert again.start == 0.25
        with pytest.raises(ValueError, match="Unknown learning rate schedule 'Halving'"):
            optimizers.SGD.from_config(config)

    def test_base_class_says_what_is_missing(self):
        with pytest.raises(NotImplementedError, match="must override __call__"):
            schedules.LearningRateSchedule()(1)
        with pytest.raises(NotImplementedError, match="must override get_config"):
            schedules.LearningRateSchedule().get_config()


class TestSetting:
    def test_a_number_is_refused_where_there_is_a_schedule(self):
        optimizer = optimizers.SGD(schedules.CosineDecay(0.1, 10))
        with pytest.raises(TypeError, match=r"its learning rate is given by .*cannot be set"):
            optimizer.learning_rate = 0.1
        optimizer.learning_rate = schedules.CosineDecay(0.5, 10)
        assert float(optimizer.learning_rate) == 0.5

    def test_a_schedule_may_take_the_place_of_a_number(self):
        x, y, _ = problem()
        trained = model(pymlp, optimizers.SGD(0.5), "float64")
        trained.train_on_batch(x, y)
        trained.optimizer.learning_rate = schedules.PiecewiseConstantDecay([2], [0.25, 0.125])
        for _ in range(STEPS - 1):
            trained.train_on_batch(x, y)
        rates = [0.5, 0.25, 0.25, *[0.125] * STEPS]
        expected = followed(lambda t, kernel, g: kernel - rates[t - 1] * g)
        np.testing.assert_allclose(trained.get_weights()[0], expected[-1], rtol=1e-12)


def test_saved_with_a_model(tmp_path):
    trained = model(pymlp, optimizers.Adam(schedules.CosineDecay(0.5, 10)), "float32")
    x, y, _ = problem()
    trained.fit(x, y, epochs=3, shuffle=False, verbose=0)
    trained.save(tmp_path / "m.keras")
    loaded = pymlp.saving.load_model(tmp_path / "m.keras")
    assert loaded.optimizer.iterations == 3
    for one in (trained, loaded):
        one.fit(x, y, epochs=2, shuffle=False, verbose=0)
    np.testing.assert_array_equal(loaded.get_weights()[0], trained.get_weights()[0])


class TestOneCycle:
    def test_momentum_goes_the_other_way(self):
        schedule = schedules.OneCycle(0.5, STEPS, warmup=0.5, momentum_range=(0.5, 0.9))
        steps = np.arange(STEPS)
        momenta = schedule.momentums(steps)
        rates = schedule(steps)
        assert (np.argmax(rates), np.argmin(momenta)) == (STEPS // 2, STEPS // 2)
        assert (momenta[0], momenta[STEPS // 2]) == pytest.approx((0.9, 0.5))
        velocity = np.zeros((5, 1))

        def rule(t, kernel, gradient):
            nonlocal velocity
            velocity = momenta[t - 1] * velocity - float(rates[t - 1]) * gradient
            return kernel + velocity

        found = stepped(pymlp, optimizers.SGD(schedule, momentum=0.1), "float64")
        np.testing.assert_allclose(found, followed(rule), rtol=1e-12)

    def test_momentum_is_left_alone_without_a_range(self):
        schedule = schedules.OneCycle(0.5, STEPS)
        assert schedule.momentums(np.arange(3)) is None
        optimizer = optimizers.RMSprop(schedule, momentum=0.5)
        rates = np.full(3, 0.1)
        np.testing.assert_array_equal(optimizer.rule_numbers(np.arange(3), rates)[:, 3], 0.5)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: schedules.ExponentialDecay(0.1, 0, 0.5), "decay_steps should be more than 0"),
        (lambda: schedules.InverseTimeDecay("a", 1, 0.5), "initial_learning_rate should be a numb"),
        (lambda: schedules.PiecewiseConstantDecay([1], [1.0]), "one more value than boundaries"),
        (lambda: schedules.CosineDecayRestarts(0.1, -1), "first_decay_steps should be more than 0"),
        (lambda: schedules.OneCycle(0.1, 10, warmup=2.0), r"warmup should be within \[0, 1\]"),
        (
            lambda: schedules.OneCycle(0.1, 10, momentum_range=(1, 2)),
            "momentum_range should be two",
        ),
    ],
)
def test_impossible_arguments_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
