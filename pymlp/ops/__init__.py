"""Operations on arrays and on symbolic tensors, under Keras's names."""

from pymlp.ops.dense import dense
from pymlp.ops.elementwise import (
    abs,
    add,
    clip,
    divide,
    elu,
    equal,
    erf,
    exp,
    greater,
    greater_equal,
    leaky_relu,
    less,
    less_equal,
    log,
    log1p,
    maximum,
    minimum,
    multiply,
    negative,
    not_equal,
    relu,
    sigmoid,
    sign,
    softplus,
    sqrt,
    square,
    subtract,
    tanh,
    where,
)
from pymlp.ops.reduction import argmax, mean, sum
from pymlp.ops.searching import searchsorted
from pymlp.ops.shaping import broadcast_to, expand_dims, reshape, squeeze
from pymlp.ops.softmax import softmax, softmax_crossentropy, sparsemax

__all__ = [
    "abs", "add", "argmax", "broadcast_to", "clip", "dense", "divide", "elu", "equal", "erf", "exp", "expand_dims",
    "greater", "greater_equal", "leaky_relu", "less", "less_equal", "log", "log1p", "maximum", "mean",
    "minimum", "multiply", "negative", "not_equal", "relu", "reshape", "searchsorted", "sigmoid", "sign", "softmax",
    "softmax_crossentropy", "softplus", "sparsemax", "sqrt", "square", "squeeze", "subtract", "sum", "tanh", "where",
]  # fmt: skip
