"""Functions of one tensor, against their formulas and their finite differences."""

import numpy as np
import pytest
from evaluation import check_gradients, evaluations, feed, run
from hypothesis import given
from hypothesis import strategies as st
from reference import UNARY, assert_close, assert_same_bits

from pymlp import ops
from pymlp.graph.gradient import gradients
from pymlp.ops.elementwise import UNARY as OPERATIONS
from pymlp.variables import Variable

CASES = [(name, p) for name, case in UNARY.items() for p in case.parameters]
SIZES = st.sampled_from([0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 61])


def numbers(shape, dtype, smooth, seed=0):
    """Numbers within the intervals, none at their ends."""
    rng = np.random.default_rng(seed)
    intervals = np.array(smooth)[rng.integers(len(smooth), size=shape)]
    share = rng.uniform(0.02, 0.98, shape)
    return (intervals[..., 0] * (1 - share) + intervals[..., 1] * share).astype(dtype)


def test_every_function_has_a_formula():
    assert set(UNARY) == set(OPERATIONS) - {"copy"}


def check_values(name, parameters, shape, dtype, fed):
    x = numbers(shape, dtype, UNARY[name].smooth, sum(shape))
    expected = UNARY[name].value(x.astype(np.float64), *parameters)
    function = getattr(ops, name)
    for y in evaluations(lambda x: function(x, *parameters), x, fed=fed):
        assert y.dtype == dtype
        # None of these functions loses digits to cancellation: |expected| is the scale.
        assert_close(y, expected)


@pytest.mark.parametrize(("name", "parameters"), CASES)
@pytest.mark.parametrize("fed", [[], [0]])
def test_values(name, parameters, fed, dtype):
    check_values(name, parameters, (37, 19), dtype, fed)


@given(
    case=st.sampled_from(CASES),
    rows=SIZES,
    columns=SIZES,
    dtype=st.sampled_from(["float32", "float64"]),
    fed=st.sampled_from([[], [0]]),
    rank=st.integers(1, 3),
)
def test_values_of_any_size(case, rows, columns, dtype, fed, rank):
    check_values(*case, (rows, 2, columns) if rank == 3 else (rows, columns)[:rank], dtype, fed)


@pytest.mark.parametrize(("name", "parameters"), CASES)
@pytest.mark.parametrize("fed", [[], [0]])
def test_gradient_by_differences(name, parameters, fed):
    x = numbers((5, 7), "float64", UNARY[name].smooth)
    function = getattr(ops, name)
    (dx,) = check_gradients(lambda x: function(x, *parameters), x, fed=fed)
    weights = np.random.default_rng(0).uniform(0.5, 1.5, x.shape)
    expected = weights * UNARY[name].derivative(x, *parameters)
    # A derivative in terms of y, such as 1 - y^2, is rounded in units of 1.
    assert_close(dx, expected, scale=np.maximum(np.abs(expected), 1))


@pytest.mark.parametrize(("name", "parameters"), CASES)
def test_gradient_of_one_number_a_sample(name, parameters, dtype):
    """Tensors of shape (batch,) lie without padding: threads meet within a cache line."""
    x = numbers((1003,), dtype, UNARY[name].smooth)
    function = getattr(ops, name)
    leaf, array = feed(x)
    # Gradients upon gradients, so that each instruction reads what the one before has written.
    y = ops.square(ops.square(function(leaf, *parameters)))
    (dx,) = gradients(ops.sum(y), [leaf])
    wide = x.astype(np.float64)
    value = UNARY[name].value(wide, *parameters)
    derivative = UNARY[name].derivative(wide, *parameters)
    expected = 4 * value**3 * derivative
    results = [
        run([dx], [(leaf, array)], threads=t, batch_size=n)[0]
        for t in (1, 2)
        for n in (1003, 97, 1)
    ]
    for result in results:
        assert_same_bits(result, results[0])
    # Both factors are rounded: the derivative in units of 1 or of itself, the argument before it.
    factor = np.maximum(np.maximum(1, np.abs(wide)), np.abs(derivative))
    assert_close(results[0], expected, scale=4 * np.abs(value) ** 3 * factor, constant=4)


