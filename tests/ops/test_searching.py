"""Places in sorted lists, and histograms made of them in a program."""

import numpy as np
import pytest
from evaluation import evaluations, feed

from pymlp import ops
from pymlp.graph.effects import Count
from pymlp.graph.lower import lower


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("length", [0, 1, 2, 7, 200])
@pytest.mark.parametrize("shape", [(9,), (9, 1), (9, 5), (8, 2, 3)])
def test_searchsorted(side, length, shape, dtype, rng):
    sequence = np.sort(rng.integers(0, 50, length)).astype(dtype)
    values = rng.integers(-2, 52, shape).astype(dtype)
    values.ravel()[:3] = np.inf, -np.inf, -0.0
    expected = np.searchsorted(sequence, values, side)
    for result in evaluations(lambda v: ops.searchsorted(sequence, v, side=side), values, fed=[0]):
        np.testing.assert_array_equal(result, expected)


def test_a_nan_is_before_all():
    assert ops.searchsorted([0.0, 1.0], np.nan) == 0
    assert ops.searchsorted([0.0, 1.0], 0.5) == 1


def test_wrong_arguments():
    with pytest.raises(ValueError, match="side should be 'left' or 'right'"):
        ops.searchsorted([0.0], [1.0], side="middle")
    with pytest.raises(ValueError, match=r"sorted_sequence has one axis, received shape \(1, 1\)"):
        ops.searchsorted(np.zeros((1, 1)), [1.0])


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (23, 4), (7, 2, 3)])
@pytest.mark.parametrize("threads", [1, 2])
def test_count(weighted, shape, threads, dtype, rng):
    places = rng.integers(-2, 9, shape).astype(dtype)
    weights = rng.integers(0, 8, shape).astype(dtype)
    feeds = [feed(places), feed(weights)]
    (place, _), (weight, _) = feeds
    totals = np.ones((1, 6))
    lowered = lower(
        dtype,
        [place, weight],
        accumulations=[Count(place, weight if weighted else None, totals)],
    )
    lowered.program.bind([places, weights])
    lowered.program.run(None, 0, len(places), 5, None, threads)
    expected = np.ones(6)
    for p, w in zip(places.ravel().astype(int), weights.ravel(), strict=True):
        if 0 <= p < 6:
            expected[p] += w if weighted else 1
    np.testing.assert_array_equal(totals[0], expected)


def test_what_is_no_place_is_not_counted():
    places = np.array([[np.nan, np.inf, -np.inf, -1.0, 6.0, 5.0, 1e30]])
    x, array = feed(places)
    totals = np.zeros((1, 6))
    lowered = lower("float64", [x], accumulations=[Count(x, None, totals)])
    lowered.program.bind([array])
    lowered.program.run(None, 0, 1, 1, None, 1)
    np.testing.assert_array_equal(totals, [[0, 0, 0, 0, 0, 1]])
