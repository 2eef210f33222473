"""The number of samples, not known while a model is traced: computed with, in shapes, refused; and axes of length 0."""

from __future__ import annotations

import numpy as np
import pytest

import pymlp as keras
from pymlp import ops
from pymlp.graph.lower import lower
from pymlp.graph.tensor import input_tensor
from pymlp.ops.pairs import circle_pairs
from pymlp.tracing import tracing

ROW = np.array([[1.0, -2.0, 0.5]], "float32")


def model_of(function, shape=(3,), dtype="float32"):
    return keras.Sequential(
        [keras.Input(shape, dtype=dtype), keras.layers.Lambda(function, dtype=dtype)]
    )


def samples(rows, shape=(3,), dtype="float32"):
    return np.random.default_rng(rows).standard_normal((rows, *shape)).astype(dtype)


# ---- what works ------------------------------------------------------------------------------------------------

WORKING = {
    "times a number": (lambda x, n: x * (n * 2), lambda x, n: x * (n * 2)),
    "negative": (lambda x, n: x * -n, lambda x, n: x * -n),
    "quotient": (lambda x, n: x / n, lambda x, n: x / n),
    "whole quotient": (lambda x, n: x * (n // 2), lambda x, n: x * (n // 2)),
    "power": (lambda x, n: x * n**2, lambda x, n: x * n**2),
    "tile a row": (lambda x, n: x + ops.tile(ROW, (n, 1)), lambda x, n: x + ROW),
    "tile a vector": (lambda x, n: x + ops.tile(ROW[0], (n, 1)), lambda x, n: x + ROW),
    "tile both ways": (
        lambda x, n: ops.tile(ROW, (n, 2)) * ops.tile(x, (1, 2)),
        lambda x, n: np.tile(ROW, (n, 2)) * np.tile(x, (1, 2)),
    ),
    "repeat": (lambda x, n: x + ops.repeat(ROW, n, axis=0), lambda x, n: x + ROW),
    "broadcast_to": (
        lambda x, n: ops.concatenate([x, ops.broadcast_to(ROW, (n, 3))], 1),
        lambda x, n: np.concatenate([x, np.broadcast_to(ROW, (n, 3))], 1),
    ),
    "full": (
        lambda x, n: ops.concatenate([x, ops.full((n, 2), 7.0)], 1),
        lambda x, n: np.concatenate([x, np.full((n, 2), 7.0)], 1),
    ),
    "full of a row": (lambda x, n: x + ops.full((n, 3), ROW), lambda x, n: x + ROW),
    "zeros": (
        lambda x, n: ops.concatenate([x, ops.zeros((n, 1))], 1),
        lambda x, n: np.concatenate([x, np.zeros((n, 1))], 1),
    ),
    "ones": (lambda x, n: ops.ones(ops.shape(x)) + x, lambda x, n: x + 1),
    "ones, one for each": (lambda x, n: ops.ones(n), lambda x, n: np.ones(n)),
    "empty": (lambda x, n: ops.empty((n, 2)), lambda x, n: np.zeros((n, 2))),
    "reshape": (lambda x, n: ops.reshape(x, (n, 3, 1)), lambda x, n: x.reshape(n, 3, 1)),
    "reshape -1": (lambda x, n: ops.reshape(x, (n, -1)), lambda x, n: x),
    "slice": (lambda x, n: ops.slice(x, (0, 1), (n, 2)), lambda x, n: x[:, 1:]),
    "index": (lambda x, n: x[:n, 1:], lambda x, n: x[:, 1:]),
    "uniform": (
        lambda x, n: x + ops.floor(keras.random.uniform((n, 3), 1.0, 2.0, x.dtype, seed=1)),
        lambda x, n: x + 1,
    ),
    "dropout": (
        lambda x, n: ops.sign(ops.abs(keras.random.dropout(x, 0.5, (n, 1), seed=1))) * 0 + x,
        lambda x, n: x,
    ),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rows", [1, 7])
@pytest.mark.parametrize("case", WORKING)
def test_the_number_of_samples_is_computed_with_and_stands_in_shapes(case, rows, dtype):
    function, formula = WORKING[case]
    x = samples(rows, dtype=dtype)
    model = model_of(lambda x: function(x, ops.shape(x)[0]), dtype=dtype)
    found = model.predict(x, verbose=0)
    np.testing.assert_allclose(found, formula(x.astype("float64"), rows), rtol=1e-6)
    assert found.dtype == dtype


def test_what_is_repeated_for_each_sample_has_its_gradient():
    class Shift(keras.layers.Layer):
        def build(self, input_shape):
            self.shift = self.add_weight((1, 3), "zeros")

        def call(self, inputs):
            return inputs + ops.tile(self.shift, (ops.shape(inputs)[0], 1))

    model = keras.Sequential([keras.Input((3,)), Shift()])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    x = samples(5)
    model.fit(x, np.zeros_like(x), batch_size=5, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], -2 * x.mean(0, keepdims=True) / 3, rtol=1e-5)


def test_shapes_of_one_batch_are_equal():
    def call(x):
        assert ops.shape(x) == ops.shape(2 * x)
        assert ops.shape(x)[0] == ops.shape(x[:, 1:])[0]
        assert (ops.shape(x)[0] != ops.shape(x[:, 1:])[0]) is False
        assert ops.shape(x) != ops.shape(x[:, 1:])
        assert ops.shape(x)[0] is not None
        assert ops.shape(x) == x.shape == ops.shape(x)
        assert (ops.shape(x) != x.shape) is False
        assert (ops.shape(x)[0] != x.shape[0]) is False
        return x

    model_of(call).predict(samples(2), verbose=0)


def test_of_a_functional_model_it_is_none_as_in_keras():
    assert ops.shape(keras.Input((4,))) == (None, 4)


# ---- what is refused -------------------------------------------------------------------------------------------

REFUSED = {
    "arange: start": lambda x, n: ops.arange(n),
    "arange: stop": lambda x, n: ops.arange(0, n),
    "arange: step": lambda x, n: ops.arange(0, 10, n),
    "linspace: num": lambda x, n: ops.linspace(0.0, 1.0, n),
    "logspace: num": lambda x, n: ops.logspace(0.0, 1.0, n),
    "geomspace: num": lambda x, n: ops.geomspace(1.0, 2.0, n),
    "eye: N": lambda x, n: ops.eye(n),
    "eye: M": lambda x, n: ops.eye(3, n),
    "identity: n": lambda x, n: ops.identity(n),
    "tri: N": lambda x, n: ops.tri(n),
    "tri: M": lambda x, n: ops.tri(3, n),
    "one_hot: num_classes": lambda x, n: ops.one_hot(x, n),
    "multi_hot: num_classes": lambda x, n: ops.multi_hot(x, n),
    "top_k: k": lambda x, n: ops.top_k(x, n)[0],
    "repeat: repeats": lambda x, n: ops.repeat(x, n, axis=1),
    "tile: repeats": lambda x, n: ops.tile(x, (n, 1)),
    "roll: shift": lambda x, n: ops.roll(x, n, 1),
    "pad: pad_width": lambda x, n: ops.pad(x, ((0, 0), (0, n))),
    "scatter: shape": lambda x, n: ops.scatter([[0]], [[1.0]], (n, 1)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_where_it_must_be_known_an_error_names_the_argument_and_the_way_out(case):
    with pytest.raises(
        ValueError, match=rf"{case} is the number of samples.*differs from batch"
    ) as e:
        model_of(lambda x: REFUSED[case](x, ops.shape(x)[0]))
    assert "python_function" in str(e.value)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda x, n: ops.zeros((3, n)), ValueError, r"zeros: .*first place.*\(3, the number of samples\)"),
        (lambda x, n: ops.ones((n, n)), ValueError, "ones: the number of samples stands in the first"),
        (lambda x, n: ops.reshape(x, (n * 3, 1)), ValueError, "reshape: newshape should be known"),
        (lambda x, n: ops.unstack(x, n), ValueError, "unstack: axis 0 .* is that of the samples"),
        (lambda x, n: ops.tile(x, (2, 1)), ValueError, "tile: axis 0 .* is that of the samples"),
        (lambda x, n: ops.repeat(x, 2, 0), ValueError, "repeat: axis 0 .* is that of the samples"),
        (lambda x, n: x + len(range(n)), TypeError, "A whole number was expected, received the number of"),
        (lambda x, n: x + np.zeros((n, 3)), TypeError, "A whole number was expected, received the number of"),
    ],
    ids=["second", "twice", "product", "unstack", "tile", "repeat", "range", "numpy"],
)  # fmt: skip
def test_what_no_shape_says_is_refused_by_name(call, error, match):
    with pytest.raises(error, match=match):
        model_of(lambda x: call(x, ops.shape(x)[0]))


ALONG = {
    "argpartition": lambda x, axis: ops.argpartition(x, 1, axis),
    "argsort": ops.argsort,
    "array_split": lambda x, axis: ops.array_split(x, 2, axis),
    "cumprod": ops.cumprod,
    "cumsum": ops.cumsum,
    "diff": lambda x, axis: ops.diff(x, 1, axis),
    "median": ops.median,
    "quantile": lambda x, axis: ops.quantile(x, 0.5, axis),
    "repeat": lambda x, axis: ops.repeat(x, 2, axis),
    "roll": lambda x, axis: ops.roll(x, 1, axis),
    "shuffle": lambda x, axis: keras.random.shuffle(x, axis, seed=1),
    "sort": ops.sort,
    "split": lambda x, axis: ops.split(x, 2, axis),
    "take_along_axis": lambda x, axis: ops.take_along_axis(x, np.zeros((1, 4)), axis),
    "unstack": lambda x, axis: ops.unstack(x, axis=axis),
}


@pytest.mark.parametrize("axis", [0, -2])
@pytest.mark.parametrize("name", ALONG)
def test_samples_stay_whole_and_in_their_order(name, axis):
    x = input_tensor((None, 4), "float32", "x")
    message = rf"{name}: axis {axis} of shape \(None, 4\) is that of the samples.*another axis"
    with pytest.raises(ValueError, match=message):
        ALONG[name](x, axis)
    with pytest.raises(ValueError, match=f"{name}: a tensor of 2 axes has no axis 2"):
        ALONG[name](x, 2)


@pytest.mark.parametrize("name", ["argsort", "cumprod", "cumsum", "repeat", "roll", "sort"])
def test_samples_do_not_go_in_one_row(name):
    x = input_tensor((None, 4), "float32", "x")
    with pytest.raises(
        ValueError, match=rf"{name}: without an axis all elements of shape \(None, 4"
    ):
        ALONG[name](x, None)


OUTSIDE = {
    "arange: start is the number of samples": lambda n: ops.arange(n),
    "eye: N is the number of samples": lambda n: ops.eye(n),
    "linspace: num is the number of samples": lambda n: ops.linspace(0.0, 1.0, n),
    "one_hot: num_classes is the number of samples": lambda n: ops.one_hot([0], n),
    "zeros: the shape has None": lambda n: ops.zeros((n, 3)),
    "ones: the shape has None": lambda n: ops.ones((n, 3)),
    "empty: the shape has None": lambda n: ops.empty((n, 3)),
    "full: the shape has None": lambda n: ops.full((n, 3), 1.0),
    "broadcast_to: the shape has None": lambda n: ops.broadcast_to(ROW, (n, 3)),
    "tile: the shape has None": lambda n: ops.tile(ROW, (n, 1)),
    "repeat: the shape has None": lambda n: ops.repeat(ROW, n, axis=0),
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_while_a_functional_model_is_built_nothing_is_made_for_each_sample(case):
    with pytest.raises(ValueError, match=case):
        OUTSIDE[case](ops.shape(keras.Input((3,)))[0])


# ---- axes of length 0 ------------------------------------------------------------------------------------------

EMPTY = {
    "slice": (lambda x: x[:, :0], (0,)),
    "relu": (lambda x: ops.relu(x[:, :0]), (0,)),
    "times": (lambda x: x[:, :0] * 2.0, (0,)),
    "add": (lambda x: x[:, :0] + np.ones((1, 0)), (0,)),
    "softmax": (lambda x: ops.softmax(x[:, :0]), (0,)),
    "sort": (lambda x: ops.sort(x[:, :0]), (0,)),
    "cumsum": (lambda x: ops.cumsum(x[:, :0], 1), (0,)),
    "take": (lambda x: ops.take(x, np.zeros(0, int), 1), (0,)),
    "stack": (lambda x: ops.stack([x[:, :0], x[:, :0]], 1), (2, 0)),
    "reshape": (lambda x: ops.reshape(ops.reshape(x[:, :0], (None, 2, 0)), (None, 0, 5)), (0, 5)),
    "reshape 0 first": (lambda x: ops.reshape(x[:, :0], (None, 0, 5)), (0, 5)),
    "transpose": (
        lambda x: ops.transpose(ops.reshape(x[:, :0], (None, 2, 0)), (0, 2, 1)), (0, 2)
    ),
    "broadcast_to": (
        lambda x: ops.broadcast_to(ops.reshape(x[:, :0], (None, 0, 1)), (None, 0, 4)), (0, 4)
    ),
    "embedding": (lambda x: keras.layers.Embedding(3, 2)(x[:, :0]), (0, 2)),
    "batch norm": (lambda x: keras.layers.BatchNormalization()(x[:, :0]), (0,)),
    "layer norm": (lambda x: keras.layers.LayerNormalization()(x[:, :0]), (0,)),
    "dropout": (lambda x: keras.layers.Dropout(0.5)(x[:, :0]), (0,)),
    "flatten": (lambda x: keras.layers.Flatten()(ops.reshape(x[:, :0], (None, 2, 0))), (0,)),
    "matmul": (lambda x: ops.matmul(x[:, :0], np.ones((0, 4))), np.zeros(4)),
    "dense": (lambda x: keras.layers.Dense(2)(x[:, :0]), np.zeros(2)),
    "sum": (lambda x: ops.sum(x[:, :0], 1), np.zeros(())),
    "sum of rows": (lambda x: ops.sum(ops.reshape(x[:, :0], (None, 2, 0)), 2), np.zeros(2)),
    "sum of columns": (lambda x: ops.sum(ops.reshape(x[:, :0], (None, 0, 2)), 1), np.zeros(2)),
    "product": (lambda x: ops.prod(x[:, :0], 1), np.ones(())),
    "mean": (lambda x: ops.mean(x[:, :0], 1), np.array(np.nan)),
    "pad": (lambda x: ops.pad(x[:, :0], ((0, 0), (1, 1))), np.zeros(2)),
    "pad rows": (
        lambda x: ops.pad(ops.reshape(x[:, :0], (None, 0, 2)), ((0, 0), (1, 0), (0, 0))),
        np.zeros((1, 2)),
    ),
    "concatenate": (lambda x: ops.concatenate([x[:, :0], x[:, 1:], x[:, :0]], 1) * 0, np.zeros(2)),
    "concatenate rows": (
        lambda x: ops.concatenate(
            [ops.reshape(x[:, :0], (None, 0, 3)), ops.reshape(x, (None, 1, 3))], 1) * 0,
        np.zeros((1, 3)),
    ),
    "sum over samples": (lambda x: x * 0 + ops.sum(x[:, :0]), np.zeros(3)),
}  # fmt: skip


@pytest.mark.parametrize("rows", [1, 5])
@pytest.mark.parametrize("case", EMPTY)
def test_a_functional_model_may_have_axes_of_length_0(case, rows):
    function, expected = EMPTY[case]
    x = keras.Input((3,))
    model = keras.Model(x, function(x))
    each = np.zeros(expected) if isinstance(expected, tuple) else expected
    found = model.predict(samples(rows), verbose=0)
    assert model.output_shape == (None, *each.shape)
    np.testing.assert_array_equal(found, np.broadcast_to(each, (rows, *each.shape)))
    np.testing.assert_array_equal(model(samples(rows)), found)


def test_no_greatest_of_no_elements_is_said_when_the_model_is_built():
    with pytest.raises(ValueError, match="max: there is no element along an axis of length 0"):
        ops.max(keras.Input((3,))[:, :0], 1)


def test_a_model_with_an_axis_of_length_0_is_trained():
    layers = [keras.Input((3,)), keras.layers.Lambda(lambda x: x[:, :0]), keras.layers.Dense(2)]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.SGD(0.5), "mse")
    history = model.fit(samples(4), np.ones((4, 2)), epochs=2, verbose=0).history["loss"]
    np.testing.assert_allclose(history, [1.0, 0.25])


# ---- batches in which samples meet -----------------------------------------------------------------------------


class Pairs(keras.layers.Layer):
    """Of each sample, what it has in common with the others of its batch."""

    def call(self, inputs):
        x, label = inputs[:, 1:], inputs[:, :1]
        return circle_pairs(x, label, x, label, gamma=2.0, margin=0.4, remove_diagonal=True)


def labelled(rows):
    x = samples(rows, (4,))
    x /= np.sqrt((x**2).sum(1, keepdims=True))
    return np.concatenate([np.arange(rows)[:, None] % 3, x], 1).astype("float32")


def test_pairs_of_samples_are_those_of_a_batch_of_the_asked_size():
    data = labelled(75)
    model = keras.Sequential([keras.Input((5,)), Pairs()])
    alone = [np.asarray(model(data[i : i + 10])) for i in range(0, 75, 10)]
    np.testing.assert_array_equal(
        model.predict(data, batch_size=10, verbose=0), np.concatenate(alone)
    )


def test_pairs_of_samples_do_not_depend_on_threads():
    data = labelled(200)
    kept, found = keras.get_num_threads(), []
    for threads in (1, 2, 3):
        keras.set_num_threads(threads)
        try:
            graph_input = input_tensor((None, 5), "float32", "x")
            with tracing(anew=True):
                y = Pairs().call(graph_input)
            lowered = lower("float32", [graph_input], results=[y])
            lowered.program.bind([data])
            lowered.program.reserve(200)
            lowered.program.run(None, 0, 200, 200, None, threads)
            found.append(lowered.result(0, 200))
        finally:
            keras.set_num_threads(kept)
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


def test_a_mask_that_all_samples_share_is_that_of_a_batch():
    class Shared(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.seeds = keras.random.SeedGenerator(3)

        def call(self, inputs):
            return inputs * 0 + keras.random.uniform((1, 3), seed=self.seeds)

    model = keras.Sequential([keras.Input((3,)), Shared()])
    found = model.predict(samples(6), batch_size=2, verbose=0).reshape(3, 2, 3)
    assert (found[:, 0] == found[:, 1]).all()
    assert len(np.unique(found[:, 0], axis=0)) == 3


@pytest.mark.parametrize(
    ("function", "whole"),
    [
        (lambda x: x * 2, False),
        (lambda x: x / ops.shape(x)[0], True),
        (lambda x: x - ops.mean(x, 0), True),
        (lambda x: circle_pairs(x[:, 1:], x[:, :1], x[:, 1:], x[:, :1], 1.0, 0.5, False), True),
    ],
    ids=["by sample", "count", "mean", "pairs"],
)
def test_a_program_knows_whether_samples_meet(function, whole):
    x = input_tensor((None, 3), "float32", "x")
    with tracing(anew=True):
        y = function(x)
    assert lower("float32", [x], results=[y]).whole is whole
