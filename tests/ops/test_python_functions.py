"""Python functions on arrays in the midst of native programs: values, gradients, errors, threads, re-entrancy."""

import copy
import pickle
import threading

import numpy as np
import pytest
from evaluation import Graph, check_gradients, evaluations, feed
from reference import assert_close

import pymlp as keras
from pymlp import ops
from pymlp.graph.gradient import gradients
from pymlp.graph.tensor import input_tensor

RNG = np.random.default_rng(0)


def scaled(x, w):
    return x * w


def scaled_gradient(upstream, x, w):
    return upstream * w, (upstream * x).reshape(-1, *w.shape).sum(0)


def parts(x):
    return np.sort(x, axis=-1), x.sum(axis=-1)


def parts_gradient(upstream, x):
    order = np.argsort(x, axis=-1)
    back = np.zeros_like(x)
    np.put_along_axis(back, order, upstream[0], axis=-1)
    return back + upstream[1][..., None]


scale = ops.python_function(scaled, scaled_gradient)
sorted_and_sum = ops.python_function(parts, parts_gradient, lambda x: [x, x[:-1]])


@pytest.fixture(params=["float32", "float64"])
def dtype(request):
    return request.param


@pytest.fixture
def two_threads():
    keras.set_num_threads(2)
    yield
    keras.set_num_threads(None)


# ---- values and gradients ----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (13, 2, 7), (17,)])
def test_values_everywhere(shape, dtype):
    x, w = RNG.normal(size=shape).astype(dtype), RNG.normal(size=shape[1:]).astype(dtype)
    for found in evaluations(scale, x, w, fed=(0,)):
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, x * w)


def test_several_results(dtype):
    x = RNG.normal(size=(11, 5)).astype(dtype)
    for number, expected in enumerate((np.sort(x), x.sum(-1))):
        for found in evaluations(lambda t, n=number: sorted_and_sum(t)[n], x, fed=(0,)):
            assert_close(found, expected)


def test_gradients():
    x, w = RNG.normal(size=(4, 3)), RNG.normal(size=3)
    check_gradients(scale, x, w, fed=(0,))
    for use in (
        lambda a, b: ops.add(ops.square(a), ops.expand_dims(b, -1)),
        lambda a, b: ops.square(a),  # no gradient comes back from the other: zeros stand for it
        lambda a, b: ops.square(b),
    ):
        check_gradients(lambda t, use=use: use(*sorted_and_sum(t)), x, fed=(0,))


def test_no_gradient_for_one_argument():
    f = ops.python_function(scaled, lambda upstream, x, w: (upstream * w, None))
    x, w = RNG.normal(size=(4, 3)), RNG.normal(size=3)
    _, back = check_gradients(f, x, w, fed=(0,), fixed=(1,))
    assert not back.any()


def test_shapes_without_samples():
    total = ops.python_function(np.sum, output_shape=())
    x = RNG.normal(size=(6, 3))
    assert total(x).shape == ()
    tensor, array = feed(x)
    (found,) = Graph([total(tensor)], [tensor]).run(array, batch_size=4)
    assert found == x[4:].sum()  # of the last batch


def test_numbers_of_other_types_are_converted(dtype):
    for kind in ("int64", "bool", "float64", "float16"):
        f = ops.python_function(lambda x, kind=kind: (x > 0).astype(kind))
        x = RNG.normal(size=(5, 2)).astype(dtype)
        for found in evaluations(f, x, fed=(0,)):
            assert found.dtype == dtype
            np.testing.assert_array_equal(found, x > 0)


def test_arrays_belong_to_the_function():
    kept = []

    def keep(x):
        kept.append(x)
        return x * 2

    def spoil(x):
        x[...] = np.nan
        return np.zeros_like(x)

    tensor, array = feed(RNG.normal(size=(6, 3)))
    outputs = [ops.python_function(keep)(tensor), ops.python_function(spoil)(tensor), tensor + 1]
    found = Graph(outputs, [tensor]).run(array, batch_size=2)
    np.testing.assert_array_equal(np.concatenate(kept), array)
    np.testing.assert_array_equal(found[2], array + 1)


def test_it_is_called_once_for_all_that_depends_on_it_and_not_without_need():
    calls = []

    def count(x):
        calls.append(len(x))
        return x, x

    f = ops.python_function(count, output_shape=lambda x: [x, x])
    tensor, array = feed(RNG.normal(size=(5, 3)))
    f(tensor)
    a, b = f(tensor)
    c, _ = f(tensor)
    Graph([ops.exp(a), ops.exp(b), ops.sin(c)], [tensor]).run(array)
    assert calls == [5]


# ---- in models ---------------------------------------------------------------------------------------------


class Scale(keras.layers.Layer):
    """x * w, by Python or by operations."""

    def __init__(self, by_python, **kwargs):
        super().__init__(**kwargs)
        self.by_python = by_python

    def build(self, input_shape):
        self.w = self.add_weight((input_shape[-1],), "ones")

    def call(self, x):
        return scale(x, self.w) if self.by_python else x * self.w


