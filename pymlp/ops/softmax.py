"""Softmax and sparsemax, and cross-entropy on logits."""

from __future__ import annotations

from typing import Any

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.averaging import logsumexp
from pymlp.ops.axes import moved_last, transpose
from pymlp.ops.elementwise import divide, exp, greater, multiply, subtract
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.reduction import rows_are_samples, sum_last_axis
from pymlp.ops.shaping import expand_dims, squeeze
from pymlp.ops.values import axis_of, known


def _softmax_gradient(y: Tensor, dy: Tensor) -> tuple[Tensor]:
    return (apply(_SOFTMAX_GRAD, dy, y),)


_SOFTMAX_GRAD = Operation(
    "softmax_grad", lambda dy, y: y.shape, lambda dx: Kernel("softmax_grad", (*dx.inputs, dx))
)


def _softmax_shape(x: Tensor) -> Shape:
    if x.ndim < 1 or x.shape[-1] is None:
        raise ValueError(f"softmax needs an axis of classes, received shape {x.shape}.")
    return x.shape


SOFTMAX = Operation(
    "softmax", _softmax_shape, lambda y: Kernel("softmax", (y.inputs[0], y)), _softmax_gradient
)


def softmax(x: Any, axis: Any = -1) -> Any:
    """Return ``exp(x) / sum(exp(x))`` over an axis, several or all, without overflow.

    Parameters
    ----------
    x : tensor
    axis : int, sequence of int or None
        Not that of the samples of a symbolic tensor.

    Returns
    -------
    tensor of the shape of x
        Positive numbers that add up to 1.

    Raises
    ------
    ValueError
        If there is no such axis.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.softmax([0.0, 0.0])
    array([0.5, 0.5], dtype=float32)
    """
    x = known(x)
    if axis == -1 or axis == x.ndim - 1:
        return apply(SOFTMAX, x)
    if isinstance(axis, int):
        last, back = moved_last(x, axis_of("softmax", axis, x.ndim))
        return transpose(apply(SOFTMAX, last), back)
    return exp(subtract(x, logsumexp(x, axis, keepdims=True)))


def log_softmax(x: Any, axis: Any = -1) -> Any:
    """Return ``x - log(sum(exp(x)))`` over an axis, several or all: the logarithm of `softmax`, without underflow.

    Parameters
    ----------
    x : tensor
    axis : int or sequence of int, optional
        None: all.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.log_softmax([0.0, 1000.0])
    array([-1000.,     0.], dtype=float32)
    """
    x = known(x)
    return subtract(x, logsumexp(x, axis, keepdims=True))


def _sparsemax_gradient(y: Tensor, dy: Tensor) -> tuple[Tensor]:
    # Where y is above 0, what dy has more than its mean there; else 0.
    above = greater(y, 0.0)
    mean = divide(
        sum_last_axis(multiply(dy, above), keepdims=True), sum_last_axis(above, keepdims=True)
    )
    return (multiply(above, subtract(dy, mean)),)


_SPARSEMAX = Operation(
    "sparsemax",
    _softmax_shape,
    lambda y: Kernel("sparsemax", (y.inputs[0], y)),
    _sparsemax_gradient,
)


def sparsemax(x: Any, axis: int = -1) -> Any:
    """Return the nearest numbers to x, along an axis, that are not negative and add up to 1; many are 0.

    Parameters
    ----------
    x : tensor
    axis : int
        Not that of the samples of a symbolic tensor.

    Raises
    ------
    ValueError
        If there is no such axis.

    Notes
    -----
    Rows of Keras 3.15's add up to 1 only where one element is left.

    References
    ----------
    A. Martins, R. Astudillo: From softmax to sparsemax (2016).

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.sparsemax([1.0, 0.5, -1.0])
    array([0.75, 0.25, 0.  ], dtype=float32)
    """
    x = known(x)
    last, back = moved_last(x, axis_of("sparsemax", axis, x.ndim))
    return transpose(apply(_SPARSEMAX, last), back)


def _crossentropy_shape(logits: Tensor, target: Tensor, *, sparse: bool) -> Shape:
    # Where rows are not samples the axis is kept: the kernel's rows then hold one element, as it wants.
    rows = logits.shape[:-1] if rows_are_samples(logits) else (*logits.shape[:-1], 1)
    if target.shape != (rows if sparse else logits.shape):
        raise ValueError(
            f"cross-entropy: target of shape {target.shape} does not go with logits of shape {logits.shape}."
        )
    return rows


def _crossentropy_gradient(y: Tensor, dy: Tensor) -> tuple[Tensor | None, ...]:
    logits, target = y.inputs
    # The same softmax as the model's output, if that is what the logits go on to: lowering makes it once.
    probabilities = apply(SOFTMAX, logits)
    return apply(CROSSENTROPY_GRAD, dy, probabilities, target, sparse=y.attributes["sparse"]), None


_CROSSENTROPY = Operation(
    "softmax_crossentropy",
    _crossentropy_shape,
    lambda y: Kernel("softmax_crossentropy", (*y.inputs, y), (int(y.attributes["sparse"]),)),
    _crossentropy_gradient,
    by_sample=True,
)
CROSSENTROPY_GRAD = Operation(
    "softmax_crossentropy_grad",
    lambda dy, probabilities, target, *, sparse: probabilities.shape,
    lambda dx: Kernel(
        "softmax_crossentropy_grad", (*dx.inputs, dx), (int(dx.attributes["sparse"]),)
    ),
    by_sample=True,
)


def softmax_crossentropy(logits: Any, target: Any, sparse: bool) -> Any:
    """Return the cross-entropy between the target and ``softmax(logits)``, one number a row.

    Parameters
    ----------
    logits : tensor of shape (n, ..., classes)
    target : tensor
        Probabilities of shape (n, ..., classes), or with ``sparse`` class numbers of shape (n, ...). A class
        number out of range gives NaN.
    sparse : bool

    Returns
    -------
    tensor of shape (n, ...)

    Notes
    -----
    ``sum(target * (logsumexp(logits) - logits))``. Targets have no gradient.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.softmax_crossentropy([[0.0, 0.0]], [1], sparse=True).round(4)
    array([0.6931], dtype=float32)
    """
    if rows_are_samples(logits):
        return apply(_CROSSENTROPY, logits, target, sparse=sparse)
    return squeeze(
        apply(_CROSSENTROPY, logits, expand_dims(target, -1) if sparse else target, sparse=sparse),
        -1,
    )
