"""Softmax and sparsemax over the last axis, and cross-entropy on logits."""

from __future__ import annotations

from typing import Any

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.elementwise import divide, greater, multiply, subtract
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.reduction import rows_are_samples, sum_last_axis
from pymlp.ops.shaping import expand_dims, squeeze


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


def softmax(x: Any) -> Any:
    """Return ``exp(x) / sum(exp(x))`` over the last axis, without overflow."""
    return apply(SOFTMAX, x)


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


def sparsemax(x: Any) -> Any:
    """Return the nearest numbers to x, along the last axis, that are not negative and add up to 1.

    References
    ----------
    A. Martins, R. Astudillo: From softmax to sparsemax (2016).
    """
    return apply(_SPARSEMAX, x)


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
    probabilities = softmax(logits)
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
    """
    if rows_are_samples(logits):
        return apply(_CROSSENTROPY, logits, target, sparse=sparse)
    return squeeze(
        apply(_CROSSENTROPY, logits, expand_dims(target, -1) if sparse else target, sparse=sparse),
        -1,
    )
