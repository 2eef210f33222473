"""Random numbers: one seeded global stream, seed generators, and the samplers built on them.

Everything is drawn from the counter-based generator Philox, keyed by two 64-bit words
``(seed, draw number)``. Different keys give independent streams, so the n-th draw does not depend
on how many numbers the draws before it took. While a model is traced the same functions become part of its
program, whose kernels (csrc/kernels/random.inc.c) draw from a Philox of their own, keyed likewise.

References
----------
Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3". SC 2011.
"""

from pymlp._lazy import lazily

TABLE = {
    "distributions": "beta binomial categorical gamma shuffle",
    "samplers": "dropout normal randint truncated_normal uniform",
    "seeds": "SeedGenerator draw_seed next_generator set_random_seed",
}
UNLISTED = {"seeds": "Seed check_seed generator set_streams_state streams_state"}

__getattr__, __dir__, __all__ = lazily(__name__, TABLE, unlisted=UNLISTED)
