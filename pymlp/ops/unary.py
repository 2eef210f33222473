"""Functions of single elements. Each name is that of its kernel in csrc/kernels/unary.inc.c."""

from __future__ import annotations

from typing import Any

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.operation import Kernel, Operation, apply

# Functions of one tensor. The kernel `name`_grad takes either the function's input or its output;
# the output wherever that will do, so that a dense layer need not keep what went in.
UNARY_BY_INPUT = ("negative", "abs", "sign", "square", "log", "log1p", "erf", "clip", "copy", "sin", "cos", "floor",
                  "ceil", "round", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "erfc")  # fmt: skip
UNARY_BY_OUTPUT = ("sqrt", "exp", "relu", "leaky_relu", "elu", "sigmoid", "tanh", "softplus", "expm1", "cbrt",
                   "erfinv")  # fmt: skip
UNARY_NUMBERS = {
    name: number
    for number, name in enumerate(
        ("copy", "negative", "abs", "sign", "square", "sqrt", "exp", "log", "log1p", "relu", "leaky_relu",
         "elu", "sigmoid", "tanh", "softplus", "erf", "clip", "expm1", "sin", "cos", "floor", "ceil",
         "round", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "cbrt", "erfc",
         "erfinv")  # the order of UNARY_FUNCTIONS in unary.inc.c
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


def apply_unary(name: str, x: Any, *parameters: float) -> Any:
    """Apply a function of one tensor with its parameters."""
    return apply(UNARY[name], x, parameters=tuple(float(p) for p in parameters))


def negative(x: Any) -> Any:
    """Return ``-x``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.negative([-1.0, 2.0])
    array([ 1., -2.], dtype=float32)
    """
    return apply_unary("negative", x)


def abs(x: Any) -> Any:
    """Return ``|x|``; its gradient at 0 is 0.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.abs([-1.0, 2.0])
    array([1., 2.], dtype=float32)
    """
    return apply_unary("abs", x)


def sign(x: Any) -> Any:
    """Return -1, 0 or 1, the sign of x; its gradient is 0.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.sign([-3.0, 0.0, 2.0])
    array([-1.,  0.,  1.], dtype=float32)
    """
    return apply_unary("sign", x)


def square(x: Any) -> Any:
    """Return ``x * x``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.square([-3.0, 0.5])
    array([9.  , 0.25], dtype=float32)
    """
    return apply_unary("square", x)


def sqrt(x: Any) -> Any:
    """Return the square root of x: NaN below 0.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.sqrt([4.0, 0.25])
    array([2. , 0.5], dtype=float32)
    """
    return apply_unary("sqrt", x)


def exp(x: Any) -> Any:
    """Return ``e ** x``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.exp([0.0, 1.0]).round(4)
    array([1.    , 2.7183], dtype=float32)
    """
    return apply_unary("exp", x)


def log(x: Any) -> Any:
    """Return the natural logarithm of x: ``-inf`` for 0, NaN below.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.log([1.0, 0.0])
    array([  0., -inf], dtype=float32)
    """
    return apply_unary("log", x)


def log1p(x: Any) -> Any:
    """Return ``log(1 + x)``, exact for small x too.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.log1p([0.0, 1e-8])
    array([0.e+00, 1.e-08], dtype=float32)
    """
    return apply_unary("log1p", x)


def expm1(x: Any) -> Any:
    """Return ``e ** x - 1``, exact for small x too.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.expm1([0.0, 1e-8])
    array([0.e+00, 1.e-08], dtype=float32)
    """
    return apply_unary("expm1", x)


def floor(x: Any) -> Any:
    """Return the greatest whole number not above x; its gradient is 0.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.floor([1.5, -1.5])
    array([ 1., -2.], dtype=float32)
    """
    return apply_unary("floor", x)


def ceil(x: Any) -> Any:
    """Return the least whole number not below x; its gradient is 0.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.ceil([1.5, -1.5])
    array([ 2., -1.], dtype=float32)
    """
    return apply_unary("ceil", x)


def relu(x: Any) -> Any:
    """Return ``max(x, 0)``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.relu([-1.0, 2.0])
    array([0., 2.], dtype=float32)
    """
    return apply_unary("relu", x)


def sigmoid(x: Any) -> Any:
    """Return ``1 / (1 + e ** -x)``.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.sigmoid([-1.0, 0.0, 1.0]).round(4)
    array([0.2689, 0.5   , 0.7311], dtype=float32)
    """
    return apply_unary("sigmoid", x)


def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent of x.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.tanh([-1.0, 0.0, 1.0]).round(4)
    array([-0.7616,  0.    ,  0.7616], dtype=float32)
    """
    return apply_unary("tanh", x)


def softplus(x: Any) -> Any:
    """Return ``log(1 + e ** x)`` without overflow.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.softplus([-1.0, 0.0, 100.0]).round(4)
    array([  0.3133,   0.6931, 100.    ], dtype=float32)
    """
    return apply_unary("softplus", x)


def erf(x: Any) -> Any:
    """Return the error function, ``2 / sqrt(pi)`` times the integral of ``exp(-t ** 2)`` from 0 to x.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.erf([0.0, 1.0]).round(4)
    array([0.    , 0.8427], dtype=float32)
    """
    return apply_unary("erf", x)


def erfc(x: Any) -> Any:
    """Return ``1 - erf(x)``, exact for large x too.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.erfc([0.0, 5.0]) > 0
    array([ True,  True])
    """
    return apply_unary("erfc", x)


def erfinv(x: Any) -> Any:
    """Return the number whose error function is x: infinite for -1 and 1, NaN beyond.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.erfinv([0.0, 0.5, 1.0]).round(4)
    array([0.    , 0.4769,    inf], dtype=float32)
    """
    return apply_unary("erfinv", x)


def cbrt(x: Any) -> Any:
    """Return the cube root, of the sign of x; its gradient at 0 is infinite.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.cbrt([-8.0, 27.0])
    array([-2.,  3.], dtype=float32)
    """
    return apply_unary("cbrt", x)
