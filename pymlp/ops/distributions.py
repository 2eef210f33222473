"""Random numbers of other distributions, while a graph is traced: made of uniform and normal ones by operations.

What takes rejection is tried a fixed number of times: the chance that none is accepted is below one in 10**13.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pymlp.config import floatx
from pymlp.graph.tensor import Shape, Tensor, constant_tensor
from pymlp.ops.drawing import draw
from pymlp.ops.elementwise import (
    add,
    divide,
    floor,
    less,
    log,
    minimum,
    multiply,
    negative,
    power,
    sqrt,
    square,
    subtract,
    where,
)
from pymlp.ops.extremes import argmax
from pymlp.ops.picking import take_along_axis
from pymlp.ops.reduction import sum
from pymlp.ops.shaping import broadcast_to, expand_dims
from pymlp.ops.sorting import argsort
from pymlp.ops.stopping import stop_gradient
from pymlp.ops.values import inner_axis, known
from pymlp.random import SeedGenerator

# An attempt fails with a probability of less than 0.05 (Marsaglia and Tsang 2000, table 1).
_ATTEMPTS = 10
DRAWS = 2 * _ATTEMPTS + 1


def drawn_in_programs(
    name: str, shape: Shape, parameters: tuple[Any, ...], dtype: Any, seeds: SeedGenerator
) -> Any:
    """Return numbers of a distribution, under its name in `pymlp.random`."""
    if name in _MADE:
        return _MADE[name](shape, *parameters, dtype, seeds)
    a, b = parameters
    return draw(name, shape, a, b, dtype, seeds)


def whole_numbers(shape: Shape, low: int, high: int, dtype: Any, seeds: SeedGenerator) -> Any:
    """Return whole numbers from `low` to ``high - 1``, all as probable, as floats: programs have nothing else."""
    u = draw("uniform", shape, 0.0, 1.0, floatx(), seeds)
    return add(minimum(floor(multiply(u, float(high - low))), float(high - low - 1)), float(low))


def gamma(shape: Shape, alpha: Any, dtype: str, seeds: SeedGenerator, nth: int = 0) -> Any:
    """Return numbers of density ``x ** (alpha - 1) * exp(-x) / Gamma(alpha)``; alpha has no gradient.

    References
    ----------
    G. Marsaglia, W. W. Tsang: A simple method for generating gamma variables (2000).
    """
    alpha = stop_gradient(broadcast_to(_of_type(alpha, dtype), shape))
    # For alpha below 1: a number for alpha + 1, times u ** (1 / alpha).
    small = less(alpha, 1.0)
    d = subtract(add(alpha, small), 1.0 / 3.0)
    c = divide(1.0 / 3.0, sqrt(d))
    found = d
    for attempt in range(nth, nth + DRAWS - 1, 2):
        z = draw("normal", shape, 0.0, 1.0, dtype, seeds, attempt)
        u = draw("uniform", shape, 0.0, 1.0, dtype, seeds, attempt + 1)
        root = add(multiply(c, z), 1.0)
        inside = less(0.0, root)
        v = power(where(inside, root, 1.0), 3)
        bound = add(multiply(square(z), 0.5), multiply(d, add(subtract(1.0, v), log(v))))
        accepted = multiply(inside, less(log(u), bound))
        found = where(accepted, multiply(d, v), found)
    u = draw("uniform", shape, 0.0, 1.0, dtype, seeds, nth + DRAWS - 1)
    # 1 - u is not 0.
    share = power(subtract(1.0, u), divide(1.0, where(small, alpha, 1.0)))
    return multiply(found, where(small, share, 1.0))


def beta(shape: Shape, a: Any, b: Any, dtype: str, seeds: SeedGenerator) -> Any:
    """Return numbers of density proportional to ``x ** (a - 1) * (1 - x) ** (b - 1)``."""
    x = gamma(shape, a, dtype, seeds)
    return divide(x, add(x, gamma(shape, b, dtype, seeds, DRAWS)))


def binomial(
    shape: Shape, counts: Any, probabilities: Any, dtype: str, seeds: SeedGenerator
) -> Any:
    """Return how many of `counts` attempts succeed, each with its probability."""
    most = int(np.max(counts, initial=0))
    u = draw("uniform", (*shape, most), 0.0, 1.0, dtype, seeds)
    chance = expand_dims(broadcast_to(_of_type(probabilities, dtype), shape), -1)
    tried = np.arange(most) < np.asarray(counts)[..., None]
    return sum(multiply(less(u, chance), tried.astype(dtype)), -1)


def categorical(logits: Any, count: int, seeds: SeedGenerator) -> Any:
    """Return class numbers, of shape (batch, count), each as probable as ``softmax(logits)`` says.

    The class with the greatest of ``logits - log(-log(u))`` (Gumbel 1954).
    """
    rows, classes = logits.shape
    kind = logits.dtype if isinstance(logits, Tensor) else floatx()
    u = draw("uniform", (rows, count, classes), 0.0, 1.0, kind, seeds)
    noise = negative(log(negative(log(u))))
    return argmax(add(expand_dims(logits, 1), noise), -1)


def shuffled(x: Tensor, axis: int, seeds: SeedGenerator) -> Any:
    """Return x with its elements along an axis in random order."""
    position = inner_axis("shuffle", x, axis)
    order = argsort(draw("uniform", x.shape, 0.0, 1.0, x.dtype, seeds), position)
    return take_along_axis(x, order, axis)


def _of_type(x: Any, dtype: str) -> Any:
    x = known(x)
    return x if isinstance(x, Tensor) else constant_tensor(x, dtype)


_MADE: dict[str, Callable[..., Any]] = {
    "beta": beta,
    "binomial": binomial,
    "gamma": gamma,
    "randint": whole_numbers,
}
