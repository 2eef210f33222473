"""`split_dataset`: parts, orders and errors, by themselves and beside Keras's."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pymlp
from pymlp.utils import split_dataset


def arrays(count):
    return np.arange(3 * count).reshape(count, 3), np.arange(count).astype("f4")


@pytest.mark.parametrize(
    ("sizes", "left", "right"),
    [
        ({"left_size": 0.8}, 8, 2),
        ({"left_size": 3}, 3, 7),
        ({"right_size": 0.25}, 8, 2),  # rounded half to even, as Keras does
        ({"right_size": 3}, 7, 3),
        ({"left_size": 0.5, "right_size": 0.2}, 5, 2),
        ({"left_size": 4, "right_size": 0.3}, 4, 3),
        ({"left_size": np.int64(4), "right_size": np.float32(0.5)}, 4, 5),
    ],
)
@pytest.mark.parametrize("kind", [tuple, list])
def test_parts(sizes, left, right, kind):
    x, y = arrays(10)
    first, last = split_dataset(kind((x, y)), **sizes)
    assert type(first) is type(last) is kind
    for whole, one, other in zip((x, y), first, last, strict=True):
        np.testing.assert_array_equal(one, whole[:left])
        np.testing.assert_array_equal(other, whole[10 - right :])
        assert np.shares_memory(one, whole)
    one, other = split_dataset(x, **sizes)
    np.testing.assert_array_equal(one, x[:left])
    np.testing.assert_array_equal(other, x[10 - right :])


@given(st.integers(2, 50), st.floats(0.01, 0.99), st.integers(0, 2**40))
def test_shuffled_parts_are_all_samples_once(count, share, seed):
    x, y = arrays(count)
    if not 0 < round(share * count) < count:
        with pytest.raises(ValueError, match="side empty"):
            split_dataset((x, y), share, shuffle=True, seed=seed)
        return
    (x1, y1), (x2, y2) = split_dataset((x, y), share, shuffle=True, seed=seed)
    assert len(y1) == round(share * count)
    np.testing.assert_array_equal(np.sort(np.concatenate([y1, y2])), y)
    np.testing.assert_array_equal(np.concatenate([x1, x2])[:, 0], 3 * np.concatenate([y1, y2]))
    assert x1.dtype == x.dtype
    again, _ = split_dataset((x, y), share, shuffle=True, seed=seed)
    np.testing.assert_array_equal(again[1], y1)


def test_orders_are_keras_own():
    """It puts a list of samples in order by Python's random."""
    y = np.arange(20)
    expected = list(range(20))
    random.Random(7).shuffle(expected)
    state = random.getstate()
    left, right = split_dataset(y, 0.5, shuffle=True, seed=7)
    assert [*left, *right] == expected
    assert random.getstate() == state

    pymlp.utils.set_random_seed(3)
    left, _ = split_dataset(y, 0.5, shuffle=True)
    random.seed(3)
    random.seed(random.randint(0, int(1e6)))
    expected = list(range(20))
    random.shuffle(expected)
    assert left.tolist() == expected[:10]


@pytest.mark.parametrize("seed", [0, 1, 12345])
def test_beside_keras(seed, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")
    from keras.src.utils import dataset_utils

    for sizes in [(0.3, None), (None, 0.45), (2, 3), (5, None), (0.4, 0.4)]:
        x = np.arange(11)
        left, right = split_dataset(x, *sizes)
        assert (len(left), len(right)) == dataset_utils._rescale_dataset_split_sizes(*sizes, 11)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "give left_size, right_size or both"),
        ({"left_size": 0}, ValueError, "from 1 to 9, received 0"),
        ({"left_size": 10}, ValueError, "from 1 to 9, received 10"),
        ({"right_size": 1.0}, ValueError, r"right_size should be a share within \(0, 1\)"),
        ({"right_size": -0.1}, ValueError, "received -0.1"),
        ({"left_size": float("nan")}, ValueError, "received nan"),
        ({"left_size": "half"}, TypeError, "left_size should be a number, received 'half'"),
        ({"left_size": True}, TypeError, "received True"),
        ({"left_size": 0.6, "right_size": 0.5}, ValueError, "at most 1 together"),
        ({"left_size": 6, "right_size": 5}, ValueError, "6 samples on the left and 5 on the right"),
        ({"left_size": 0.01}, ValueError, "leave the left side empty"),
        ({"left_size": 0.99}, ValueError, "leave the right side empty"),
        ({"left_size": 5, "preferred_backend": "torch"}, ValueError, "returns arrays.*'torch'"),
    ],
)
def test_wrong_sizes(arguments, error, message):
    with pytest.raises(error, match=message):
        split_dataset(np.zeros(10), **arguments)


@pytest.mark.parametrize(
    ("dataset", "error", "message"),
    [
        ((np.zeros(3), np.zeros(4)), ValueError, r"same samples, received \[3, 4\]"),
        ([], ValueError, "is empty"),
        (np.zeros((0, 2)), ValueError, "is empty"),
        ({"a": np.zeros(3)}, TypeError, "received a dict.*random_split"),
        ([[1, 2, 3]], TypeError, r"dataset\[0\] should be an array of samples, received list"),
        ([np.array(1.0)], TypeError, r"dataset\[0\]"),
    ],
)
def test_wrong_data(dataset, error, message):
    with pytest.raises(error, match=message):
        split_dataset(dataset, left_size=0.5)
