"""The network in Keras's words, for Keras itself and for pymlp."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["sequential", "wide_and_deep"]


def sequential(
    library: Any,
    units: Sequence[int],
    activation: str,
    output: str | None,
    dtype: str,
    layers: Iterable[tuple[Any, Any]],
    dropout: float = 0.0,
) -> Any:
    """Return a Sequential model of Dense layers with the kernels and biases of `layers`.

    With `dropout`, batch normalisation comes before the activation of hidden layers, and dropout behind it.
    """

    def hidden(n: int) -> list[Any]:
        if not dropout:
            return [library.layers.Dense(n, activation=activation, dtype=dtype)]
        return [
            library.layers.Dense(n, dtype=dtype),
            library.layers.BatchNormalization(dtype=dtype),
            library.layers.Activation(activation, dtype=dtype),
            library.layers.Dropout(dropout, dtype=dtype),
        ]

    stack = [layer for n in units[1:-1] for layer in hidden(n)]
    last = library.layers.Dense(units[-1], activation=output, dtype=dtype)
    return _with_weights(
        library, library.Sequential([library.Input((units[0],), dtype=dtype), *stack, last]), layers
    )


def wide_and_deep(
    library: Any,
    units: Sequence[int],
    activation: str,
    output: str | None,
    dtype: str,
    layers: Iterable[tuple[Any, Any]],
) -> Any:
    """Return a functional model whose last layer sees the inputs too, beside the last hidden layer's outputs."""
    inputs = hidden = library.Input((units[0],), dtype=dtype)
    for n in units[1:-1]:
        hidden = library.layers.Dense(n, activation=activation, dtype=dtype)(hidden)
    both = library.layers.Concatenate(dtype=dtype)([inputs, hidden])
    outputs = library.layers.Dense(units[-1], activation=output, dtype=dtype)(both)
    return _with_weights(library, library.Model(inputs, outputs), layers)


def _with_weights(library: Any, model: Any, layers: Iterable[tuple[Any, Any]]) -> Any:
    dense = [layer for layer in model.layers if isinstance(layer, library.layers.Dense)]
    for layer, arrays in zip(dense, layers, strict=True):
        layer.set_weights(list(arrays))
    return model
