"""`evaluate`, `predict` and their one-batch forms; every kind of input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linear import Trained, data, model

import pymlp as keras

close = pytest.approx


def network(dtype="float32", classes=3):
    keras.utils.set_random_seed(5)
    layers = keras.layers
    made = keras.Sequential(
        [
            keras.Input((4,), dtype=dtype),
            layers.Dense(33, activation="relu", dtype=dtype),
            layers.Dense(classes, activation="softmax", dtype=dtype),
        ]
    )
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


class TestEvaluate:
    @given(rows=st.integers(1, 70), batch_size=st.integers(1, 80))
    def test_means_over_the_samples(self, rows, batch_size):
        x, y = data(rows)
        loss, mae = model().evaluate(x, y, batch_size=batch_size, verbose=0)
        expected = Trained(x, y, rows)
        assert (loss, mae) == (close(expected.loss), close(expected.mae))

    def test_forms_of_the_answer(self):
        x, y = data(5)
        expected = Trained(x, y, 5)
        found = model(metrics=()).evaluate(x, y, verbose=0)
        assert isinstance(found, float)
        assert found == close(expected.loss)
        measured = model()
        assert measured.evaluate(x, y, verbose=0) == close([expected.loss, expected.mae])
        assert measured.metrics_names == ["loss", "mae"]
        assert measured.evaluate(x, y, verbose=0, return_dict=True) == {
            "loss": close(expected.loss),
            "mae": close(expected.mae),
        }
        assert measured.test_on_batch(x, y) == close([expected.loss, expected.mae])
        assert list(measured.test_on_batch(x, y, return_dict=True)) == ["loss", "mae"]

    def test_weights(self):
        x, y = data(7)
        weights = np.arange(7)
        expected = Trained(x, y, 7, weights)
        measured = model(weighted_metrics=["mse"])
        wanted = close([expected.loss, expected.mae, expected.weighted_mse])
        assert measured.evaluate(x, y, 3, sample_weight=weights, verbose=0) == wanted
        assert measured.test_on_batch(x, y, sample_weight=weights) == wanted

    def test_steps(self):
        x, y = data(10)
        # Without a batch size, batches so large that the steps go through all samples.
        many_x, many_y = data(70)
        whole = model().evaluate(many_x, many_y, verbose=0)
        assert model().evaluate(many_x, many_y, steps=2, verbose=0) == close(whole)
        assert model().predict(many_x, steps=2, verbose=0).shape == (70, 1)
        found = model().evaluate(x, y, batch_size=2, steps=3, verbose=0)
        assert found[0] == close(Trained(x[:6], y[:6], 6).loss)

    def test_more_steps_than_data(self):
        """As in Keras: a warning, and the results of what there is."""
        x, y = data(10)
        whole = model().evaluate(x, y, verbose=0)
        with pytest.warns(UserWarning, match="data: evaluate has 5 of 9") as told:
            assert model().evaluate(x, y, batch_size=2, steps=9, verbose=0) == close(whole)
        assert told[0].filename == __file__
        with pytest.warns(UserWarning, match="data: validation .* validation_steps") as told:
            model().fit(x, y, batch_size=2, validation_data=(x, y), validation_steps=9, verbose=0)
        assert told[0].filename == __file__

        def batches():
            for row in range(0, 10, 2):
                yield x[row : row + 2], y[row : row + 2]

        with pytest.warns(UserWarning, match="data: evaluate has 5 of 9"):
            assert model().evaluate(batches(), steps=9, verbose=0) == close(whole)
        with pytest.warns(UserWarning, match="data: predict has 5 of 9"):
            assert len(model().predict(batches(), steps=9, verbose=0)) == 10

    def test_changes_no_weights_and_starts_again(self):
        x, y = data(10)
        measured = model(optimizer="adam")
        before = measured.get_weights()[0]
        first = measured.evaluate(x, y, verbose=0)
        assert measured.evaluate(x, y, verbose=0) == first
        measured.test_on_batch(x, y)
        np.testing.assert_array_equal(measured.get_weights()[0], before)
        assert measured.optimizer.iterations == 0

    @pytest.mark.parametrize(
        ("targets", "loss"),
        [
            (lambda c: c, "sparse_categorical_crossentropy"),
            (lambda c: c[:, None], "sparse_categorical_crossentropy"),
            (lambda c: np.eye(3)[c], "categorical_crossentropy"),
        ],
    )
    def test_accuracy_suits_the_targets(self, targets, loss):
        measured = network()
        measured.compile("sgd", loss, metrics=["accuracy"])
        x = np.random.default_rng(0).normal(size=(50, 4))
        classes = np.random.default_rng(1).integers(0, 3, 50)
        p = measured.predict(x, verbose=0)
        found = measured.evaluate(x, targets(classes), verbose=0)
        assert found[0] == close(-np.mean(np.log(p[np.arange(50), classes])), rel=1e-5)
        assert found[1] == close(np.mean(p.argmax(axis=1) == classes))

    def test_binary_accuracy(self):
        measured = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, "sigmoid")])
        measured.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
        x = np.random.default_rng(0).normal(size=(50, 4))
        y = np.random.default_rng(1).integers(0, 2, 50)
        p = measured.predict(x, verbose=0)[:, 0]
        for targets in (y, y[:, None], y.astype(bool), y.astype("float32")):
            found = measured.evaluate(x, targets, verbose=0)
            expected = -np.mean(np.where(y == 1, np.log(p), np.log1p(-p)))
            assert found == [close(expected, rel=1e-5), close(np.mean((p > 0.5) == y))]


class TestPredict:
    @pytest.mark.parametrize("rows", [1, 2, 31, 255, 256, 257, 600])
    def test_a_row_does_not_depend_on_the_others(self, rows, dtype):
        made = network(dtype)
        x = np.random.default_rng(rows).normal(size=(rows, 4))
        whole = made.predict(x, verbose=0)
        assert (whole.shape, whole.dtype) == ((rows, 3), dtype)
        for i in {0, 1 % rows, rows // 2, rows - 1}:
            np.testing.assert_array_equal(whole[i], made.predict(x[i : i + 1], verbose=0)[0])
        for batch_size in (1, 7, 100, 1000):
            np.testing.assert_array_equal(made.predict(x, batch_size, verbose=0), whole)
        np.testing.assert_array_equal(made.predict_on_batch(x), whole)
        np.testing.assert_array_equal(made(x), whole)
        back = made.predict(x[::-1], verbose=0)[::-1]
        np.testing.assert_array_equal(back, whole)

    def test_values(self, dtype):
        made = network(dtype)
        x = np.random.default_rng(0).normal(size=(20, 4))
        w1, b1, w2, b2 = (w.astype(np.float64) for w in made.get_weights())
        z = np.maximum(x.astype(dtype).astype(np.float64) @ w1 + b1, 0) @ w2 + b2
        expected = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        # The logits err by some (k + 4) eps; a softmax passes that on as a relative error.
        scale = 4 * (33 + 4) * np.finfo(dtype).eps * max(1, np.abs(z).max())
        np.testing.assert_allclose(made.predict(x, verbose=0), expected, rtol=scale)

    def test_steps(self):
        made = network()
        x = np.random.default_rng(0).normal(size=(20, 4))
        whole = made.predict(x, verbose=0)
        np.testing.assert_array_equal(made.predict(x, batch_size=4, steps=3, verbose=0), whole[:12])
        with pytest.warns(UserWarning, match="data: predict has 5 of 9") as told:
            found = made.predict(x, batch_size=4, steps=9, verbose=0)
        assert told[0].filename == __file__
        np.testing.assert_array_equal(found, whole)

    def test_callbacks_get_each_batch(self):
        made = network()
        x = np.random.default_rng(0).normal(size=(10, 4))
        parts = []
        listening = keras.callbacks.LambdaCallback(
            on_predict_batch_end=lambda batch, logs: parts.append(logs["outputs"].copy())
        )
        whole = made.predict(x, batch_size=4, verbose=0, callbacks=[listening])
        assert [len(part) for part in parts] == [4, 4, 2]
        np.testing.assert_array_equal(np.concatenate(parts), whole)

    def test_before_compile_and_before_build(self):
        made = keras.Sequential([keras.layers.Dense(2)])
        x = np.ones((3, 4))
        assert made.predict(x, verbose=0).shape == (3, 2)

    def test_the_result_is_the_caller_s_own(self):
        made = network()
        x = np.ones((3, 4))
        one, other = made.predict(x, verbose=0), made.predict(x, verbose=0)
        assert not np.shares_memory(one, other)
        assert one.flags.writeable
        assert one.flags.c_contiguous

    def test_progress_goes_to_stdout_only_when_wanted(self, capsys):
        made = network()
        made.predict(np.ones((3, 4)), verbose=0)
        made(np.ones((3, 4)))
        made.predict_on_batch(np.ones((3, 4)))
        assert capsys.readouterr().out == ""
        made.predict(np.ones((3, 4)), verbose=1)
        assert "1/1" in capsys.readouterr().out


def each_kind(directory):
    """Yield (name, array) for the same small whole numbers in every form that holds them."""
    base = np.random.default_rng(0).integers(0, 2, (24, 4))
    for kind in ("?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "g"):
        yield kind, base.astype(kind)
    yield "list", base.tolist()
    yield "list of booleans", base.astype(bool).tolist()
    yield "list of arrays", list(base.astype("f4"))
    yield "Fortran order", np.asfortranarray(base.astype("f4"))
    wide = np.full((48, 12), 99.0)
    wide[::2, 1::3] = base
    yield "strided", wide[::2, 1::3]
    yield "backwards", base[::-1].astype("f4")[::-1]
    yield "broadcast", np.broadcast_to(base.astype("f4"), (24, 4))
    locked = base.astype("f8")
    locked.flags.writeable = False
    yield "read-only", locked
    for kind in (">f4", ">f8", ">i8", ">u2", ">f2"):
        yield f"byte order {kind}", base.astype(kind)
    np.save(directory / "x.npy", base.astype("u1"))
    yield "memory-mapped", np.load(directory / "x.npy", mmap_mode="r")
    record = np.zeros(24, [("pad", "u1"), ("x", "f4", (4,))])
    record["x"] = base
    yield "unaligned", record["x"]


class TestKinds:
    def test_predict_and_evaluate(self, tmp_path, dtype):
        made = network(dtype)
        kinds = dict(each_kind(tmp_path))
        y = np.arange(24) % 3
        reference = np.ascontiguousarray(kinds["f8"].astype(dtype))
        expected = made.predict(reference, verbose=0)
        measured = made.evaluate(reference, y, verbose=0)
        for name, x in kinds.items():
            np.testing.assert_array_equal(made.predict(x, verbose=0), expected, err_msg=name)
            np.testing.assert_array_equal(made(x), expected, err_msg=name)
            assert made.evaluate(x, y, verbose=0) == measured, name

    def test_fit(self, tmp_path):
        y = np.arange(24) % 3
        weights = []
        for name, x in each_kind(tmp_path):
            made = network()
            made.fit(x, y, batch_size=5, epochs=2, verbose=0)  # the seed is set in `network`
            weights.append((name, made.get_weights()[0]))
        for name, weight in weights:
            np.testing.assert_array_equal(weight, weights[0][1], err_msg=name)

    def test_targets_and_weights(self, tmp_path):
        x = np.random.default_rng(0).normal(size=(24, 4))
        results = []
        for name, y in each_kind(tmp_path):
            made = model(4, loss="mse", weighted_metrics=["mse"])
            made.pop()
            made.add(keras.layers.Dense(4, kernel_initializer="ones", dtype="float64"))
            weight = np.asarray(y)[:, 0]
            made.fit(x, y, sample_weight=weight, batch_size=5, shuffle=False, verbose=0)
            results.append((name, made.get_weights()[0]))
        for name, weight in results:
            np.testing.assert_array_equal(weight, results[0][1], err_msg=name)

    def test_fractions_are_rounded_once(self):
        # float64 data in a float32 model: each element is rounded, then computed with.
        made = network()
        x = np.random.default_rng(0).normal(size=(30, 4))
        np.testing.assert_array_equal(
            made.predict(x, verbose=0), made.predict(x.astype("f4"), verbose=0)
        )

    def test_inputs_are_left_alone(self):
        made = network()
        x = np.random.default_rng(0).normal(size=(30, 4))
        y = np.arange(30) % 3
        copies = x.copy(), y.copy()
        made.fit(x, y, verbose=0)
        made.predict(x, verbose=0)
        np.testing.assert_array_equal(x, copies[0])
        np.testing.assert_array_equal(y, copies[1])

    def test_images_and_single_features(self):
        images = np.random.default_rng(0).integers(0, 255, (9, 5, 4), dtype=np.uint8)
        made = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)])
        np.testing.assert_array_equal(
            made.predict(images, verbose=0),
            made.predict(images.astype("f4"), verbose=0),
        )
        one = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])
        x = np.linspace(0, 1, 5)
        np.testing.assert_array_equal(one.predict(x, verbose=0), one.predict(x[:, None], verbose=0))


class TestNotFinite:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
    def test_stays_in_its_row(self, value):
        made = network()
        x = np.random.default_rng(0).normal(size=(20, 4))
        clean = made.predict(x, verbose=0)
        x[7, 2] = value
        found = made.predict(x, verbose=0)
        rows = np.arange(20) != 7
        np.testing.assert_array_equal(found[rows], clean[rows])
        assert np.isnan(found[7]).any()

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_training_on_it_crashes_nothing(self, value):
        made = network()
        x = np.random.default_rng(0).normal(size=(20, 4))
        x[7, 2] = value
        history = made.fit(x, np.arange(20) % 3, verbose=0, epochs=2).history
        assert np.isnan(history["loss"][-1])
        assert np.isnan(made.predict(x, verbose=0)).any()
        assert np.isnan(made.evaluate(x, np.arange(20) % 3, verbose=0)[0])


def _centred(inputs):
    return inputs - keras.ops.mean(inputs, axis=0)


def _shares(inputs):
    return inputs / keras.ops.size(inputs)


def _greatest(inputs):
    return inputs - keras.ops.max(inputs)


def _in_python(inputs):
    return keras.ops.python_function(lambda x: x - x.mean(0))(inputs)


@pytest.mark.parametrize("of_a_batch", [_centred, _shares, _greatest, _in_python])
@pytest.mark.parametrize("batch_size", [1, 32, 100, 600])
def test_what_is_computed_with_all_of_a_batch_has_the_batches_that_were_asked_for(
    of_a_batch, batch_size
):
    class Joining(keras.layers.Layer):
        def call(self, inputs):
            return of_a_batch(inputs)

    class Stepping(keras.Sequential):
        def predict_step(self, data):
            return super().predict_step(data)

    def expected(x):
        made = {_centred: x - x.mean(0), _shares: x / x.size, _greatest: x - x.max()}
        return made.get(of_a_batch, x - x.mean(0))

    x = np.random.default_rng(3).normal(size=(600, 2)).astype("float32")
    parts = [expected(x[i : i + batch_size]) for i in range(0, len(x), batch_size)]
    for model_class in (keras.Sequential, Stepping):
        model = model_class([keras.Input((2,)), Joining()])
        found = model.predict(x, batch_size=batch_size, verbose=0)
        np.testing.assert_allclose(found, np.concatenate(parts), atol=1e-5)
        for whole in (model(x), model.predict_on_batch(x)):
            np.testing.assert_allclose(whole, expected(x), atol=1e-5)


class TestWithoutALoss:
    """Then a model is measured by its metrics, and its loss is 0, as in Keras on JAX."""

    @pytest.mark.parametrize("run_eagerly", [False, True])
    def test_metrics_alone(self, run_eagerly):
        made = keras.Sequential(
            [keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")]
        )
        made.compile("sgd", metrics=["mae"], run_eagerly=run_eagerly)
        x, y = np.arange(1.0, 5.0)[:, None], np.zeros((4, 1))
        assert made.evaluate(x, y, verbose=0) == [0.0, 2.5]
        assert made.evaluate(((x, y) for _ in range(2)), verbose=0) == [0.0, 2.5]
        before = made.get_weights()
        with pytest.raises(ValueError, match=r"compiled without a loss, and no layer adds one"):
            made.fit(x, y, verbose=0)
        np.testing.assert_array_equal(made.get_weights()[0], before[0])

    def test_metrics_need_targets(self):
        made = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        made.compile("sgd", metrics=["mae"])
        with pytest.raises(ValueError, match="evaluate: y is missing"):
            made.evaluate(np.ones((4, 1)), verbose=0)
        made.compile("sgd")
        assert made.evaluate(np.ones((4, 1)), verbose=0) == 0.0

    def test_what_layers_add_is_a_loss(self):
        regularized = keras.layers.Dense(
            1, kernel_initializer="ones", kernel_regularizer=keras.regularizers.L2(0.5)
        )
        made = keras.Sequential([keras.Input((1,)), regularized])
        made.compile("sgd", metrics=["mae"])
        assert made.evaluate(np.ones((2, 1)), np.zeros((2, 1)), verbose=0) == [0.5, 1.0]
