"""The order of an epoch."""

import numpy as np
import pytest
from scipy import stats

from pymlp._engine.core import shuffled


@pytest.mark.parametrize("n", [0, 1, 2, 3, 1000])
def test_every_number_is_there_once(n):
    order = shuffled(n, 7)
    assert order.dtype == np.int64
    np.testing.assert_array_equal(np.sort(order), np.arange(n))


def test_the_seed_alone_decides():
    np.testing.assert_array_equal(shuffled(100, 3), shuffled(100, 3))
    assert (shuffled(100, 3) != shuffled(100, 4)).any()


def test_every_order_is_equally_likely():
    counts = np.zeros((4, 4, 4, 4), int)
    for seed in range(24_000):
        counts[tuple(shuffled(4, seed))] += 1
    seen = counts[counts > 0]
    assert len(seen) == 24
    assert stats.chisquare(seen).pvalue > 1e-4


def test_neighbours_are_parted():
    """Ranks of what was first and what was second, over many orders, have nothing to do with each other."""
    places = np.array([np.argsort(shuffled(50, seed))[:2] for seed in range(4000)])
    assert abs(stats.spearmanr(places).statistic) < 0.07


@pytest.mark.parametrize("n", [-1, 1.5, "3", None])
def test_what_is_no_number_of_samples(n):
    with pytest.raises((ValueError, TypeError)):
        shuffled(n, 1)
