"""Whole numbers below a depth as vectors, in Keras's output modes."""

from __future__ import annotations

from typing import Any

from pymlp import ops
from pymlp.graph.tensor import Tensor

__all__ = ["check_mode", "encode"]


def check_mode(label: str, output_mode: Any, modes: tuple[str, ...], sparse: bool) -> str:
    """Return the mode, or raise an error if there is no such one, or outputs should be sparse."""
    mode = "multi_hot" if output_mode == "binary" else output_mode  # of Keras 2
    if mode not in modes:
        raise ValueError(
            f"{label}: output_mode should be one of {', '.join(modes)}; received {output_mode!r}."
        )
    if sparse:
        raise NotImplementedError(f"{label}: sparse=True is not supported; leave it out.")
    return str(mode)


def encode(label: str, indices: Any, output_mode: str, depth: int, weights: Any = None) -> Any:
    """Return indices as vectors of length `depth`.

    Parameters
    ----------
    indices : tensor or array of shape (batch, ...)
        Of one that is not there nothing is counted.
    output_mode : {"one_hot", "multi_hot", "count"}
        A vector for each index, whose axis takes the place of a last one of length 1; or one for each sample, with 1
        where an index is among the sample's, or with their number. An array with one axis is one sample.
    weights : tensor or array, optional
        As what each index counts.
    """
    shape = indices.shape
    if output_mode == "one_hot":
        if len(shape) > 1 and shape[-1] == 1:
            indices = ops.squeeze(indices, -1)
        return ops.one_hot(indices, depth)
    if len(shape) < 2 and isinstance(indices, Tensor):
        raise ValueError(
            f"{label}: output_mode={output_mode!r} puts the indices of a sample together, and in inputs of shape "
            f"{shape} a sample has no axis. Give it one, or use output_mode='one_hot'."
        )
    hot = ops.one_hot(indices, depth)
    axis = 1 if len(shape) > 1 else 0
    if output_mode == "multi_hot":
        return ops.max(hot, axis)
    return ops.sum(
        hot if weights is None else ops.multiply(hot, ops.expand_dims(weights, -1)), axis
    )
