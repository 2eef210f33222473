"""`Flatten`: every sample as one row."""

from __future__ import annotations

import math
from typing import Any

from pymlp import ops
from pymlp.graph.tensor import Tensor
from pymlp.layers.layer import Layer

__all__ = ["Flatten"]


class Flatten(Layer):
    """Turn inputs of shape (batch, d1, d2, ...) into (batch, d1 * d2 * ...).

    Parameters
    ----------
    data_format : {"channels_last", "channels_first"}, optional
        With "channels_first" the second axis is moved to the end before flattening, as in Keras.
    **kwargs
        See `Layer`; ``input_shape=[28, 28]`` lets it be the first layer of a `Sequential`.

    Examples
    --------
    >>> import numpy as np
    >>> Flatten()(np.zeros((2, 28, 28))).shape
    (2, 784)
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if data_format not in (None, "channels_last", "channels_first"):
            raise ValueError(
                f"Flatten {self.name!r}: data_format should be 'channels_last' or 'channels_first', "
                f"received {data_format!r}."
            )
        self.data_format = data_format or "channels_last"

    def call(self, inputs: Any) -> Any:
        if self.data_format == "channels_first" and inputs.ndim > 2:
            inputs = ops.transpose(inputs, (0, *range(2, inputs.ndim), 1))
        if isinstance(inputs, Tensor):
            return ops.reshape(
                inputs, (None, math.prod(n for n in inputs.shape[1:] if n is not None))
            )
        return inputs.reshape(len(inputs), math.prod(inputs.shape[1:]))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format}
