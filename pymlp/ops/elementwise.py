"""Elementwise operations. Each name is that of its kernel in csrc/kernels/{unary,elementwise}.inc.c."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.operation import Kernel, Operation, aligned, apply, broadcast_shapes
from pymlp.ops.shaping import sum_to_shape

# Functions of one tensor. The kernel `name`_grad takes either the function's input or its output;
# the output wherever that will do, so that a dense layer need not keep what went in.
UNARY_BY_INPUT = ("negative", "abs", "sign", "square", "log", "log1p", "erf", "clip", "copy", "sin", "cos", "floor",
                  "ceil", "round")  # fmt: skip
UNARY_BY_OUTPUT = ("sqrt", "exp", "relu", "leaky_relu", "elu", "sigmoid", "tanh", "softplus", "expm1")  # fmt: skip
UNARY_NUMBERS = {
    name: number
    for number, name in enumerate(
        ("copy", "negative", "abs", "sign", "square", "sqrt", "exp", "log", "log1p", "relu", "leaky_relu",
         "elu", "sigmoid", "tanh", "softplus", "erf", "clip", "expm1", "sin", "cos", "floor", "ceil",
         "round")  # the order of UNARY_FUNCTIONS in unary.inc.c
    )
}  # fmt: skip


def _same_shape(x: Tensor, **_: Any) -> Shape:
    return x.shape


def _unary(name: str, by_output: bool) -> tuple[Operation, Operation]:
    def gradient_kernel(dx: Tensor) -> Kernel:
        return Kernel(f"{name}_grad", (*dx.inputs, dx), numbers=dx.attributes["parameters"])

    gradient_operation = Operation(f"{name}_grad", lambda dy, x, **_: x.shape, gradient_kernel)

    def gradient(y: Tensor, dy: Tensor) -> tuple[Tensor]:
        seen = y if by_output else y.inputs[0]
        return (apply(gradient_operation, dy, seen, parameters=y.attributes["parameters"]),)

    def kernel(y: Tensor) -> Kernel:
        return Kernel(name, (y.inputs[0], y), numbers=y.attributes["parameters"])

    return Operation(name, _same_shape, kernel, gradient), gradient_operation


UNARY: dict[str, Operation] = {}
UNARY_GRADIENTS: dict[str, Operation] = {}
for _name in (*UNARY_BY_INPUT, *UNARY_BY_OUTPUT):
    UNARY[_name], UNARY_GRADIENTS[_name] = _unary(_name, _name in UNARY_BY_OUTPUT)


def _apply_unary(name: str, x: Any, *parameters: float) -> Any:
    return apply(UNARY[name], x, parameters=tuple(float(p) for p in parameters))


def negative(x: Any) -> Any:
    """Return ``-x``."""
    return _apply_unary("negative", x)


def abs(x: Any) -> Any:
    """Return ``|x|``; its gradient at 0 is 0."""
    return _apply_unary("abs", x)


def sign(x: Any) -> Any:
    """Return -1, 0 or 1."""
    return _apply_unary("sign", x)


def square(x: Any) -> Any:
    """Return ``x * x``."""
    return _apply_unary("square", x)


def sqrt(x: Any) -> Any:
    """Return the square root."""
    return _apply_unary("sqrt", x)


def exp(x: Any) -> Any:
    """Return ``e ** x``."""
    return _apply_unary("exp", x)


def log(x: Any) -> Any:
    """Return the natural logarithm: ``-inf`` for 0, NaN below."""
    return _apply_unary("log", x)


def log1p(x: Any) -> Any:
    """Return ``log(1 + x)``, exact for small x too."""
    return _apply_unary("log1p", x)


def expm1(x: Any) -> Any:
    """Return ``e ** x - 1``, exact for small x too."""
    return _apply_unary("expm1", x)


def sin(x: Any) -> Any:
    """Return the sine."""
    return _apply_unary("sin", x)


def cos(x: Any) -> Any:
    """Return the cosine."""
    return _apply_unary("cos", x)


def floor(x: Any) -> Any:
    """Return the greatest whole number not above x; its gradient is 0."""
    return _apply_unary("floor", x)


def ceil(x: Any) -> Any:
    """Return the least whole number not below x; its gradient is 0."""
    return _apply_unary("ceil", x)


def round(x: Any, decimals: int = 0) -> Any:
    """Return the nearest number of so many decimals, the even one of two; its gradient is 0."""
    if decimals == 0:
        return _apply_unary("round", x)
    return divide(_apply_unary("round", multiply(x, 10.0**decimals)), 10.0**decimals)


def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """Return x kept within [x_min, x_max]; the gradient is 0 outside."""
    if isinstance(x_min, (int, float)) and isinstance(x_max, (int, float)):
        return _apply_unary("clip", x, x_min, x_max)
    return minimum(maximum(x, x_min), x_max)


def relu(x: Any) -> Any:
    """Return ``max(x, 0)``."""
    return _apply_unary("relu", x)


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """Return x where positive, ``negative_slope * x`` elsewhere."""
    if negative_slope < 0:  # the output no longer tells the sign of the input
        return where(greater(x, 0.0), x, multiply(x, negative_slope))
    return _apply_unary("leaky_relu", x, negative_slope)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """Return x where positive, ``alpha * (e ** x - 1)`` elsewhere."""
    if alpha < 0:
        return where(greater(x, 0.0), x, multiply(elu(minimum(x, 0.0)), alpha))
    return _apply_unary("elu", x, alpha)


def sigmoid(x: Any) -> Any:
    """Return ``1 / (1 + e ** -x)``."""
    return _apply_unary("sigmoid", x)


def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent."""
    return _apply_unary("tanh", x)


