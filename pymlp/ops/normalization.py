"""Normalising rows by statistics of their own. Kernels: csrc/kernels/norm.inc.c."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymlp.config import epsilon as default_epsilon
from pymlp.graph.tensor import Tensor
from pymlp.ops.averaging import moments
from pymlp.ops.axes import transpose
from pymlp.ops.elementwise import abs, add, divide, maximum, multiply, sqrt, square
from pymlp.ops.extremes import max as greatest
from pymlp.ops.operation import Kernel, Operation, apply
from pymlp.ops.reduction import sum
from pymlp.ops.shaping import reshape
from pymlp.ops.values import axis_of, known


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
        Not that of the samples of a symbolic tensor.
    epsilon : float, optional
        Default: `pymlp.config.epsilon`.
    **kwargs
        ``rms_scaling=True`` divides by ``sqrt(variance + epsilon)`` without taking the mean off, and adds no beta.

    Raises
    ------
    TypeError
        For other arguments.

    References
    ----------
    J. L. Ba, J. R. Kiros, G. E. Hinton: Layer normalization (2016).

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.layer_normalization([[1.0, 2.0, 3.0]], epsilon=0.0).round(4)
    array([[-1.2247,  0.    ,  1.2247]], dtype=float32)
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
    """Return ``x / sqrt(mean(x**2) + epsilon) * scale``, the mean being over axes.

    Parameters
    ----------
    x : tensor
    scale : tensor of the lengths of the axes, optional
    axis : int or sequence of int
        Not that of the samples of a symbolic tensor.
    epsilon : float, optional
        Default: `pymlp.config.epsilon`.

    References
    ----------
    B. Zhang, R. Sennrich: Root mean square layer normalization (2019).

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.rms_normalization([[3.0, 4.0]], epsilon=0.0).round(4)
    array([[0.8485, 1.1314]], dtype=float32)
    """
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

    Raises
    ------
    NotImplementedError
        For another order.

    Examples
    --------
    >>> from pymlp import ops
    >>> ops.normalize([[3.0, 4.0]])
    array([[0.6, 0.8]], dtype=float32)
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
