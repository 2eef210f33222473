"""More functions of pymlp.ops in graphs: values in every way of evaluating, and gradients by differences."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation import check_gradients, evaluations, feed, run

from pymlp import ops
from pymlp.graph.tensor import input_tensor
from pymlp.ops.numpy_protocol import table

RNG = np.random.default_rng(9)
X = (
    RNG.permutation(60).reshape(5, 3, 4) / 20 - 1.43
)  # no two nearer than differences reach, none near 0 or 1
Y = RNG.normal(size=(5, 3, 4))
SQUARE = RNG.normal(size=(5, 3, 3))
GAPS = np.where(
    RNG.uniform(size=(5, 6)) < 0.3, np.nan, RNG.permutation(30).reshape(5, 6) / 10 - 1.43
)
GAPS[:, 0] = 0.517
IDS = np.array([2, 0, 2, 1, 0])

# name: (function, the same in NumPy, arrays, which of them have samples)
SMOOTH = {
    "roll": (lambda x: ops.roll(x, 1, -1), lambda x: np.roll(x, 1, -1), (X,), (0,)),
    "rot90": (lambda x: ops.rot90(x, 1, (1, 2)), lambda x: np.rot90(x, 1, (1, 2)), (X,), (0,)),
    "pad reflect": (lambda x: ops.pad(x, ((0, 0), (1, 2), (2, 0)), "reflect"), lambda x: np.pad(x, ((0, 0), (1, 2),
        (2, 0)), "reflect"), (X,), (0,)),
    "slice": (lambda x: ops.slice(x, (0, 1, 0), (-1, 2, 3)), lambda x: x[:, 1:, :3], (X,), (0,)),
    "slice_update": (lambda x, y: ops.slice_update(x, (0, 1, 2), y[:, :2, :1]), lambda x, y: np.concatenate([x[:,
        :1], np.concatenate([x[:, 1:, :2], y[:, :2, :1], x[:, 1:, 3:]], 2)], 1), (X, Y), (0, 1)),
    "hstack": (lambda x, y: ops.hstack([x, y]), lambda x, y: np.hstack([x, y]), (X, Y), (0, 1)),
    "dstack": (lambda x, y: ops.dstack([x, y]), lambda x, y: np.dstack([x, y]), (X, Y), (0, 1)),
    "vstack": (lambda x, y: ops.vstack([x, y]), lambda x, y: np.vstack([x, y]), (X[0], Y[0]), ()),
    "array_split": (lambda x: ops.array_split(x, 3, -1)[0], lambda x: np.array_split(x, 3, -1)[0], (X,), (0,)),
    "diagonal": (lambda x: ops.diagonal(x, 1, 1, 2), lambda x: np.diagonal(x, 1, 1, 2), (SQUARE,), (0,)),
    "diagonal fixed": (lambda x: ops.diagonal(x, -1), lambda x: np.diagonal(x, -1), (X,), ()),
    "diag": (lambda x: ops.diag(x, 1), lambda x: np.diag(x, 1), (Y[0, 0],), ()),
    "trace": (lambda x: ops.trace(x, 0, 2, 1), lambda x: np.trace(x, 0, 2, 1), (SQUARE,), (0,)),
    "tril": (lambda x: ops.tril(x, 1), lambda x: np.tril(x, 1), (X,), (0,)),
    "triu": (lambda x: ops.triu(x, -1), lambda x: np.triu(x, -1), (X,), (0,)),
    "rearrange": (lambda x: ops.rearrange(x, "b h (w c) -> b c (h w)", c=2), lambda x: x.reshape(5, 3, 2,
        2).transpose(0, 3, 1, 2).reshape(5, 2, 6), (X,), (0,)),
    "einsum diagonal": (lambda x: ops.einsum("abb->ab", x), lambda x: np.einsum("abb->ab", x), (SQUARE,), (0,)),
    "einsum over samples": (lambda x, y: ops.einsum("abc,abd->cd", x, y), lambda x, y: np.einsum("abc,abd->cd", x,
        y), (X, Y), (0, 1)),
    "einsum with one": (lambda x, y: ops.einsum("abc,abc->ac", x, y), lambda x, y: np.einsum("abc,abc->ac", x, y),
        (X, Y[:, :1]), (0, 1)),
    "einsum three": (lambda x, y, z: ops.einsum("abc,cd,d->ab", x, y, z), lambda x, y, z: np.einsum("abc,cd,d->ab",
        x, y, z), (X, Y[0].T, Y[0, :, 0]), (0,)),
    "inner": (ops.inner, np.inner, (X, Y[0]), (0,)),
    "cdist": (ops.cdist, lambda x, y: np.sqrt(((x[:, :, None] - y[:, None]) ** 2).sum(-1)), (X, Y), (0, 1)),
    "norm 3": (lambda x: ops.norm(x, 3, -1), lambda x: (np.abs(x) ** 3).sum(-1) ** (1 / 3), (X,), (0,)),
    "norm inf": (lambda x: ops.norm(x, np.inf, (1, 2)), lambda x: np.abs(x).sum(2).max(1), (X,), (0,)),
    "cumprod": (lambda x: ops.cumprod(x, -1), lambda x: np.cumprod(x, -1), (np.where(X > 1, 0, X),), (0,)),
    "diff": (lambda x: ops.diff(x, 2), lambda x: np.diff(x, 2), (X,), (0,)),
    "trapezoid": (lambda y, x: ops.trapezoid(y, x), lambda y, x: ((y[..., 1:] + y[..., :-1]) * np.diff(x) / 2).sum(-1),
         (X, np.arange(4.0) ** 2), (0,)),
    "average": (lambda x, w: ops.average(x, -1, w), lambda x, w: np.average(x, -1, w), (X, np.arange(1.0, 5)), (0,)),
    "ptp": (lambda x: ops.ptp(x, -1), lambda x: np.ptp(x, -1), (X,), (0,)),
    "median": (lambda x: ops.median(x, -1), lambda x: np.median(x, -1), (X,), (0,)),
    "quantile": (lambda x: ops.quantile(x, 0.3, (1, 2)), lambda x: np.quantile(x, 0.3, (1, 2)), (X,), (0,)),
    "fmod": (lambda x: ops.fmod(x, 0.7), lambda x: np.fmod(x, 0.7), (X + 0.003,), (0,)),
    "hypot": (ops.hypot, np.hypot, (X, Y), (0, 1)),
    "fmax": (ops.fmax, np.fmax, (X, Y), (0, 1)),
    "logaddexp2": (ops.logaddexp2, np.logaddexp2, (X, Y), (0, 1)),
    "exp2": (ops.exp2, np.exp2, (X,), (0,)),
    "sinc": (ops.sinc, np.sinc, (X,), (0,)),
    "select": (lambda x, y: ops.select([x > 1.0, x > 0.0], [y, x * y], -x), lambda x, y: np.select([x > 1, x > 0],
        [y, x * y], -x), (X, Y), (0, 1)),
    "linspace": (lambda x: ops.linspace(x, 2.0, 3, axis=-1), lambda x: np.linspace(x, np.full_like(x, 2), 3,
        axis=-1), (X,), (0,)),
    "glu": (lambda x: ops.glu(x), lambda x: x[..., :2] / (1 + np.exp(-x[..., 2:])), (X,), (0,)),
    "binary_crossentropy": (lambda t, x: ops.binary_crossentropy(t, x, True), lambda t,
        x: np.log1p(np.exp(x)) - x * t, ((X > 0) * 1.0, Y), (0, 1)),
    "segment_sum": (lambda x: ops.segment_sum(x, IDS, 4),
        lambda x: np.stack([x[i == IDS].sum(0) for i in range(4)]), (X,), ()),
    "segment_max": (lambda x: ops.segment_max(x, IDS, 3),
        lambda x: np.stack([x[i == IDS].max(0) for i in range(3)]), (X,), ()),
    "scatter": (lambda x: ops.scatter([[1], [0], [1]], x, (3, 4)), lambda x: np.stack([x[1], x[0] + x[2],
        0 * x[0]]), (X[0],), ()),
    "scatter_update": (lambda x, y: ops.scatter_update(x, [[1], [1]], y, "mul"), lambda x, y: np.stack([x[0],
        x[1] * y[0] * y[1], x[2]]), (X[0], Y[0, :2]), ()),
    "associative_scan": (lambda x: ops.associative_scan(ops.multiply, x, True, -1), lambda x: np.cumprod(x[...,
        ::-1], -1)[..., ::-1], (X,), (0,)),
    "scan": (lambda x: ops.scan(lambda c, v: (c * v, c + v), 1.0 + 0 * x[0], x)[1], lambda x: np.stack([1 + x[0],
        x[0] + x[1], x[0] * x[1] + x[2]]), (X[0],), ()),
    "cond": (lambda x: ops.cond(ops.sum(x) > 0.0, lambda: x * x, lambda: -x),
        lambda x: x * x if x.sum() > 0 else -x, (X[0],), ()),
    "switch": (lambda x: ops.switch(ops.sum(x * 0.0) + 1.0, [lambda x: x, lambda x: x * x], x), lambda x: x * x,
        (X[0],), ()),
    "while_loop": (lambda x: ops.while_loop(lambda v: ops.sum(ops.abs(v)) < 50.0, lambda v: v * 2.0, x, 6),
        lambda x: x * 2 ** np.ceil(np.log2(50 / np.abs(x).sum())), (X[0],), ()),
}  # fmt: skip
MISSING = {
    name: (lambda x, n=name, k=kw: getattr(ops, n)(x, axis=-1, **k),
           lambda x, n=name, k=kw: getattr(np, n)(x, axis=-1, **k))
    for name, kw in {"nansum": {}, "nanmean": {}, "nanmax": {}, "nanmin": {}, "nanprod": {}, "nanvar": {}, "nanstd": {},
                     "nanmedian": {}, "nancumsum": {}, "nanargmax": {}, "nanquantile": {"q": 0.3}}.items()
}  # fmt: skip


@pytest.mark.parametrize("name", SMOOTH)
def test_values(name, dtype):
    function, reference, arrays, fed = SMOOTH[name]
    arrays = tuple(a.astype(dtype) for a in arrays)
    expected = reference(*(a.astype("float64") for a in arrays))
    eps = float(np.finfo(dtype).eps)
    for found in evaluations(function, *arrays, fed=fed):
        np.testing.assert_allclose(found, expected, rtol=100 * eps, atol=100 * eps)


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients(name):
    function, _, arrays, fed = SMOOTH[name]
    fixed = (0,) if name == "binary_crossentropy" else (1,) if name == "average" else ()
    check_gradients(function, *arrays, fed=fed, fixed=fixed)


@pytest.mark.parametrize("name", MISSING)
def test_what_is_missing_is_left_out(name, dtype):
    function, reference = MISSING[name]
    x = GAPS.astype(dtype)
    expected = reference(x.astype("float64"))
    for found in evaluations(function, x, fed=(0,)):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize(
    "name", ["roll", "diagonal", "cumprod", "median", "hypot", "glu", "einsum over samples"]
)
def test_few_samples(name, rows):
    function, reference, arrays, fed = SMOOTH[name]
    arrays = tuple(a[:rows] if i in fed else a for i, a in enumerate(arrays))
    feeds = [feed(a) for a in arrays]
    (found,) = run([function(*(x for x, _ in feeds))], feeds)
    np.testing.assert_allclose(found, reference(*arrays), rtol=1e-12, atol=1e-12)


def test_sparsemax_along_another_axis():
    x, array = feed(X)
    (found,) = run([ops.sparsemax(x, 1)], [(x, array)])
    rows = ops.sparsemax(np.moveaxis(X, 1, -1))
    np.testing.assert_array_equal(found, np.moveaxis(rows, -1, 1))
    np.testing.assert_allclose(found.sum(1), 1.0)


def test_segments_of_samples():
    x, ids = feed(Y), feed(IDS.astype(float))
    found = run([ops.segment_sum(x[0], ids[0], 3), ops.segment_min(x[0], ids[0], 3)], [x, ids])
    np.testing.assert_allclose(found[0], [Y[i == IDS].sum(0) for i in range(3)], rtol=1e-12)
    np.testing.assert_array_equal(found[1], [Y[i == IDS].min(0) for i in range(3)])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: ops.nonzero(x), TypeError, "works on arrays only"),
        (lambda x: ops.unique(x), TypeError, "works on arrays only"),
        (lambda x: ops.histogram(x), TypeError, "works on arrays only"),
        (lambda x: ops.where(x), TypeError, "works on arrays only"),
        (lambda x: ops.where(x, x), ValueError, "both x1 and x2"),
        (lambda x: ops.bincount(x[:, 0]), ValueError, "give minlength"),
        (lambda x: ops.fori_loop(0, ops.sum(x), lambda i, v: v, 0), TypeError, "bounds"),
        (lambda x: ops.while_loop(lambda v: ops.sum(v) > 0, lambda v: v, x), TypeError, "maximum_iterations"),
        (lambda x: ops.map(lambda v: v, x), ValueError, "not that of samples"),
        (lambda x: ops.rearrange(x, "a b -> b a"), ValueError, "names 2 axes"),
        (lambda x: ops.glu(x, 1), ValueError, "does not fall into halves"),
        (lambda x: ops.quantile(x, 2.0, 1), ValueError, "shares from 0 to 1"),
        (lambda x: ops.median(x, 0), ValueError, "samples"),
        (lambda x: ops.diagonal(x), ValueError, "give axis1"),
        (lambda x: ops.segment_sum(x, x[:, 0, 0]), ValueError, "give num_segments"),
        (lambda x: ops.einsum("aba->b", x), ValueError, "letter are of lengths|no axis of a diagonal"),
        (lambda x: ops.full((2, None), 0), ValueError, "first place"),
    ],
)  # fmt: skip
def test_what_cannot_be_traced_says_so(call, error, message):
    with pytest.raises(error, match=message):
        call(input_tensor((None, 3, 4), "float64", "x"))


UNARY = [f for f in table() if isinstance(f, np.ufunc) and f.nin == 1]
BINARY = [f for f in table() if isinstance(f, np.ufunc) and f.nin == 2 and f is not np.matmul]


def test_numpys_functions_are_those_of_ops():
    """Every function that NumPy hands to symbolic tensors and ops has, too."""
    dispatched = {
        name
        for name in ops.__all__
        if isinstance(getattr(np, name, None), np.ufunc)
        or hasattr(getattr(np, name, None), "_implementation")
    }
    assert {getattr(np, name) for name in dispatched} <= set(table())
    assert len(table()) > 150


@pytest.mark.parametrize("function", UNARY, ids=lambda f: f.__name__)
def test_numpy_functions_of_one_tensor(function):
    array = np.array([[0.3, 0.7], [0.1, 0.9]]) + (function is np.arccosh)
    x, fed = feed(array)
    (found,) = run([function(x) * 1.0], [(x, fed)])
    np.testing.assert_allclose(found, function(array), rtol=1e-14)


@pytest.mark.parametrize("function", BINARY, ids=lambda f: f.__name__)
def test_numpy_functions_of_two_tensors(function):
    a, b = np.array([[0.3, -0.7], [2.0, 3.0]]), np.array([[2.0, 1.0], [2.0, 5.0]])
    if function is np.ldexp:
        b = b.astype(int)
    x, y = feed(a), feed(b.astype(float))
    (found,) = run([function(x[0], y[0]) * 1.0], [x, y])
    with np.errstate(invalid="ignore"):
        expected = (
            function(a, b) if function not in (np.power, np.float_power) else function(np.abs(a), b)
        )
    if function in (np.power, np.float_power):
        (found,) = run([function(abs(x[0]), y[0]) * 1.0], [x, y])
    np.testing.assert_allclose(found, expected, rtol=1e-13)
