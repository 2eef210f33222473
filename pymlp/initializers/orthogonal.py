"""Orthogonal weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pymlp import random
from pymlp.initializers.base import float_type
from pymlp.initializers.drawn import RandomInitializer
from pymlp.random import Seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Orthogonal"]


class Orthogonal(RandomInitializer):
    """`gain` times a random matrix with orthonormal columns, or rows if these are fewer.

    The Q of the QR decomposition of a matrix of normal numbers, its columns' signs set by R's
    diagonal, which makes Q uniformly distributed. A shape of more than two axes is filled as the
    matrix ``(product of all axes but the last, last axis)``.

    Parameters
    ----------
    gain : float
    seed : int, SeedGenerator or None
        See `RandomInitializer`.

    Notes
    -----
    The decomposition is LAPACK's, in float64: its last bits may differ between LAPACK builds.

    References
    ----------
    Saxe, McClelland, Ganguli: "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks". ICLR 2014.

    Mezzadri: "How to generate random matrices from the classical compact groups". Notices of the
    AMS 54, 2007 (the signs).

    Examples
    --------
    >>> import numpy as np
    >>> from pymlp.initializers import Orthogonal
    >>> q = Orthogonal(seed=1)((5, 3), "float64")
    >>> bool(np.allclose(q.T @ q, np.eye(3)))
    True
    """

    def __init__(self, gain: float = 1.0, seed: Seed = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> NDArray[Any]:
        shape = tuple(shape)
        kind = float_type(dtype, self)
        if len(shape) < 2:
            raise ValueError(
                f"Orthogonal: expected a shape of two or more axes, received {shape}. "
                "Use another initializer for biases and other vectors."
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = (max(rows, columns), min(rows, columns))
        q, r = np.linalg.qr(random.normal(tall, dtype="float64", seed=self.seed))
        q *= np.where(np.diagonal(r) < 0, -self.gain, self.gain)
        if rows < columns:
            q = q.T
        return np.ascontiguousarray(q, dtype=kind).reshape(shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "gain": self.gain}
