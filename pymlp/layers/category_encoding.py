"""`CategoryEncoding`: whole numbers to vectors of 0 and 1."""

from __future__ import annotations

from typing import Any

from pymlp.checks import whole
from pymlp.layers.encoding import check_mode, encode
from pymlp.layers.layer import Layer

__all__ = ["CategoryEncoding"]


class CategoryEncoding(Layer):
    """Turn whole numbers from 0 to ``num_tokens - 1`` into vectors of that length.

    Parameters
    ----------
    num_tokens : int
    output_mode : {"multi_hot", "one_hot", "count"}
        "one_hot": a vector for each number, 1 at its place; inputs of shape (batch, 1) or (batch,) give (batch,
        num_tokens), others (batch, ..., num_tokens). "multi_hot": one for each sample, 1 where one of its numbers is.
        "count": one for each sample, with how many of its numbers are there.
    sparse : bool
        Not supported: an error if it is asked for.
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        For a mode that there is not, no `num_tokens`, or `count_weights` in another mode than "count".

    Notes
    -----
    A number out of range gives 0 everywhere. Called with ``count_weights``, of the shape of the inputs, each number
    counts as its weight.

    Examples
    --------
    >>> import numpy as np
    >>> CategoryEncoding(num_tokens=4)(np.array([[0, 1], [3, 3]]))
    array([[1., 1., 0., 0.],
           [0., 0., 0., 1.]], dtype=float32)
    """

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        label = f"CategoryEncoding {self.name!r}"
        modes = ("one_hot", "multi_hot", "count")
        self.output_mode = check_mode(label, output_mode, modes, sparse)
        self.num_tokens = whole(label, "num_tokens", num_tokens)

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        label = f"CategoryEncoding {self.name!r}"
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(
                f"{label}: count_weights are for output_mode='count', which is {self.output_mode!r}."
            )
        return encode(label, inputs, self.output_mode, self.num_tokens, count_weights)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_tokens": self.num_tokens,
            "output_mode": self.output_mode,
        }
