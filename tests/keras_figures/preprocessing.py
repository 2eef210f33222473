"""Hashing and looking up, in Keras or pymlp alike. Keras's layers for it need TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["CASES", "answers"]

# Of every length that FarmHash and SipHash treat in a way of their own, and some beyond ASCII.
_TEXTS = [("abcdefghijklmnopqrstuvwxyz0123456789-" * 6)[i : i + n] for i, n in enumerate(
    [*range(70), 71, 96, 127, 128, 129, 192, 193, 200])
]  # fmt: skip
_TEXTS += ["ä", "größer", "日本語", "😀 und mehr", "a b", " "]
_NUMBERS = [0, 1, -1, 12, 99, 1138, 2**31, -(2**40), 2**63 - 1, -(2**63)]
_TOWNS, _MONTHS = ["Bonn", "Ulm", "Bonn", "Köln", ""], [1, 2, 3, -4, 2**40]
_WORDS = [["a", "c", "d", "d"], ["d", "z", "b", "z"], ["zz", "y", "a", "x"]]
_COUNTS = [[12, 1138, 42, 42], [42, 7, 36, 8], [-3, 6, 12, 5]]
_STRINGS, _INTEGERS = ["a", "b", "c", "d"], [12, 36, 1138, 42]
_IDF = [0.25, 0.75, 0.6, 0.4]
_MANY = 2**61  # bins, so that nearly all bits of a hash are compared

# Class, arguments, what it is adapted to, what it is called on.
CASES: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("Hashing", {"num_bins": _MANY}, None, _TEXTS),
    ("Hashing", {"num_bins": _MANY, "salt": 133}, None, _TEXTS),
    ("Hashing", {"num_bins": _MANY, "salt": [2**40, -5]}, None, _TEXTS),
    ("Hashing", {"num_bins": 7}, None, _NUMBERS),
    ("Hashing", {"num_bins": 7, "salt": 3}, None, _NUMBERS),
    ("Hashing", {"num_bins": 50}, None, [1.9, -2.5, 0.0, 7.0]),
    ("Hashing", {"num_bins": 50}, None, [True, False]),
    ("Hashing", {"num_bins": 4, "mask_value": "a"}, None, _WORDS),
    ("Hashing", {"num_bins": 4, "mask_value": 42}, None, _COUNTS),
    ("Hashing", {"num_bins": 1, "mask_value": "a"}, None, _WORDS),
    ("Hashing", {"num_bins": 4, "output_mode": "one_hot"}, None, _WORDS),
    ("Hashing", {"num_bins": 4, "output_mode": "one_hot"}, None, [["a"], ["b"]]),
    ("Hashing", {"num_bins": 6, "output_mode": "multi_hot", "mask_value": "d"}, None, _WORDS),
    ("Hashing", {"num_bins": 4, "output_mode": "count", "salt": [1, 2]}, None, _COUNTS),
    ("HashedCrossing", {"num_bins": _MANY}, None, (_TOWNS, _MONTHS)),
    ("HashedCrossing", {"num_bins": _MANY}, None, (_TEXTS[:-1], _TEXTS[1:])),
    ("HashedCrossing", {"num_bins": 1000}, None, (_MONTHS, _TOWNS, _TOWNS)),
    ("HashedCrossing", {"num_bins": 5, "output_mode": "one_hot"}, None, (_TOWNS, _MONTHS)),
    (
        "HashedCrossing",
        {"num_bins": 5, "output_mode": "one_hot"},
        None,
        ([["a"], ["b"]], [[1], [2]]),
    ),
]
for _class, _vocabulary, _data, _mask in (
    ("StringLookup", _STRINGS, _WORDS, "d"),
    ("IntegerLookup", _INTEGERS, _COUNTS, 42),
):
    for _arguments in (
        {"vocabulary": _vocabulary},
        {"vocabulary": _vocabulary[:3], "mask_token": _mask},
        {"vocabulary": _vocabulary[:3], "mask_token": _mask, "num_oov_indices": 3},
        {"vocabulary": _vocabulary, "output_mode": "one_hot", "num_oov_indices": 2},
        {"vocabulary": _vocabulary[:3], "output_mode": "multi_hot", "mask_token": _mask},
        {"vocabulary": _vocabulary, "output_mode": "count", "pad_to_max_tokens": True, "max_tokens": 8},
        {"vocabulary": _vocabulary, "output_mode": "tf_idf", "idf_weights": _IDF},
        {"vocabulary": _vocabulary[:3], "output_mode": "tf_idf", "idf_weights": _IDF[:3], "mask_token": _mask,
         "num_oov_indices": 2, "pad_to_max_tokens": True, "max_tokens": 8},
    ):  # fmt: skip
        CASES.append((_class, _arguments, None, _data))
    for _arguments in (
        {},
        {"max_tokens": 4, "mask_token": _mask},
        {"output_mode": "tf_idf"},
        {"output_mode": "tf_idf", "max_tokens": 5, "num_oov_indices": 2, "mask_token": _mask},
    ):
        CASES.append((_class, _arguments, _data, _data))
    CASES.append((_class, {"output_mode": "tf_idf"}, [_data[0], _data[1], _data[0]], _data))
    CASES.append((_class, {"output_mode": "tf_idf"}, _data[0] + _data[1], _data))
CASES += [
    ("StringLookup", {"vocabulary": _STRINGS, "num_oov_indices": 3, "salt": 5}, None, _WORDS),
    ("IntegerLookup", {"vocabulary": _INTEGERS, "num_oov_indices": 3, "oov_method": "farmhash"}, None, _COUNTS),
    ("IntegerLookup", {"vocabulary": _INTEGERS, "num_oov_indices": 3, "oov_method": "farmhash", "salt": [1, 9]},
     None, _COUNTS),
    ("StringLookup", {"vocabulary": ["[UNK]", *_STRINGS], "output_mode": "tf_idf", "idf_weights": [0.9, *_IDF]},
     None, _WORDS),
    ("StringLookup", {"vocabulary": _STRINGS, "invert": True}, None, [[1, 4], [0, 9]]),
    ("IntegerLookup", {"vocabulary": _INTEGERS, "invert": True, "mask_token": 0}, None, [[1, 4], [0, 9]]),
    ("IntegerLookup", {"vocabulary": _INTEGERS[:2], "num_oov_indices": 2}, None, _NUMBERS),
]  # fmt: skip


def answers(library: Any) -> Iterator[tuple[str, Any]]:
    """Yield a name and the result of each case."""
    for number, (name, arguments, data, inputs) in enumerate(CASES):
        layer = getattr(library.layers, name)(**arguments)
        if data is not None:
            layer.adapt(np.array(data))
        both = name == "HashedCrossing"
        result = layer(tuple(np.array(x) for x in inputs) if both else np.array(inputs))
        array = np.asarray(result)
        if array.dtype.kind in "OS":
            array = np.array([v.decode("utf-8") for v in array.flat]).reshape(array.shape)
        yield f"{number} {name} {arguments} adapted to {data}", array
