"""Arrays as data: inputs, targets and weights, one row a sample, never copied if it can be helped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol, TypeVar

import numpy as np

from pymlp._engine.core import is_readable
from pymlp.data.tables import is_table, table_to_array
from pymlp.graph.tensor import Shape

__all__ = ["SampleForm", "Samples", "as_array", "class_weights_to_sample_weights", "split_off"]


def as_array(value: Any, argument: str, where: str) -> np.ndarray:
    """Return data as an array that the engine can gather from.

    Any strides and any real type are taken as they are; other byte orders and 80-bit floats are converted.

    Parameters
    ----------
    value : array-like of numbers or booleans
        Samples along the first axis.
    argument, where : str
        For messages: ``"x"``, ``"fit"``.

    Raises
    ------
    ValueError
        If it is not numbers, is ragged, has no axis of samples, or has no samples.
    """
    if value is None:
        raise ValueError(f"{where}: {argument} is missing: an array with one row a sample.")
    if type(value) is not np.ndarray:
        value = _as_array_like(value, argument, where)
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{where}: {argument} cannot be made an array ({error}). Are its rows of equal length?"
        ) from error
    if array.dtype.kind not in "fiub":
        raise ValueError(
            f"{where}: {argument} should hold numbers or booleans, received an array of {array.dtype}. "
            "Convert it first, for example by numpy.asarray(..., dtype='float32')."
        )
    if array.ndim < 1:
        raise ValueError(
            f"{where}: {argument} should have an axis of samples, received the single number {array}."
        )
    if len(array) == 0:
        raise ValueError(f"{where}: {argument} is empty: its shape is {array.shape}.")
    if not is_readable(array):
        if array.ndim > 8:
            array = array.reshape(len(array), -1)
        else:
            array = array.astype(
                "float64" if array.dtype.kind == "f" else array.dtype.newbyteorder("=")
            )
    return array


def _as_array_like(value: Any, argument: str, where: str) -> Any:
    """Return something that NumPy makes an array of in the place of another library's table or tensor."""
    if hasattr(value, "collect") and not hasattr(value, "shape"):
        raise ValueError(
            f"{where}: {argument} is a {type(value).__name__}, which holds no data yet: give {argument}.collect()."
        )
    if hasattr(value, "detach") and hasattr(value, "numpy"):  # PyTorch's
        return value.detach().cpu().numpy()
    return table_to_array(value, argument, where) if is_table(value) else value


@dataclass(frozen=True)
class SampleForm:
    """Which targets and weights samples have: what a program that is run on them depends on.

    Attributes
    ----------
    targets : tuple of (tuple or None)
        For each output of a model the shape of its targets, None standing for the samples; None if it has none.
    weights : tuple of (tuple or None)
        Likewise the shape of the sample weights.
    """

    targets: tuple[Shape | None, ...] = ()
    weights: tuple[Shape | None, ...] = ()


