"""`IntegerLookup` and `StringLookup`, by hand: Keras's own need TensorFlow."""

import copy
import pickle

import numpy as np
import pytest

import pymlp
from pymlp import saving
from pymlp.layers import IntegerLookup, StringLookup

LARGE = 2**60 + 1
TOKENS = {IntegerLookup: [12, LARGE, -7, 99], StringLookup: ["b", "ä", "", "zz"]}
both = pytest.mark.parametrize("cls", [IntegerLookup, StringLookup])


def equal(found, expected):
    np.testing.assert_array_equal(found, expected)


@both
def test_indices_and_back(cls):
    a, b, c, other = TOKENS[cls]
    layer = cls(vocabulary=[a, b, c])
    found = layer([[a, c], [other, b]])
    assert found.dtype == "int64"
    equal(found, [[1, 3], [0, 2]])
    back = cls(vocabulary=[a, b, c], invert=True)
    equal(back(found), [[a, c], [layer.oov_token, b]])
    equal(back([99, -1]), [layer.oov_token] * 2)
    assert layer.get_vocabulary() == [layer.oov_token, a, b, c]
    assert layer.get_vocabulary(include_special_tokens=False) == [a, b, c]
    assert layer.vocabulary_size() == 4


@both
def test_masks_and_none_out_of_vocabulary(cls):
    a, b, mask, other = TOKENS[cls]
    layer = cls(vocabulary=[a, b], mask_token=mask, num_oov_indices=0)
    equal(layer([mask, a, b]), [0, 1, 2])
    with pytest.raises(ValueError, match="is not in the vocabulary, and num_oov_indices=0"):
        layer([other])
    counting = cls(vocabulary=[a, b], mask_token=mask, output_mode="count")
    equal(counting([[mask, a, a], [b, other, mask]]), [[0, 2, 0], [1, 0, 1]])


@both
def test_vectors(cls):
    a, b, c, other = TOKENS[cls]
    equal(cls(vocabulary=[a, b], output_mode="one_hot")([[a], [other]]), [[0, 1, 0], [1, 0, 0]])
    x = [[a, a, c], [b, other, b]]
    padded = cls(max_tokens=5, vocabulary=[a, b], output_mode="multi_hot", pad_to_max_tokens=True)
    equal(padded(x), [[1, 1, 0, 0, 0], [1, 0, 1, 0, 0]])
    assert padded(x).dtype == "float32"
    equal(cls(vocabulary=[a, b], output_mode="count")(x), [[1, 2, 0], [1, 0, 2]])


@both
def test_adapt_orders_by_frequency_then_backwards(cls):
    a, b, c, d = sorted(TOKENS[cls])
    data = [[a, b, b], [c, d, d]]
    for given, steps in (
        (data, None),
        (np.array(data), None),
        (iter([data[0], data[1], [a] * 9]), 2),
    ):
        layer = cls()
        layer.adapt(given, steps)
        assert layer.get_vocabulary(False) == [d, b, c, a]
    short = cls(max_tokens=3)
    short.adapt(data)
    assert short.get_vocabulary(False) == [d, b]


def test_several_indices_for_other_numbers():
    layer = IntegerLookup(vocabulary=[10, 20], num_oov_indices=3, mask_token=0)
    equal(layer([0, 4, 5, -1, 10, 20]), [0, 2, 3, 3, 4, 5])


@both
@pytest.mark.parametrize("how", ["config", "pickle", "deepcopy", "description"])
def test_copies(cls, how):
    layer = cls(mask_token=TOKENS[cls][3])
    layer.adapt(TOKENS[cls])
    again = {
        "config": lambda: cls.from_config(layer.get_config()),
        "pickle": lambda: pickle.loads(pickle.dumps(layer)),
        "deepcopy": lambda: copy.deepcopy(layer),
        "description": lambda: saving.deserialize_object(saving.serialize_object(layer)),
    }[how]()
    assert again.get_config() == layer.get_config()
    if how in ("config", "description"):
        # As Keras's: what was adapted is state, which files keep beside the configuration.
        assert again.get_config()["vocabulary"] is None
        again.set_vocabulary(layer.get_vocabulary())
    equal(again(TOKENS[cls]), layer(TOKENS[cls]))


@both
def test_a_given_vocabulary_is_part_of_the_configuration(cls):
    layer = cls(vocabulary=TOKENS[cls][:2])
    again = cls.from_config(layer.get_config())
    equal(again(TOKENS[cls]), layer(TOKENS[cls]))


