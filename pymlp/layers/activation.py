"""Activations as layers: `Activation`, `ReLU`, `LeakyReLU`, `ELU`, `Softmax`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymlp import activations, ops
from pymlp.graph.tensor import Shape
from pymlp.layers.layer import Layer

__all__ = ["ELU", "Activation", "LeakyReLU", "ReLU", "Softmax"]


class Activation(Layer):
    """Apply an activation function.

    Parameters
    ----------
    activation : str or callable

    Examples
    --------
    >>> import numpy as np
    >>> Activation("relu")(np.array([[-1.0, 2.0]]))
    array([[0., 2.]], dtype=float32)
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": activations.serialize(self.activation)}


class ReLU(Layer):
    """Compute ``max(x, 0)``, or Keras's generalisation of it.

    ``max_value`` where x >= max_value; x where threshold < x < max_value; else
    ``negative_slope * (x - threshold)``.

    Parameters
    ----------
    max_value : float, optional
    negative_slope, threshold : float

    Raises
    ------
    ValueError
        If one of them is below 0.

    References
    ----------
    Nair, Hinton: "Rectified linear units improve restricted Boltzmann machines". ICML 2010.

    Examples
    --------
    >>> import numpy as np
    >>> ReLU(max_value=3.0, negative_slope=0.5)(np.array([[-2.0, 1.0, 5.0]]))
    array([[-1.,  1.,  3.]], dtype=float32)
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if max_value is not None:
            max_value = _at_least_zero(max_value, "max_value", self)
        self.max_value = max_value
        self.negative_slope = _at_least_zero(negative_slope, "negative_slope", self)
        self.threshold = _at_least_zero(threshold, "threshold", self)

    def call(self, inputs: Any) -> Any:
        return activations.relu(
            inputs,
            negative_slope=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }


class LeakyReLU(Layer):
    """Compute x where positive, ``negative_slope * x`` elsewhere.

    Parameters
    ----------
    negative_slope : float
        0.3 here and 0.2 in the function of that name, as in Keras.

    Raises
    ------
    ValueError
        If `negative_slope` is None.

    References
    ----------
    Maas, Hannun, Ng: "Rectifier nonlinearities improve neural network acoustic models". ICML 2013.

    Examples
    --------
    >>> import numpy as np
    >>> LeakyReLU(negative_slope=0.5)(np.array([[-2.0, 1.0]]))
    array([[-1.,  1.]], dtype=float32)
    """

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        if "alpha" in kwargs:  # the argument's name in Keras 2
            negative_slope = kwargs.pop("alpha")
        super().__init__(**kwargs)
        if negative_slope is None:
            raise ValueError(
                f"LeakyReLU {self.name!r}: negative_slope should be a number, received None."
            )
        self.negative_slope = float(negative_slope)

    def call(self, inputs: Any) -> Any:
        return activations.leaky_relu(inputs, negative_slope=self.negative_slope)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "negative_slope": self.negative_slope}


class ELU(Layer):
    """Compute x where positive, ``alpha * (e ** x - 1)`` elsewhere.

    Parameters
    ----------
    alpha : float

    References
    ----------
    Clevert, Unterthiner, Hochreiter: "Fast and accurate deep network learning by exponential linear units". ICLR 2016.

    Examples
    --------
    >>> import numpy as np
    >>> ELU(alpha=2.0)(np.array([[-np.log(2.0), 1.0]]))
    array([[-1.,  1.]], dtype=float32)
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = float(alpha)

    def call(self, inputs: Any) -> Any:
        return activations.elu(inputs, alpha=self.alpha)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha}


class Softmax(Layer):
    """Compute ``exp(x) / sum(exp(x))`` over an axis, or over several together.

    Parameters
    ----------
    axis : int or sequence of int
        That of the classes; not that of the samples.
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        If an axis is not there, or a mask does not go with the inputs.

    Notes
    -----
    Called with a ``mask``, of a shape that broadcasts to that of the inputs, places where it is False, or at most 0.5,
    count as -1e9, and their outputs are 0.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Softmax()
    >>> layer(np.array([[1.0, 1.0, 5.0]]), mask=np.array([[True, True, False]]))
    array([[0.5, 0.5, 0. ]], dtype=float32)
    """

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis if isinstance(axis, int) else tuple(axis)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        kept = None
        if mask is not None:
            kept = self._kept(tuple(inputs.shape), mask)
            inputs = ops.where(kept, inputs, -1e9)
        one = isinstance(self.axis, tuple) and len(self.axis) == 1
        outputs = ops.softmax(inputs, self.axis[0] if one else self.axis)  # type: ignore[index]
        return outputs if kept is None else ops.where(kept, outputs, 0.0)

    def _kept(self, shape: Shape, mask: Any) -> Any:
        own = tuple(mask.shape)
        fits = len(own) <= len(shape) and all(
            a in (1, None, b) or b is None for a, b in zip(own[::-1], shape[::-1], strict=False)
        )
        if not fits:
            raise ValueError(
                f"Softmax {self.name!r}: a mask of shape {own} does not broadcast to inputs of shape {shape}."
            )
        return ops.greater(mask, 0.5)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


def _at_least_zero(value: Any, argument: str, layer: Layer) -> float:
    if value is None or float(value) < 0:
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r}: {argument} should be a number of at least 0, "
            f"received {value!r}."
        )
    return float(value)
