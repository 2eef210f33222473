"""`model.predictor()`: predictions for few samples, again and again."""

import threading

import numpy as np
import pytest

import pymlp as keras
from pymlp.layers import Dense, Flatten
from pymlp.nesting import flatten


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


def nested(dtype="float32"):
    """Two inputs and two outputs, in each of the nests that a model may have."""
    keras.utils.set_random_seed(3)
    a, b = keras.Input((3,), name="a", dtype=dtype), keras.Input((2, 2), name="b", dtype=dtype)
    flat = Flatten(dtype=dtype)(b)
    hidden = keras.layers.concatenate([a, flat], dtype=dtype)
    p, q = Dense(4, "tanh", dtype=dtype)(hidden), Dense(1, dtype=dtype)(hidden)
    return {
        "lists": keras.Model([a, b], [p, q]),
        "dicts": keras.Model({"a": a, "b": b}, {"p": p, "q": q}),
        "deep": keras.Model({"in": [a, {"b": b}]}, [{"p": p}, [q]]),
        "one output": keras.Model((a, b), q),
        "one output in a list": keras.Model((a, b), [q]),
    }


class TestSeveral:
    """Several inputs, several outputs."""

    @pytest.mark.parametrize("rows", [1, 7])
    @pytest.mark.parametrize(
        "kind", ["lists", "dicts", "deep", "one output", "one output in a list"]
    )
    def test_same_bits_as_predict(self, kind, rows, dtype, rng):
        net = nested(dtype)[kind]
        a, b = rng.normal(size=(rows, 3)).astype(dtype), rng.normal(size=(rows, 2, 2)).astype(dtype)
        x = {"dicts": {"b": b, "a": a}, "deep": {"in": [a, {"b": b}]}}.get(kind, [a, b])
        predict = net.predictor(rows)
        for _ in range(3):
            found, expected = predict(x), net.predict(x, verbose=0)
            assert type(found) is type(expected)
            assert len(flatten(found)) == len(flatten(expected))
            for ours, theirs in zip(flatten(found), flatten(expected), strict=True):
                assert ours.dtype == dtype
                np.testing.assert_array_equal(ours, theirs)
            a += 1
            b -= 1

    def test_inputs_by_name_or_in_order(self, rng):
        a, b = rng.normal(size=(1, 3)), rng.normal(size=(1, 2, 2)).astype("float32")
        for net in (nested()["lists"], nested()["dicts"]):
            predict = net.predictor()
            first = [part.copy() for part in flatten(predict({"a": a, "b": b}))]
            for other in ([a, b], (a.tolist(), b), {"b": b, "a": a, "more": None}):
                for ours, theirs in zip(flatten(predict(other)), first, strict=True):
                    np.testing.assert_array_equal(ours, theirs)

    def test_one_input_several_outputs(self, rng):
        x = keras.Input((3,))
        net = keras.Model(x, [Dense(2)(x), Dense(1)(x)])
        x = rng.normal(size=(4, 3)).astype("float32")
        for ours, theirs in zip(net.predictor(4)(x), net.predict(x, verbose=0), strict=True):
            np.testing.assert_array_equal(ours, theirs)

    def test_a_subclass(self, rng):
        class Swapped(keras.Model):
            def call(self, inputs):
                return inputs["b"], inputs["a"]

        net = Swapped()
        x = {"a": np.ones((2, 3), "float32"), "b": np.zeros((2, 1), "float32")}
        net(x)
        b, a = net.predictor(2)(x)
        assert (b.shape, a.shape) == ((2, 1), (2, 3))
        assert (a == 1).all()

    def test_next_call_overwrites(self, rng):
        predict = nested()["dicts"].predictor()
        x = {"a": np.ones((1, 3), "float32"), "b": np.ones((1, 2, 2), "float32")}
        first = predict(x)
        kept = first["p"].copy()
        assert predict({"a": 2 * x["a"], "b": x["b"]}) is first
        assert (first["p"] != kept).any()

    @pytest.mark.parametrize(
        ("x", "error", "message"),
        [
            ([np.ones((1, 3))], ValueError, r"predictor: x should be given .* received a list of 1"),
            (np.ones((1, 3)), ValueError, r"x should be given .*one array of shape \(1, 3\)"),
            ({"a": np.ones((1, 3))}, ValueError, "'b' is missing"),
            ([np.ones((1, 3)), np.ones((1, 4))], ValueError, r"x\['b'\] of shape \(1, 2, 2\), received \(1, 4\)"),
            ([np.ones((2, 3)), np.ones((1, 2, 2))], ValueError, r"x\['a'\] of shape \(1, 3\), received"),
            ([np.full((1, 3), "a"), np.ones((1, 2, 2))], TypeError, r"numbers of shape \(1, 3\) for x\['a'\]"),
        ],
    )  # fmt: skip
    def test_what_is_refused(self, x, error, message):
        predict = nested()["lists"].predictor()
        with pytest.raises(error, match=message):
            predict(x)
        predict([np.ones((1, 3)), np.ones((1, 2, 2))])  # and it goes on

    def test_a_predictor_for_each_thread(self, rng):
        net = nested()["lists"]
        x = [
            [
                rng.normal(size=(1, 3)).astype("float32"),
                rng.normal(size=(1, 2, 2)).astype("float32"),
            ]
            for _ in range(6)
        ]
        expected = [net.predict(one, verbose=0)[0] for one in x]
        wrong = []

        def work(i):
            predict = net.predictor()
            for _ in range(300):
                if (predict(x[i])[0] != expected[i]).any():
                    wrong.append(i)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


def test_what_layers_keep_is_left_alone():
    class Counting(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.count = self.add_weight((), "zeros", trainable=False)
            self.mean = keras.metrics.Mean()

        def call(self, x):
            self.count.assign_add(1.0)
            self.mean.update_state(x)
            return x

    layer = Counting()
    net = keras.Sequential([keras.Input((2,)), layer])
    predict = net.predictor()
    assert (float(layer.count), layer.mean.result()) == (0.0, 0.0)
    predict(np.full((1, 2), 3.0, "float32"))
    predict(np.full((1, 2), 5.0, "float32"))
    assert (float(layer.count), layer.mean.result()) == (2.0, 4.0)
