"""Normalising columns by statistics of the batch. Kernels: csrc/kernels/norm.inc.c."""

from __future__ import annotations

from typing import Any

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.axes import moved_last, transpose
from pymlp.ops.elementwise import add, divide, multiply, negative, sqrt
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.samples import batch_size
from pymlp.ops.shaping import sum_to_shape
from pymlp.ops.values import axis_of, known


def _column_shape(x: Tensor, *_: Tensor) -> Shape:
    if x.ndim < 2:
        raise ValueError(
            f"normalisation by columns needs an axis besides the samples, got shape {x.shape}."
        )
    return x.shape[-1:]


def _rows(x: Tensor) -> Any:
    """Return the number of rows of the matrix of x."""
    inner = 1.0
    for n in x.shape[:-1]:
        inner *= 1 if n is None else n
    return multiply(batch_size(x), inner) if None in x.shape else inner


def _column_operation(name: str, gradient: Any) -> Operation:
    return Operation(
        name,
        _column_shape,
        lambda y: Kernel(name, (*y.inputs, y), share="columns"),
        gradient,
    )


def _mean_gradient(y: Tensor, dy: Tensor) -> tuple[Any]:
    from pymlp.ops.shaping import broadcast_to

    (x,) = y.inputs
    return (broadcast_to(divide(dy, _rows(x)), x.shape),)


def _variance_gradient(y: Tensor, dy: Tensor) -> tuple[Any, ...]:
    x, mean = y.inputs
    # The mean is that of x: around it the gradient with respect to the mean is 0.
    return multiply(add(x, negative(mean)), divide(multiply(dy, 2.0), _rows(x))), None


_MEAN = _column_operation("column_mean", _mean_gradient)
_VARIANCE = _column_operation("column_variance", _variance_gradient)


def column_moments(x: Any) -> tuple[Any, Any]:
    """Return (mean, variance) of each column, over all axes but the last."""
    mean = apply(_MEAN, x)
    return mean, apply(_VARIANCE, x, mean)


def _columns(y: Tensor) -> tuple[Tensor | None, ...]:
    """Return x, mean, variance, gamma and beta, None where left out."""
    x, mean, variance, *rest = y.inputs
    gamma = rest.pop(0) if y.attributes["scaled"] else None
    return x, mean, variance, gamma, rest[0] if rest else None


def _batch_norm_gradient(y: Tensor, dy: Tensor) -> tuple[Any, ...]:
    x, mean, variance, gamma, beta = _columns(y)
    assert x is not None
    assert mean is not None
    assert variance is not None
    epsilon, own = y.attributes["epsilon"], y.attributes["own"]
    dbeta = sum_to_shape(dy, mean.shape)
    dgamma = apply(_DGAMMA, dy, x, mean, variance, epsilon=epsilon)
    if own:
        inputs = (dy, x, mean, variance, *(() if gamma is None else (gamma,)), dbeta, dgamma)
        dx = apply(_DX, *inputs, epsilon=epsilon, scaled=gamma is not None)
        found: list[Any] = [dx, None, None]
    else:
        root = sqrt(add(variance, epsilon))
        scale = divide(1.0 if gamma is None else gamma, root)
        dvariance = multiply(multiply(dgamma, divide(scale, root)), -0.5)
        found = [multiply(dy, scale), negative(multiply(dbeta, scale)), dvariance]
    return (*found, *([] if gamma is None else [dgamma]), *([] if beta is None else [dbeta]))


def _batch_norm_kernel(y: Tensor) -> Kernel:
    return Kernel(
        "batch_norm", (*_columns(y), y), numbers=(y.attributes["epsilon"],), share="columns"
    )


def _dx_kernel(dx: Tensor) -> Kernel:
    dy, x, mean, variance, *rest = dx.inputs
    gamma = rest.pop(0) if dx.attributes["scaled"] else None
    operands = (dy, x, mean, variance, gamma, *rest, dx)
    return Kernel("batch_norm_dx", operands, numbers=(dx.attributes["epsilon"],), share="columns")


_BATCH_NORM = Operation(
    "batch_norm", lambda x, *_, **__: x.shape, _batch_norm_kernel, _batch_norm_gradient
)
_DGAMMA = Operation(
    "batch_norm_dgamma",
    lambda dy, x, mean, *_, **__: mean.shape,
    lambda y: Kernel(
        "batch_norm_dgamma", (*y.inputs, y), numbers=(y.attributes["epsilon"],), share="columns"
    ),
)
_DX = Operation("batch_norm_dx", lambda dy, *_, **__: dy.shape, _dx_kernel)


_MOVING_AVERAGE = Operation(
    "moving_average",
    lambda moving, *_, **__: moving.shape,
    lambda y: Kernel(
        "moving_average", (*y.inputs, y), numbers=(y.attributes["momentum"],), share="columns"
    ),
    lambda y, dy: (
        multiply(dy, y.attributes["momentum"]),
        multiply(dy, 1.0 - y.attributes["momentum"]),
    ),
)


def moving_average(moving: Any, found: Any, momentum: float) -> Any:
    """Return ``moving * momentum + found * (1 - momentum)``, of shape (n,)."""
    return apply(_MOVING_AVERAGE, moving, found, momentum=float(momentum))


def normalize_columns(
    x: Any, mean: Any, variance: Any, beta: Any, gamma: Any, epsilon: float, own: bool
) -> Any:
    """Return ``(x - mean) * gamma / sqrt(variance + epsilon) + beta``, column by column.

    `own` says that mean and variance are those of x itself: the gradient of x then goes through them, too.
    """
    inputs = [
        x,
        mean,
        variance,
        *([] if gamma is None else [gamma]),
        *([] if beta is None else [beta]),
    ]
    return apply(_BATCH_NORM, *inputs, epsilon=float(epsilon), scaled=gamma is not None, own=own)


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> Any:
    """Return ``(x - mean) / sqrt(variance + epsilon) * scale + offset``, along an axis.

    Parameters
    ----------
    x : tensor
    mean, variance : tensor of shape (n,)
        n is the length of the axis.
    axis : int
    offset, scale : tensor of shape (n,), optional
    epsilon : float

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.batch_normalization([[1.0, 2.0]], [1.0, 1.0], [1.0, 4.0], axis=-1, epsilon=0.0)
    array([[0. , 0.5]], dtype=float32)
    """
    x = known(x)
    last, back = moved_last(x, axis_of("batch_normalization", axis, x.ndim))
    y = normalize_columns(last, mean, variance, offset, scale, epsilon, own=False)
    return transpose(y, back)
