"""The base of all losses: values per sample, weighted and reduced to one number."""

from __future__ import annotations

from typing import Any

from pymlp import ops
from pymlp.config import check_float_type, floatx
from pymlp.graph.tensor import Shape, Tensor
from pymlp.losses.shapes import as_float, float_type, same_rank
from pymlp.losses.targets import check_any_targets
from pymlp.naming import auto_name, to_snake_case
from pymlp.ops import elementwise

__all__ = ["Loss", "masked_weights", "reduce_weighted", "weighted"]

_REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)


class Loss:
    """Base of the losses. Derive from it, and define ``call(y_true, y_pred)``.

    Parameters
    ----------
    name : str, optional
    reduction : str or None
        What becomes of the values of the samples: ``"sum_over_batch_size"`` or ``"mean"`` gives
        their mean, ``"sum"`` their sum, ``"mean_with_sample_weight"`` their sum over that of the
        weights, ``"none"`` or None the values themselves.
    dtype : {"float32", "float64"}, optional
        The type that arrays are converted to (default: `pymlp.config.floatx`). While a model is
        traced, the type of its output counts.

    Raises
    ------
    ValueError
        For an unknown reduction.

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp import losses, ops
    >>> class MeanFourthPower(losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return ops.mean(ops.square(ops.square(y_pred - y_true)), axis=-1)
    >>> float(MeanFourthPower()(np.zeros((2, 1)), np.array([[1.0], [2.0]])))
    8.5
    """

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: str | None = None,
    ) -> None:
        self.name = name or auto_name(to_snake_case(type(self).__name__))
        self.reduction = check_reduction(reduction)
        self._dtype = check_float_type(dtype or floatx(), self.name)

    @property
    def dtype(self) -> str:
        """The type that arrays are converted to."""
        return self._dtype

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of every sample.

        Parameters
        ----------
        y_true, y_pred : tensors of shape (batch_size, ...)

        Returns
        -------
        tensor of shape (batch_size, ...)
        """
        raise NotImplementedError(f"{type(self).__name__} does not define call(y_true, y_pred).")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the loss, reduced over samples.

        Parameters
        ----------
        y_true, y_pred : tensors or arrays
            Target and prediction.
        sample_weight : tensor or array of shape (batch_size,) or that of the values, optional
            What each sample's value is multiplied by.
        """
        y_true, y_pred = as_float(y_true, self.dtype), as_float(y_pred, self.dtype)
        values = self.call(y_true, y_pred)
        mask = self.mask(y_true, y_pred, values)
        return reduce_weighted(values, sample_weight, self.reduction, mask, self.name)

    def mask(self, y_true: Any, y_pred: Any, values: Any) -> Any:
        """Return 1 for every value that counts and 0 for what is left out, or None if all count.

        A mean is then taken over what counts. `values` is what `call` returned.
        """
        return None

    def check_targets(self, y: Any, output_shape: Shape, *, output_name: str) -> None:
        """Raise ValueError if the array `y` cannot be the targets of an output.

        Parameters
        ----------
        y : ndarray
            All targets. A memory-mapped array is read part by part.
        output_shape : tuple
            Shape of the output, None standing for the number of samples.
        output_name : str
            Name of the layer that makes the output.
        """
        check_any_targets(y, output_shape, output_name=output_name)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make a loss like this one."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """Return the loss that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name} reduction={self.reduction}>"


def check_reduction(reduction: str | None) -> str | None:
    """Return `reduction` if it is one, else raise ValueError."""
    if reduction not in _REDUCTIONS:
        known = ", ".join(repr(r) for r in _REDUCTIONS)
        raise ValueError(f"A loss expected reduction to be one of {known}; received {reduction!r}.")
    return reduction


def weighted(values: Any, sample_weight: Any, name: str = "A loss") -> tuple[Any, Any]:
    """Return ``values * weights``, and the weights in the shape they were multiplied in; `name` is for messages."""
    given = as_float(sample_weight, values.dtype)
    values, weights = same_rank(values, given)
    if 1 <= weights.ndim < values.ndim:
        # One weight a sample: meant for every element of it. (NumPy would align the last axes.)
        for _ in range(values.ndim - weights.ndim):
            weights = ops.expand_dims(weights, -1)
    try:
        return ops.multiply(values, weights), weights
    except ValueError as error:
        raise ValueError(
            f"{name} has values of shape {values.shape}, which sample_weight of shape {tuple(given.shape)} does "
            "not go with. Give one weight a sample, or one for each of the values."
        ) from error


def masked_weights(
    mask: Any, sample_weight: Any = None, reduction: str | None = "sum_over_batch_size"
) -> Any:
    """Return sample weights that are 0 where the mask is, so that a mean is one over what is left."""
    if reduction in ("mean", "sum_over_batch_size"):
        share = ops.mean(mask)
        none = elementwise.equal(share, 0.0)
        mask = ops.multiply(mask, ops.divide(1.0, ops.where(none, 1.0, share)))
    return mask if sample_weight is None else weighted(mask, sample_weight)[0]


def reduce_weighted(
    values: Any,
    sample_weight: Any = None,
    reduction: str | None = "sum_over_batch_size",
    mask: Any = None,
    name: str = "A loss",
) -> Any:
    """Return the values times the weights, reduced.

    Parameters
    ----------
    values : tensor or array of shape (batch_size, ...)
    sample_weight : tensor or array, optional
    reduction : str or None
        As in `Loss`.
    mask : tensor or array of the shape of the values, optional
        As `Loss.mask` returns it.
    name : str
        For messages.

    Notes
    -----
    ``"sum_over_batch_size"`` divides by the number of values, whatever the weights add up to, as
    Keras does.
    """
    values = as_float(values, float_type(values))
    weights = None
    if mask is not None:
        sample_weight = masked_weights(mask, sample_weight, reduction)
    if sample_weight is not None:
        values, weights = weighted(values, sample_weight, name)
    if reduction in (None, "none") or values.shape in ((), (0,)):
        return values
    if reduction == "sum":
        return ops.sum(values)
    if reduction == "mean_with_sample_weight" and weights is not None:
        total = ops.sum(weights)
        empty = elementwise.equal(total, 0.0)
        # The division is by 1 where it does not count, so that its gradient stays finite too.
        ratio = ops.divide(ops.sum(values), ops.where(empty, 1.0, total))
        return ops.where(empty, 0.0, ratio)
    if not isinstance(values, Tensor) and values.size == 0:
        return ops.sum(values)
    return ops.mean(values)
