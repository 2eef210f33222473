"""Every function of pymlp.ops that moves, reduces or composes: values, gradients, in graphs and on arrays.

One table: what is in it is compared with NumPy in every way of evaluating, and differentiated.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from evaluation import check_gradients, evaluations, feed, run

import pymlp as keras
from pymlp import ops
from pymlp.graph.tensor import input_tensor
from pymlp.variables import Variable

RNG = np.random.default_rng(5)
X = RNG.normal(size=(5, 3, 4))
POSITIVE = RNG.uniform(0.3, 2.0, size=(5, 3, 4))
# No two elements nearer than finite differences reach.
APART = RNG.permutation(60).reshape(5, 3, 4) / 20 - 1.4
Y, Z = RNG.normal(size=(5, 3, 2)), RNG.normal(size=(5, 2, 4))
G, B = RNG.uniform(0.5, 1.5, 4), RNG.normal(size=4)


class Case(NamedTuple):
    function: Any
    reference: Any
    arrays: tuple[np.ndarray, ...]
    fed: tuple[int, ...] = (0,)
    eager: bool = True
    smooth: bool = True


def _norm(x, axis, center=True):
    middle = x.mean(axis, keepdims=True) if center else 0.0
    return (x - middle) / np.sqrt(((x - middle) ** 2).mean(axis, keepdims=True) + 1e-3)


CASES: dict[str, Case] = {
    "transpose": Case(lambda x: ops.transpose(x, (0, 2, 1)), lambda x: x.transpose(0, 2, 1), (X,)),
    "transpose all": Case(ops.transpose, np.transpose, (X[0],), ()),
    "swapaxes": Case(lambda x: ops.swapaxes(x, 1, 2), lambda x: x.swapaxes(1, 2), (X,)),
    "moveaxis": Case(lambda x: ops.moveaxis(x, -1, 1), lambda x: np.moveaxis(x, -1, 1), (X,)),
    "slice": Case(lambda x: x[:, 1:, ::-2], lambda x: x[:, 1:, ::-2], (X,)),
    "element": Case(lambda x: x[:, 1], lambda x: x[:, 1], (X,)),
    "new axis": Case(lambda x: x[:, None, ..., 2], lambda x: x[:, None, ..., 2], (X,)),
    "flip": Case(lambda x: ops.flip(x, 1), lambda x: np.flip(x, 1), (X,)),
    "pad": Case(
        lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 3))),
        lambda x: np.pad(x, ((0, 0), (1, 2), (0, 3))),
        (X,),
    ),
    "pad with": Case(
        lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 3)), constant_values=2.0),
        lambda x: np.pad(x, ((0, 0), (1, 2), (0, 3)), constant_values=2.0),
        (X,),
    ),
    "concatenate": Case(
        lambda a, b: ops.concatenate([a, b, a], -1),
        lambda a, b: np.concatenate([a, b, a], -1),
        (X, Y),
        (0, 1),
    ),
    "concatenate 1": Case(
        lambda a, b: ops.concatenate([a, b, a], 1),
        lambda a, b: np.concatenate([a, b, a], 1),
        (X, Z),
        (0, 1),
    ),
    "concatenate 0": Case(
        lambda a, b: ops.concatenate([a, b], 0),
        lambda a, b: np.concatenate([a, b], 0),
        (X[0], Z[0]),
        (),
    ),
    "stack": Case(
        lambda a, b: ops.stack([a, b], 1), lambda a, b: np.stack([a, b], 1), (X, X + 1), (0, 1)
    ),
    "stack -1": Case(
        lambda a, b: ops.stack([a, b], -1), lambda a, b: np.stack([a, b], -1), (X, X + 1), (0, 1)
    ),
    "split": Case(
        lambda x: ops.split(x, [1, 3], -1)[1], lambda x: np.split(x, [1, 3], -1)[1], (X,)
    ),
    "split equal": Case(lambda x: ops.split(x, 2, -1)[1], lambda x: np.split(x, 2, -1)[1], (X,)),
    "unstack": Case(lambda x: ops.unstack(x, axis=1)[2], lambda x: x[:, 2], (X,)),
    "take": Case(
        lambda x: ops.take(x, [2, 0, 0, -1], -1), lambda x: np.take(x, [2, 0, 0, -1], -1), (X,)
    ),
    "take 1": Case(
        lambda x: ops.take(x, [[2, 0], [0, -1]], 1),
        lambda x: np.take(x, [[2, 0], [0, -1]], 1),
        (X,),
    ),
    "take 0": Case(
        lambda x: ops.take(x, [[2, 0], [0, -1]], 0),
        lambda x: np.take(x, [[2, 0], [0, -1]], 0),
        (X[0],),
        (),
    ),
    "repeat": Case(lambda x: ops.repeat(x, 3, 1), lambda x: np.repeat(x, 3, 1), (X,)),
    "tile": Case(lambda x: ops.tile(x, (1, 2, 3)), lambda x: np.tile(x, (1, 2, 3)), (X,)),
    "broadcast_to": Case(
        lambda x: ops.broadcast_to(x, (2, 3, 5, 4)),
        lambda x: np.broadcast_to(x, (2, 3, 5, 4)),
        (X[0][:, None],),
        (),
    ),
    "sort": Case(lambda x: ops.sort(x, 1), lambda x: np.sort(x, 1), (APART,)),
    "top_k": Case(lambda x: ops.top_k(x, 2)[0], lambda x: -np.sort(-x, -1)[..., :2], (APART,)),
    "argsort": Case(
        lambda x: ops.argsort(x, 1), lambda x: np.argsort(x, 1), (APART,), smooth=False
    ),
    "argmax": Case(lambda x: ops.argmax(x, 1), lambda x: np.argmax(x, 1), (APART,), smooth=False),
    "argmin": Case(
        lambda x: ops.argmin(x, -1, keepdims=True),
        lambda x: np.argmin(x, -1, keepdims=True),
        (APART,),
        smooth=False,
    ),
    "cumsum": Case(lambda x: ops.cumsum(x, 1), lambda x: np.cumsum(x, 1), (X,)),
    "logsumexp": Case(lambda x: ops.logsumexp(x, 1), lambda x: np.log(np.exp(x).sum(1)), (X,)),
    "softmax 1": Case(
        lambda x: ops.softmax(x, 1), lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True), (X,)
    ),
    "softmax 1, 2": Case(
        lambda x: ops.softmax(x, (1, 2)),
        lambda x: np.exp(x) / np.exp(x).sum((1, 2), keepdims=True),
        (X,),
    ),
    "log_softmax": Case(
        lambda x: ops.log_softmax(x), lambda x: x - np.log(np.exp(x).sum(-1, keepdims=True)), (X,)
    ),
    "normalize": Case(
        lambda x: ops.normalize(x, 1), lambda x: x / np.sqrt((x**2).sum(1, keepdims=True)), (X,)
    ),
    "layer_normalization": Case(
        lambda x, g, b: ops.layer_normalization(x, g, b, -1, 1e-3),
        lambda x, g, b: _norm(x, -1) * g + b,
        (X, G, B),
    ),
    "layer_normalization 1": Case(
        lambda x, g: ops.layer_normalization(x, g, None, 1, 1e-3),
        lambda x, g: _norm(x, 1) * g[:, None],
        (X, G[:3]),
    ),
    "rms_normalization": Case(
        lambda x, g: ops.rms_normalization(x, g, -1, 1e-3),
        lambda x, g: _norm(x, -1, False) * g,
        (X, G),
    ),
    "batch_normalization": Case(
        lambda x, m, v, g, b: ops.batch_normalization(x, m, v, -1, b, g, 1e-3),
        lambda x, m, v, g, b: (x - m) / np.sqrt(v + 1e-3) * g + b,
        (X, B, G, G + 1, B - 1),
    ),
    "multiply inner": Case(ops.multiply, np.multiply, (X, X[:, :1] + 1), (0, 1)),
    "multiply fixed": Case(ops.multiply, np.multiply, (X, X[0, :, :1])),
    "add both ways": Case(ops.add, np.add, (X[0][:, None], X[:, 0, :1][None]), ()),
    "where": Case(
        lambda x, y: ops.where(x > 0, x, y),
        lambda x, y: np.where(x > 0, x, y),
        (APART + 0.01, X[:, :1]),
        (0, 1),
    ),
    "power": Case(ops.power, np.power, (POSITIVE, X[0])),
    "power 3": Case(lambda x: x**3, lambda x: x**3, (X,)),
    "mod": Case(ops.mod, np.mod, (APART + 0.02, np.array(0.7)), smooth=False),
    "logaddexp": Case(ops.logaddexp, np.logaddexp, (APART, X), (0, 1)),
    "reciprocal": Case(ops.reciprocal, np.reciprocal, (POSITIVE + 0.5,)),
    "rsqrt": Case(ops.rsqrt, lambda x: 1 / np.sqrt(x), (POSITIVE,)),
    "log2": Case(ops.log2, np.log2, (POSITIVE,)),
    "log10": Case(ops.log10, np.log10, (POSITIVE,)),
    "sinh": Case(ops.sinh, np.sinh, (POSITIVE,)),
    "cosh": Case(ops.cosh, np.cosh, (POSITIVE,)),
    "tan": Case(ops.tan, np.tan, (POSITIVE / 2,)),
    "clip by arrays": Case(
        lambda x, y: ops.clip(x, y, 1.0), lambda x, y: np.clip(x, y, 1.0), (APART, X[0] / 4)
    ),
    "logical_and": Case(
        lambda x: ops.logical_and(x > 0, x < 1), lambda x: (x > 0) & (x < 1), (X,), smooth=False
    ),
    "logical_or": Case(
        lambda x: ops.logical_or(x > 1, x < 0), lambda x: (x > 1) | (x < 0), (X,), smooth=False
    ),
    "logical_xor": Case(
        lambda x: ops.logical_xor(x > 0, x < 1), lambda x: (x > 0) ^ (x < 1), (X,), smooth=False
    ),
    "logical_not": Case(lambda x: ops.logical_not(x > 0), lambda x: ~(x > 0), (X,), smooth=False),
    "one_hot": Case(
        lambda x: ops.one_hot(x, 4),
        lambda x: np.eye(4)[x.astype(int)],
        (np.array([0.0, 3, 1]),),
        smooth=False,
    ),
    "one_hot 1": Case(
        lambda x: ops.one_hot(x, 4, axis=1),
        lambda x: np.eye(4)[x.astype(int)].transpose(0, 2, 1),
        (np.array([[0.0, 3], [1, 1]]),),
        smooth=False,
    ),
    "full_like": Case(
        lambda x: ops.full_like(x, 3.0), lambda x: np.full_like(x, 3.0), (X,), smooth=False
    ),
    "matmul": Case(ops.matmul, np.matmul, (X, RNG.normal(size=(4, 2)))),
    "matmul of samples": Case(ops.matmul, np.matmul, (X, X.transpose(0, 2, 1)), (0, 1)),
    "matmul vector": Case(ops.matmul, np.matmul, (X, G)),
    "matmul fixed": Case(ops.matmul, np.matmul, (X[0], RNG.normal(size=(4, 2))), ()),
    "dot": Case(ops.dot, np.dot, (X, RNG.normal(size=(4, 2)))),
    "tensordot": Case(
        lambda x, y: ops.tensordot(x, y, 2),
        lambda x, y: np.tensordot(x, y, 2),
        (X, RNG.normal(size=(3, 4, 2))),
    ),
    "einsum": Case(
        lambda x, y: ops.einsum("abc,dcb->ad", x, y),
        lambda x, y: np.einsum("abc,dcb->ad", x, y),
        (X, RNG.normal(size=(2, 4, 3))),
    ),
    "einsum ellipsis": Case(
        lambda x, y: ops.einsum("...x,xy->...y", x, y),
        lambda x, y: np.einsum("...x,xy->...y", x, y),
        (X, RNG.normal(size=(4, 2))),
    ),
    "einsum by sample": Case(
        lambda x, y: ops.einsum("abc,abd->acd", x, y),
        lambda x, y: np.einsum("abc,abd->acd", x, y),
        (X, Y),
        (0, 1),
    ),
    "outer": Case(ops.outer, np.outer, (G, B), ()),
    "norm": Case(lambda x: ops.norm(x, axis=-1), lambda x: np.linalg.norm(x, axis=-1), (X,)),
}
for _name in ("sum", "mean", "max", "min", "prod", "var", "std"):
    for _axis in (1, 2, (1, 2), -1):
        for _keep in (False, True):
            CASES[f"{_name} {_axis} {_keep}"] = Case(
                lambda x, n=_name, a=_axis, k=_keep: getattr(ops, n)(x, a, keepdims=k),
                lambda x, n=_name, a=_axis, k=_keep: getattr(np, n)(x, a, keepdims=k),
                (APART + 0.01,),
            )
    for _axis in (None, 0, (0, 1), (0, 2)):
        CASES[f"{_name} {_axis}"] = Case(
            lambda x, n=_name, a=_axis: getattr(ops, n)(x, a),
            lambda x, n=_name, a=_axis: getattr(np, n)(x, a),
            (APART[:3] + 0.01,),
            (),
        )
for _name in ("any", "all"):
    CASES[_name] = Case(
        lambda x, n=_name: getattr(ops, n)(x > 1, -1), lambda x, n=_name: getattr(np, n)(x > 1, -1), (X,), smooth=False
    )  # fmt: skip

each = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@each
def test_values(case, dtype):
    arrays = tuple(a.astype(dtype) for a in case.arrays)
    expected = case.reference(*(a.astype("float64") for a in arrays))
    eps = float(np.finfo(dtype).eps)
    for found in evaluations(case.function, *arrays, fed=case.fed, eager=case.eager):
        # A few roundings of numbers around 1, sums of at most 60.
        np.testing.assert_allclose(found, expected, rtol=40 * eps, atol=40 * eps)


@pytest.mark.parametrize(
    "case", [c for c in CASES.values() if c.smooth], ids=[k for k, c in CASES.items() if c.smooth]
)
def test_gradients(case):
    check_gradients(case.function, *case.arrays, fed=case.fed)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "var", "std", "prod"])
@pytest.mark.parametrize("axis", [None, 0, (0, 1), (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("threads", [1, 3])
def test_reductions_over_samples(name, axis, threads):
    x, array = feed(np.tile(APART + 1.5, (7, 1, 1)) * 0.5)
    (found,) = run([getattr(ops, name)(x, axis)], [(x, array)], threads=threads)
    np.testing.assert_allclose(found, getattr(np, name)(array, axis), rtol=1e-11)


@pytest.mark.parametrize("name", ["max", "min", "var"])
def test_gradients_of_reductions_over_samples(name):
    check_gradients(lambda x: getattr(ops, name)(x, 0), APART, fed=(0,))


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (4, 1)])
@pytest.mark.parametrize(
    "name", ["sum", "mean", "max", "prod", "var", "cumsum", "sort", "softmax", "logsumexp"]
)
def test_few_rows_and_columns(name, shape, dtype):
    x = RNG.normal(size=shape).astype(dtype)
    reference = {"softmax": lambda x, a: np.exp(x) / np.exp(x).sum(a, keepdims=True),
                 "logsumexp": lambda x, a: np.log(np.exp(x).sum(a))}  # fmt: skip
    expected = reference.get(name, getattr(np, name, None))(x.astype("d"), -1)
    for found in evaluations(lambda x: getattr(ops, name)(x, -1), x, fed=(0,)):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_nan_and_infinities():
    x = np.array([[1.0, np.nan, 3.0], [np.inf, 1.0, -np.inf], [-np.inf, -np.inf, -np.inf]])
    np.testing.assert_array_equal(ops.max(x, -1), [np.nan, np.inf, -np.inf])
    np.testing.assert_array_equal(ops.min(x, -1), [np.nan, -np.inf, -np.inf])
    np.testing.assert_array_equal(ops.logsumexp(x, -1), [np.nan, np.inf, -np.inf])
    np.testing.assert_array_equal(ops.argsort(x, -1), [[0, 2, 1], [2, 1, 0], [0, 1, 2]])
    np.testing.assert_array_equal(ops.isnan(x), np.isnan(x))
    np.testing.assert_array_equal(ops.isinf(x), np.isinf(x))
    np.testing.assert_array_equal(ops.isfinite(x), np.isfinite(x))


def test_product_with_zeros_has_its_gradient():
    x = np.array([[2.0, 0.0, 3.0], [0.0, 0.0, 1.0]])
    (gradient,) = check_gradients(lambda x: ops.prod(x, -1), x)
    assert (gradient[1] == 0).all()


def test_equal_elements_share_the_gradient():
    from pymlp.graph.gradient import gradients

    x, array = feed(np.array([[2.0, 2.0, 1.0]]))
    (found,) = gradients(ops.sum(ops.max(x, -1)), [x])
    np.testing.assert_array_equal(run([found], [(x, array)])[0], [[0.5, 0.5, 0.0]])


def test_no_gradient_passes_where_it_is_stopped():
    x = np.array([[1.0, 2.0]])
    from pymlp.graph.gradient import gradients

    t, _ = feed(x)
    assert gradients(ops.sum(ops.stop_gradient(t)), [t]) == [None]


@pytest.mark.parametrize(
    "name", ["sum", "mean", "exp", "concatenate", "where", "einsum", "clip", "power", "matmul"]
)
def test_numpy_functions_are_traced(name):
    calls = {
        "sum": lambda x: np.sum(x, axis=-1),
        "mean": lambda x: np.mean(x, axis=1, keepdims=True),
        "exp": np.exp,
        "concatenate": lambda x: np.concatenate([x, x], axis=-1),
        "where": lambda x: np.where(x > 0, x, 0.0),
        "einsum": lambda x: np.einsum("abc,cd->abd", x, np.ones((4, 2))),
        "clip": lambda x: np.clip(x, -0.5, 0.5),
        "power": lambda x: np.power(x, 2.0),
        "matmul": lambda x: x @ np.ones((4, 2)),
    }
    x, array = feed(X)
    (found,) = run([calls[name](x)], [(x, array)])
    np.testing.assert_allclose(found, calls[name](X), rtol=1e-13)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [(lambda x: np.fft.fft(x), TypeError, r"numpy\.fft\.fft cannot be traced"),
     (lambda x: np.nextafter(x, x), TypeError, r"numpy\.nextafter cannot be traced"),
     (lambda x: x[0], TypeError, "part of the samples"),
     (lambda x: x[:, np.array([0, 1])], TypeError, "indexed by slices and whole numbers"),
     (lambda x: list(x), TypeError, "over the samples of a tensor"),
     (lambda x: ops.transpose(x), ValueError, "moves the axis of samples"),
     (lambda x: ops.concatenate([x, x], 0), ValueError, "not that of the samples"),
     (lambda x: ops.sum(x, 7), ValueError, "has no axis 7"),
     (lambda x: ops.ravel(x), ValueError, "samples keep an axis of their own"),
     (lambda x: ops.einsum("ab,bc->ac", x, np.ones((4, 2))), ValueError, "does not name the 3 axes"),
     (lambda x: ops.top_k(x, 9), ValueError, "k=9 elements are not found")],
)  # fmt: skip
def test_what_cannot_be_traced_says_so(call, error, message):
    with pytest.raises(error, match=message):
        call(input_tensor((None, 3, 4), "float64", "x"))


def test_a_table_is_looked_up_and_its_gradient_added_up():
    table = RNG.normal(size=(6, 3))
    rows = np.array([[0.0, 5, 5], [2, -1, 0]])

    def function(index, table):
        return ops.take(table, index, 0)

    for found in evaluations(function, rows, table, fed=(0,), eager=False):
        np.testing.assert_array_equal(found, table[rows.astype(int)])
    check_gradients(function, rows, table, fed=(0,), fixed=(0,))
    # What lies between two places is cut off, as in turning it into a whole number: nothing before the first is read.
    between = np.array([[-0.5, 0.5, -1.5]])
    np.testing.assert_array_equal(ops.take(table, between, 0), table[[[0, 0, -1]]])
    x, array = feed(np.array([[7.0]]))
    assert np.isnan(
        run([function(x, Variable(table, dtype="float64").tensor)], [(x, array)])[0]
    ).all()


@pytest.mark.parametrize(
    "count",
    [lambda n: ops.cast(n, "float32"), lambda n: ops.convert_to_tensor(n, "float32"), lambda n: n,
     lambda n: ops.maximum(n, 1)],
    ids=["cast", "convert_to_tensor", "bare", "maximum"],
)  # fmt: skip
@pytest.mark.parametrize("rows", [1, 7])
def test_the_number_of_samples_that_a_shape_has_is_computed_with(count, rows):
    class Share(keras.layers.Layer):
        def call(self, inputs):
            return ops.divide(inputs, count(ops.shape(inputs)[0]))

    x = np.full((rows, 2), 3.0, "float32")
    model = keras.Sequential([keras.Input((2,)), Share()])
    np.testing.assert_allclose(model.predict(x, verbose=0), x / rows, rtol=1e-6)


def test_a_metric_counts_samples_by_their_shape():
    class PerSample(keras.metrics.Metric):
        def __init__(self):
            super().__init__(name="per_sample")
            self.total, self.count = self.add_weight(name="total"), self.add_weight(name="count")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(ops.sum(ops.abs(y_true - y_pred)))
            self.count.assign_add(ops.cast(ops.shape(y_true)[0], "float32"))

        def result(self):
            return self.total / self.count

    dense = keras.layers.Dense(1, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((1,)), dense])
    model.compile("sgd", "mse", metrics=[PerSample()])
    assert model.evaluate(np.arange(5.0), np.zeros((5, 1)), batch_size=2, verbose=0)[1] == 2.0


@pytest.mark.parametrize("call", [lambda n: ops.cast(n, "float32"), lambda n: ops.maximum(n, 1)])
def test_an_unknown_number_is_not_computed_with_outside_of_what_is_traced(call):
    with pytest.raises(ValueError, match="None was given for a number"):
        call(ops.shape(input_tensor((None, 4), "float32", "x"))[0])
