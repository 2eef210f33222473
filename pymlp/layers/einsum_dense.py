"""`EinsumDense`: a dense layer over any axes, by an equation."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

from pymlp import ops
from pymlp.checks import is_whole
from pymlp.graph.tensor import Shape
from pymlp.initializers import VarianceScaling
from pymlp.layers.einsum_equation import Equation
from pymlp.layers.kernel_and_bias import KernelAndBias
from pymlp.layers.out_of_scope import refuse

__all__ = ["EinsumDense"]


class EinsumDense(KernelAndBias):
    """Compute ``activation(einsum(equation, inputs, kernel) + bias)``.

    Parameters
    ----------
    equation : str
        Of the form ``"ab,bc->ac"``, ``"...b,bc->...c"`` or ``"ab...,bc->ac..."``: the letters are axes of inputs,
        kernel and outputs; the inputs' first is that of the samples, what is not in the outputs is summed over.
    output_shape : int, or sequence of int or None
        Shape of the outputs, without the samples and without what ``...`` stands for. None for an axis that is as long
        as that of the inputs.
    activation : str or callable, optional
        Default: none, that is linear.
    bias_axes : str, optional
        The letters of those axes of the outputs that the bias has. Default: no bias.
    kernel_initializer, bias_initializer : str, callable or Initializer
        One that depends on the number of inputs and outputs counts what is summed over and what is in the outputs.
    kernel_regularizer, bias_regularizer : str, Regularizer or callable, optional
    kernel_constraint, bias_constraint : str, Constraint or callable, optional
    lora_rank, lora_alpha, gptq_unpacked_column_size, quantization_config
        Not supported: an error if they are asked for.
    **kwargs
        See `Layer`, `activity_regularizer` among them.

    Attributes
    ----------
    kernel : Variable, of the lengths that its letters have
    bias : Variable, of the lengths of the outputs' axes from its first one on, 1 where it has none; or None

    Raises
    ------
    ValueError
        If the equation has another form, or does not go with the shapes of inputs and outputs.

    Notes
    -----
    An equation in which inputs end in what is summed over, the kernel begins with it, and the outputs end in what the
    kernel adds is one fused product, like that of `Dense`, activation and bias included. Others turn axes first; where
    inputs, kernel and outputs share an axis there is no such product, and the terms are added up one by one.

    Examples
    --------
    >>> import numpy as np
    >>> layer = EinsumDense("abc,cd->abd", output_shape=(None, 2), bias_axes="d", kernel_initializer="ones")
    >>> layer(np.arange(6.0).reshape(1, 2, 3))
    array([[[ 3.,  3.],
            [12., 12.]]], dtype=float32)
    >>> layer.kernel.shape, layer.bias.shape
    ((3, 2), (2,))
    """

    def __init__(
        self,
        equation: str,
        output_shape: int | Sequence[int | None],
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: Any = None,
        lora_alpha: Any = None,
        gptq_unpacked_column_size: Any = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        refuse(
            self,
            lora_rank=lora_rank,
            lora_alpha=lora_alpha,
            gptq_unpacked_column_size=gptq_unpacked_column_size,
            quantization_config=quantization_config,
        )
        if not isinstance(equation, str):
            raise ValueError(
                f"{self._label}: equation should be a string such as 'ab,bc->ac', received {equation!r}."
            )
        if bias_axes is not None and not isinstance(bias_axes, str):
            raise ValueError(
                f"{self._label}: bias_axes should be a string of letters, or None, received {bias_axes!r}."
            )
        self.equation = equation
        self.partial_output_shape = self._checked(output_shape)
        self.bias_axes = bias_axes
        self.set_kernel_and_bias(
            activation,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )

    @property
    def _label(self) -> str:
        return f"EinsumDense {self.name!r}"

    def _checked(self, output_shape: Any) -> tuple[int | None, ...]:
        given = (output_shape,) if isinstance(output_shape, Integral) else output_shape
        whole = isinstance(given, Sequence) and all(n is None or is_whole(n) for n in given)
        if not whole or isinstance(given, str):
            raise ValueError(
                f"{self._label}: output_shape should be a whole number of at least 1, or a sequence of such and of "
                f"None; received {output_shape!r}."
            )
        return tuple(None if n is None else int(n) for n in given)

    def _equation_for(self, shape: Shape) -> Equation:
        return Equation.of(
            self._label, self.equation, self.bias_axes, shape, self.partial_output_shape
        )

    def check_input_shape(self, shape: Shape) -> None:
        wanted = self._equation_for(shape)
        if self.kernel is None:
            return
        built_for = self._build_shape
        same_axes = built_for is None or len(built_for) == len(shape)
        same_bias = self.bias is None or self.bias.shape == wanted.bias_shape
        if self.kernel.shape != wanted.kernel_shape or not same_bias or not same_axes:
            raise ValueError(
                f"{self._label} was built for inputs of shape {built_for}, received {shape}. Give data of as many axes "
                "and features, or make a new layer."
            )

    def build(self, input_shape: Shape) -> None:
        wanted = self._equation_for(input_shape)
        initializer = self.kernel_initializer
        if isinstance(initializer, VarianceScaling) and (
            initializer.input_axes is None or initializer.output_axes is None
        ):
            axes = {"input_axes": wanted.input_axes, "output_axes": wanted.output_axes}
            config = {**initializer.get_config(), "seed": initializer.seed, **axes}
            initializer = type(initializer).from_config(config)
        self.add_kernel_and_bias(wanted.kernel_shape, wanted.bias_shape, initializer)

    def call(self, inputs: Any) -> Any:
        product, bias = self._equation_for(tuple(inputs.shape)).product, self.bias
        if product is None:
            outputs = ops.einsum(self.equation.replace(" ", ""), inputs, self.kernel)
        else:
            rows = ops.reshape(inputs, (*product.kept, product.k))
            kernel = ops.reshape(self.kernel, (product.k, product.n))
            fused = None
            if product.has_bias and bias is not None:
                fused, bias = ops.reshape(bias, (product.n,)), None
            outputs = ops.dense(rows, kernel, fused)
            outputs = ops.reshape(outputs, (*product.kept, *product.new))
        if bias is not None:
            outputs = ops.add(outputs, bias)
        return self.activation(outputs)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "equation": self.equation,
            "output_shape": self.partial_output_shape,
            "bias_axes": self.bias_axes,
        }