squared_error = ops.python_function(
    lambda y, p: ((y - p) ** 2).mean(-1),
    lambda up, y, p: (None, (2 * (p - y) / p.shape[-1]) * up[:, None]),
    lambda y, p: p[:-1],
)
rectified = ops.python_function(lambda x: np.maximum(x, 0), lambda up, x: up * (x > 0))


def trained(by_python, dtype):
    keras.utils.set_random_seed(1)
    x = RNG_OF_DATA.normal(size=(70, 400)).astype(dtype)
    model = keras.Sequential(
        [
            keras.Input((400,), dtype=dtype),
            keras.layers.Dense(500, activation=rectified if by_python else "relu", dtype=dtype),
            Scale(by_python, dtype=dtype),
            keras.layers.Dense(2, dtype=dtype),
        ]
    )
    model.compile(
        keras.optimizers.Adam(1e-3),
        squared_error if by_python else "mse",
        metrics=[squared_error if by_python else "mse"],
    )
    history = model.fit(x, x[:, :2], epochs=2, shuffle=False, verbose=0).history
    return [*model.get_weights(), *history.values(), model.evaluate(x, x[:, :2], verbose=0)]


RNG_OF_DATA = np.random.default_rng(1)


def test_a_model_of_python_functions_is_the_native_one(dtype, two_threads):
    """Layer, activation, loss and metric; the last batch is short; two threads."""
    global RNG_OF_DATA
    results = []
    for by_python in (True, False):
        RNG_OF_DATA = np.random.default_rng(1)
        results.append(trained(by_python, dtype))
    # Adam divides by the size of gradients: rounding in one that is nearly 0 shows in full.
    tolerance = {"float32": 2e-4, "float64": 1e-9}[dtype]
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def test_no_rows():
    assert scale(np.zeros((0, 3)), np.ones(3)).shape == (0, 3)


# ---- errors ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (lambda x: x[:, :1], r"numbers of shape \(4, 3\) as result 0, it returned float64 of shape \(4, 1\)"),
        (lambda x: x.astype(complex), "complex128"),
        (lambda x: x.astype(str), "<U"),
        (lambda x: None, r"object of shape \(\)"),
        (lambda x: [[1.0], [1.0, 2.0]], "no array|of shape"),
        (lambda x: (x, x), r"of shape \(2, 4, 3\)"),
    ],
)  # fmt: skip
def test_what_is_returned_is_checked(forward, message):
    f = ops.python_function(forward, name="mine")
    with pytest.raises(ValueError, match=f"python_function 'mine': forward .*({message})"):
        f(np.ones((4, 3)))
    tensor, array = feed(np.ones((4, 3)))
    graph = Graph([f(tensor)], [tensor])
    for threads in (1, 2):
        with pytest.raises(ValueError, match=f"python_function 'mine': forward .*({message})"):
            graph.run(array, threads=threads)


def test_gradients_are_checked():
    x = input_tensor((None, 3), "float64", "x")
    for gradient, message in (
        (lambda up, x: up[:, :1], r"'scaled': gradient should return real numbers of shape \(4, 3\)"),
        (lambda up, x: (up, up), r"\(2, 4, 3\)|2"),
    ):  # fmt: skip
        f = ops.python_function(lambda x: x, gradient, name="scaled")
        (dx,) = gradients(ops.sum(f(x)), [x])
        with pytest.raises(ValueError, match=message):
            Graph([dx], [x]).run(np.ones((4, 3)))


def test_a_gradient_that_is_missing():
    f = ops.python_function(np.sinc, name="sinc")
    x = input_tensor((None, 3), "float64", "x")
    with pytest.raises(NotImplementedError, match=r"'sinc' has no gradient.*stop_gradient"):
        gradients(ops.sum(f(x)), [x])
    assert gradients(ops.sum(ops.stop_gradient(f(x)) * x), [x])[0] is not None
    # Of the gradient itself there is none either.
    g = ops.python_function(np.sin, lambda up, x: up * np.cos(x), name="sin")
    (dx,) = gradients(ops.sum(g(x)), [x])
    with pytest.raises(NotImplementedError, match="gradient of sin"):
        gradients(ops.sum(dx), [x])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3,), "should be functions"),
        ((np.sin, 3), "should be functions"),
        ((np.sin, None, 3), "output_shape should be a shape"),
        ((np.sin, None, (3, None)), "output_shape should be a shape"),
        ((np.sin, None, "ab"), "output_shape should be a shape"),
    ],
)
def test_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ops.python_function(*arguments)


def test_it_is_called_on_something():
    with pytest.raises(ValueError, match="called on tensors"):
        scale()


def test_not_on_tensors_of_a_functional_model():
    with pytest.raises(ValueError, match="within a layer"):
        scale(keras.Input((3,)), np.ones(3))


class Trouble(Exception):
    pass


