"""Functions of two and three tensors, with broadcasting. Their names are those of kernels in elementwise.inc.c."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.operation import Kernel, Operation, apply, broadcast_shapes
from pymlp.ops.shaping import sum_to_shape
from pymlp.ops.unary import log, negative, sqrt, square
from pymlp.ops.values import aligned


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
    """Return ``x1 + x2``, broadcast by NumPy's rules.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.add([1.0, 2.0], [[10.0], [20.0]])
    array([[11., 12.],
           [21., 22.]], dtype=float32)
    """
    return _combine(_ADD, x1, x2)


def subtract(x1: Any, x2: Any) -> Any:
    """Return ``x1 - x2``, broadcast by NumPy's rules.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.subtract([1.0, 2.0], 0.5)
    array([0.5, 1.5], dtype=float32)
    """
    return _combine(_SUBTRACT, x1, x2)


def multiply(x1: Any, x2: Any) -> Any:
    """Return ``x1 * x2``, broadcast by NumPy's rules.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.multiply([1.0, 2.0], 3.0)
    array([3., 6.], dtype=float32)
    """
    return _combine(_MULTIPLY, x1, x2)


def divide(x1: Any, x2: Any) -> Any:
    """Return ``x1 / x2``, broadcast by NumPy's rules.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.divide([1.0, 2.0], 4.0)
    array([0.25, 0.5 ], dtype=float32)
    """
    return _combine(_DIVIDE, x1, x2)


def maximum(x1: Any, x2: Any) -> Any:
    """Return the greater of x1 and x2, broadcast by NumPy's rules; a NaN stays, and equals share the gradient.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.maximum([1.0, 5.0], 3.0)
    array([3., 5.], dtype=float32)
    """
    return _combine(_MAXIMUM, x1, x2)


def minimum(x1: Any, x2: Any) -> Any:
    """Return the lesser of x1 and x2, broadcast by NumPy's rules; a NaN stays, and equals share the gradient.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.minimum([1.0, 5.0], 3.0)
    array([1., 3.], dtype=float32)
    """
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
    """Return ``x1 ** x2``, broadcast by NumPy's rules; the gradient of the exponent is 0 where x1 is.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.power([1.0, 2.0, 3.0], 3.0)
    array([ 1.,  8., 27.], dtype=float32)
    """
    if isinstance(x2, (int, float)) and x2 in (1, 2, 0.5, -1):
        if x2 == 1:
            return x1
        return square(x1) if x2 == 2 else sqrt(x1) if x2 == 0.5 else divide(1.0, x1)
    return _combine(_POWER, x1, x2)


def arctan2(x1: Any, x2: Any) -> Any:
    """Return the angle within ``[-pi, pi]`` of the point (x2, x1), from the axis of positive x2.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.arctan2([1.0, -1.0], [0.0, -1.0]).round(4)
    array([ 1.5708, -2.3562], dtype=float32)
    """
    return _combine(_ARCTAN2, x1, x2)


def _arctan2_gradient(a: Tensor, b: Tensor, y: Tensor, dy: Tensor) -> tuple[Any, Any]:
    share = divide(dy, add(square(a), square(b)))
    return multiply(share, b), negative(multiply(share, a))


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


def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """Return x1 where the condition is not 0, x2 elsewhere, broadcast by NumPy's rules.

    Parameters
    ----------
    condition : tensor
        It has no gradient.
    x1, x2 : tensor, optional
        If both are left out: the places where the condition is not 0, as `nonzero`, on arrays only.

    Raises
    ------
    ValueError
        If one of the two is left out, or the shapes do not go together.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.where([True, False], [1.0, 2.0], 0.0)
    array([1., 0.], dtype=float32)
    """
    if x1 is None and x2 is None:
        from pymlp.ops.counting import nonzero

        return nonzero(condition)
    if x1 is None or x2 is None:
        raise ValueError("where: give both x1 and x2, or neither of them.")
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
_ARCTAN2 = _binary("arctan2", _arctan2_gradient)
_WHERE = Operation(
    "where", _where_shape, lambda y: Kernel("where", (*y.inputs, y)), _where_gradient
)

BINARY: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        _ADD, _SUBTRACT, _MULTIPLY, _DIVIDE, _MAXIMUM, _MINIMUM,
        _LESS, _LESS_EQUAL, _GREATER, _GREATER_EQUAL, _EQUAL, _NOT_EQUAL, _POWER, _ARCTAN2,
    )
}  # fmt: skip
