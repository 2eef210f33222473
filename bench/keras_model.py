"""The network in Keras's words, for Keras itself and for pymlp."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["sequential"]


def sequential(
    library: Any,
    units: Sequence[int],
    activation: str,
    output: str | None,
    dtype: str,
    layers: Iterable[tuple[Any, Any]],
) -> Any:
    """Return a Sequential model of Dense layers with the kernels and biases of `layers`."""
    model = library.Sequential(
        [
            library.Input((units[0],), dtype=dtype),
            *(library.layers.Dense(n, activation=activation, dtype=dtype) for n in units[1:-1]),
            library.layers.Dense(units[-1], activation=output, dtype=dtype),
        ]
    )
    model.set_weights([array for layer in layers for array in layer])
    return model
