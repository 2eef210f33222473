"""`custom_gradient`: the value is the function's, the gradient what it says."""

import numpy as np
import pytest
from evaluation import Graph, check_gradients, evaluations, feed

import pymlp as keras
from pymlp import ops
from pymlp.graph.gradient import gradients
from pymlp.graph.tensor import input_tensor
from pymlp.variables import Variable

RNG = np.random.default_rng(0)


@ops.custom_gradient
def log1pexp(x):
    e = ops.exp(x)

    def gradient(*args, upstream=None):  # as Keras's documentation writes it
        if upstream is None:
            (upstream,) = args
        return ops.multiply(upstream, 1.0 - 1.0 / ops.add(1, e))

    return ops.log(1 + e), gradient


@ops.custom_gradient
def straight_through(x):
    return ops.round(x), lambda upstream: upstream


@ops.custom_gradient
def product_and_sum(x, w, unused=None):
    def gradient(by_product, by_sum):
        dx = by_product * w + ops.expand_dims(by_sum, -1)
        return dx, ops.sum(by_product * x, axis=0), None

    return {"product": x * w, "sum": ops.sum(x, axis=-1)}, gradient


def gradient_of(function, x):
    tensor, array = feed(x)
    (dx,) = gradients(ops.sum(function(tensor)), [tensor])
    return Graph([dx], [tensor]).run(array)[0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values(dtype):
    x = RNG.normal(size=(7, 3)).astype(dtype)
    for found in evaluations(log1pexp, x, fed=(0,)):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, np.log1p(np.exp(x)), rtol=1e-5)


def test_a_right_gradient_is_one():
    x, w = RNG.normal(size=(5, 3)), RNG.normal(size=3)
    check_gradients(log1pexp, x, fed=(0,))
    for use in (
        lambda y: ops.square(y["product"]) + ops.expand_dims(y["sum"], -1),
        lambda y: y["product"],
        lambda y: ops.square(y["sum"]),
    ):
        check_gradients(lambda a, b, use=use: use(product_and_sum(a, b, None)), x, w, fed=(0,))


def test_the_gradient_is_what_it_says():
    x = RNG.normal(size=(5, 3)) * 3
    np.testing.assert_array_equal(gradient_of(straight_through, x), np.ones_like(x))
    # A stable gradient where differentiation of the formula gives inf / inf.
    assert gradient_of(log1pexp, np.full((1, 1), 100.0)) == 1.0


def test_it_costs_nothing_at_run_time():
    x, _ = feed(np.ones((2, 3)))
    plain = Graph([ops.round(x)], [x]).lowered.program.kernels
    assert Graph([straight_through(x)], [x]).lowered.program.kernels == plain


def test_upstream_may_be_used_in_any_way():
    """Gradients of all results come together before the rule is asked: clipping is not linear."""

    @ops.custom_gradient
    def clipped(x):
        return x, lambda upstream: ops.clip(upstream, -1.0, 1.0)

    def use(x):
        y = clipped(x)
        return 3 * y - 2.5 * y

    np.testing.assert_array_equal(gradient_of(use, np.ones((2, 2))), np.full((2, 2), 0.5))


def test_within_one_another():
    @ops.custom_gradient
    def outer(x):
        return log1pexp(x) * 2, lambda upstream: upstream * 7

    np.testing.assert_array_equal(gradient_of(outer, np.ones((2, 2))), np.full((2, 2), 7.0))


def test_no_gradient():
    nothing = ops.custom_gradient(lambda x: (ops.exp(x), lambda upstream: None))
    x = input_tensor((None, 3), "float64", "x")
    assert gradients(ops.sum(nothing(x)), [x]) == [None]


def test_nested_arguments_and_keywords():
    @ops.custom_gradient
    def total(xs, factor=1.0):
        return (xs[0] + xs[1]) * factor, lambda upstream: [[upstream * 2, upstream * 3]]

    a, b = (input_tensor((None, 3), "float64", name) for name in "ab")
    found = gradients(ops.sum(total([a, b], factor=5.0)), [a, b])
    results = Graph(found, [a, b]).run(np.ones((2, 3)), np.ones((2, 3)))
    assert [r[0, 0] for r in results] == [2.0, 3.0]


def test_training_goes_by_it():
    class Quantized(keras.layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight((input_shape[-1], 1), keras.initializers.Constant(0.3))

        def call(self, x):
            return x @ straight_through(self.w * 4)

    model = keras.Sequential([keras.Input((2,)), Quantized()])
    model.compile(keras.optimizers.SGD(0.01), "mse")
    x = RNG.normal(size=(64, 2)).astype("float32")
    y = x @ np.array([[3.0], [-2.0]], "float32")
    first, *_, last = model.fit(x, y, epochs=40, verbose=0).history["loss"]
    assert last < 0.05 * first
    np.testing.assert_array_equal(np.round(4 * model.get_weights()[0]), [[3.0], [-2.0]])


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: x, "should return its value and a function"),
        (lambda x: (x, 3), "should return its value and a function"),
        (lambda x: (x, lambda up: (up, up)), "nested like it"),
        (lambda x: (x, lambda up: "no"), "should be a tensor"),
        (lambda x: (x, lambda up: ops.sum(up)), r"should have its shape \(None, 3\), received \(\)"),
        (lambda x: (x, lambda up: [[up, up]]), "nested like it"),
    ],
)  # fmt: skip
def test_errors(f, message):
    f.__name__ = "mine"
    x = input_tensor((None, 3), "float64", "x")
    with pytest.raises(ValueError, match=f"custom_gradient 'mine'.*{message}"):
        gradients(ops.sum(ops.custom_gradient(f)(x)), [x])


def test_not_on_tensors_of_a_functional_model():
    with pytest.raises(ValueError, match="within a layer"):
        straight_through(keras.Input((3,)))


def test_at_once_on_variables():
    v = Variable(np.array([0.4, 1.6]))
    np.testing.assert_array_equal(straight_through(v), [0.0, 2.0])