def softplus(x: Any) -> Any:
    """Return ``log(1 + e ** x)`` without overflow."""
    return _apply_unary("softplus", x)


def erf(x: Any) -> Any:
    """Return the error function, ``2 / sqrt(pi)`` times the integral of ``exp(-t ** 2)`` from 0 to x."""
    return _apply_unary("erf", x)


# ---- functions of two tensors -----------------------------------------------------------------


def _binary(name: str, rule: Callable[..., tuple[Any, Any]] | None) -> Operation:
    def shape(a: Tensor, b: Tensor) -> Shape:
        return broadcast_shapes(name, a.shape, b.shape)

    def kernel(y: Tensor) -> Kernel:
        return Kernel(name, (*y.inputs, y))

    def gradient(y: Tensor, dy: Tensor) -> tuple[Tensor | None, ...]:
        a, b = y.inputs
        if rule is None:
            return None, None
        da, db = rule(a, b, y, dy)
        return sum_to_shape(da, a.shape), sum_to_shape(db, b.shape)

    return Operation(name, shape, kernel, gradient)


def _divide_gradient(a: Tensor, b: Tensor, y: Tensor, dy: Tensor) -> tuple[Any, Any]:
    da = divide(dy, b)
    return da, negative(multiply(da, y))


def _pick_gradient(chosen: Callable[[Any, Any], Any]) -> Callable[..., tuple[Any, Any]]:
    def rule(a: Tensor, b: Tensor, y: Tensor, dy: Tensor) -> tuple[Any, Any]:
        # Equal elements share the gradient, as in JAX.
        share = multiply(add(chosen(a, b), subtract(1.0, chosen(b, a))), 0.5)
        return multiply(dy, share), multiply(dy, subtract(1.0, share))

    return rule


def _combine(operation: Operation, *inputs: Any) -> Any:
    return apply(operation, *aligned(operation.name, *inputs))


def add(x1: Any, x2: Any) -> Any:
    """Return ``x1 + x2``, broadcast by NumPy's rules."""
    return _combine(_ADD, x1, x2)


def subtract(x1: Any, x2: Any) -> Any:
    """Return ``x1 - x2``, broadcast by NumPy's rules."""
    return _combine(_SUBTRACT, x1, x2)


def multiply(x1: Any, x2: Any) -> Any:
    """Return ``x1 * x2``, broadcast by NumPy's rules."""
    return _combine(_MULTIPLY, x1, x2)


def divide(x1: Any, x2: Any) -> Any:
    """Return ``x1 / x2``, broadcast by NumPy's rules."""
    return _combine(_DIVIDE, x1, x2)


