"""The circle loss: rows of one class near each other, those of others far apart."""

from __future__ import annotations

from typing import Any

from pymlp import ops
from pymlp.losses.registry import loss_function
from pymlp.losses.shapes import as_float, float_type
from pymlp.losses.targets import check_label_targets
from pymlp.losses.wrapper import LossFunctionWrapper
from pymlp.ops.pairs import circle_pairs

__all__ = ["Circle", "circle"]


def _above_zero(y_true: Any, y_pred: Any, values: Any, **arguments: Any) -> Any:
    return ops.cast(ops.greater(values, 0.0), values.dtype)


@loss_function(check_label_targets, mask=_above_zero)
def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Any:
    """Return ``log(1 + sum(exp(p)) * sum(exp(n)))`` of each row beside all rows of the batch.

    With d, 1 less the product of two rows and at least 0, ``p = -gamma * max(margin + d, 0) * (margin - d)`` for each
    row of the same class, and ``n = gamma * max(1 + margin - d, 0) * (1 - margin - d)`` for each of another.

    Parameters
    ----------
    y_true : tensor or array of shape (batch_size,) or (batch_size, 1)
        Class numbers.
    y_pred : tensor or array of shape (batch_size, n)
        Rows of length 1, as `pymlp.layers.UnitNormalization` makes them.
    ref_labels, ref_embeddings : tensors or arrays of shapes (m,) or (m, 1), and (m, n), optional
        Rows to be near to or far from, and their classes. Default: those of the batch.
    remove_diagonal : bool
        Whether a row is not put beside the one at its own place, if they are of one class: itself.
    gamma : float
        How steep the loss is.
    margin : float
        How far apart rows of one class may be, about.

    Returns
    -------
    tensor or array of shape (batch_size,)
        0 for a row that is alone with its class, or without any other.

    Raises
    ------
    ValueError
        If the shapes do not go together, or only one of the references is given.

    Notes
    -----
    In the mean, rows whose loss is 0 do not count, as in Keras. The pairs are those within one batch: a batch
    should hold several rows of a class. It takes time and no memory for each pair.

    References
    ----------
    Y. Sun et al., "Circle loss: a unified perspective of pair similarity optimization". CVPR 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> rows = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    >>> losses.circle(np.array([0, 0, 1]), rows, gamma=2.0).round(4)
    array([0.4518, 0.7763, 0.    ])
    """
    dtype = float_type(y_pred)
    x, label = as_float(y_pred, dtype), _column(y_true, dtype)
    if (ref_labels is None) != (ref_embeddings is None):
        raise ValueError("circle expected both ref_labels and ref_embeddings, or neither.")
    r, label_of_r = x, label
    if ref_embeddings is not None:
        r, label_of_r = as_float(ref_embeddings, dtype), _column(ref_labels, dtype)
    for rows, labels, what in ((x, label, "y"), (r, label_of_r, "ref")):
        if rows.ndim != 2 or labels.shape != (rows.shape[0], 1) or rows.shape[1] != x.shape[-1]:
            names = ("y_true", "y_pred") if what == "y" else ("ref_labels", "ref_embeddings")
            raise ValueError(
                f"circle expected {names[0]} of shape (batch_size,) and {names[1]} of shape (batch_size, n), received "
                f"{names[0]} of shape {labels.shape} and {names[1]} of shape {rows.shape}."
            )
    sums = circle_pairs(x, label, r, label_of_r, gamma, margin, remove_diagonal)
    return ops.softplus(ops.sum(sums, axis=-1))


def _column(labels: Any, dtype: str) -> Any:
    labels = as_float(labels, dtype)
    return ops.expand_dims(labels, -1) if labels.ndim == 1 else labels


class Circle(LossFunctionWrapper):
    """Rows of one class near each other, those of others far apart: see `pymlp.losses.circle`.

    Parameters
    ----------
    gamma, margin : float
    remove_diagonal : bool
    reduction, name, dtype
        As in `Loss`.

    References
    ----------
    Y. Sun et al., "Circle loss: a unified perspective of pair similarity optimization". CVPR 2020.

    Examples
    --------
    >>> from pymlp import losses
    >>> loss = losses.Circle(gamma=2.0)
    >>> round(float(loss([0, 0, 1], [[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])), 4)
    0.6141
    """

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "circle",
        dtype: str | None = None,
    ) -> None:
        super().__init__(
            circle,
            reduction,
            name,
            dtype,
            gamma=gamma,
            margin=margin,
            remove_diagonal=remove_diagonal,
        )
