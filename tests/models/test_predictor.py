"""`model.predictor()`: predictions for few samples, again and again."""

import threading

import numpy as np
import pytest

import pymlp as keras
from pymlp.layers import Dense, Flatten


def model(dtype="float32"):
    keras.utils.set_random_seed(3)
    hidden = [Dense(31, "relu", dtype=dtype), Dense(17, "tanh", dtype=dtype)]
    inputs = keras.Input((5, 4), dtype=dtype)
    return keras.Sequential(
        [inputs, Flatten(dtype=dtype), *hidden, Dense(3, "softmax", dtype=dtype)]
    )


@pytest.mark.parametrize("rows", [1, 2, 7, 33])
def test_same_bits_as_predict(rows, dtype, rng):
    net = model(dtype)
    x = rng.normal(size=(rows, 5, 4)).astype(dtype)
    predict = net.predictor(rows)
    for _ in range(3):
        y = predict(x)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, net.predict(x, verbose=0))
        x += 1


def test_new_weights_count(rng):
    net = model()
    x = rng.normal(size=(1, 5, 4)).astype("float32")
    predict = net.predictor()
    before = predict(x).copy()
    net.set_weights([w + 0.5 for w in net.get_weights()])
    after = predict(x).copy()
    assert (before != after).any()
    np.testing.assert_array_equal(after, net.predict(x, verbose=0))


def test_next_call_overwrites(rng):
    predict = model().predictor()
    first = predict(rng.normal(size=(1, 5, 4)).astype("float32"))
    kept = first.copy()
    assert predict(rng.normal(size=(1, 5, 4)).astype("float32")) is first
    assert (first != kept).any()


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.astype("float64"),
        lambda x: x.astype("uint8"),
        lambda x: x.astype(">f4"),
        np.asfortranarray,
        lambda x: np.repeat(x, 2, -1)[..., ::2],
        lambda x: x.tolist(),
    ],
    ids=["float64", "uint8", "big-endian", "Fortran order", "strided", "list"],
)
def test_other_arrays_are_converted(change, rng):
    net = model()
    x = rng.integers(0, 9, (2, 5, 4)).astype("float32")
    np.testing.assert_array_equal(net.predictor(2)(change(x)), net.predict(x, verbose=0))


def test_read_only_array(rng):
    net = model()
    x = rng.normal(size=(1, 5, 4)).astype("float32")
    x.flags.writeable = False
    np.testing.assert_array_equal(net.predictor()(x), net.predict(x, verbose=0))


@pytest.mark.parametrize("shape", [(5, 4), (2, 5, 4), (1, 20), (1, 4, 5), (0, 5, 4), ()])
def test_wrong_shapes(shape):
    with pytest.raises(ValueError, match=r"expected x of shape \(1, 5, 4\), received"):
        model().predictor()(np.zeros(shape, "float32"))


def test_not_numbers():
    with pytest.raises(TypeError, match="expected numbers of shape"):
        model().predictor()(np.full((1, 5, 4), "a"))


@pytest.mark.parametrize("batch_size", [0, -1, 1.5, True, "1"])
def test_wrong_batch_size(batch_size):
    with pytest.raises(ValueError, match="predictor: batch_size should be a whole number"):
        model().predictor(batch_size)


def test_unbuilt_model():
    with pytest.raises(ValueError, match="is not built"):
        keras.Sequential([Dense(3)]).predictor()


def test_a_predictor_for_each_thread(rng):
    net = model()
    x = rng.normal(size=(8, 1, 5, 4)).astype("float32")
    expected = [net.predict(row, verbose=0) for row in x]
    wrong = []

    def work(i):
        predict = net.predictor()
        for _ in range(500):
            if (predict(x[i]) != expected[i]).any():
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
