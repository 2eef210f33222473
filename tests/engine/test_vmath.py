"""Accuracy of the vector functions, in units of the last place, over all exponents."""

import numpy as np
import pytest
from evaluation import Graph, feed
from reference import UNARY, ulp_errors

from pymlp import ops
from pymlp._engine import core
from pymlp.graph.gradient import gradients

# The greatest error allowed; the comments in csrc/kernels/vmath.h say what was found among all float32 and many
# float64 numbers, and WORST has the numbers with the greatest errors.
#
# What can be shown, in halves of a unit at 1 (eps / 2): q = e^r - 1 has an error of 0.25 for rounding r and 0.25 for
# its own, a little more where truncation and the polynomial's own rounding count, 0.6 in all. exp rounds 1 + q, which
# is above 0.7: half a unit and 0.6. sigmoid = u / w, w = u + v (1 + q) in [0.7, 2.5]: w has an error of half a unit and
# 0.6, the division half a unit; seen from the result at most 2. tanh = 1 - c, c <= 0.5: c's error of 2 counts half, and
# half a unit more; erf = 1 - c, c <= 0.21, has a unit at most. softplus has log1p's error and half a unit.
LIMITS = {
    "exp": 1.1,
    "log": 1.0,
    "log1p": 1.5,
    "tanh": 1.5,
    "sigmoid": 1.8,
    "softplus": 1.8,
    "elu": 1.25,
    "erf": 1.6,
    "sqrt": 0.5,
}
WORST = [
    15.626791, -5.85590219, 3.8695771791128308, -316.3847229131735,  # exp
    1.40545952, 0.70029822251164831, 2.7095110416412354, 2.7155602724308636,  # log
    -8.94069672e-08, -1.6653585680898674e-16, 0.40778178,  # log1p
    0.56368655, 0.56320040897967305,  # tanh
    -1.10576379, 6.19604874, -1.1094884830470215, 14.991390481184794,  # sigmoid
    -5.87221193, 0.304297298, 0.38085440277384347, -25.967235539418461,  # softplus
    -0.286721408, -0.284572035, -0.39877555226632466,  # elu
    0.919547856, 1.06422472, 1.0594708914788384, 0.9, 1.0,  # erf
]  # fmt: skip
WIDER = {"float32": np.float64, "float64": np.longdouble}
pytestmark = pytest.mark.skipif(
    np.finfo(np.longdouble).nmant <= 52, reason="long double is no wider than float64 here"
)


def every_exponent(dtype, count):
    """Numbers evenly spread over all bit patterns: signs, exponents, subnormals and NaNs."""
    integer = np.uint32 if dtype == "float32" else np.uint64
    bits = 8 * np.dtype(integer).itemsize
    step = 2**bits // count
    rng = np.random.default_rng(bits)
    starts = np.arange(count, dtype=np.uint64) * np.uint64(step)
    return (starts + rng.integers(0, step, count, dtype=np.uint64)).astype(integer).view(dtype)


def where_it_matters(dtype, count):
    """Numbers of ordinary size, more than their share of all bit patterns."""
    rng = np.random.default_rng(1)
    return (rng.normal(size=count) * np.exp(rng.uniform(-12, 5, count))).astype(dtype)


def special(dtype):
    info = np.finfo(dtype)
    tiny = [info.smallest_subnormal, info.smallest_normal, info.max, info.eps, info.epsneg]
    numbers = [
        0.0,
        1.0,
        2.0,
        0.5,
        np.inf,
        np.sqrt(0.5),
        np.sqrt(2.0),
        np.log(2.0),
        np.log(2.0) / 2,
        *tiny,
    ]
    numbers += [
        np.log(float(info.max)),
        -np.log(float(info.smallest_subnormal)),
        10.0,
        20.0,
        40.0,
        60.0,
        *WORST,
    ]
    near = np.array(numbers, dtype)
    with np.errstate(over="ignore"):
        near = np.concatenate(
            [near, np.nextafter(near, dtype(0)), np.nextafter(near, dtype(np.inf))]
        )
    return np.concatenate([near, -near, np.array([np.nan], dtype)])


@pytest.mark.parametrize("name", list(LIMITS))
def test_ulp(name, dtype, isa):
    assert core.isa() == isa
    x = np.concatenate(
        [
            every_exponent(dtype, 2**20 if dtype == "float32" else 2**17),
            where_it_matters(dtype, 2**18 if dtype == "float32" else 2**16),
            special(np.dtype(dtype).type),
        ]
    )
    parameters = UNARY[name].parameters[0]
    leaf, _ = feed(x)
    y = Graph([getattr(ops, name)(leaf, *parameters)], [leaf]).run(x)[0]
    with np.errstate(all="ignore"):
        expected = UNARY[name].value(x.astype(WIDER[dtype]), *parameters)
    errors = ulp_errors(y, expected)
    worst = errors.argmax()
    assert errors[worst] <= LIMITS[name], (
        f"{name}({x[worst]!r}) = {y[worst]!r} is {errors[worst]:.3f} units off {expected[worst]!r}"
    )


@pytest.mark.parametrize(
    "name", ["exp", "log", "log1p", "tanh", "sigmoid", "softplus", "elu", "erf"]
)
def test_derivative_over_all_exponents(name, dtype, isa):
    """The factor a gradient is multiplied by, computed from the function's own result."""
    x = np.concatenate([every_exponent(dtype, 2**15), where_it_matters(dtype, 2**15)])
    parameters = UNARY[name].parameters[0]
    leaf, _ = feed(x)
    y = getattr(ops, name)(leaf, *parameters)
    dx = Graph(gradients(ops.sum(y), [leaf]), [leaf]).run(x)[0]
    with np.errstate(all="ignore"):
        expected = UNARY[name].derivative(x.astype(WIDER[dtype]), *parameters)
    with np.errstate(over="ignore"):  # to infinity, as the kernel must
        rounded = expected.astype(dtype)
    finite = np.isfinite(rounded)
    np.testing.assert_array_equal(dx[~finite], rounded[~finite])
    # From y with an error of 3 units, which are at most eps / 2 below 1: y^2 has 3 eps, and each of the
    # two operations that follow rounds by half of one. What is large itself has a relative error of the same size.
    expected = expected[finite]
    error = np.abs(dx[finite].astype(expected.dtype) - expected)
    assert (error <= 4 * np.finfo(dtype).eps * np.maximum(np.abs(expected), 1)).all()


def test_functions_rise():
    """Neighbouring numbers never come out in the wrong order by more than their error allows."""
    x = np.sort(where_it_matters("float32", 200_000))
    x = x[np.abs(x) < 80]  # within float32 after exp
    for name in ("exp", "tanh", "sigmoid", "softplus", "erf"):
        y = getattr(ops, name)(x).astype(np.float64)
        assert (
            np.diff(y) >= -2 * LIMITS[name] * np.spacing(np.abs(y[1:]).astype(np.float32))
        ).all()
