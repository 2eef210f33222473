"""Targets that cannot be right are found before training, and the message says what to do."""

import tracemalloc

import numpy as np
import pytest

from pymlp import losses
from pymlp.losses import targets as targets_module

MSE, BINARY = losses.MeanSquaredError(), losses.BinaryCrossentropy()
CATEGORICAL = losses.CategoricalCrossentropy()
SPARSE = losses.SparseCategoricalCrossentropy()
OWN = losses.LossFunctionWrapper(lambda y_true, y_pred: y_pred, name="own")


def check(loss, y, shape, name="out"):
    loss.check_targets(np.asarray(y), shape, output_name=name)


GOOD = [
    (MSE, np.zeros((5, 3)), (None, 3)),
    (MSE, np.zeros(5), (None, 1)),
    (MSE, np.zeros((5, 1)), (None, 1)),
    (MSE, np.full((5, 3), np.inf), (None, 3)),
    (MSE, np.arange(5), (None, 1)),
    (MSE, np.array([True, False]), (None, 1)),
    (BINARY, np.array([0, 1, 1], np.uint8), (None, 1)),
    (BINARY, np.array([[0.5, 1.0]]), (None, 2)),
    (CATEGORICAL, np.eye(3), (None, 3)),
    (CATEGORICAL, 7 * np.eye(3), (None, 3)),
    (SPARSE, np.array([0, 2, 1]), (None, 3)),
    (SPARSE, np.array([[0.0], [2.0]]), (None, 3)),
    (SPARSE, np.zeros((5, 4)), (None, 4, 3)),
    (OWN, np.zeros((5, 3)), (None, 3)),
    (OWN, np.zeros(5), (None, 3)),
    (OWN, np.zeros((5, 2, 2)), (None, 3)),
    (losses.Loss(), np.zeros(5), (None, 3)),
]


@pytest.mark.parametrize(("loss", "y", "shape"), GOOD)
def test_good(loss, y, shape):
    check(loss, y, shape)


NAN = np.array([[0.0, 1.0], [0.5, np.nan]])
BAD = [
    (MSE, np.zeros((5, 3)), (None, 1), r"'out' expected y of shape \(batch_size, 1\), received y "
     r"of shape \(5, 3\)\. Give layer 'out' 3 units, or y 1 columns"),
    (MSE, np.zeros(5), (None, 3), r"y of shape \(batch_size, 3\).*\(5,\).*Reshape y"),
    (MSE, np.zeros((5, 2, 2)), (None, 4), r"y of shape \(batch_size, 4\).*\(5, 2, 2\)"),
    (MSE, np.float64(1.0), (None, 1), r"received y of shape \(\)"),
    (MSE, NAN, (None, 2), r"'out' expected numbers.*y\[1, 1\] = nan.*Leave such samples out"),
    (BINARY, NAN, (None, 2), r"y\[1, 1\] = nan"),
    (CATEGORICAL, NAN, (None, 2), r"y\[1, 1\] = nan"),
    (SPARSE, NAN[1], (None, 2), r"y\[1\] = nan"),
    (OWN, NAN, (None, 2), r"y\[1, 1\] = nan"),
    (OWN, np.zeros((5, 3)), (None, 1), r"y of shape \(batch_size, 1\).*\(5, 3\)"),
    (losses.Loss(), np.zeros((5, 3)), (None, 1), r"y of shape \(batch_size, 1\).*\(5, 3\)"),
    (MSE, np.array(["a", "b"]), (None, 1), r"expected numbers as y.*np\.unique"),
    (BINARY, np.array([1, 2, 1]), (None, 1), r"from 0 to 1, received y\[1\] = 2"),
    (BINARY, np.array([[-1.0], [1.0]]), (None, 1), r"from 0 to 1, received y\[0, 0\] = -1\.0"),
    (BINARY, np.zeros((5, 3)), (None, 1), r"\(batch_size, 1\).*\(5, 3\)"),
    (CATEGORICAL, np.array([0, 1, 2]), (None, 3), r"'out' expected y of shape \(batch_size, 3\).*"
     r"\(3,\).*sparse_categorical_crossentropy.*to_categorical\(y, 3\)"),
    (CATEGORICAL, np.zeros((5, 1)), (None, 3), r"sparse_categorical_crossentropy"),
    (CATEGORICAL, np.zeros((5, 4)), (None, 3), r"\(batch_size, 3\).*\(5, 4\)"),
    (SPARSE, np.eye(3), (None, 3), r"expected y of shape \(batch_size,\).*"
     r"categorical_crossentropy.*y\.argmax"),
    (SPARSE, np.zeros((5, 2)), (None, 3), r"expected y of shape \(batch_size,\).*\(5, 2\)"),
    (SPARSE, np.array([0, 1, 3]), (None, 3), r"from 0 to 2.*3 units.*y\[2\] = 3.*"
     r"Number the classes"),
    (SPARSE, np.array([[0], [-1]]), (None, 3), r"from 0 to 2.*y\[1, 0\] = -1"),
    (SPARSE, np.array([0.0, 1.5]), (None, 3), r"whole numbers from 0 to 2.*y\[1\] = 1\.5"),
    (SPARSE, np.array([0.0, np.inf]), (None, 3), r"y\[1\] = inf"),
    (SPARSE, np.array([0, 1]), (None, 1), r"1 unit,.*y\[1\] = 1.*binary_crossentropy"),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "y", "shape", "message"), BAD)
def test_bad(loss, y, shape, message):
    with pytest.raises(ValueError, match=message):
        check(loss, y, shape)


@pytest.mark.parametrize("name", ["hidden", "dense_2"])
def test_the_layer_is_named(name):
    with pytest.raises(ValueError, match=repr(name)):
        check(SPARSE, np.array([7]), (None, 3), name)


def test_functions_are_checked_as_the_classes_are():
    for function, y in ((losses.sparse_categorical_crossentropy, [3]), (losses.huber, np.ones(4))):
        with pytest.raises(ValueError, match="'out'"):
            check(losses.LossFunctionWrapper(function), y, (None, 3))


@pytest.mark.parametrize("bad", [None, 0, 999, 399_999])
def test_memory_mapped_targets_are_read_in_parts(tmp_path, monkeypatch, bad):
    monkeypatch.setattr(targets_module, "_PART", 10_000)
    y = np.zeros((400_000, 2), np.float32)
    if bad is not None:
        y[bad, 1] = np.nan
    y.tofile(tmp_path / "y")
    mapped = np.memmap(tmp_path / "y", np.float32, "r", shape=y.shape)
    tracemalloc.start()
    try:
        if bad is None:
            MSE.check_targets(mapped, (None, 2), output_name="out")
        else:
            with pytest.raises(ValueError, match=rf"y\[{bad}, 1\] = nan"):
                MSE.check_targets(mapped, (None, 2), output_name="out")
        assert tracemalloc.get_traced_memory()[1] < 200_000  # one byte an element would be 800,000
    finally:
        tracemalloc.stop()
