"""`find_learning_rate`: what it sees, and that it leaves no trace."""

import numpy as np
import pytest

import pymlp
from pymlp.utils import find_learning_rate


def network(optimizer):
    pymlp.utils.set_random_seed(3)
    model = pymlp.Sequential(
        [pymlp.Input((4,)), pymlp.layers.Dense(8, activation="tanh"), pymlp.layers.Dense(1)]
    )
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def data():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 4)).astype("float32")
    return x, (x @ [[1.0], [2.0], [-1.0], [0.5]]).astype("float32")


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("trained_before", [False, True])
def test_leaves_no_trace(optimizer, trained_before):
    x, y = data()
    one, other = network(optimizer), network(optimizer)
    if trained_before:
        pymlp.utils.set_random_seed(5)
        one.fit(x, y, verbose=0)
        pymlp.utils.set_random_seed(5)
        other.fit(x, y, verbose=0)
    find_learning_rate(one, x, y, steps=20)
    assert one.optimizer.iterations == other.optimizer.iterations
    assert float(one.optimizer.learning_rate) == float(other.optimizer.learning_rate)
    for model in (one, other):
        pymlp.utils.set_random_seed(7)
        model.fit(x, y, epochs=2, verbose=0)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_error_leaves_none_either():
    x, y = data()
    model = network("adam")
    before = model.get_weights()
    y[150:] = np.inf  # some batch will see it; then the search ends
    search = find_learning_rate(model, x, y, batch_size=64)
    assert not np.isfinite(search.losses[-1])
    assert len(search.losses) < 200
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_it_finds_trains_well():
    x, y = data()
    model = network("sgd")
    search = find_learning_rate(model, x, y)
    assert (np.diff(search.rates) > 0).all()
    assert search.rates[0] == pytest.approx(1e-5)
    assert len(search.rates) == len(search.losses) < 200, "10 is too much for this network"
    assert search.losses[-1] > 4 * search.losses.min()
    untrained = model.evaluate(x, y, verbose=0, return_dict=True)["loss"]
    model.optimizer.learning_rate = search.suggestion
    model.fit(x, y, epochs=30, verbose=0)
    assert model.evaluate(x, y, verbose=0, return_dict=True)["loss"] < untrained / 10


def test_with_a_schedule():
    x, y = data()
    schedule = pymlp.optimizers.schedules.ExponentialDecay(0.125, 10, 0.5)
    model = network(pymlp.optimizers.SGD(schedule))
    find_learning_rate(model, x, y, steps=20)
    assert float(model.optimizer.learning_rate) == 0.125


def test_plot():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    x, y = data()
    search = find_learning_rate(network("sgd"), x, y, steps=30)
    axes = search.plot()
    lines = axes.get_lines()
    np.testing.assert_array_equal(lines[0].get_xdata(), search.rates)
    np.testing.assert_array_equal(lines[0].get_ydata(), search.losses)
    assert lines[2].get_xdata()[0] == search.suggestion
    assert (axes.get_xscale(), axes.get_xlabel()) == ("log", "learning rate")
    pyplot.close(axes.figure)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"min_rate": 0.0}, "expected 0 < min_rate < max_rate"),
        ({"min_rate": 1.0, "max_rate": 0.5}, "expected 0 < min_rate < max_rate"),
        ({"steps": 1}, "expected at least 2 steps"),
    ],
)
def test_impossible_arguments_are_refused(arguments, message):
    x, y = data()
    with pytest.raises(ValueError, match=message):
        find_learning_rate(network("sgd"), x, y, **arguments)


def test_a_model_that_is_not_compiled_is_refused():
    model = pymlp.Sequential([pymlp.Input((4,)), pymlp.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"is not compiled. Call model.compile"):
        find_learning_rate(model, *data())
