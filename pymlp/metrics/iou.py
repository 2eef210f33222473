"""Intersection over union of the samples of a class and those predicted to be of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp import ops
from pymlp.config import epsilon, floatx
from pymlp.losses.shapes import as_float
from pymlp.metrics.counting import CountingMetric, expand_to, ratio
from pymlp.metrics.metric import check_room
from pymlp.ops import elementwise

__all__ = ["BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"]


class IoU(CountingMetric):
    """``true_positives / (true_positives + false_positives + false_negatives)``, the mean over some classes.

    Parameters
    ----------
    num_classes : int
    target_class_ids : sequence of int
        The classes of which the mean is taken, as far as they occur.
    name : str, optional
    dtype : {"float32", "float64"}, optional
    ignore_class : int, optional
        Samples of this class are left out, as are those of classes out of range.
    sparse_y_true, sparse_y_pred : bool
        Whether targets and predictions are class numbers; else rows over the classes, of which the greatest counts.
    axis : int
        That of the classes: the last.

    Raises
    ------
    ValueError
        If a target class is out of range, or for another axis.

    Notes
    -----
    Weights are numbers; Keras takes them for integers unless dtype is a float.

    Examples
    --------
    >>> from pymlp import metrics
    >>> round(metrics.IoU(num_classes=2, target_class_ids=[0])([0, 0, 1, 1], [0, 1, 0, 1]), 4)
    0.3333
    """

    _direction = "up"

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        who = type(self).__name__
        check_room(who, num_classes * num_classes)
        if max(target_class_ids, default=0) >= num_classes:
            raise ValueError(
                f"{who}: target_class_ids should be below num_classes={num_classes}, received {list(target_class_ids)}."
            )
        if axis != -1:
            raise ValueError(
                f"{who}: the axis of the classes should be -1, the last, received {axis!r}. Move it there first."
            )
        # "int", which Keras writes down, stands for the default.
        super().__init__(name, floatx() if dtype in (None, "int", "int32") else dtype)
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        self._allocate(num_classes, num_classes)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account.

        Parameters
        ----------
        y_true, y_pred : tensors or arrays
            Class numbers, or rows over the classes.
        sample_weight : tensor or array, optional
            One a sample, or one a class number.
        """
        y_true, y_pred = as_float(y_true, self.dtype), as_float(y_pred, self.dtype)
        y_true = (
            y_true if self.sparse_y_true else ops.cast(ops.argmax(y_true, axis=-1), y_true.dtype)
        )
        y_pred = (
            y_pred if self.sparse_y_pred else ops.cast(ops.argmax(y_pred, axis=-1), y_pred.dtype)
        )
        y_true, y_pred = _column(y_true), _column(y_pred)
        if y_true.shape != y_pred.shape:
            raise ValueError(
                f"{type(self).__name__} expected as many class numbers in y_true as in y_pred, received shapes "
                f"{y_true.shape} and {y_pred.shape}."
            )
        # Of classes out of range, whole numbers are made that are no place in the matrix.
        places = ops.add(ops.multiply(y_true, float(self.num_classes)), y_pred)
        for classes in (y_true, y_pred):
            places = ops.where(elementwise.less(classes, 0.0), -1.0, places)
            places = ops.where(elementwise.less(classes, float(self.num_classes)), places, -1.0)
        if self.ignore_class is not None:
            places = ops.where(elementwise.equal(y_true, float(self.ignore_class)), -1.0, places)
        weights = None
        if sample_weight is not None:
            weights = expand_to(_column(as_float(sample_weight, places.dtype)), places)
        self._count(places, weights)

    @property
    def total_cm(self) -> np.ndarray:
        """Weights by class of target (rows) and prediction (columns)."""
        return np.asarray(self.totals)

    def result(self) -> float:
        """Return the mean over the target classes that occur, since `reset_state`."""
        right = np.diag(self.totals)
        union = self.totals.sum(axis=0) + self.totals.sum(axis=1) - right
        right, union = right[self.target_class_ids], union[self.target_class_ids]
        occurs = union > 1e-9
        return float(ratio(right, union)[occurs].sum() / (occurs.sum() + epsilon()))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "target_class_ids": self.target_class_ids,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }

    def _config_without(self, *names: str) -> dict[str, Any]:
        return {key: value for key, value in IoU.get_config(self).items() if key not in names}


def _column(x: Any) -> Any:
    """Return (batch_size,) as (batch_size, 1)."""
    return ops.expand_dims(x, -1) if x.ndim == 1 else x


class BinaryIoU(IoU):
    """`IoU` of two classes, told apart by a threshold.

    Parameters
    ----------
    target_class_ids : sequence of int
        0, 1 or both.
    threshold : float
        A prediction of at least this is of class 1.
    name : str, optional
    dtype : {"float32", "float64"}, optional

    Examples
    --------
    >>> from pymlp import metrics
    >>> round(metrics.BinaryIoU(threshold=0.3)([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7]), 4)
    0.3333
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account; parameters as in `IoU.update_state`."""
        y_pred = elementwise.greater_equal(as_float(y_pred, self.dtype), self.threshold)
        super().update_state(y_true, y_pred, sample_weight)

    def get_config(self) -> dict[str, Any]:
        kept = self._config_without(
            "num_classes", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis"
        )
        return {**kept, "threshold": self.threshold}


class MeanIoU(IoU):
    """`IoU` of all classes.

    Parameters
    ----------
    num_classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis
        As in `IoU`.

    Examples
    --------
    >>> from pymlp import metrics
    >>> round(metrics.MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1]), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes,
            range(num_classes),
            name,
            dtype,
            ignore_class,
            sparse_y_true,
            sparse_y_pred,
            axis,
        )

    def get_config(self) -> dict[str, Any]:
        return self._config_without("target_class_ids")


class OneHotIoU(IoU):
    """`IoU` of one-hot targets.

    Parameters
    ----------
    num_classes, target_class_ids, name, dtype, ignore_class, sparse_y_pred, axis
        As in `IoU`.

    Examples
    --------
    >>> from pymlp import metrics
    >>> y_true, y_pred = [[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]]
    >>> round(metrics.OneHotIoU(num_classes=2, target_class_ids=[1])(y_true, y_pred), 4)
    0.5
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis
        )

    def get_config(self) -> dict[str, Any]:
        return self._config_without("sparse_y_true")


class OneHotMeanIoU(MeanIoU):
    """`IoU` of all classes, with one-hot targets.

    Parameters
    ----------
    num_classes, name, dtype, ignore_class, sparse_y_pred, axis
        As in `IoU`.

    Examples
    --------
    >>> from pymlp import metrics
    >>> y_true, y_pred = [[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]]
    >>> round(metrics.OneHotMeanIoU(num_classes=2)(y_true, y_pred), 4)
    0.25
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        return self._config_without("target_class_ids", "sparse_y_true")