def test_expm1_beyond_where_1_counts(dtype):
    x = np.array([59.9, 60.0, 60.1, 80.0, 88.0], dtype)
    assert_close(ops.expm1(x), np.expm1(x.astype(np.float64)), constant=4)


INFINITY, NAN = np.inf, np.nan
SPECIAL = {  # x: what each function makes of it
    "negative": [(0.0, -0.0), (INFINITY, -INFINITY)],
    "expm1": [(0.0, 0.0), (-0.0, -0.0), (-INFINITY, -1.0), (INFINITY, INFINITY), (1e4, INFINITY)],
    "sin": [(0.0, 0.0), (-0.0, -0.0), (INFINITY, NAN)],
    "cos": [(0.0, 1.0), (INFINITY, NAN)],
    "floor": [(1.5, 1.0), (-1.5, -2.0), (-0.0, -0.0), (INFINITY, INFINITY), (1e30, 1e30)],
    "ceil": [(1.5, 2.0), (-1.5, -1.0), (INFINITY, INFINITY), (-1e30, -1e30)],
    "round": [(0.5, 0.0), (1.5, 2.0), (2.5, 2.0), (-2.5, -2.0), (INFINITY, INFINITY)],
    "abs": [(-0.0, 0.0), (-INFINITY, INFINITY)],
    "sign": [
        (0.0, 0.0),
        (-0.0, -0.0),
        (-INFINITY, -1.0),
        (INFINITY, 1.0),
        (1e-45, 1.0),
        (-1e-45, -1.0),
    ],
    "square": [(-INFINITY, INFINITY), (1e30, INFINITY), (1e-30, 0.0)],
    "sqrt": [(0.0, 0.0), (-1.0, NAN), (INFINITY, INFINITY), (-INFINITY, NAN), (4.0, 2.0)],
    "exp": [
        (0.0, 1.0),
        (-0.0, 1.0),
        (-INFINITY, 0.0),
        (INFINITY, INFINITY),
        (89.0, INFINITY),
        (-104.0, 0.0),
    ],
    "log": [
        (0.0, -INFINITY),
        (-0.0, -INFINITY),
        (1.0, 0.0),
        (-1.0, NAN),
        (-INFINITY, NAN),
        (INFINITY, INFINITY),
    ],
    "log1p": [
        (0.0, 0.0),
        (-0.0, -0.0),
        (-1.0, -INFINITY),
        (-2.0, NAN),
        (-INFINITY, NAN),
        (INFINITY, INFINITY),
    ],
    "relu": [(0.0, 0.0), (-1.0, 0.0), (-INFINITY, 0.0), (INFINITY, INFINITY)],
    "leaky_relu": [(0.0, 0.0), (-INFINITY, -INFINITY), (INFINITY, INFINITY)],
    "elu": [(0.0, 0.0), (-0.0, -0.0), (-INFINITY, -1.0), (INFINITY, INFINITY)],
    "sigmoid": [(0.0, 0.5), (-INFINITY, 0.0), (INFINITY, 1.0), (-1e4, 0.0), (1e4, 1.0)],
    "tanh": [(0.0, 0.0), (-0.0, -0.0), (-INFINITY, -1.0), (INFINITY, 1.0), (30.0, 1.0)],
    "softplus": [(-INFINITY, 0.0), (INFINITY, INFINITY), (-1e4, 0.0), (1e4, 1e4)],
    "erf": [
        (0.0, 0.0),
        (-0.0, -0.0),
        (-INFINITY, -1.0),
        (INFINITY, 1.0),
        (1e-45, 1e-45),
        (4.0, 1.0),
    ],
    "arcsin": [(0.0, 0.0), (-0.0, -0.0), (2.0, NAN), (-INFINITY, NAN)],
    "arccos": [(1.0, 0.0), (2.0, NAN), (-INFINITY, NAN)],
    "arctan": [(0.0, 0.0), (-0.0, -0.0), (INFINITY, np.pi / 2), (-INFINITY, -np.pi / 2)],
    "arcsinh": [(0.0, 0.0), (-0.0, -0.0), (INFINITY, INFINITY), (-INFINITY, -INFINITY)],
    "arccosh": [(1.0, 0.0), (0.5, NAN), (INFINITY, INFINITY), (-INFINITY, NAN)],
    "arctanh": [(0.0, 0.0), (-0.0, -0.0), (1.0, INFINITY), (-1.0, -INFINITY), (2.0, NAN)],
    "cbrt": [(0.0, 0.0), (-0.0, -0.0), (-8.0, -2.0), (INFINITY, INFINITY), (-INFINITY, -INFINITY)],
    "erfc": [(0.0, 1.0), (INFINITY, 0.0), (-INFINITY, 2.0), (30.0, 0.0)],
    "erfinv": [
        (0.0, 0.0),
        (-0.0, -0.0),
        (1.0, INFINITY),
        (-1.0, -INFINITY),
        (1.5, NAN),
        (-INFINITY, NAN),
    ],
    "clip": [(-INFINITY, -1.0), (INFINITY, 2.0), (-1.0, -1.0), (2.0, 2.0)],
}


