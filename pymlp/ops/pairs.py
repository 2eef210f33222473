"""Every row of a batch beside every other: no tensor has that shape, so the circle loss sums in one operation."""

from __future__ import annotations

from typing import Any

from pymlp.graph.tensor import Shape, Tensor
from pymlp.ops.operation import Kernel, Operation, apply

__all__ = ["circle_pairs"]


def _shape(x: Tensor, label: Tensor, r: Tensor, label_of_r: Tensor, **attributes: Any) -> Shape:
    widths = {x.shape[-1:], r.shape[-1:]}
    columns = label.shape == (*x.shape[:-1], 1) and label_of_r.shape == (*r.shape[:-1], 1)
    if x.ndim != 2 or r.ndim != 2 or len(widths) > 1 or not columns:
        raise ValueError(
            f"circle_pairs: rows of shapes {x.shape} and {r.shape} do not go together, or not with labels of shapes "
            f"{label.shape} and {label_of_r.shape}."
        )
    return (x.shape[0], 2)


def _kernel(name: str, y: Tensor) -> Kernel:
    said = y.attributes
    numbers = (said["gamma"], said["margin"])
    return Kernel(name, (*y.inputs, y), (int(said["remove_diagonal"]),), numbers, "all")


def _gradient(y: Tensor, dy: Tensor) -> tuple[Tensor | None, ...]:
    operands = (dy, y, *y.inputs)
    dx, dr = (apply(op, *operands, **y.attributes) for op in (_DX, _DR))
    return dx, None, dr, None


def _operation(name: str, shape: Any, gradient: Any = None) -> Operation:
    return Operation(name, shape, lambda y: _kernel(name, y), gradient, joins_samples=True)


_PAIRS = _operation("circle_pairs", _shape, _gradient)
_DX = _operation("circle_pairs_dx", lambda *x, **_: x[2].shape)
_DR = _operation("circle_pairs_dr", lambda *x, **_: x[4].shape)


def circle_pairs(
    x: Any, label: Any, r: Any, label_of_r: Any, gamma: float, margin: float, remove_diagonal: bool
) -> Any:
    """Return, of each row of x, the logs of two sums over the rows of r: those with its label, and the others.

    Parameters
    ----------
    x : tensor of shape (n, d)
    label : tensor of shape (n, 1)
    r : tensor of shape (m, d)
        May be x itself.
    label_of_r : tensor of shape (m, 1)
    gamma, margin : float
    remove_diagonal : bool
        Whether a row is no pair with the one of r at its own place, where they have one label.

    Returns
    -------
    tensor of shape (n, 2)
        ``log(sum(exp(a)))``, minus infinity where there is no pair. With ``d = max(1 - x @ r, 0)``, a is
        ``gamma * max(margin + d, 0) * (d - margin)`` for pairs of one label, and
        ``gamma * max(1 + margin - d, 0) * (1 - margin - d)`` for others.
    """
    return apply(
        _PAIRS,
        x,
        label,
        r,
        label_of_r,
        gamma=float(gamma),
        margin=float(margin),
        remove_diagonal=bool(remove_diagonal),
    )
