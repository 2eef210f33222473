"""The oracle: every operation as a NumPy formula, and comparisons with tolerances that are derived.

Written to be read. Everything computes in the type it is given, which is float64 or, for measuring
the last bits of float64, long double.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

# ---- functions of one array ---------------------------------------------------------------------


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def erf(x):
    """Kummer's series, whose terms are all positive; 2 / sqrt(pi) is 1 / sqrt(arctan 1)."""
    a = np.minimum(np.abs(x), 7)  # 1 from here on, to the last bit of a long double
    term = total = a * np.exp(-a * a) / np.sqrt(np.arctan(np.ones_like(a)))
    for odd in range(3, 300, 2):
        term = term * (2 * a * a / odd)
        total = total + term
    return np.copysign(total, x)


def erfinv(x):
    """Newton's steps from 0, which for a concave function stay on one side of the root."""
    x = np.asarray(x, np.longdouble)
    y = np.zeros_like(x)
    for _ in range(60):
        y = y + (np.abs(x) - erf(y)) * np.exp(y * y) * np.sqrt(np.arctan(np.ones_like(y)))
    return np.copysign(y, x)


class Unary(NamedTuple):
    """A function, its derivative, parameters to try it with, and where it is smooth.

    `smooth` lists intervals that stay clear of kinks and of what is undefined.
    """

    value: Callable[..., Any]
    derivative: Callable[..., Any]
    parameters: tuple[tuple[float, ...], ...] = ((),)
    smooth: tuple[tuple[float, float], ...] = ((-3.0, 3.0),)


NOT_ZERO = ((-3.0, -0.05), (0.05, 3.0))

UNARY = {
    "negative": Unary(lambda x: -x, lambda x: -np.ones_like(x)),
    "abs": Unary(np.abs, np.sign, smooth=NOT_ZERO),
    "sign": Unary(np.sign, np.zeros_like, smooth=NOT_ZERO),
    "square": Unary(np.square, lambda x: 2 * x),
    "sqrt": Unary(np.sqrt, lambda x: 0.5 / np.sqrt(x), smooth=((0.3, 4.0),)),
    "exp": Unary(np.exp, np.exp),
    "log": Unary(np.log, lambda x: 1 / x, smooth=((0.3, 4.0),)),
    "log1p": Unary(np.log1p, lambda x: 1 / (1 + x), smooth=((-0.7, 4.0),)),
    "relu": Unary(lambda x: np.where(x < 0, 0, x), lambda x: 1.0 * (x > 0), smooth=NOT_ZERO),
    "leaky_relu": Unary(
        lambda x, slope: np.where(x < 0, slope * x, x),
        lambda x, slope: np.where(x > 0, 1, slope),
        ((0.2,), (0.0,), (1.5,), (-0.3,)),
        NOT_ZERO,
    ),
    "elu": Unary(
        # The larger side is kept from expm1, which would overflow.
        lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
        lambda x, alpha: np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0))),
        ((1.0,), (0.3,), (-0.5,)),
        NOT_ZERO,
    ),
    "sigmoid": Unary(sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "tanh": Unary(np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "softplus": Unary(softplus, sigmoid),
    "erf": Unary(erf, lambda x: np.exp(-x * x) / np.sqrt(np.arctan(np.ones_like(x)))),
    "clip": Unary(
        lambda x, low, high: np.minimum(np.maximum(x, low), high),
        lambda x, low, high: 1.0 * ((x >= low) & (x <= high)),
        ((-1.0, 2.0), (0.0, 0.5), (3.0, 1.0)),
        ((-3.0, -1.1), (0.1, 0.4), (0.6, 0.9), (1.1, 1.9), (2.1, 2.9)),
    ),
    "expm1": Unary(np.expm1, np.exp),
    "sin": Unary(np.sin, np.cos),
    "cos": Unary(np.cos, lambda x: -np.sin(x)),
    "floor": Unary(np.floor, np.zeros_like, smooth=((-1.9, -1.1), (0.1, 0.9))),
    "ceil": Unary(np.ceil, np.zeros_like, smooth=((-1.9, -1.1), (0.1, 0.9))),
    "arcsin": Unary(np.arcsin, lambda x: 1 / np.sqrt(1 - x * x), smooth=((-0.6, 0.6),)),
    "arccos": Unary(np.arccos, lambda x: -1 / np.sqrt(1 - x * x), smooth=((-0.6, 0.6),)),
    "arctan": Unary(np.arctan, lambda x: 1 / (1 + x * x)),
    "arcsinh": Unary(np.arcsinh, lambda x: 1 / np.sqrt(1 + x * x)),
    "arccosh": Unary(np.arccosh, lambda x: 1 / np.sqrt(x * x - 1), smooth=((1.5, 4.0),)),
    "arctanh": Unary(np.arctanh, lambda x: 1 / (1 - x * x), smooth=((-0.6, 0.6),)),
    "cbrt": Unary(np.cbrt, lambda x: 1 / (3 * np.cbrt(x) ** 2), smooth=((-3.0, -0.5), (0.5, 3.0))),
    "erfc": Unary(
        lambda x: np.vectorize(math.erfc, otypes=[x.dtype])(x),
        lambda x: -np.exp(-x * x) / np.sqrt(np.arctan(np.ones_like(x))),
    ),
    "erfinv": Unary(
        erfinv,
        lambda x: np.exp(erfinv(x) ** 2) * np.sqrt(np.arctan(np.ones_like(x))),
        smooth=((-0.7, 0.7),),
    ),
    "round": Unary(np.round, np.zeros_like, smooth=((-1.4, -0.6), (0.6, 1.4))),
}

# ---- functions of two arrays
# -----------------------------------------------------------------------

ARITHMETIC = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide,
    "maximum": np.maximum, "minimum": np.minimum, "arctan2": np.arctan2,
}  # fmt: skip
COMPARISONS = {
    "less": np.less, "less_equal": np.less_equal, "greater": np.greater,
    "greater_equal": np.greater_equal, "equal": np.equal, "not_equal": np.not_equal,
}  # fmt: skip

