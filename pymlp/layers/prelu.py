"""`PReLU`: a leaky ReLU that learns its slopes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymlp import constraints, initializers, ops, regularizers
from pymlp.graph.tensor import Shape
from pymlp.layers.layer import Layer
from pymlp.variables import Variable

__all__ = ["PReLU"]


class PReLU(Layer):
    """Compute x where positive, ``alpha * x`` elsewhere, with a learned alpha for every element of a sample.

    Parameters
    ----------
    alpha_initializer : str, callable or Initializer
    alpha_regularizer, alpha_constraint : str, object or callable, optional
        A penalty on alpha that is added to the loss; what it is made to keep to after each step.
    shared_axes : sequence of int, optional
        Axes along which elements share an alpha; the batch is axis 0.

    Attributes
    ----------
    alpha : Variable, of the shape of a sample with 1 for shared axes

    References
    ----------
    He, Zhang, Ren, Sun (2015), "Delving deep into rectifiers", section 2.1.

    Examples
    --------
    >>> import numpy as np
    >>> PReLU(alpha_initializer="ones")(np.array([[-1.0, 2.0]]))
    array([[-1.,  2.]], dtype=float32)
    """

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Sequence[int] | int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        if shared_axes is None:
            self.shared_axes = None
        else:
            self.shared_axes = [shared_axes] if isinstance(shared_axes, int) else list(shared_axes)
        self.alpha: Variable | None = None

    def check_input_shape(self, shape: Shape) -> None:
        if self._build_shape is not None and shape[1:] != self._build_shape[1:]:
            raise ValueError(
                f"PReLU {self.name!r} expected inputs of shape {self._build_shape}, received {shape}."
            )

    def build(self, input_shape: Shape) -> None:
        shape = [1 if n is None else n for n in input_shape[1:]]
        for axis in self.shared_axes or ():
            if not 1 <= axis < len(input_shape):
                raise ValueError(
                    f"PReLU {self.name!r}: shared_axes should be within 1 ... {len(input_shape) - 1}, "
                    f"received {self.shared_axes}."
                )
            shape[axis - 1] = 1
        self.alpha = self.add_weight(
            shape,
            self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
            name="alpha",
        )

    def call(self, inputs: Any) -> Any:
        positive = ops.relu(inputs)
        return ops.subtract(positive, ops.multiply(self.alpha, ops.relu(ops.negative(inputs))))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "alpha_initializer": initializers.serialize(self.alpha_initializer),
            "alpha_regularizer": regularizers.serialize(self.alpha_regularizer),
            "alpha_constraint": constraints.serialize(self.alpha_constraint),
            "shared_axes": self.shared_axes,
        }