@pytest.mark.parametrize("error", [Trouble("deep"), KeyboardInterrupt()])
@pytest.mark.parametrize("in_gradient", [False, True])
def test_an_error_ends_fit_between_steps(error, in_gradient, two_threads):
    """Steps before it are done and counted; the step itself has changed nothing."""
    steps = []

    def raise_in_the_third(x):
        steps.append(len(x))
        if len(steps) == 3:
            raise error
        return x

    f = ops.python_function(
        (lambda x: x) if in_gradient else raise_in_the_third,
        (lambda up, x: raise_in_the_third(up)) if in_gradient else (lambda up, x: up),
        name="troublesome",
    )
    x = np.random.default_rng(0).normal(size=(64, 400)).astype("float32")
    y = x[:, :1]

    def model():
        keras.utils.set_random_seed(0)
        made = keras.Sequential(
            [keras.Input((400,)), keras.layers.Dense(400, f), keras.layers.Dense(1)]
        )
        made.compile("adam", "mse")
        return made

    stopped = model()
    with pytest.raises(type(error)) as caught:
        stopped.fit(x, y, 16, shuffle=False, verbose=0)
    if hasattr(error, "add_note"):
        assert any("troublesome" in note for note in caught.value.__notes__)
    assert int(stopped.optimizer.iterations) == 2
    steps.extend([0] * 9)
    whole = model()
    whole.fit(x[:32], y[:32], 16, shuffle=False, verbose=0)
    for a, b in zip(stopped.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    # It goes on as if nothing had been.
    stopped.fit(x[32:], y[32:], 16, shuffle=False, verbose=0)
    whole.fit(x[32:], y[32:], 16, shuffle=False, verbose=0)
    for a, b in zip(stopped.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


# ---- what it may do meanwhile ----------------------------------------------------------------------------------


def wide(activation):
    return keras.Sequential(
        [keras.Input((300,)), keras.layers.Dense(300, activation), keras.layers.Dense(2)]
    )


def test_other_models_and_operations_within(two_threads):
    other = wide("relu")

    def forward(x):
        return ops.relu(x) + other.predict(x, verbose=0)[:, :1] * 0 + other(x).sum() * 0

    model = wide(ops.python_function(forward))
    x = np.random.default_rng(0).normal(size=(100, 300)).astype("float32")
    plain = wide("relu")
    plain.set_weights(model.get_weights())
    np.testing.assert_allclose(model.predict(x, verbose=0), plain.predict(x, verbose=0), rtol=1e-5)


def test_the_same_model_within(two_threads):
    seen = []

    def forward(x):
        if not seen:
            seen.append(None)
            seen[0] = model.predict(np.ones((3, 300)), verbose=0).shape
        return x

    model = wide(ops.python_function(forward, lambda up, x: up))
    model.compile("sgd", "mse")
    model.fit(np.ones((40, 300)), np.ones((40, 2)), verbose=0)
    assert seen == [(3, 2)]


def test_what_the_model_is_at_is_refused_within(two_threads):
    """No deadlock: it would wait for itself."""

    def forward(x):
        model.predict(np.ones((3, 300)), verbose=0)
        return x

    model = wide(ops.python_function(forward))
    with pytest.raises(RuntimeError, match="predict within predict"):
        model.predict(np.ones((40, 300)), verbose=0)
    with pytest.raises(RuntimeError, match="predict within predict"):
        model.predict(np.ones((40, 300)), verbose=0)


def test_other_threads_go_on(two_threads):
    """While one thread is in Python, others use the same model, and wait for it."""
    model = wide(ops.python_function(lambda x: np.maximum(x, 0)))
    x = np.random.default_rng(0).normal(size=(200, 300)).astype("float32")
    expected = model.predict(x, verbose=0)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(model.predict(x, verbose=0))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 6
    for result in found:
        np.testing.assert_array_equal(result, expected)


def test_within_a_predictor():
    model = wide(ops.python_function(np.tanh))
    x = np.random.default_rng(0).normal(size=(4, 300)).astype("float32")
    np.testing.assert_array_equal(model.predictor(4)(x), model.predict(x, verbose=0))

    def fail(x):
        if x.any():  # not yet when it is made, on zeros
            raise Trouble
        return x

    predict = wide(ops.python_function(fail)).predictor(4)
    for _ in range(2):
        with pytest.raises(Trouble):
            predict(x)


# ---- copies and files --------------------------------------------------------------------------------------------


def test_copies(dtype):
    x = RNG.normal(size=(4, 3)).astype(dtype)
    for made in (copy.deepcopy(scale), pickle.loads(pickle.dumps(scale))):
        np.testing.assert_array_equal(made(x, x[0]), scale(x, x[0]))
        assert repr(made) == "<python_function scaled>"
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(ops.python_function(lambda x: x))


def test_files(tmp_path):
    sorts = ops.python_function(np.sort, lambda up, x: up, name="sorts")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, sorts)])
    path = tmp_path / "model.keras"
    model.save(path)
    with pytest.raises(ValueError, match="sorts"):
        keras.models.load_model(path)
    loaded = keras.models.load_model(path, custom_objects={"sorts": sorts})
    x = RNG.normal(size=(4, 3))
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