# ---- rows of classes
# -------------------------------------------------------------------------------


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return e / e.sum(-1, keepdims=True)


def log_sum_exp(x):
    top = x.max(-1, keepdims=True)
    return (top + np.log(np.exp(x - top).sum(-1, keepdims=True)))[..., 0]


def crossentropy(logits, target):
    return (target * (log_sum_exp(logits)[..., None] - logits)).sum(-1)


def one_hot(labels, classes):
    return 1.0 * (np.asarray(labels)[:, None] == np.arange(classes))


# ---- dense -------------------------------------------------------------------------------------


def dense(x, kernel, bias=None):
    return x @ kernel if bias is None else x @ kernel + bias


def dense_scale(x, kernel, bias=None):
    """|x| . |kernel| + |bias|: what rounding errors of the product are measured against."""
    return dense(np.abs(x), np.abs(kernel), None if bias is None else np.abs(bias))


# ---- optimizers' rules: (w, g, slots, numbers) -> (w, slots)
# -----------------------------------------


def sgd(w, g, slots, rate):
    return w - rate * g, []


def momentum(w, g, slots, rate, factor):
    (m,) = slots
    m = factor * m - rate * g
    return w + m, [m]


def nesterov(w, g, slots, rate, factor):
    (m,) = slots
    m = factor * m - rate * g
    return w + factor * m - rate * g, [m]


def adam(w, g, slots, alpha, one_beta_1, one_beta_2, epsilon):
    m, v = slots
    m = (1 - one_beta_1) * m + one_beta_1 * g
    v = (1 - one_beta_2) * v + one_beta_2 * g**2
    return w - alpha * m / (np.sqrt(v) + epsilon), [m, v]


def amsgrad(w, g, slots, alpha, one_beta_1, one_beta_2, epsilon):
    _, (m, v) = adam(w, g, slots[:2], alpha, one_beta_1, one_beta_2, epsilon)
    greatest = np.maximum(slots[2], v)
    return w - alpha * m / (np.sqrt(greatest) + epsilon), [m, v, greatest]


def rmsprop(w, g, slots, rate, rho, epsilon, momentum_, centered):
    slots = list(slots)
    slots[0] = rho * slots[0] + (1 - rho) * g**2
    variance = slots[0]
    if centered:
        slots[-1] = rho * slots[-1] + (1 - rho) * g
        variance = variance - slots[-1] ** 2
    change = rate * g / np.sqrt(variance + epsilon)
    if momentum_ > 0:
        change = slots[1] = momentum_ * slots[1] + change
    return w - change, slots


# ---- comparing ---------------------------------------------------------------------------------


def assert_close(actual, expected, *, scale=None, k=0, constant=1.0):
    """Compare with ``constant * (k + 4) * eps * scale``, eps being that of actual's type.

    Parameters
    ----------
    actual : array of float32 or float64
    expected : array
        From float64 formulas on the very numbers that `actual` was made of.
    scale : array, optional
        What rounding errors are relative to: |x| . |kernel| for a product. Default: ``|expected|``.
    k : int
        Number of terms summed.
    constant : float
        A small number, for what is not a plain sum of products.

    NaN and infinities must be where they are expected.
    """
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"shape {actual.shape}, expected {expected.shape}"
    info = np.finfo(actual.dtype)
    with np.errstate(over="ignore"):
        rounded = expected.astype(actual.dtype)
    finite = np.isfinite(rounded)
    np.testing.assert_array_equal(np.where(finite, 0, actual), np.where(finite, 0, rounded))
    scale = np.abs(expected) if scale is None else np.asarray(scale)
    limit = constant * (k + 4) * (float(info.eps) * scale + float(info.smallest_subnormal))
    with np.errstate(invalid="ignore"):
        error = np.where(finite, np.abs(actual.astype(expected.dtype) - expected), 0)
    worst = np.unravel_index(np.argmax(error - limit), error.shape) if error.size else ()
    assert not error.size or np.all(error <= limit), (
        f"at {worst}: {actual[worst]!r}, expected {expected[worst]!r}; "
        f"{(error / np.broadcast_to(limit, error.shape))[worst]:.3g} times what is allowed"
    )


def assert_same_bits(actual, expected):
    """Compare bit for bit: -0 is not 0, and NaNs are told apart."""
    actual, expected = np.ascontiguousarray(actual), np.ascontiguousarray(expected)
    assert (actual.shape, actual.dtype) == (expected.shape, expected.dtype)
    same = actual.view(np.uint8) == expected.view(np.uint8)
    assert same.all(), f"{(~same).sum()} bytes of {same.size} differ"


def ulp_errors(actual, expected):
    """Errors in units of the last place; infinite where infinities or NaNs differ."""
    with np.errstate(all="ignore"):
        rounded = expected.astype(actual.dtype)
        error = np.abs(actual.astype(expected.dtype) - expected) / np.spacing(np.abs(rounded))
        agree = (actual == rounded) | (np.isnan(actual) & np.isnan(rounded))
        finite = np.isfinite(rounded) & np.isfinite(actual)
        return np.where(finite, error, np.where(agree, 0, np.inf))
