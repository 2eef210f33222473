"""`OnnxOperation`: what pymlp has no layer for, as a layer; and the closed table of what that can be."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pymlp import activations, ops
from pymlp.layers.layer import Layer
from pymlp.variables import Variable

__all__ = ["FUNCTIONS", "OnnxOperation"]


def _gemm_like(x1: Any, x2: Any) -> Any:
    return ops.matmul(x1, x2)


def _reduced(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(x: Any, axes: Sequence[int], keepdims: bool) -> Any:
        return function(x, list(axes), keepdims=keepdims)

    return reduce


def _reshape(x: Any, shape: Sequence[int]) -> Any:
    return ops.reshape(x, (None, *shape))


def _expand(x: Any, shape: Sequence[int]) -> Any:
    return ops.broadcast_to(x, (x.shape[0], *shape))


def _slice(x: Any, parts: Sequence[Sequence[int]]) -> Any:
    """Return a part of x; each of `parts` is an axis, where to start and to stop, and the step."""
    key = [slice(None)] * len(x.shape)
    for axis, start, stop, step in parts:
        key[axis] = slice(start, stop, step)
    return x[tuple(key)]


def _pad(x: Any, pads: Sequence[Sequence[int]], value: float) -> Any:
    # What is padded with is an array of that size already while the model is built.
    if math.prod((n or 1) + sum(pair) for n, pair in zip(x.shape, pads, strict=True)) > 2**24:
        raise ValueError(f"padding {pads} makes too large samples")
    return ops.pad(x, [tuple(pair) for pair in pads], constant_values=value)


def _tile(x: Any, repeats: Sequence[int]) -> Any:
    """Each axis is seen as two, the first of which is repeated."""
    sample = x.shape[1:]
    apart = [n for length in sample for n in (1, length)]
    spread = [n for pair in zip(repeats, sample, strict=True) for n in pair]
    joined = [a * b for a, b in zip(repeats, sample, strict=True)]
    return _reshape(_expand(_reshape(x, apart), spread), joined)


def _cumsum(x: Any, axis: int, reverse: bool) -> Any:
    return ops.flip(ops.cumsum(ops.flip(x, axis), axis), axis) if reverse else ops.cumsum(x, axis)


def _top_k(x: Any, k: int, axis: int, largest: bool) -> Any:
    """Return the places of the greatest or the least elements."""
    order = ops.argsort(ops.negative(x) if largest else x, axis)
    return _slice(order, [(axis, 0, k, 1)])


def _hard_sigmoid(x: Any, alpha: float, beta: float) -> Any:
    return ops.clip(ops.add(ops.multiply(x, alpha), beta), 0.0, 1.0)


def _selu(x: Any, alpha: float, gamma: float) -> Any:
    return ops.multiply(ops.elu(x, alpha), gamma)


def _prelu(x: Any, slope: Any) -> Any:
    return ops.subtract(ops.relu(x), ops.multiply(slope, ops.relu(ops.negative(x))))


def _lp_normalized(x: Any, axis: int, p: int) -> Any:
    return ops.divide(x, ops.norm(x, p, axis, keepdims=True))


# By ONNX's name: a function of tensors, and of attributes as they are in the layer's configuration.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Abs": ops.abs, "Neg": ops.negative, "Sign": ops.sign, "Sqrt": ops.sqrt, "Exp": ops.exp, "Log": ops.log,
    "Erf": ops.erf, "Sin": ops.sin, "Cos": ops.cos, "Tan": ops.tan, "Sinh": ops.sinh, "Cosh": ops.cosh,
    "Asin": ops.arcsin, "Acos": ops.arccos, "Atan": ops.arctan, "Asinh": ops.arcsinh, "Acosh": ops.arccosh,
    "Atanh": ops.arctanh,
    "Floor": ops.floor, "Ceil": ops.ceil, "Round": lambda x: ops.round(x), "Reciprocal": ops.reciprocal,
    "Relu": ops.relu, "Sigmoid": ops.sigmoid, "Tanh": ops.tanh, "Softplus": ops.softplus,
    "Elu": lambda x, alpha: ops.elu(x, alpha), "LeakyRelu": lambda x, alpha: ops.leaky_relu(x, alpha),
    "Celu": lambda x, alpha: activations.celu(x, alpha), "Selu": _selu, "HardSigmoid": _hard_sigmoid,
    "ThresholdedRelu": lambda x, alpha: ops.where(ops.greater(x, alpha), x, 0.0),
    "Gelu": lambda x, approximate: activations.gelu(x, approximate),
    "Clip": lambda x, low, high: ops.clip(x, low, high),
    "Softmax": lambda x, axis: ops.softmax(x, axis), "LogSoftmax": lambda x, axis: ops.log_softmax(x, axis),
    "Not": ops.logical_not, "IsNaN": ops.isnan, "IsInf": ops.isinf,
    "Truncate": lambda x: ops.multiply(ops.sign(x), ops.floor(ops.abs(x))), "Truth": lambda x: ops.not_equal(x, 0.0),
    "Add": ops.add, "Sub": ops.subtract, "Mul": ops.multiply, "Div": ops.divide, "Pow": ops.power,
    "Max": ops.maximum, "Min": ops.minimum, "PRelu": _prelu,
    "Less": ops.less, "LessOrEqual": ops.less_equal, "Greater": ops.greater, "GreaterOrEqual": ops.greater_equal,
    "Equal": ops.equal, "And": ops.logical_and, "Or": ops.logical_or, "Xor": ops.logical_xor, "Where": ops.where,
    "MatMul": _gemm_like, "Reshape": _reshape, "Expand": _expand, "Slice": _slice, "Pad": _pad, "Tile": _tile,
    "Gather": lambda x, indices, axis: ops.take(x, indices, axis),
    "GatherElements": lambda x, indices, axis: ops.take_along_axis(x, indices, axis),
    "ReduceSum": _reduced(ops.sum), "ReduceMean": _reduced(ops.mean), "ReduceMax": _reduced(ops.max),
    "ReduceMin": _reduced(ops.min), "ReduceProd": _reduced(ops.prod), "ReduceLogSumExp": _reduced(ops.logsumexp),
    "ReduceL1": _reduced(lambda x, axes, keepdims: ops.sum(ops.abs(x), axes, keepdims)),
    "ReduceL2": _reduced(lambda x, axes, keepdims: ops.sqrt(ops.sum(ops.square(x), axes, keepdims))),
    "ReduceSumSquare": _reduced(lambda x, axes, keepdims: ops.sum(ops.square(x), axes, keepdims)),
    "ArgMax": lambda x, axis, keepdims: ops.argmax(x, axis, keepdims),
    "ArgMin": lambda x, axis, keepdims: ops.argmin(x, axis, keepdims),
    "CumSum": _cumsum, "TopK": _top_k, "LpNormalization": _lp_normalized,
}  # fmt: skip


class OnnxOperation(Layer):
    """Compute one operator of ONNX.

    `pymlp.export.import_onnx` makes such layers for what pymlp has no layer of its own for. They are saved and loaded
    with the model; Keras does not have them.

    Parameters
    ----------
    operation : str
        A name in the table `FUNCTIONS` of this module.
    operands : list
        For each operand of the operator: None for one of the inputs, in their order; a number; or a dict
        ``{"shape": [...], "trainable": bool}`` for a weight of that shape.
    attributes : dict, optional
        The function's other arguments.
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        For an operation that is not in the table, or operands and attributes that are not those.

    Examples
    --------
    >>> import numpy as np
    >>> OnnxOperation("Sub", [3.0, None])(np.array([[1.0, 5.0]]))
    array([[ 2., -2.]], dtype=float32)
    """

    def __init__(
        self,
        operation: str,
        operands: Sequence[Any] = (None,),
        attributes: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        label = f"OnnxOperation {self.name!r}"
        if operation not in FUNCTIONS:
            raise ValueError(f"{label}: operation {operation!r} is none of {sorted(FUNCTIONS)}.")
        self.operation = operation
        self.operands = [_checked_operand(operand, label) for operand in operands]
        self.attributes = dict(attributes or {})
        try:
            inspect.signature(FUNCTIONS[operation]).bind(*self.operands, **self.attributes)
        except TypeError as error:
            raise ValueError(
                f"{label}: {operation} does not go with operands {self.operands} and attributes "
                f"{self.attributes}: {error}."
            ) from error
        self.constants: list[Variable] = []

    def build(self, input_shape: Any) -> None:
        self.constants = [
            self.add_weight(
                operand["shape"], "zeros", trainable=operand["trainable"], name=f"constant_{index}"
            )
            for index, operand in enumerate(self.operands)
            if isinstance(operand, dict)
        ]

    def call(self, inputs: Any) -> Any:
        given = iter(inputs if isinstance(inputs, (list, tuple)) else [inputs])
        constants = iter(self.constants)
        values = [
            next(given) if o is None else next(constants) if isinstance(o, dict) else o
            for o in self.operands
        ]
        return FUNCTIONS[self.operation](*values, **self.attributes)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "operation": self.operation,
            "operands": self.operands,
            "attributes": self.attributes,
        }


def _checked_operand(operand: Any, label: str) -> Any:
    if operand is None:
        return None
    if isinstance(operand, (int, float)) and not isinstance(operand, bool):
        return float(operand)
    if isinstance(operand, Mapping) and set(operand) == {"shape", "trainable"}:
        shape = [int(n) for n in operand["shape"]]
        if all(n >= 0 for n in shape) and math.prod(shape) < 2**31:
            return {"shape": shape, "trainable": bool(operand["trainable"])}
    raise ValueError(
        f"{label}: an operand is None, a number, or a dict of shape and trainable; received {operand!r}."
    )