@both
def test_bad_arguments(cls):
    a, b, mask, _ = TOKENS[cls]
    for arguments, message in (
        ({"vocabulary": [a, a]}, "more than once"),
        ({"vocabulary": []}, "should not be empty"),
        ({"vocabulary": "words.txt"}, "give the vocabulary as a list"),
        ({"vocabulary": [a, mask], "mask_token": mask}, "stands for something else"),
        ({"vocabulary": [a, b], "max_tokens": 2}, "max_tokens is 2"),
        ({"max_tokens": 1}, "max_tokens should be a whole number of at least 2"),
        ({"max_tokens": 2.5}, "max_tokens should be a whole number of at least 2"),
        ({"max_tokens": "many"}, "max_tokens should be a whole number of at least 2"),
        ({"num_oov_indices": -1}, "num_oov_indices should be a whole number of at least 0"),
        ({"num_oov_indices": 1.5}, "num_oov_indices should be a whole number of at least 0"),
        ({"pad_to_max_tokens": True}, "needs max_tokens"),
        ({"invert": True, "output_mode": "count"}, "output_mode should be 'int'"),
        ({"output_mode": "tfidf"}, "output_mode should be one of"),
        (
            {"output_mode": "tf_idf", "vocabulary": [a]},
            "give idf_weights if output_mode is 'tf_idf'",
        ),
        ({"vocabulary": [a], "idf_weights": [1.0]}, "give idf_weights if output_mode is 'tf_idf'"),
        ({"output_mode": "tf_idf", "idf_weights": [1.0]}, "none is given"),
        (
            {"output_mode": "tf_idf", "vocabulary": [a, b], "idf_weights": [1.0]},
            "idf_weights should be as many",
        ),
        ({"salt": "x"}, "salt"),
    ):
        with pytest.raises(ValueError, match=message):
            cls(**arguments)
    with pytest.raises(ValueError, match="has no vocabulary yet"):
        cls()([a])
    with pytest.raises(ValueError, match="there is nothing to adapt"):
        cls(vocabulary=[a]).adapt([b])
    with pytest.raises(ValueError, match="received values of type"):
        cls(vocabulary=[a])([0.5])
    with pytest.raises(NotImplementedError, match="works on arrays, not within a model"):
        cls(vocabulary=[a])(pymlp.Input((1,)))
    layer = cls(vocabulary=[a], output_mode="count")
    with pytest.raises(RuntimeError, match=r"has 1 tokens, .* cannot be changed to one of 2"):
        layer.set_vocabulary([a, b])
    layer.set_vocabulary([b])
    assert layer.get_vocabulary(False) == [b]


def test_bad_arguments_of_numbers_out_of_the_vocabulary():
    with pytest.raises(ValueError, match="salt is for oov_method='farmhash', which is 'floormod'"):
        IntegerLookup(salt=3)
    with pytest.raises(ValueError, match="oov_method should be 'floormod' or 'farmhash'"):
        IntegerLookup(oov_method="murmur")
    with pytest.raises(ValueError, match="vocabulary_dtype should be 'int64'"):
        IntegerLookup(vocabulary_dtype="int32")


@both
def test_weights_of_tokens(cls):
    """``log(1 + documents / (1 + those with the token))``, a document being a row."""
    a, b, c, other = TOKENS[cls]
    layer = cls(output_mode="tf_idf", dtype="float64")
    layer.adapt([[a, a, b], [a, c, c], [a, a, a]])
    assert layer.get_vocabulary(False)[:2] == [a, c]
    weights = np.log(1 + 3 / (1 + np.array([3, 1, 1])))
    expected = [[weights.mean(), 2 * weights[0], weights[1], 0]]
    np.testing.assert_allclose(layer([[a, c, a, other]]), expected, rtol=1e-12)
    again = pickle.loads(pickle.dumps(layer))
    np.testing.assert_allclose(again([[a, c, a, other]]), expected, rtol=1e-12)
    with pytest.raises(RuntimeError, match="cannot be changed"):
        layer.adapt([[a, b]])


def test_bytes_are_decoded():
    layer = StringLookup(vocabulary=["ä"], encoding="latin-1")
    equal(layer(np.array(["ä".encode("latin-1"), b"x"])), [1, 0])
