"""Layers that normalise each sample by itself: `LayerNormalization` and its kin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymlp import ops
from pymlp.graph.tensor import Shape
from pymlp.layers.layer import Layer
from pymlp.layers.shift_and_scale import ShiftAndScale
from pymlp.ops.axes import moved_last, transpose
from pymlp.ops.normalization import normalize_axes
from pymlp.ops.values import axis_of
from pymlp.variables import Variable

__all__ = ["GroupNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization"]


def _axes_of(layer: Layer, axis: Any) -> Any:
    """Return an axis, or a list of axes, or raise TypeError."""
    if isinstance(axis, (list, tuple)):
        return list(axis)
    if isinstance(axis, int) and not isinstance(axis, bool):
        return axis
    raise TypeError(
        f"{type(layer).__name__} {layer.name!r}: axis should be a whole number or a list of them, received {axis!r}."
    )


class LayerNormalization(ShiftAndScale):
    """Shift and scale each sample to mean 0 and variance 1, then by learnt vectors.

    ``(x - mean) / sqrt(variance + epsilon) * gamma + beta``, mean and variance over `axis`.

    Parameters
    ----------
    axis : int or sequence of int
        The axes that are normalised together; gamma and beta have their lengths.
    epsilon : float
    center : bool
        Whether there is a beta.
    scale : bool
        Whether there is a gamma.
    beta_initializer, gamma_initializer
    beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint : str, object or callable, optional
    **kwargs
        See `Layer`.

    References
    ----------
    Ba, Kiros, Hinton: "Layer normalization". 2016.

    Examples
    --------
    >>> import numpy as np
    >>> LayerNormalization()(np.array([[1.0, 3.0]])).round(3)
    array([[-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        rms_scaling = bool(kwargs.pop("rms_scaling", False))
        super().__init__(**kwargs)
        self.set_shift_and_scale(
            center,
            scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )
        self.axis = _axes_of(self, axis)
        self.epsilon = float(epsilon)
        self.rms_scaling = rms_scaling

    def build(self, input_shape: Shape) -> None:
        axes = [self.axis] if isinstance(self.axis, int) else sorted(self.axis)
        self.axis = axes
        shape = [input_shape[axis] or 0 for axis in axes]
        rms = self.rms_scaling
        self.add_shift_and_scale(shape, self.center and not rms, self.scale or rms)

    def check_input_shape(self, shape: Shape) -> None:
        _check_samples(self, self.axis, shape)

    def call(self, inputs: Any) -> Any:
        return ops.layer_normalization(
            inputs, self.gamma, self.beta, self.axis, self.epsilon, rms_scaling=self.rms_scaling
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": self.axis,
            "epsilon": self.epsilon,
            "rms_scaling": self.rms_scaling,
        }


class RMSNormalization(Layer):
    """Scale each sample to a mean square of 1, then by a learnt vector.

    ``x / sqrt(mean(x**2) + epsilon) * scale``, the mean over `axis`.

    Parameters
    ----------
    axis : int or sequence of int
    epsilon : float
    **kwargs
        See `Layer`.

    References
    ----------
    Zhang, Sennrich: "Root mean square layer normalization". NeurIPS 2019.

    Examples
    --------
    >>> import numpy as np
    >>> RMSNormalization()(np.array([[3.0, -3.0]])).round(3)
    array([[ 1., -1.]], dtype=float32)
    """

    def __init__(
        self, axis: int | Sequence[int] = -1, epsilon: float = 1e-6, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.axis = _axes_of(self, axis)
        self.epsilon = float(epsilon)
        self.scale: Variable | None = None

    def build(self, input_shape: Shape) -> None:
        axes = [self.axis] if isinstance(self.axis, int) else sorted(self.axis)
        self.axis = axes
        self.scale = self.add_weight([input_shape[a] or 0 for a in axes], "ones", name="scale")

    def check_input_shape(self, shape: Shape) -> None:
        _check_samples(self, self.axis, shape)

    def call(self, inputs: Any) -> Any:
        return ops.rms_normalization(inputs, self.scale, self.axis, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon}


class GroupNormalization(ShiftAndScale):
    """Normalise groups of features of each sample, then shift and scale by learnt vectors.

    Parameters
    ----------
    groups : int
        How many; a divisor of the number of features. -1: as many as features.
    axis : int
        The axis of features.
    epsilon : float
    center, scale : bool
        Whether there is a beta, a gamma.
    beta_initializer, gamma_initializer
    beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint : str, object or callable, optional
    **kwargs
        See `Layer`.

    References
    ----------
    Wu, He: "Group normalization". ECCV 2018.

    Examples
    --------
    >>> import numpy as np
    >>> GroupNormalization(groups=2)(np.array([[1.0, 3.0, 10.0, 30.0]])).round(3)
    array([[-1.,  1., -1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.set_shift_and_scale(
            center,
            scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )
        self.groups = int(groups)
        self.axis = int(axis)
        self.epsilon = float(epsilon)

    def check_input_shape(self, shape: Shape) -> None:
        _check_samples(self, self.axis, shape)
        features = shape[self.axis] or 0
        groups = features if self.groups == -1 else self.groups
        if groups < 1 or features % groups:
            raise ValueError(
                f"GroupNormalization {self.name!r}: groups={self.groups} should divide the number of features, "
                f"which is {features} along axis {self.axis} of {shape}."
            )

    def build(self, input_shape: Shape) -> None:
        features = input_shape[self.axis] or 0
        if self.groups == -1:
            self.groups = features
        self.add_shift_and_scale((features,), self.center, self.scale)

    def call(self, inputs: Any) -> Any:
        x, back = moved_last(inputs, axis_of(self.name, self.axis, len(inputs.shape)))
        batch, *others, features = x.shape
        grouped = ops.reshape(x, (batch, *others, self.groups, features // self.groups))
        axes = [i for i in range(1, len(grouped.shape)) if i != len(grouped.shape) - 2]
        y = ops.reshape(normalize_axes(grouped, axes, self.epsilon), tuple(x.shape))
        if self.gamma is not None:
            y = ops.multiply(y, self.gamma)
        if self.beta is not None:
            y = ops.add(y, self.beta)
        return transpose(y, back)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "groups": self.groups,
            "axis": self.axis,
            "epsilon": self.epsilon,
        }


class UnitNormalization(Layer):
    """Scale each sample to length 1 over an axis, or several.

    Parameters
    ----------
    axis : int or sequence of int
    **kwargs
        See `Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> UnitNormalization()(np.array([[3.0, 4.0]]))
    array([[0.6, 0.8]], dtype=float32)
    """

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = _axes_of(self, axis)

    def check_input_shape(self, shape: Shape) -> None:
        _check_samples(self, self.axis, shape)

    def call(self, inputs: Any) -> Any:
        return ops.normalize(inputs, axis=self.axis, order=2, epsilon=1e-12)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


def _check_samples(layer: Any, axis: Any, shape: Shape) -> None:
    """Raise ValueError if axes are not there, would mix samples, or have other lengths than weights were made for."""
    for a in [axis] if isinstance(axis, int) else axis:
        if not -len(shape) <= a < len(shape) or a % len(shape) == 0:
            raise ValueError(
                f"{type(layer).__name__} {layer.name!r}: axis={axis} should name axes of a sample, received inputs of "
                f"shape {shape}."
            )
    if layer.built and layer.weights and shape[1:] != layer._build_shape[1:]:
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r} expected inputs of shape {layer._build_shape}, received {shape}."
        )
