"""What counts as a whole number, and what is said of what does not."""

import numpy as np
import pytest

from pymlp.checks import is_whole, optional_whole, whole


@pytest.mark.parametrize("value", [1, 7, np.int8(3), np.uint64(2), np.array(4)])
def test_whole_numbers(value):
    assert is_whole(value)
    found = whole("f", "n", value)
    assert type(found) is int
    assert found == value


@pytest.mark.parametrize(
    "value", [0, -1, True, np.True_, 2.0, np.float32(2), "2", None, (2,), np.array([2]), 1j]
)
def test_what_is_none(value):
    assert not is_whole(value)
    with pytest.raises(
        ValueError, match=r"^f: n should be a whole number of at least 1, received "
    ):
        whole("f", "n", value)


def test_the_least():
    assert is_whole(0, 0)
    assert not is_whole(4, 5)
    with pytest.raises(ValueError, match=r"at least 5, received 4\.$"):
        whole("f", "n", 4, 5)


def test_none_where_it_is_allowed():
    assert optional_whole("f", "n", None) is None
    assert optional_whole("f", "n", 3) == 3
    with pytest.raises(ValueError, match=r"^f: n should"):
        optional_whole("f", "n", 0)
