"""`KernelAndBias`: what the dense layers have in common, a kernel, a bias and an activation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymlp import activations, constraints, initializers, regularizers
from pymlp.layers.layer import Layer
from pymlp.variables import Variable

__all__ = ["KernelAndBias"]


class KernelAndBias(Layer):
    """A layer with a kernel and, where it is asked for, a bias.

    Attributes
    ----------
    kernel : Variable, or None before the layer is built
    bias : Variable, or None
    """

    def set_kernel_and_bias(self, activation: Any, **rules: Any) -> None:
        """Keep the activation, and the arguments that say what the weights are made by and kept to."""
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(rules["kernel_initializer"])
        self.bias_initializer = initializers.get(rules["bias_initializer"])
        self.kernel_regularizer = regularizers.get(rules["kernel_regularizer"])
        self.bias_regularizer = regularizers.get(rules["bias_regularizer"])
        self.kernel_constraint = constraints.get(rules["kernel_constraint"])
        self.bias_constraint = constraints.get(rules["bias_constraint"])
        self.kernel: Variable | None = None
        self.bias: Variable | None = None

    def add_kernel_and_bias(
        self, kernel_shape: Sequence[int], bias_shape: Sequence[int] | None, initializer: Any = None
    ) -> None:
        """Make the weights, in Keras's order; `initializer` is the kernel's, if it is not `kernel_initializer`."""
        self.kernel = self.add_weight(
            kernel_shape,
            initializer or self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        if bias_shape is not None:
            self.bias = self.add_weight(
                bias_shape,
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "activation": activations.serialize(self.activation),
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
        }
