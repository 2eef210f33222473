"""`Dense`: the layer pymlp exists for."""

from __future__ import annotations

from typing import Any

from pymlp import ops
from pymlp.checks import whole
from pymlp.graph.tensor import Shape
from pymlp.layers.kernel_and_bias import KernelAndBias
from pymlp.layers.out_of_scope import refuse

__all__ = ["Dense"]


class Dense(KernelAndBias):
    """Compute ``activation(inputs @ kernel + bias)``.

    Parameters
    ----------
    units : int
        Length of the output's last axis.
    activation : str or callable, optional
        Default: none, that is linear.
    use_bias : bool
    kernel_initializer, bias_initializer : str, callable or Initializer
    kernel_regularizer, bias_regularizer, activity_regularizer : str, Regularizer or callable, optional
        Penalties on weights and outputs, added to the loss.
    kernel_constraint, bias_constraint : str, Constraint or callable, optional
        What weights are made to keep to after each step.
    lora_rank, lora_alpha, quantization_config
        Not supported: an error if they are asked for.
    **kwargs
        See `Layer`.

    Attributes
    ----------
    kernel : Variable of shape (fan_in, units)
    bias : Variable of shape (units,), or None

    Raises
    ------
    ValueError
        When `units` is not a whole number of at least 1, or called on inputs whose last axis is not `fan_in`
        long.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Dense(3, activation="relu", kernel_initializer="ones")
    >>> layer(np.array([[1.0, 2.0]]))
    array([[3., 3., 3.]], dtype=float32)
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: Any = None,
        lora_alpha: Any = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        refuse(
            self,
            lora_rank=lora_rank,
            lora_alpha=lora_alpha,
            quantization_config=quantization_config,
        )
        self.units = whole(f"Dense {self.name!r}", "units", units)
        self.use_bias = bool(use_bias)
        self.set_kernel_and_bias(
            activation,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )

    def check_input_shape(self, shape: Shape) -> None:
        fan_in = None if self.kernel is None else self.kernel.shape[0]
        if len(shape) >= 2 and shape[-1] is not None and fan_in in (None, shape[-1]):
            return
        expected = (
            "(batch_size, ..., features)" if fan_in is None else f"(batch_size, ..., {fan_in})"
        )
        remedy = "Add an axis of features: x.reshape(len(x), -1)."
        if len(shape) > 2:
            remedy = "Flatten the axes of a sample first: x.reshape(len(x), -1), or add Flatten() before this layer."
        elif len(shape) == 2:
            remedy = (
                "Give data with as many features as the layer was built for, or make a new layer."
            )
        raise ValueError(
            f"Dense {self.name!r} expected inputs of shape {expected}, received {shape}. {remedy}"
        )

    def build(self, input_shape: Shape) -> None:
        fan_in = input_shape[-1] or 0
        self.add_kernel_and_bias((fan_in, self.units), (self.units,) if self.use_bias else None)

    def call(self, inputs: Any) -> Any:
        # The activation is fused into the product when the graph is lowered.
        return self.activation(ops.dense(inputs, self.kernel, self.bias))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units, "use_bias": self.use_bias}
