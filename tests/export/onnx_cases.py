"""Models to write as ONNX and to read again: with each layer, and with each operation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from layers.test_every_layer import in_a_model, inputs_of, make

import pymlp
from pymlp import activations, layers, ops
from pymlp.ops.batch_norm import column_moments


def with_random_weights(model: Any) -> Any:
    rng = np.random.default_rng(0)
    for variable in model.weights:
        if variable.dtype.startswith("float"):
            variable.assign(rng.uniform(0.5, 1.5, variable.shape))
    return model


def models_with(case: Any, dtype: str) -> Iterator[tuple[Any, list[np.ndarray]]]:
    """Yield models of one layer, for each of the shapes it is tried with, and inputs for them."""
    for shape in case.shapes:
        if shape == ():
            continue  # a model's samples have axes
        layer = make(case, dtype=dtype)
        x = inputs_of(case, shape, 6, dtype)
        layer(x)
        model = with_random_weights(in_a_model(layer, shape, dtype))
        yield model, x if isinstance(x, list) else [x]


def model_of(function: Any, shape: tuple[int, ...], dtype: str) -> Any:
    return pymlp.Sequential(
        [pymlp.Input(shape, dtype=dtype), layers.Lambda(function, dtype=dtype, name="written")]
    )


def arrays(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


class Own(pymlp.Model):
    """A subclass with weights and a layer of its own, and a dict for outputs."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(4, "gelu", name="inner")
        self.scale = self.add_weight((4,), "ones", name="scale")

    def call(self, inputs):
        hidden = self.dense(inputs["a"]) * self.scale
        return {"sum": ops.sum(hidden, -1), "all": hidden + inputs["b"]}


TABLE = np.linspace(-1, 1, 12).reshape(4, 3)


def positive(x):
    return ops.abs(x) + 0.5


# By the operation's name: a function of x of shape (samples, 2, 3) in which it stands.
FUNCTIONS: dict[str, Any] = {
    "negative": ops.negative,
    "abs": ops.abs,
    "sign": ops.sign,
    "square": ops.square,
    "log": lambda x: ops.log(positive(x)),
    "log1p": lambda x: ops.log1p(positive(x)) + ops.log1p(x * 1e-7),
    "erf": ops.erf,
    "clip": lambda x: ops.clip(x, -0.5, 0.25),
    "copy": ops.stop_gradient,
    "sin": ops.sin,
    "cos": ops.cos,
    "arcsin": lambda x: ops.arcsin(ops.tanh(x)),
    "arccos": lambda x: ops.arccos(ops.tanh(x)),
    "arctan": ops.arctan,
    "arcsinh": ops.arcsinh,
    "arccosh": lambda x: ops.arccosh(1.0 + positive(x)),
    "arctanh": lambda x: ops.arctanh(ops.tanh(x) * 0.9),
    "cbrt": lambda x: ops.cbrt(ops.sign(x) * positive(x)),
    "diagonal": lambda x: ops.diagonal(x, 1, 1, 2) + ops.diagonal(x, -1, 2, 1),
    "floor": ops.floor,
    "ceil": ops.ceil,
    "round": lambda x: ops.round(x * 2.0),
    "sqrt": lambda x: ops.sqrt(positive(x)),
    "exp": ops.exp,
    "relu": ops.relu,
    "leaky_relu": lambda x: ops.leaky_relu(x, 0.3),
    "elu": lambda x: ops.elu(x, 0.7),
    "sigmoid": ops.sigmoid,
    "tanh": ops.tanh,
    "softplus": lambda x: ops.softplus(x * 30.0),
    "expm1": lambda x: ops.expm1(x) + ops.expm1(x * 1e-7),
    "add": lambda x: x + TABLE[:2],
    "subtract": lambda x: 1.0 - x,
    "multiply": lambda x: x * x[:, :1],
    "divide": lambda x: x / positive(x),
    "maximum": lambda x: ops.maximum(x, 0.1),
    "minimum": lambda x: ops.minimum(x, -x),
    "less": lambda x: x < 0.1,
    "less_equal": lambda x: x <= x[:, :, :1],
    "greater": lambda x: (x > 0.1) + x,
    "greater_equal": lambda x: x >= 0.0,
    "equal": lambda x: ops.equal(x, x[:, :, :1]),
    "not_equal": lambda x: ops.not_equal(x, x[:, :, :1]),
    "power": lambda x: positive(x) ** 1.7,
    "where": lambda x: ops.where(ops.floor(x), x, 3.0) + ops.where(x > 0.3, x, TABLE[:2]),
    "broadcast": lambda x: ops.softmax(ops.broadcast_to(ops.sum(x, 0), (None, 2, 3))) * x,
    "expand": lambda x: ops.broadcast_to(x[:, :1], (None, 2, 3)),
    "sum_rows": lambda x: x - ops.sum(x, 0),
    "reshape": lambda x: ops.reshape(x, (-1, 6)),
    "sum_cols": lambda x: ops.sum(x, -1) + ops.mean(x, -1) + ops.sum(x, (1, 2), keepdims=True)[:, 0],
    "sum_all": lambda x: x / ops.sum(x),
    "batch_size": lambda x: x + ops.mean(x, 0),
    "argmax_cols": lambda x: ops.argmax(x, -1),
    "softmax": lambda x: ops.softmax(x, 1) + ops.softmax(x),
    "sparsemax": activations.sparsemax,
    "transpose": lambda x: ops.transpose(x, (0, 2, 1)),
    "slice": lambda x: ops.flip(x, -1)[:, 1:, ::2],
    "place": lambda x: ops.pad(x, ((0, 0), (1, 0), (2, 3)), constant_values=0.5),
    "concatenate": lambda x: ops.concatenate([x, x * 2.0, x[:, :1], -x], 1),
    "take_rows": lambda x: ops.take(TABLE, ops.floor(x), 0),
    "take_cols": lambda x: ops.take(x, [2, 0], -1) + ops.sort(x, 1)[:, :, :2],
    "combine_cols": lambda x: ops.max(x, -1) + ops.prod(x, 1, keepdims=True)[:, 0, :2],
    "combine_rows": lambda x: x - ops.min(x, 0),
    "cumsum_cols": lambda x: ops.cumsum(x, 1),
    "argsort_cols": lambda x: ops.argsort(ops.round(x), -1),
    "column_mean": lambda x: x - column_moments(x)[0],
    "column_variance": lambda x: x - column_moments(x)[1],
    "batch_norm": lambda x: ops.batch_normalization(x, [0.1] * 3, [1.0, 2.0, 3.0], -1),
    "row_norm": lambda x: ops.layer_normalization(x, epsilon=0.1),
    "searchsorted": lambda x: ops.searchsorted(np.array([-0.5, 0.0, 0.7]), x, side="right"),
    "dense": lambda x: ops.matmul(x, TABLE.T) + ops.dense(x[:, 0], TABLE.T)[:, None],
}  # fmt: skip
