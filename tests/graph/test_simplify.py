"""Simplification: less is done, and the numbers are the same."""

import numpy as np
import pytest
from evaluation import run

from pymlp import ops
from pymlp.graph.gradient import gradients
from pymlp.graph.tensor import input_tensor
from pymlp.ops.shaping import broadcast_to

ROWS = 19


def mean_square(x):
    """A loss and its gradient, as a model of one unit has them."""
    loss = ops.mean(ops.mean(ops.square(x), axis=-1))
    (gradient,) = gradients(loss, [x])
    return [loss, gradient]


def class_gradient(x):
    return gradients(ops.mean(ops.softmax_crossentropy(x, ops.square(x), False)), [x])


def class_gradient_formula(x):
    probabilities = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    return [(probabilities * (x**2).sum(-1, keepdims=True) - x**2) / len(x)]


# (of what, in how many columns, what is left of it between gathering and storing, its float64 formula)
CASES = {
    "reshape of a reshape": (
        lambda x: [ops.exp(ops.reshape(ops.reshape(ops.square(x), (None, 2, 3)), (None, 3, 2)))],
        6,
        ["square", "reshape", "exp"],
        lambda x: [np.exp(x**2).reshape(-1, 3, 2)],
    ),
    "reshape there and back": (
        lambda x: [ops.exp(ops.reshape(ops.reshape(ops.square(x), (None, 2, 3)), (None, 6)))],
        6,
        ["square", "exp"],
        lambda x: [np.exp(x**2)],
    ),
    "sum of a reshape": (
        lambda x: [ops.sum(ops.reshape(ops.square(x), (None, 2, 3)))],
        6,
        ["square", "sum_all"],
        lambda x: [np.sum(x**2)],
    ),
    "a number is not repeated": (
        lambda x: [ops.multiply(broadcast_to(ops.sum(ops.square(x)), x.shape), x)],
        5,
        ["square", "sum_all", "multiply"],
        lambda x: [np.sum(x**2) * x],
    ),
    "nor is it for a gradient": (
        lambda x: gradients(ops.sum(ops.square(x)), [x]),
        5,
        ["square_grad"],
        lambda x: [2 * x],
    ),
    "nor is it for that of a cross-entropy": (
        class_gradient,
        4,
        ["batch_size", "divide", "square", "softmax", "softmax_crossentropy_grad"],
        class_gradient_formula,
    ),
    "loss of one unit": (
        mean_square,
        1,
        ["batch_size", "square", "sum_all", "divide", "divide", "square_grad"],
        lambda x: [np.mean(x**2), 2 * x / len(x)],
    ),
    "equal numbers are one": (
        lambda x: [ops.add(ops.multiply(x, 3.0), 1.0), ops.square(ops.multiply(x, 3.0))],
        2,
        ["multiply", "add", "square"],
        lambda x: [3 * x + 1, (3 * x) ** 2],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_less_is_done_for_the_same(case, dtype, instructions):
    build, columns, expected, formula = CASES[case]
    x = input_tensor((None, columns), dtype, "x")
    array = np.random.default_rng(3).normal(size=(ROWS, columns))
    given = array.astype(dtype)
    found = run(build(x), [(x, given)])
    made = [name for name, *_ in instructions if name not in ("gather", "scatter")]
    assert sorted(made) == sorted(expected)
    for result, value in zip(found, formula(given.astype(np.float64)), strict=True):
        assert result.shape == np.shape(value)
        np.testing.assert_allclose(result, value, rtol=64 * ROWS * np.finfo(dtype).eps)


@pytest.mark.parametrize("rows", [0, 1, 2, 67, 131])
def test_a_gradient_takes_a_number_for_any_rows(rows, dtype):
    """Rows without padding are worked on as one, wider than what the number is spread over."""
    x = input_tensor((None,), dtype, "x")
    array = np.random.default_rng(rows).normal(size=rows)
    (gradient,) = run(gradients(ops.sum(ops.tanh(x)), [x]), [(x, array)])
    tolerance = 16 * np.finfo(dtype).eps
    np.testing.assert_allclose(
        gradient, 1 - np.tanh(array.astype(dtype)) ** 2, rtol=tolerance, atol=tolerance
    )
