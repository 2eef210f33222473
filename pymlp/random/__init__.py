"""Random numbers: one seeded global stream, seed generators, and the samplers built on them.

Everything is drawn from the counter-based generator Philox, keyed by two 64-bit words
``(seed, draw number)``. Different keys give independent streams, so the n-th draw does not depend
on how many numbers the draws before it took. While a model is traced the same functions become part of its
program, whose kernels (csrc/kernels/random.inc.c) draw from a Philox of their own, keyed likewise.

References
----------
Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3". SC 2011.
"""

from pymlp.random.distributions import beta, binomial, categorical, gamma, shuffle
from pymlp.random.samplers import dropout, normal, randint, truncated_normal, uniform
from pymlp.random.seeds import Seed as Seed
from pymlp.random.seeds import SeedGenerator, draw_seed, next_generator, set_random_seed
from pymlp.random.seeds import check_seed as check_seed
from pymlp.random.seeds import generator as generator
from pymlp.random.seeds import generator_for as generator_for
from pymlp.random.seeds import set_streams_state as set_streams_state
from pymlp.random.seeds import streams_state as streams_state

__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "draw_seed",
    "dropout",
    "gamma",
    "next_generator",
    "normal",
    "randint",
    "set_random_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
]