@dataclass(frozen=True)
class Samples:
    """Inputs, targets and weights of the same samples.

    Attributes
    ----------
    x : tuple of ndarray of shape (n, ...)
        One for each input of a model.
    y : tuple of (ndarray of shape (n, ...) or None)
        One for each output, or none at all.
    sample_weight : tuple of (ndarray of shape (n, ...) or None)
        Likewise.
    """

    x: tuple[np.ndarray, ...]
    y: tuple[np.ndarray | None, ...] = ()
    sample_weight: tuple[np.ndarray | None, ...] = ()

    @classmethod
    def of(cls, x: Any, y: Any, sample_weight: Any, where: str) -> Samples:
        """Return checked samples.

        Parameters
        ----------
        x, y, sample_weight : dict
            From what messages call them to the values; or one value.
        where : str
            For messages.
        """
        inputs = {
            label: as_array(value, label, where) for label, value in _labelled("x", x).items()
        }
        first_label, first = next(iter(inputs.items()))
        targets = {
            label: None if value is None else as_array(value, label, where)
            for label, value in _labelled("y", y).items()
        }
        for label, array in {**inputs, **targets}.items():
            if array is not None and len(array) != len(first):
                raise ValueError(
                    f"{where}: {first_label} has {len(first)} samples and {label} has {len(array)}; they should be "
                    "the same samples."
                )
        weights = tuple(
            None if value is None else _weights(value, label, len(first), where)
            for label, value in _labelled("sample_weight", sample_weight).items()
        )
        return cls(
            tuple(inputs.values()), tuple(targets.values()), weights or (None,) * len(targets)
        )

    def __len__(self) -> int:
        return len(self.x[0])

    @property
    def form(self) -> SampleForm:
        """Which targets and weights there are."""

        def shapes(arrays: tuple[np.ndarray | None, ...]) -> tuple[Shape | None, ...]:
            return tuple(None if a is None else (None, *a.shape[1:]) for a in arrays)

        return SampleForm(shapes(self.y), shapes(self.sample_weight))

    @property
    def arrays(self) -> list[np.ndarray]:
        """Those of x, y and sample_weight that there are."""
        return [a for a in (*self.x, *self.y, *self.sample_weight) if a is not None]

    def __getitem__(self, rows: slice) -> Samples:
        def part(arrays: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(None if array is None else array[rows] for array in arrays)

        return Samples(part(self.x), part(self.y), part(self.sample_weight))


def _labelled(label: str, value: Any) -> dict[str, Any]:
    return (
        value
        if isinstance(value, dict)
        else {}
        if value is None and label != "x"
        else {label: value}
    )


def _weights(value: Any, label: str, rows: int, where: str) -> np.ndarray:
    weights = as_array(value, label, where)
    if len(weights) != rows:
        raise ValueError(
            f"{where}: {label} should have shape ({rows},), one number a sample, received {weights.shape}. Numbers "
            "for each of a loss's values have further axes."
        )
    if not np.isfinite(weights).all():
        raise ValueError(f"{where}: {label} holds NaN or infinity.")
    return weights


class _Rows(Protocol):
    """Samples that parts can be taken of."""

    def __len__(self) -> int: ...
    def __getitem__(self, rows: slice) -> Any: ...


_SomeRows = TypeVar("_SomeRows", bound=_Rows)


def split_off(samples: _SomeRows, validation_split: float) -> tuple[_SomeRows, _SomeRows]:
    """Return (the first part, the last part) of samples, the last being that fraction of them.

    Raises
    ------
    ValueError
        If the fraction is not within (0, 1), or a part would be empty.
    """
    if not isinstance(validation_split, Real) or not 0 < validation_split < 1:
        raise ValueError(
            f"fit: validation_split should be a number between 0 and 1, received {validation_split!r}."
        )
    first = int(np.floor(len(samples) * (1.0 - float(validation_split))))
    if first == 0 or first == len(samples):
        raise ValueError(
            f"fit: {len(samples)} samples cannot be split by validation_split={validation_split}: one part would "
            "be empty. Give validation_data instead, or another fraction."
        )
    return samples[:first], samples[first:]


def class_weights_to_sample_weights(
    y: np.ndarray, class_weight: Mapping[int, float], where: str = "fit"
) -> np.ndarray:
    """Return the weight of each sample's class; classes that are not named weigh 1.

    Parameters
    ----------
    y : ndarray of shape (n,) or (n, 1) of class numbers, or (n, classes) of one-hot rows
    class_weight : mapping of class number to weight
    where : str
        For messages.
    """
    if not isinstance(class_weight, Mapping):
        raise ValueError(
            f"{where}: class_weight should be a dict of class numbers to weights, received {class_weight!r}."
        )
    if y.ndim > 2:
        raise ValueError(
            f"{where}: class_weight needs y of one or two axes, received shape {y.shape}."
        )
    classes = np.argmax(y, axis=-1) if y.ndim == 2 and y.shape[1] != 1 else y.reshape(len(y))
    classes = np.round(classes).astype(np.int64)
    weights = np.ones(len(y))
    for number, weight in class_weight.items():
        try:
            chosen, value = int(number), float(weight)
        except (TypeError, ValueError):
            chosen, value = 0, np.nan
        if not np.isfinite(value):
            raise ValueError(
                f"{where}: class_weight should map class numbers to finite weights, received "
                f"{number!r}: {weight!r}."
            )
        weights[classes == chosen] = value
    return weights
