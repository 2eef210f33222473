"""`Hashing`, `HashedCrossing` and the hashes behind them; with the lookups, Keras's own answers."""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from keras_figures import preprocessing

import pymlp
from pymlp import saving
from pymlp.layers import (
    Discretization,
    HashedCrossing,
    Hashing,
    IntegerLookup,
    StringLookup,
    fingerprints,
)

FIGURES = Path(__file__).parents[1] / "keras_figures" / "preprocessing.json"


def equal(found, expected):
    np.testing.assert_array_equal(found, expected)


def test_as_keras_on_tensorflow():
    """Committed answers, for Keras's own layers need TensorFlow: the same bins and indices, to the last one."""
    expected = json.loads(FIGURES.read_text())["answers"]
    found = dict(preprocessing.answers(pymlp))
    assert found.keys() == expected.keys()
    for name, array in found.items():
        if array.dtype.kind == "f":
            np.testing.assert_allclose(array, expected[name], rtol=1e-6, err_msg=name)
        else:
            np.testing.assert_array_equal(array, expected[name], err_msg=name)


def test_siphash_of_its_paper():
    """Appendix A: the key 00 01 ... 0f and the message 00 01 ... 0e."""
    words = [int.from_bytes(bytes(range(i, i + 8)), "little") for i in (0, 8)]
    message = np.arange(15, dtype=np.uint8)[None]
    assert int(fingerprints.siphash(message, (words[0], words[1]))[0]) == 0xA129CA6149BE45E5


def test_farmhash_of_nothing_is_its_constant():
    assert int(fingerprints.farmhash(np.zeros((1, 0), np.uint8))[0]) == 0x9AE16A3B2F90404F


@pytest.mark.parametrize(
    "function", [fingerprints.farmhash, lambda r: fingerprints.siphash(r, (1, 2))]
)
def test_texts_together_hash_as_alone(function, rng):
    texts = np.array(["x" * n for n in rng.integers(0, 150, 60)]).reshape(4, 15)
    together = fingerprints.of_texts(texts, function)
    alone = [fingerprints.of_texts(np.array([text]), function)[0] for text in texts.flat]
    equal(together.ravel(), alone)


def test_shapes_and_types():
    layer = Hashing(10)
    assert layer(["a", "b"]).dtype == "int64"
    assert layer("a").shape == ()
    for empty in ([], np.zeros((0, 3), "U4"), np.zeros((0, 2), np.int32)):
        assert layer(empty).shape == np.shape(empty)
    assert Hashing(10, dtype="int32")(["a"]).dtype == "int32"
    assert Hashing(10, output_mode="one_hot", dtype="float64")(["a"]).dtype == "float64"
    equal(layer(np.array([7, 8], np.uint8)), layer(["7", "8"]))
    equal(layer(np.array([b"ab", b"c"])), layer(["ab", "c"]))
    equal(layer(np.array(["ab", "c"], object)), layer(["ab", "c"]))
    cross = HashedCrossing(10)
    assert cross((["a"], [1])).shape == (1,)
    assert cross((np.array([["a"]]), np.array([[1]]))).shape == (1, 1)
    assert cross(("a", 1)).shape == ()
    equal(cross(("a", 1)), cross((["a"], [1]))[0])
    assert cross((np.zeros(0, "U1"), np.zeros(0, int))).shape == (0,)
    assert HashedCrossing(10, "one_hot")((["a", "b"], [1, 2])).shape == (2, 10)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Hashing(7, mask_value="a", salt=5, name="mine"),
        lambda: Hashing(7, output_mode="count", dtype="float64"),
        lambda: HashedCrossing(7, name="mine", dtype="int32"),
        lambda: HashedCrossing(7, "one_hot"),
    ],
)
def test_copies(make):
    layer = make()
    x = (["a", "b"], ["c", "d"]) if isinstance(layer, HashedCrossing) else ["a", "b", "c"]
    for again in (
        type(layer).from_config(layer.get_config()),
        pickle.loads(pickle.dumps(layer)),
        copy.deepcopy(layer),
        saving.deserialize_object(json.loads(json.dumps(saving.serialize_object(layer)))),
    ):
        assert again.get_config() == layer.get_config()
        equal(again(x), layer(x))
        assert again(x).dtype == layer(x).dtype


