"""One-hot targets and scaling to unit norm."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pymlp.utils import normalize, to_categorical


@given(
    hnp.arrays(
        st.sampled_from([np.uint8, np.int16, np.int64, np.float32, np.float64]),
        hnp.array_shapes(min_dims=0, max_dims=3, max_side=5),
        elements=st.integers(0, 9),
    ),
    st.integers(10, 12),
)
def test_one_hot_by_its_definition(x: Any, num_classes: int) -> None:
    y = to_categorical(x, num_classes)
    x = np.asarray(x)
    if x.ndim > 1 and x.shape[-1] == 1:
        x = x[..., 0]
    assert y.dtype == np.float64
    assert y.shape == (*x.shape, num_classes)
    np.testing.assert_array_equal(y, x[..., np.newaxis] == np.arange(num_classes))


def test_number_of_classes_is_one_more_than_the_largest() -> None:
    assert to_categorical([0, 3]).shape == (2, 4)
    assert to_categorical([True, False]).tolist() == [[0, 1], [1, 0]]


def test_a_single_column_stays_an_axis_when_it_is_the_only_one() -> None:
    assert to_categorical([2]).tolist() == [[0, 0, 1]]
    assert to_categorical([[2], [0]]).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_no_rows() -> None:
    assert to_categorical([], 3).shape == (0, 3)
    with pytest.raises(ValueError, match="Pass num_classes"):
        to_categorical([])


@pytest.mark.parametrize(
    ("x", "num_classes", "message"),
    [
        ([0, -1], None, "received -1 at index 1"),
        ([[0, 1], [2, 3]], 3, "classes from 0 to 2 (num_classes=3), received 3 at index 1, 1"),
        ([0.0, np.nan], 2, "received nan at index 1"),
        ([0.0, np.inf], 2, "received inf at index 1"),
        ([0.0, 1.5], 2, "whole numbers from 0 upwards, received 1.5 at index 1"),
        (np.array([2**63], np.uint64), 2, "received 9223372036854775808 at index 0"),
        ([1e300], None, "received 1e+300 at index 0"),
        (["cat"], 2, "received dtype <U3"),
        ([1j], 2, "received dtype complex128"),
        (-1, 2, "received -1 at index ()"),
        ([0], 0, "num_classes >= 1, received 0"),
    ],
)
def test_what_is_no_class_is_refused(x: Any, num_classes: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        to_categorical(x, num_classes)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("order", [1, 2, np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_vectors_have_norm_one(axis: int, order: float, dtype: type) -> None:
    x = np.arange(1, 7, dtype=dtype).reshape(2, 3)
    y = normalize(x, axis, order)
    assert y.dtype == dtype
    assert y.shape == x.shape
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(np.linalg.norm(y, order, axis), 1, rtol=8 * eps)
    np.testing.assert_allclose(
        np.broadcast_to((y / x).max(axis, keepdims=True), x.shape), y / x, rtol=8 * eps
    )


def test_the_whole_array_as_one_vector() -> None:
    np.testing.assert_allclose(normalize([[3, 0], [0, 4]], axis=None), [[0.6, 0], [0, 0.8]])


def test_zero_vectors_stay_and_the_input_is_not_touched() -> None:
    x = np.zeros((2, 2))
    y = normalize(x)
    assert y.tolist() == [[0, 0], [0, 0]]
    assert not np.shares_memory(x, y)
