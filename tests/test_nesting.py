"""Nests of lists, tuples and dicts."""

from collections import OrderedDict, namedtuple

import pytest

from pymlp.nesting import flatten, is_shape, map_shapes, map_structure, pack_as

Pair = namedtuple("Pair", "left right")

NESTS = [
    (1, [1]),
    ([], []),
    ([1, (2, [3])], [1, 2, 3]),
    ({"b": 2, "a": [1]}, [1, 2]),
    (OrderedDict(b=1, a=2), [1, 2]),
    (Pair(1, {"z": 3, "y": 2}), [1, 2, 3]),
]


@pytest.mark.parametrize(("nest", "flat"), NESTS)
def test_flat_and_packed_again(nest, flat):
    assert flatten(nest) == flat
    again = pack_as(nest, flat)
    assert again == nest
    assert type(again) is type(nest)
    doubled = map_structure(lambda x: 2 * x, nest)
    assert flatten(doubled) == [2 * x for x in flat]


def test_dicts_keep_the_order_of_their_keys():
    assert list(pack_as({"b": 0, "a": 0}, [1, 2]).items()) == [("b", 2), ("a", 1)]


def test_another_number_of_items():
    with pytest.raises(ValueError, match="2 items were expected, received 3"):
        pack_as([0, 0], [1, 2, 3])


def test_shapes():
    assert is_shape((None, 3))
    assert is_shape([2])
    assert not is_shape([(None, 3)])
    assert not is_shape("ab")
    assert map_shapes(len, {"a": (None, 3), "b": [(4,), ()]}) == {"a": 2, "b": [1, 0]}