@pytest.mark.parametrize("name", list(UNARY))
def test_special_values(name):
    """Worked out by hand, in float32; in every lane and behind the last whole vector."""
    parameters = UNARY[name].parameters[0]
    for x, expected in [*SPECIAL[name], (NAN, NAN)]:
        for size in (1, 3, 8, 17):
            row = np.full(size, 0.5, np.float32)
            for at in range(size):
                row[:] = 0.5
                row[at] = x
                y = getattr(ops, name)(row, *parameters)[at]
                assert np.isnan(y) == np.isnan(expected)
                if not np.isnan(expected):
                    assert_same_bits(y, np.float32(expected))


@pytest.mark.parametrize(
    ("name", "x", "slope"),
    [
        ("abs", 0.0, 0.0),
        ("relu", 0.0, 0.0),
        ("relu", -0.0, 0.0),
        ("elu", 0.0, 1.0),
        ("sigmoid", 800.0, 0.0),
        ("sigmoid", -800.0, 0.0),
        ("tanh", -50.0, 0.0),
        ("softplus", -800.0, 0.0),
        ("softplus", 200.0, 1.0),
        ("sqrt", 0.0, np.inf),
        ("log", 0.0, np.inf),
        ("exp", -np.inf, 0.0),
        ("sign", 0.0, 0.0),
        ("erf", 800.0, 0.0),
        ("erf", np.inf, 0.0),
    ],
)
def test_gradient_at_kinks_and_ends(name, x, slope, dtype):
    v = Variable(np.full((2, 3), x), dtype=dtype)
    (dx,) = gradients(ops.sum(getattr(ops, name)(v.tensor)), [v.tensor])
    assert_same_bits(run([dx])[0], np.full((2, 3), slope, dtype))


def test_clip_includes_its_ends():
    v = Variable(np.array([-1.0, -1.1, 2.0, 2.1, 0.0]))
    (dx,) = gradients(ops.sum(ops.clip(v.tensor, -1.0, 2.0)), [v.tensor])
    np.testing.assert_array_equal(run([dx])[0], [1, 0, 1, 0, 1])


@pytest.mark.parametrize("name", list(UNARY))
def test_input_is_not_written(name, dtype):
    x = numbers((4, 5), dtype, UNARY[name].smooth)
    before = x.copy()
    x.flags.writeable = False
    y = getattr(ops, name)(x, *UNARY[name].parameters[0])
    assert_same_bits(x, before)
    assert not np.shares_memory(x, y)


def test_numbers_and_lists_are_taken():
    assert ops.exp(0.0) == 1.0
    assert ops.exp(0.0).shape == ()
    assert_close(ops.square([1, 2, 3]), np.array([1.0, 4.0, 9.0]))
    assert ops.square([1, 2, 3]).dtype == np.float32
    assert ops.square(np.ones((2, 3, 2, 5), np.float64)).shape == (2, 3, 2, 5)
