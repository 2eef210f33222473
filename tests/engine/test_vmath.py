"""Accuracy of the vector functions, in units of the last place, over all exponents."""

import numpy as np
import pytest
from evaluation import Graph, feed
from reference import UNARY, ulp_errors

from pymlp import ops
from pymlp._engine import core
from pymlp.graph.gradient import gradients

# The greatest error allowed. Found with every float32 from 2^-26 (tanh: 2^-16, log: 2^-4) to where the function is
# flat: exp 1.06, log 0.83, log1p 1.44, tanh 2.42, sigmoid 2.40, softplus 1.99, elu 0.90; with four million numbers of
# float64: exp 0.98, log 0.79, log1p 1.44, tanh 2.51, sigmoid 2.30, softplus 1.85, elu 1.17. WORST has where.
#
# What can be shown: exp rounds 1 + q, half a unit; q is below 1/2 and brings its own rounding and that of r, a
# quarter each where 1 + q falls just below 1; truncation adds 0.1. tanh = m / (m + 2): 1.17 units of m, which are
# twice as much relative to its least significand, and two roundings more, 4.4 units at most.
LIMITS = {
    "exp": 1.25,
    "log": 1.0,
    "log1p": 1.5,
    "tanh": 3.0,
    "sigmoid": 3.0,
    "softplus": 2.0,
    "elu": 1.25,
    "sqrt": 0.5,
}
WORST = [
    3.8143735990471246, 4.506779, -5.888854026794434, -81.44470977783203,  # exp
    1.4054595232009888, 2.7095110416412354, 0.7045448929533222,  # log
    -8.940696716308594e-08,  # log1p
    0.0077671753242611885, 0.031202640384435654, -0.2135513719806117,  # tanh
    -4.157293796539307, -2.715731265365649,  # sigmoid
    0.3493565058688281, -5.889944076538086, -2.0303099155426025,  # softplus
    -0.35105690360069275, -0.28612440824508667, -0.35042001640105336,  # elu
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


@pytest.mark.parametrize("name", ["exp", "log", "log1p", "tanh", "sigmoid", "softplus", "elu"])
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
    for name in ("exp", "tanh", "sigmoid", "softplus"):
        y = getattr(ops, name)(x).astype(np.float64)
        assert (
            np.diff(y) >= -2 * LIMITS[name] * np.spacing(np.abs(y[1:]).astype(np.float32))
        ).all()


def test_subnormal_numbers_are_kept():
    """Nothing here flushes them to zero, nor does importing pymlp."""
    tiny = np.float32(1e-40)
    assert ops.multiply(np.full(9, tiny), np.float32(1.0))[8] == tiny
    assert ops.exp(np.float32(-95.0)) > 0
    assert float(tiny) * 1.0 == float(tiny)
    assert np.float64(5e-324) / 1.0 > 0
