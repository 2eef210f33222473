"""Layers that scale features: `Rescaling` by given numbers, `Normalization` by what data has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pymlp import ops
from pymlp.config import epsilon
from pymlp.graph.tensor import Shape
from pymlp.layers.layer import Layer
from pymlp.layers.on_arrays import batches_of
from pymlp.variables import Variable

__all__ = ["Normalization", "Rescaling"]


class Rescaling(Layer):
    """Return ``inputs * scale + offset``.

    Parameters
    ----------
    scale, offset : float or sequence of float
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> Rescaling(0.25, offset=-1.0)(np.array([[0, 2, 8]]))
    array([[-1. , -0.5,  1. ]], dtype=float32)
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale
        self.offset = offset

    def call(self, inputs: Any) -> Any:
        scale, offset = (np.asarray(n, self.dtype) for n in (self.scale, self.offset))
        return ops.add(ops.multiply(inputs, scale), offset)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale, "offset": self.offset}


class Normalization(Layer):
    """Shift and scale features to mean 0 and variance 1 by the data's own mean and variance.

    ``(x - mean) / max(sqrt(variance), epsilon)``; with `invert` the way back.

    Parameters
    ----------
    axis : int, sequence of int, or None
        The axes along which each place has a mean and a variance of its own; None: one of each for all.
    mean, variance : float or array, optional
        Instead of `adapt`.
    invert : bool
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        If only one of mean and variance is given, or an axis is not there.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Normalization()
    >>> layer.adapt(np.array([[1.0], [3.0]]))
    >>> layer(np.array([[1.0], [2.0]]))
    array([[-1.],
           [ 0.]], dtype=float32)
    """

    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        label = f"Normalization {self.name!r}"
        if (mean is None) != (variance is None):
            raise ValueError(
                f"{label}: give both mean and variance, or neither; received {mean} and {variance}."
            )
        if mean is not None and np.shape(mean) != np.shape(variance):
            raise ValueError(
                f"{label}: mean and variance should have one shape, received {np.shape(mean)} and {np.shape(variance)}."
            )
        self.axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        self.input_mean = mean
        self.input_variance = variance
        self.invert = bool(invert)
        self.adapt_mean: Variable | None = None
        self.adapt_variance: Variable | None = None
        self.count: Variable | None = None

    def check_input_shape(self, shape: Shape) -> None:
        label = f"Normalization {self.name!r}"
        if any(not -len(shape) <= a < len(shape) or a % len(shape) == 0 for a in self.axis):
            raise ValueError(
                f"{label}: axis={self.axis} should name axes of a sample, received shape {shape}."
            )
        if self.built and any(shape[a] != self._build_shape[a] for a in self.axis):
            raise ValueError(
                f"{label} expected inputs of shape {self._build_shape}, received {shape}."
            )

    def _kept(self, ndim: int) -> list[int]:
        return sorted(a % ndim for a in self.axis)

    def build(self, input_shape: Shape) -> None:
        if self.input_mean is not None:
            return
        shape = [input_shape[a] or 0 for a in self._kept(len(input_shape))]
        self.adapt_mean = self.add_weight(shape, "zeros", trainable=False, name="mean")
        self.adapt_variance = self.add_weight(shape, "ones", trainable=False, name="variance")
        # Files of Keras have it; it counts nothing there, either.
        self.count = self.add_weight((), np.zeros, dtype="int32", trainable=False, name="count")

    def adapt(self, data: Any) -> None:
        """Take mean and variance from data: an array of samples, a table, or an iterable of such arrays.

        Raises
        ------
        ValueError
            If there is no sample, or they have other lengths than the layer was built for.
        """
        if self.input_mean is not None:
            raise ValueError(
                f"Normalization {self.name!r} was given mean and variance: there is nothing to adapt."
            )
        arrays = [np.asarray(batch, np.float64) for batch in batches_of(data, None)]
        if not arrays or not sum(len(a) for a in arrays):
            raise ValueError(f"Normalization {self.name!r}: adapt needs at least one sample.")
        arrays = [a[:, None] if a.ndim == 1 else a for a in arrays]
        self.ensure_built((None, *arrays[0].shape[1:]))
        assert self.adapt_mean is not None
        assert self.adapt_variance is not None
        ndim = arrays[0].ndim
        reduced = tuple(a for a in range(ndim) if a not in self._kept(ndim))
        counts = [a.size / max(self.adapt_mean.size, 1) for a in arrays]
        mean = sum(a.sum(reduced) for a in arrays) / sum(counts)
        centre = mean.reshape(self._shape_beside(arrays[0].shape))
        variance = sum(((a - centre) ** 2).sum(reduced) for a in arrays) / sum(counts)
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(variance)

    @property
    def mean(self) -> np.ndarray:
        """The mean, of shape (1, ...) beside inputs; known once the layer is built."""
        return self._beside_inputs("mean", self.input_mean, self.adapt_mean)

    @property
    def variance(self) -> np.ndarray:
        """The variance, of shape (1, ...) beside inputs; known once the layer is built."""
        return self._beside_inputs("variance", self.input_variance, self.adapt_variance)

    def _beside_inputs(self, name: str, given: Any, adapted: Variable | None) -> np.ndarray:
        if not self.built:
            raise AttributeError(
                f"Normalization {self.name!r} has no {name} yet: adapt it, or call build(input_shape)."
            )
        values = np.asarray(given, self.dtype) if adapted is None else adapted.numpy()
        shape = (1, *self._shape_beside(self._build_shape))
        return np.broadcast_to(values.reshape(shape) if values.size > 1 else values, shape)

    def _shape_beside(self, shape: Any) -> tuple[int, ...]:
        """Return the shape of mean and variance that goes with inputs of that shape."""
        kept = self._kept(len(shape))
        return tuple(int(n) if a in kept else 1 for a, n in enumerate(shape) if a >= 1 or a in kept)

    def _given(self, value: Any, shape: Any) -> Any:
        array = np.asarray(value, self.dtype)
        if array.ndim < len(self.axis) or array.ndim == 0:
            return array
        return array.reshape(self._shape_beside(shape)) if array.ndim == len(self.axis) else array

    def call(self, inputs: Any) -> Any:
        mean: Any
        variance: Any
        if self.input_mean is not None:
            mean = self._given(self.input_mean, inputs.shape)
            variance = self._given(self.input_variance, inputs.shape)
        else:
            beside = self._shape_beside(inputs.shape)
            mean, variance = (
                ops.reshape(v, beside) for v in (self.adapt_mean, self.adapt_variance)
            )
        deviation = ops.maximum(ops.sqrt(variance), epsilon())
        if self.invert:
            return ops.add(mean, ops.multiply(inputs, deviation))
        return ops.divide(ops.subtract(inputs, mean), deviation)

    def get_config(self) -> dict[str, Any]:
        def plain(value: Any) -> Any:
            return None if value is None else np.asarray(value).tolist()

        return {
            **super().get_config(),
            "axis": self.axis,
            "invert": self.invert,
            "mean": plain(self.input_mean),
            "variance": plain(self.input_variance),
        }
