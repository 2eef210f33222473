"""Every operation that a prediction can be made of: exported, or refused for a reason that is listed."""

from __future__ import annotations

import numpy as np
from compiled import assert_agrees, compile_c, each_way, self_test
from every_operation import NOT_PREDICTED, every_operation

import pymlp
from pymlp import ops
from pymlp.export.c_rules import RULES, SAME_ELEMENTS
from pymlp.export.sample_graph import SampleGraph

# Beside those of no prediction: of samples that are exported one by one, and what C's mathematical library has not.
OF_THE_WHOLE_BATCH = {
    "batch_size", "column_mean", "column_variance", "combine_rows", "sum_all", "sum_rows",
}  # fmt: skip
NOT_IN_C = {"erfinv"}


def test_every_operation_has_a_rule_or_a_reason():
    rules = set(RULES) | SAME_ELEMENTS
    refused = {*NOT_PREDICTED, *OF_THE_WHOLE_BATCH, *NOT_IN_C}
    assert not rules & refused
    assert rules | refused == every_operation()


class Applied(pymlp.layers.Layer):
    """A layer that is a function."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def call(self, inputs):
        return self.function(inputs)


def model_of(function, shape, dtype):
    layer = Applied(function, dtype=dtype, name="applied")
    return pymlp.Sequential([pymlp.Input(shape, dtype=dtype), layer], name="net")


C = np.random.default_rng(7).normal(size=(2, 3, 4))
UNARY = [
    "negative", "abs", "sign", "square", "exp", "expm1", "relu", "leaky_relu", "elu", "sigmoid", "tanh", "softplus",
    "erf", "sin", "cos", "tan", "sinh", "cosh", "floor", "ceil", "round", "silu", "hard_sigmoid", "isnan", "isinf",
    "isfinite", "logical_not", "reciprocal", "zeros_like", "ones_like", "stop_gradient", "log_softmax", "softmax",
    "sparsemax", "arctan", "arcsinh", "cbrt", "erfc",
]  # fmt: skip
POSITIVE = ["sqrt", "log", "log1p", "log2", "log10", "rsqrt"]
BINARY = [
    "add", "subtract", "multiply", "divide", "maximum", "minimum", "less", "less_equal", "greater", "greater_equal",
    "equal", "not_equal", "divide_no_nan", "floor_divide", "mod", "logaddexp", "logical_and", "logical_or",
    "logical_xor", "heaviside", "isclose", "arctan2", "hypot",
]  # fmt: skip


def of_one(name):
    return getattr(ops, name)


def of_positive(name):
    return lambda x: getattr(ops, name)(ops.add(ops.abs(x), 0.1))


def of_two(name):
    return lambda x: getattr(ops, name)(x, C)


def of_numbers(name):
    function = getattr(ops, name)
    return lambda x: function(function(x, 0.3), C[0, :, :1])


CASES = (
    {name: (of_one(name), (2, 3, 4)) for name in UNARY}
    | {name: (of_positive(name), (3, 4)) for name in POSITIVE}
    | {name: (of_two(name), (2, 3, 4)) for name in BINARY}
    | {f"{name} of numbers": (of_numbers(name), (3, 4)) for name in BINARY}
    | {
        "power": (lambda x: ops.power(ops.abs(x), C[0]), (3, 4)),
        "power of a number": (lambda x: ops.power(2.0, ops.power(x, 3)), (3, 4)),
        "clip": (lambda x: ops.clip(x, -0.5, 0.25), (3, 4)),
        "where": (lambda x: ops.where(ops.greater(x, 0.1), x, C[0, :1]), (3, 4)),
        "broadcasts both ways": (lambda x: x[:, :, :1] + x[:, :1, :], (3, 4)),
        "broadcasts in the middle": (lambda x: x[:, :, :1, :] * C, (2, 3, 4)),
        "broadcast_to": (lambda x: ops.broadcast_to(x, (None, 3, 4)), (1, 4)),
        "broadcast_to columns": (lambda x: ops.broadcast_to(x, (None, 3, 4)), (3, 1)),
        "full_like": (lambda x: ops.full_like(x, 2.5) * x, (3, 4)),
        "number for all": (lambda x: ops.broadcast_to(ops.zeros_like(x), (None, 5)), (1,)),
        "transpose": (lambda x: ops.transpose(x, (0, 3, 1, 2)), (2, 3, 4)),
        "swapaxes": (lambda x: ops.swapaxes(x, 1, 2), (2, 3, 4)),
        "moveaxis": (lambda x: ops.moveaxis(x, 1, -1), (2, 3, 4)),
        "transposed twice": (lambda x: ops.transpose(ops.relu(ops.transpose(x, (0, 2, 1))), (0, 2, 1)), (3, 4)),
        "slice": (lambda x: x[:, 1, ..., ::2], (2, 3, 4)),
        "slice backwards": (lambda x: x[:, ::-1, 3:0:-2], (3, 4)),
        "arcsin": (lambda x: ops.arcsin(ops.tanh(x)) + ops.arccos(ops.tanh(x) / 2), (3, 4)),
        "arctanh": (lambda x: ops.arctanh(ops.tanh(x) / 2), (3, 4)),
        "arccosh": (lambda x: ops.arccosh(ops.abs(x) + 1.5), (3, 4)),
        "diagonal": (lambda x: ops.diagonal(x, 1, 1, 2) + ops.diagonal(x, -1, 2, 1), (3, 3, 2)),
        "diagonals of the last axes": (lambda x: ops.diagonal(x, 0, -1, -2), (3, 2, 4)),
        "flip": (lambda x: ops.flip(x, (1, 2)), (3, 4)),
        "pad": (lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 1))), (3, 4)),
        "pad with numbers": (lambda x: ops.pad(x, ((0, 0), (1, 2)), constant_values=7), (3,)),
        "concatenate": (lambda x: ops.concatenate([x, x * 2, x[:, :, :1]], -1), (3, 4)),
        "concatenate rows": (lambda x: ops.concatenate([x, x[:, :1]], 1), (2, 3, 4)),
        "stack": (lambda x: ops.stack([x, ops.exp(x)], 2), (3, 4)),
        "split": (lambda x: ops.concatenate(ops.split(x, 2, -1)[::-1], -1), (3, 4)),
        "unstack": (lambda x: ops.unstack(x, axis=1)[1], (3, 4)),
        "repeat": (lambda x: ops.repeat(x, 2, 1), (3, 4)),
        "tile": (lambda x: ops.tile(x, (1, 2, 1)), (3, 4)),
        "take": (lambda x: ops.take(x, [3, 0, -1, 7], -1), (3, 4)),
        "take in the middle": (lambda x: ops.take(x, [[1, 0]], 1), (2, 3, 4)),
        "take rows": (lambda x: ops.take(C[0], ops.round(x), 0), (5,)),
        "take_along_axis": (lambda x: ops.take_along_axis(x, ops.argsort(x), -1), (3, 4)),
        "sum": (lambda x: ops.sum(x, -1), (3, 4)),
        "sum of axes": (lambda x: ops.sum(x, (1, 3), keepdims=True), (2, 3, 4)),
        "mean": (lambda x: ops.mean(x, -1, keepdims=True), (3, 4)),
        "var": (lambda x: ops.var(x, 1), (3, 4)),
        "std": (lambda x: ops.std(x, (1, 2)), (3, 4)),
        "moments": (lambda x: ops.add(*ops.moments(x, -1)), (3, 4)),
        "max": (lambda x: ops.max(x, -1), (3, 4)),
        "min": (lambda x: ops.min(x, 1), (3, 4)),
        "prod": (lambda x: ops.prod(x, -1), (3, 4)),
        "any": (lambda x: ops.any(ops.greater(x, 1.0), -1), (3, 4)),
        "all": (lambda x: ops.all(ops.less(x, 1.0), -1), (3, 4)),
        "argmax": (lambda x: ops.argmax(x, -1), (3, 4)),
        "argmin": (lambda x: ops.argmin(x, 1), (3, 4)),
        "argsort": (lambda x: ops.argsort(ops.round(x)), (3, 9)),
        "sort": (lambda x: ops.sort(x, 1), (5, 2)),
        "top_k": (lambda x: ops.concatenate(ops.top_k(x, 2), -1), (5,)),
        "cumsum": (lambda x: ops.cumsum(x, 1), (5, 2)),
        "logsumexp": (lambda x: ops.logsumexp(x, -1), (3, 4)),
        "norm": (lambda x: ops.norm(x, axis=-1), (3, 4)),
        "normalize": (lambda x: ops.normalize(x, -1), (3, 4)),
        "normalize 1": (lambda x: ops.normalize(x, -1, order=1), (3, 4)),
        "layer_normalization": (lambda x: ops.layer_normalization(x, C[0, 0], axis=-1), (3, 4)),
        "rms_normalization": (lambda x: ops.rms_normalization(x, axis=(1, 2)), (3, 4)),
        "batch_normalization": (lambda x: ops.batch_normalization(x, C[0, 0], C[0, 1] ** 2, -1), (3, 4)),
        "batch_normalization in all": (
            lambda x: ops.batch_normalization(x, C[0, 0], C[0, 1] ** 2, -1, C[0, 2], C[1, 0], 0.1), (4,)),
        "searchsorted": (lambda x: ops.searchsorted(np.array([-0.5, 0.0, 0.5]), x), (3, 4)),
        "searchsorted right": (
            lambda x: ops.searchsorted(np.array([-1.0, 0.0, 1.0]), ops.round(x), side="right"), (3, 4)),
        "one_hot": (lambda x: ops.one_hot(ops.round(ops.abs(x)), 3), (4,)),
        "cross-entropy": (lambda x: ops.softmax_crossentropy(x, ops.softmax(x * 2), sparse=False), (3, 4)),
        "cross-entropy of classes": (
            lambda x: ops.softmax_crossentropy(x, ops.argmax(x * C[0], -1) - 1, sparse=True), (3, 4)),
        "matmul": (lambda x: ops.matmul(x, C[0].T), (3, 4)),
        "matmul from the left": (lambda x: ops.matmul(C[0], x), (4, 2)),
        "matmul of samples": (lambda x: ops.matmul(x, ops.transpose(x, (0, 2, 1))), (3, 4)),
        "einsum": (lambda x: ops.einsum("bij,jk,il->bkl", x, C[0].T, C[1]), (3, 4)),
        "tensordot": (lambda x: ops.tensordot(x, C, 2), (3, 2, 3)),
        "dense": (lambda x: ops.dense(x, C[0].T, C[0, :, 0]), (3, 4)),
        "nine axes of one element": (lambda x: ops.reshape(x, (None, 1, 2, 1, 2, 1, 1, 1)) + 1, (4,)),
    }
)  # fmt: skip


@each_way
def test_operations(way, dtype, tmp_path):
    """All cases are outputs of one model, so that its memory is used again and again, too."""
    shapes = sorted({shape for _, shape in CASES.values()})
    inputs = {shape: pymlp.Input(shape, dtype=dtype) for shape in shapes}
    outputs = [
        Applied(function, dtype=dtype, name=f"case_{i}")(inputs[shape])
        for i, (function, shape) in enumerate(CASES.values())
    ]
    model = pymlp.Model(list(inputs.values()), outputs)
    model.export(tmp_path / "net.c", prefix="net", verbose=False, vectors=2)
    program = compile_c(tmp_path / "net.c", *way[1:], cc=way[0])
    self_test(program)
    x = [np.random.default_rng(3).normal(size=(30, *shape)).astype(dtype) for shape in shapes]
    assert_agrees(program, model, *x, names=list(CASES))


def test_cases_use_every_rule():
    used = set()
    for function, shape in CASES.values():
        graph = SampleGraph.of(model_of(function, shape, "float32"))
        used |= {step.operation.name for step in graph.steps}
    assert used >= set(RULES) | SAME_ELEMENTS