def test_what_it_gives_is_fitted(rng):
    """A model of bins: a weight for each combination of two columns learns what depends on both."""
    a, b = rng.choice(["u", "v"], 200), rng.integers(0, 2, 200)
    y = ((a == "u") == (b == 1)).astype("float32")
    x = HashedCrossing(16, "one_hot")((a, b))
    model = pymlp.Sequential([pymlp.Input((16,)), pymlp.layers.Dense(1, "sigmoid")])
    model.compile(pymlp.optimizers.Adam(0.1), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=20, verbose=0)
    assert model.evaluate(x, y, verbose=0)[1] == 1.0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [(lambda: Hashing(0), ValueError, "Hashing .*num_bins should be a whole number of at least 1"),
     (lambda: Hashing(None), ValueError, "num_bins should be"),
     (lambda: Hashing(2.5), ValueError, "num_bins should be"),
     (lambda: Hashing(3, output_mode="tf_idf"), ValueError, "output_mode should be one of int, one_hot"),
     (lambda: Hashing(3, salt="x"), ValueError, "salt should be a whole number, or two"),
     (lambda: Hashing(3, salt=[1, 2, 3]), ValueError, "salt should be a whole number, or two"),
     (lambda: Hashing(3, dtype="float32"), ValueError, "dtype should be 'int32' or 'int64'"),
     (lambda: Hashing(3, output_mode="count", dtype="int64"), ValueError, "float32"),
     (lambda: Hashing(3, sparse=True), NotImplementedError, "sparse=True is not supported"),
     (lambda: Hashing(3)(["a", None]), ValueError, "type object. Are there missing values"),
     (lambda: Hashing(3)(pymlp.Input((1,))), NotImplementedError, "works on arrays, not within a model"),
     (lambda: HashedCrossing(3, "count"), ValueError, "output_mode should be one of int, one_hot"),
     (lambda: HashedCrossing(3)(["a"]), ValueError, "at least two arrays"),
     (lambda: HashedCrossing(3)(np.ones((2, 2))), ValueError, "at least two arrays"),
     (lambda: HashedCrossing(3)((["a"], ["b", "c"])), ValueError, "arrays of one shape"),
     (lambda: HashedCrossing(3)((["a"], [0.5])), ValueError, "strings or whole numbers, received values of type"),
     (lambda: HashedCrossing(3)(([["a", "b"]], [["a", "b"]])), ValueError, r"shape \(\), \(batch_size,\)")],
)  # fmt: skip
def test_bad_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_columns_of_tables():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed here")
    table = pandas.DataFrame(
        {"town": ["Ulm", "Bonn", "Ulm"], "month": [3, 1, 3], "rent": [9.5, 12.0, 8.0]}
    )
    equal(Hashing(9)(table["town"]), Hashing(9)(["Ulm", "Bonn", "Ulm"]))
    equal(Hashing(9)(table["month"]), Hashing(9)([3, 1, 3]))
    cross = HashedCrossing(9)
    equal(cross((table["town"], table["month"])), cross((["Ulm", "Bonn", "Ulm"], [3, 1, 3])))
    for town in (
        table["town"],
        table["town"].astype("category"),
        table["town"].astype(object),
        table[["town"]],
    ):
        layer = StringLookup()
        layer.adapt(town)
        assert layer.get_vocabulary() == ["[UNK]", "Ulm", "Bonn"]
        equal(np.ravel(layer(town)), [1, 2, 1])
    for month in (table["month"], table["month"].astype("Int64"), table[["month"]]):
        layer = IntegerLookup(output_mode="count")
        layer.adapt(month)
        assert layer.get_vocabulary() == [-1, 3, 1]
    layer = Discretization(num_bins=2)
    layer.adapt(table["rent"])
    equal(layer(table["rent"]), layer(table["rent"].to_numpy()))
    scaled = pymlp.layers.Normalization()
    scaled.adapt(table[["month", "rent"]])
    np.testing.assert_allclose(scaled(table[["month", "rent"]]).mean(0), [0, 0], atol=1e-6)
    with pytest.raises(ValueError, match="missing values"):
        StringLookup().adapt(pandas.Series(["a", None]))
