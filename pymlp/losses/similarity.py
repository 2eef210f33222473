"""Losses of the overlap of two vectors or sets: cosine, Dice, Tversky."""

from __future__ import annotations

from typing import Any

from pymlp import ops
from pymlp.config import epsilon
from pymlp.losses.registry import loss_function
from pymlp.losses.shapes import matched
from pymlp.losses.targets import check_elementwise_targets
from pymlp.losses.wrapper import LossFunctionWrapper

__all__ = [
    "CosineSimilarity",
    "Dice",
    "Tversky",
    "cosine_of_angle",
    "cosine_similarity",
    "dice",
    "tversky",
]


def cosine_of_angle(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Return the cosine of the angle between vectors along an axis; 0 next to a vector of zeros."""
    y_true, y_pred = matched("cosine_similarity", y_true, y_pred)
    return ops.sum(ops.multiply(_unit(y_true, axis), _unit(y_pred, axis)), axis=axis)


def _unit(x: Any, axis: int) -> Any:
    # A vector shorter than epsilon is divided by epsilon; raising the square keeps the gradient at 0 finite.
    squares = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return ops.divide(x, ops.sqrt(ops.maximum(squares, epsilon() ** 2)))


@loss_function(check_elementwise_targets)
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Return minus the cosine of the angle between y_true and y_pred: -1 if they point the same way.

    Parameters
    ----------
    y_true, y_pred : tensors or arrays of the same shape
    axis : int
        Along which the vectors lie. Vectors shorter than `pymlp.config.epsilon` are not stretched to length 1.

    Returns
    -------
    tensor or array without that axis

    Raises
    ------
    ValueError
        If the shapes differ by more than a last axis of length 1.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> losses.cosine_similarity(np.array([[1.0, 0.0]]), np.array([[3.0, 4.0]])).round(4)
    array([-0.6])
    """
    return ops.negative(cosine_of_angle(y_true, y_pred, axis))


@loss_function(check_elementwise_targets)
def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Any:
    """Return ``1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred) + epsilon)``.

    Parameters
    ----------
    y_true, y_pred : tensors or arrays of the same shape
        Numbers from 0 to 1.
    axis : int or sequence of int, optional
        Along which to add up. None: over all, samples too, which gives one number a batch.

    Returns
    -------
    tensor or array without those axes

    Raises
    ------
    ValueError
        If the shapes differ by more than a last axis of length 1.

    References
    ----------
    L. R. Dice, "Measures of the amount of ecologic association between species", Ecology 26 (1945).

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> float(losses.dice(np.array([[1.0, 1.0, 0.0]]), np.array([[1.0, 0.5, 0.5]])).round(4))
    0.25
    """
    y_true, y_pred = matched("dice", y_true, y_pred)
    both = ops.multiply(ops.sum(ops.multiply(y_true, y_pred), axis=axis), 2.0)
    size = ops.add(ops.sum(y_true, axis=axis), ops.sum(y_pred, axis=axis))
    return ops.subtract(1.0, ops.divide(both, ops.add(size, epsilon())))


@loss_function(check_elementwise_targets)
def tversky(
    y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None
) -> Any:
    """Return ``1 - both / (both + alpha * missed + beta * wrong + epsilon)``.

    With ``both = sum(y_true * y_pred)``, ``missed = sum(y_true * (1 - y_pred))`` and
    ``wrong = sum((1 - y_true) * y_pred)``.

    Parameters
    ----------
    y_true, y_pred : tensors or arrays of the same shape
        Numbers from 0 to 1.
    alpha, beta : float
        Weights of what is missed and of what is wrong; 1/2 for both gives `dice`.
    axis : int or sequence of int, optional
        Along which to add up. None: over all, samples too, which gives one number a batch.

    Returns
    -------
    tensor or array without those axes

    Raises
    ------
    ValueError
        If the shapes differ by more than a last axis of length 1.

    References
    ----------
    S. S. M. Salehi, D. Erdogmus and A. Gholipour, "Tversky loss function for image segmentation using 3D fully
    convolutional deep networks", MLMI (2017).

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses
    >>> float(losses.tversky(np.array([[1.0, 1.0, 0.0]]), np.array([[1.0, 0.5, 0.5]])).round(4))
    0.25
    """
    y_true, y_pred = matched("tversky", y_true, y_pred)
    both = ops.sum(ops.multiply(y_true, y_pred), axis=axis)
    missed = ops.sum(ops.multiply(y_true, ops.subtract(1.0, y_pred)), axis=axis)
    wrong = ops.sum(ops.multiply(ops.subtract(1.0, y_true), y_pred), axis=axis)
    others = ops.add(ops.multiply(missed, alpha), ops.multiply(wrong, beta))
    return ops.subtract(1.0, ops.divide(both, ops.add(ops.add(both, others), epsilon())))


class CosineSimilarity(LossFunctionWrapper):
    """Minus the cosine of the angle between target and prediction: see `pymlp.losses.cosine_similarity`.

    Parameters
    ----------
    axis
        As in `pymlp.losses.cosine_similarity`. It is in the configuration, where Keras leaves it out.
    reduction, name, dtype
        As in `Loss`.

    Examples
    --------
    >>> from pymlp import losses
    >>> round(float(losses.CosineSimilarity()([[1.0, 0.0]], [[3.0, 4.0]])), 4)
    -0.6
    """

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: str | None = None,
    ) -> None:
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)


class Dice(LossFunctionWrapper):
    """One less the overlap of target and prediction: see `pymlp.losses.dice`.

    Parameters
    ----------
    reduction, name, dtype
        As in `Loss`.
    axis
        As in `pymlp.losses.dice`.

    Examples
    --------
    >>> from pymlp import losses
    >>> round(float(losses.Dice()([[1.0, 1.0, 0.0]], [[1.0, 0.5, 0.5]])), 4)
    0.25
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Any = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(dice, reduction, name, dtype, axis=axis)


class Tversky(LossFunctionWrapper):
    """One less the overlap, with weights for either error: see `pymlp.losses.tversky`.

    Parameters
    ----------
    alpha, beta
        As in `pymlp.losses.tversky`.
    reduction, name, dtype
        As in `Loss`.
    axis
        As in `pymlp.losses.tversky`.

    Examples
    --------
    >>> from pymlp import losses
    >>> round(float(losses.Tversky(alpha=0.0)([[1.0, 1.0, 0.0]], [[1.0, 0.5, 0.5]])), 4)
    0.1429
    """

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Any = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)
