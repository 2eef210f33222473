"""Normalising columns by statistics of the batch, and rows by their own. Kernels: csrc/kernels/norm.inc.c."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymlp.config import epsilon as default_epsilon
from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.elementwise import abs, add, divide, maximum, multiply, negative, sqrt, square
from pymlp.ops.movement import axis_of, known, moved_last, transpose
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.reduction import batch_size, sum
from pymlp.ops.shaping import reshape, sum_to_shape
from pymlp.ops.statistics import max as greatest
from pymlp.ops.statistics import moments

# ---- by columns ---------------------------------------------------------------------------------------


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
    """
    x = known(x)
    last, back = moved_last(x, axis_of("batch_normalization", axis, x.ndim))
    y = normalize_columns(last, mean, variance, offset, scale, epsilon, own=False)
    return transpose(y, back)


# ---- by rows --------------------------------------------------------------------------------------------


def _row_norm_kernel(y: Tensor) -> Kernel:
    a = y.attributes
    return Kernel("row_norm", (*y.inputs, y), (int(a["centered"]),), (a["epsilon"],))


_ROW_NORM = Operation(
    "row_norm",
    lambda x, **_: x.shape,
    _row_norm_kernel,
    lambda y, dy: (apply(_ROW_NORM_DX, dy, y.inputs[0], y, **y.attributes),),
)
_ROW_NORM_DX: Operation = Operation(
    "row_norm_dx",
    lambda dy, *_, **__: dy.shape,
    lambda y: Kernel(
        "row_norm_dx", (*y.inputs, y), (int(y.attributes["centered"]),), (y.attributes["epsilon"],)
    ),
)


def normalize_rows(x: Any, epsilon: float, centered: bool = True) -> Any:
    """Return ``(x - mean) / sqrt(mean of (x - mean)**2 + epsilon)`` over the last axis; mean is 0 unless `centered`."""
    return apply(_ROW_NORM, x, epsilon=float(epsilon), centered=centered)


def normalize_axes(x: Any, axes: Sequence[int], epsilon: float, centered: bool = True) -> Any:
    """Return x normalised over axes together."""
    x = known(x)
    kept = [i for i in range(x.ndim) if i not in axes]
    order = [*kept, *axes]
    moved = transpose(x, order)
    merged = 1
    for axis in axes:
        if x.shape[axis] is None:
            raise ValueError(
                f"normalisation over axes {list(axes)} of shape {x.shape} would mix samples."
            )
        merged *= x.shape[axis]
    rows = reshape(moved, (*(x.shape[i] for i in kept), merged))
    y = reshape(normalize_rows(rows, epsilon, centered), tuple(moved.shape))
    return transpose(y, [order.index(i) for i in range(x.ndim)])


def _along(vector: Any, axes: Sequence[int], ndim: int) -> Any:
    """Return gamma or beta in a shape that goes with axes of x."""
    lengths = iter(vector.shape)
    return reshape(vector, tuple(next(lengths) if i in axes else 1 for i in range(axes[0], ndim)))


def layer_normalization(
    x: Any,
    gamma: Any = None,
    beta: Any = None,
    axis: int | Sequence[int] = -1,
    epsilon: float | None = None,
    **kwargs: Any,
) -> Any:
    """Return x normalised over axes, times gamma, plus beta.

    Parameters
    ----------
    x : tensor
    gamma, beta : tensor of the lengths of the axes, optional
    axis : int or sequence of int
    epsilon : float, optional
        Default: `pymlp.config.epsilon`.
    """
    scaling = kwargs.pop("rms_scaling", False)
    if kwargs:
        raise TypeError(f"layer_normalization: unknown arguments {sorted(kwargs)}.")
    epsilon = default_epsilon() if epsilon is None else epsilon
    x = known(x)
    axes = sorted(
        {
            axis_of("layer_normalization", a, x.ndim)
            for a in ([axis] if isinstance(axis, int) else axis)
        }
    )
    if scaling:
        _, variance = moments(x, axes, keepdims=True)
        y = divide(x, sqrt(add(variance, epsilon)))
        return y if gamma is None else multiply(y, _along(gamma, axes, x.ndim))
    y = normalize_axes(x, axes, epsilon)
    if gamma is not None:
        y = multiply(y, _along(gamma, axes, x.ndim))
    return y if beta is None else add(y, _along(beta, axes, x.ndim))


def rms_normalization(
    x: Any, scale: Any = None, axis: int | Sequence[int] = -1, epsilon: float | None = None
) -> Any:
    """Return ``x / sqrt(mean(x**2) + epsilon) * scale`` over axes; epsilon is `pymlp.config.epsilon` by default."""
    x = known(x)
    axes = sorted(
        {
            axis_of("rms_normalization", a, x.ndim)
            for a in ([axis] if isinstance(axis, int) else axis)
        }
    )
    y = normalize_axes(x, axes, default_epsilon() if epsilon is None else epsilon, centered=False)
    return y if scale is None else multiply(y, _along(scale, axes, x.ndim))


def normalize(
    x: Any, axis: int | Sequence[int] = -1, order: Any = 2, epsilon: float | None = None
) -> Any:
    """Return x divided by its norm over an axis, or by `epsilon` where that is larger.

    Parameters
    ----------
    x : tensor
    axis : int or sequence of int
    order : {1, 2, "inf"}
        The sum of magnitudes, the length, or the greatest magnitude.
    epsilon : float, optional
        Default: `pymlp.config.epsilon`.
    """
    x = known(x)
    least = default_epsilon() if epsilon is None else epsilon
    if order == 2:
        norm = sqrt(maximum(sum(square(x), axis, keepdims=True), least**2))
    elif order == 1:
        norm = maximum(sum(abs(x), axis, keepdims=True), least)
    elif order in ("inf", float("inf")):
        norm = maximum(greatest(abs(x), axis, keepdims=True), least)
    else:
        raise NotImplementedError(
            f"normalize: order={order!r} is not supported, only 1, 2 and 'inf'."
        )
    return divide(x, norm)
