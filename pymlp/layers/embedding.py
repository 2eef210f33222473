"""`Embedding`: whole numbers to vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from pymlp import constraints, initializers, ops, regularizers
from pymlp.checks import whole
from pymlp.graph.tensor import Shape
from pymlp.layers.layer import Layer
from pymlp.layers.out_of_scope import refuse
from pymlp.variables import Variable

__all__ = ["Embedding"]


class Embedding(Layer):
    """Turn whole numbers from 0 to ``input_dim - 1`` into vectors that are learnt.

    Parameters
    ----------
    input_dim : int
        How many numbers there are.
    output_dim : int
        Length of the vectors.
    embeddings_initializer : str, callable or Initializer
    embeddings_regularizer, embeddings_constraint : str, object or callable, optional
    mask_zero, lora_rank, lora_alpha, quantization_config
        Not supported: an error if they are asked for.
    weights : array or list of one array, optional
        What the table holds at first.
    **kwargs
        See `Layer`.

    Attributes
    ----------
    embeddings : Variable of shape (input_dim, output_dim)

    Notes
    -----
    A number out of range gives NaN. Inputs of shape (batch, ...) give outputs of shape (batch, ..., output_dim).

    Examples
    --------
    >>> import numpy as np
    >>> layer = Embedding(3, 2, weights=np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]))
    >>> layer(np.array([2, 0]))
    array([[4., 5.],
           [0., 1.]], dtype=float32)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        lora_rank: Any = None,
        lora_alpha: Any = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        kwargs.pop("input_length", None)  # of Keras 2, which told nothing
        super().__init__(**kwargs)
        refuse(
            self,
            mask_zero=mask_zero or None,
            lora_rank=lora_rank,
            lora_alpha=lora_alpha,
            quantization_config=quantization_config,
        )
        label = f"Embedding {self.name!r}"
        self.input_dim = whole(label, "input_dim", input_dim)
        self.output_dim = whole(label, "output_dim", output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.embeddings: Variable | None = None
        if weights is not None:
            self.build((None,))
            self.set_weights(
                weights if isinstance(weights, (list, tuple)) else [np.asarray(weights)]
            )

    def build(self, input_shape: Shape) -> None:
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
            name="embeddings",
        )

    def call(self, inputs: Any) -> Any:
        return ops.take(self.embeddings, inputs, axis=0)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "embeddings_initializer": initializers.serialize(self.embeddings_initializer),
            "embeddings_regularizer": regularizers.serialize(self.embeddings_regularizer),
            "embeddings_constraint": constraints.serialize(self.embeddings_constraint),
            "mask_zero": False,
        }