def maximum(x1: Any, x2: Any) -> Any:
    """Return the greater of each pair; a NaN stays."""
    return _combine(_MAXIMUM, x1, x2)


def minimum(x1: Any, x2: Any) -> Any:
    """Return the lesser of each pair; a NaN stays."""
    return _combine(_MINIMUM, x1, x2)


def less(x1: Any, x2: Any) -> Any:
    """Return 1 where ``x1 < x2``, else 0."""
    return _combine(_LESS, x1, x2)


def less_equal(x1: Any, x2: Any) -> Any:
    """Return 1 where ``x1 <= x2``, else 0."""
    return _combine(_LESS_EQUAL, x1, x2)


def greater(x1: Any, x2: Any) -> Any:
    """Return 1 where ``x1 > x2``, else 0."""
    return _combine(_GREATER, x1, x2)


def greater_equal(x1: Any, x2: Any) -> Any:
    """Return 1 where ``x1 >= x2``, else 0."""
    return _combine(_GREATER_EQUAL, x1, x2)


def equal(x1: Any, x2: Any) -> Any:
    """Return 1 where ``x1 == x2``, else 0."""
    return _combine(_EQUAL, x1, x2)


def not_equal(x1: Any, x2: Any) -> Any:
    """Return 1 where ``x1 != x2``, else 0."""
    return _combine(_NOT_EQUAL, x1, x2)


def power(x1: Any, x2: Any) -> Any:
    """Return ``x1 ** x2``, broadcast by NumPy's rules; the gradient of the exponent is 0 where x1 is."""
    if isinstance(x2, (int, float)) and x2 in (1, 2, 0.5, -1):
        if x2 == 1:
            return x1
        return square(x1) if x2 == 2 else sqrt(x1) if x2 == 0.5 else divide(1.0, x1)
    return _combine(_POWER, x1, x2)


def _power_gradient(a: Tensor, b: Tensor, y: Tensor, dy: Tensor) -> tuple[Any, Any]:
    da = multiply(dy, multiply(b, power(a, subtract(b, 1.0))))
    safe = where(greater(a, 0.0), a, 1.0)
    return da, multiply(dy, multiply(y, log(safe)))


def _where_shape(condition: Tensor, a: Tensor, b: Tensor) -> Shape:
    return broadcast_shapes("where", condition.shape, broadcast_shapes("where", a.shape, b.shape))


def _where_gradient(y: Tensor, dy: Tensor) -> tuple[Tensor | None, ...]:
    condition, a, b = y.inputs
    da = apply(_WHERE, condition, dy, 0.0)
    db = apply(_WHERE, condition, 0.0, dy)
    return None, sum_to_shape(da, a.shape), sum_to_shape(db, b.shape)


def where(condition: Any, x1: Any, x2: Any) -> Any:
    """Return x1 where the condition is not 0, x2 elsewhere."""
    return _combine(_WHERE, condition, x1, x2)


_ADD = _binary("add", lambda a, b, y, dy: (dy, dy))
_SUBTRACT = _binary("subtract", lambda a, b, y, dy: (dy, negative(dy)))
_MULTIPLY = _binary("multiply", lambda a, b, y, dy: (multiply(dy, b), multiply(dy, a)))
_DIVIDE = _binary("divide", _divide_gradient)
_MAXIMUM = _binary("maximum", _pick_gradient(greater_equal))
_MINIMUM = _binary("minimum", _pick_gradient(less_equal))
_LESS = _binary("less", None)
_LESS_EQUAL = _binary("less_equal", None)
_GREATER = _binary("greater", None)
_GREATER_EQUAL = _binary("greater_equal", None)
_EQUAL = _binary("equal", None)
_NOT_EQUAL = _binary("not_equal", None)
_POWER = _binary("power", _power_gradient)
_WHERE = Operation(
    "where", _where_shape, lambda y: Kernel("where", (*y.inputs, y)), _where_gradient
)

BINARY: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        _ADD, _SUBTRACT, _MULTIPLY, _DIVIDE, _MAXIMUM, _MINIMUM,
        _LESS, _LESS_EQUAL, _GREATER, _GREATER_EQUAL, _EQUAL, _NOT_EQUAL, _POWER,
    )
}  # fmt: skip
