"""Steps of one's own, `run_eagerly`, and what callbacks are told of them."""

import copy
import os
import pickle

import numpy as np
import pytest

import pymlp as keras
from pymlp import ops
from pymlp.layers import Dense, Input
from pymlp.models import value_and_grad
from pymlp.utils import pack_x_y_sample_weight, unpack_x_y_sample_weight

pytestmark = pytest.mark.usefixtures("fresh_names")

RNG = np.random.default_rng(5)
X = RNG.normal(size=(22, 3)).astype("float32")
Y = RNG.normal(size=(22, 2)).astype("float32")
LABELS = RNG.integers(0, 2, 22)
WEIGHTS = RNG.uniform(0.5, 2, size=22).astype("float32")
FIT = {"batch_size": 4, "epochs": 3, "verbose": 0}


@pytest.fixture(autouse=True)
def _same_numbers():
    keras.utils.set_random_seed(7)


class ByHand(keras.Sequential):
    """Every step spelled out: what the built-in ones do."""

    def compile(self, *args, **kwargs):
        super().compile(*args, **kwargs)
        self._step = value_and_grad(self._forward, self._trained, has_aux=True)

    def _trained(self):
        return self.trainable_variables

    def _forward(self, x, y, sample_weight):
        y_pred = self(x, training=True)
        return self.compute_loss(x, y, y_pred, sample_weight), y_pred

    def train_step(self, data):
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        (loss, y_pred), gradients = self._step(x, y, sample_weight)
        self.optimizer.apply(gradients, self.trainable_variables)
        return self._measured(loss, x, y, y_pred, sample_weight)

    def test_step(self, data):
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False)
        loss = self.compute_loss(x, y, y_pred, sample_weight, training=False)
        return self._measured(loss, x, y, y_pred, sample_weight)

    def predict_step(self, data):
        x, _, _ = unpack_x_y_sample_weight(data)
        return self(x, training=False)

    def _measured(self, loss, x, y, y_pred, sample_weight):
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss, sample_weight=len(x))
            else:
                metric.update_state(y, y_pred, sample_weight)
        return {metric.name: metric.result() for metric in self.metrics}


class BySuper(keras.Sequential):
    def train_step(self, data):
        return super().train_step(data)

    def test_step(self, data):
        return super().test_step(data)

    def predict_step(self, data):
        return super().predict_step(data)


def network(kind, optimizer="adam", dtype="float32", **arguments):
    keras.utils.set_random_seed(1)
    hidden = [
        Dense(5, "tanh", dtype=dtype, kernel_regularizer="l2"),
        keras.layers.BatchNormalization(dtype=dtype),
        keras.layers.Dropout(0.2, seed=3, dtype=dtype),
    ]
    model = kind([Input((3,), dtype=dtype), *hidden, Dense(2, dtype=dtype)])
    made = optimizer if isinstance(optimizer, str) else optimizer()
    model.compile(made, "mse", metrics=["mae"], weighted_metrics=["mse"], **arguments)
    return model


def everything(model, **arguments):
    """What training and measuring leave, by name."""
    given = {"sample_weight": WEIGHTS, "validation_split": 0.3, **FIT, **arguments}
    history = model.fit(X, Y, **given).history
    return {
        **{name: np.array(values) for name, values in history.items()},
        "evaluate": np.array(model.evaluate(X, Y, batch_size=5, verbose=0)),
        "predict": model.predict(X, verbose=0),
        "train_on_batch": np.array(model.train_on_batch(X, Y, WEIGHTS)),
        "test_on_batch": np.array(model.test_on_batch(X, Y)),
        "predict_on_batch": model.predict_on_batch(X),
        "weights": np.concatenate([w.ravel() for w in model.get_weights()]),
        "iterations": np.array(model.optimizer.iterations),
    }


def agree(found, expected, rtol):
    assert list(found) == list(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=rtol, atol=rtol, err_msg=name)


class TestSameNumbersAsFit:
    """Batch by batch, by hand or not: what the native spans give, in float64 to 1e-10."""

    @pytest.mark.parametrize("kind", [ByHand, BySuper, keras.Sequential])
    @pytest.mark.parametrize("shuffle", [False, True])
    def test_overridden_and_eager(self, kind, shuffle):
        native = network(keras.Sequential, dtype="float64")
        other = network(kind, dtype="float64", run_eagerly=kind is keras.Sequential)
        expected = everything(native, shuffle=shuffle)
        keras.utils.set_random_seed(1)
        network(kind, dtype="float64")  # draws what the first did
        agree(everything(other, shuffle=shuffle), expected, rtol=1e-6)

    def test_bits_of_the_weights(self):
        native, other = network(keras.Sequential), network(keras.Sequential, run_eagerly=True)
        for model in (native, other):
            model.fit(X, Y, shuffle=False, **FIT)
        for a, b in zip(native.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    @pytest.mark.parametrize(
        "optimizer",
        [
            lambda: keras.optimizers.SGD(0.1, momentum=0.9, use_ema=True),
            lambda: keras.optimizers.Adam(0.01, gradient_accumulation_steps=2),
            lambda: keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)),
            lambda: keras.optimizers.get("lbfgs"),
        ],
    )
    def test_optimizers(self, optimizer):
        expected = everything(network(keras.Sequential, optimizer, dtype="float64"), shuffle=False)
        for kind, eagerly in ((BySuper, False), (keras.Sequential, True)):
            other = network(kind, optimizer, dtype="float64", run_eagerly=eagerly)
            agree(everything(other, shuffle=False), expected, rtol=1e-6)

    def test_a_loop_without_fit(self):
        """As in the guides of Keras: gradients, `apply`, metrics, epochs, all by hand."""
        fitted = network(keras.Sequential, dtype="float64")
        by_hand = network(keras.Sequential, dtype="float64")
        expected = fitted.fit(X, Y, shuffle=False, validation_data=(X, Y), **FIT).history
        optimizer = keras.optimizers.Adam()
        loss_function = keras.losses.MeanSquaredError()
        mae = keras.metrics.MeanAbsoluteError(dtype="float64")
        mean = keras.metrics.Mean(dtype="float64")

        def forward(x, y):
            y_pred = by_hand(x, training=True)
            return loss_function(y, y_pred) + sum(by_hand.losses), y_pred

        step = value_and_grad(forward, by_hand.trainable_weights, has_aux=True)
        for epoch in range(3):
            for start in range(0, 22, 4):
                x, y = X[start : start + 4], Y[start : start + 4]
                (loss, y_pred), gradients = step(x, y)
                optimizer.apply_gradients(zip(gradients, by_hand.trainable_weights, strict=True))
                mae.update_state(y, y_pred)
                mean.update_state(loss, sample_weight=len(x))
            assert mae.result() == pytest.approx(expected["mae"][epoch], rel=1e-10)
            assert mean.result() == pytest.approx(expected["loss"][epoch], rel=1e-10)
            mae.reset_state()
            mean.reset_state()
            mae.update_state(Y, by_hand(X, training=False))
            assert mae.result() == pytest.approx(expected["val_mae"][epoch], rel=1e-6)
            mae.reset_state()


class Noting(keras.Sequential):
    """Notes what its steps are given."""

    def train_step(self, data):
        self.seen.append(data)
        return {"rows": len(unpack_x_y_sample_weight(data)[0])}

    test_step = train_step

    def predict_step(self, data):
        self.seen.append(data)
        return super().predict_step(data)


@pytest.fixture
def noting():
    model = Noting([Input((3,)), Dense(2)])
    model.compile("sgd", "mse")
    model.seen = []
    return model


class TestWhatStepsAreGiven:
    def test_arrays_in_batches(self, noting):
        noting.fit(X.astype("float64"), LABELS, batch_size=8, shuffle=False, verbose=0)
        assert [[part.shape for part in data] for data in noting.seen] == [
            [(8, 3), (8,)], [(8, 3), (8,)], [(6, 3), (6,)]
        ]  # fmt: skip
        x, y = noting.seen[2]
        assert (x.dtype, y.dtype) == ("float32", LABELS.dtype)
        np.testing.assert_array_equal(x, X[16:])
        x[...] = 0  # an array of its own

    def test_weights_and_classes(self, noting):
        noting.fit(X, LABELS, sample_weight=WEIGHTS, batch_size=22, shuffle=False, verbose=0)
        np.testing.assert_array_equal(noting.seen[0][2], WEIGHTS)
        noting.fit(X, LABELS, class_weight={1: 3.0}, batch_size=22, shuffle=False, verbose=0)
        np.testing.assert_array_equal(noting.seen[1][2], np.where(LABELS == 1, 3, 1))

    def test_without_targets(self, noting):
        noting.fit(X, batch_size=22, verbose=0)
        assert noting.seen[0].shape == (22, 3)
        noting.evaluate([X], batch_size=22, verbose=0)
        ((x,),) = noting.seen[1]
        assert x.shape == (22, 3)

    def test_one_batch(self, noting):
        assert noting.train_on_batch(X, Y) == 22
        assert noting.test_on_batch(X, return_dict=True) == {"rows": 22}
        assert [len(data) for data in noting.seen] == [3, 3]
        assert noting.seen[1][1:] == (None, None)
        noting.predict_on_batch(X)
        (x,) = noting.seen[2]
        np.testing.assert_array_equal(x, X)

    def test_nests_as_they_were_given(self, noting):
        x = {"b": X, "a": [X[:, :1], LABELS]}
        noting.built = True  # as what is called is in the step
        noting.fit(x, (Y, LABELS), batch_size=22, shuffle=False, verbose=0)
        found, (y, labels) = noting.seen[0]
        np.testing.assert_array_equal(found["a"][1], LABELS)
        np.testing.assert_array_equal(labels, LABELS)
        assert (y.shape, found["b"].shape) == ((22, 2), (22, 3))

    def test_streams(self, noting):
        def batches():
            yield X[:5], LABELS[:5]
            yield X[5:9], LABELS[5:9]

        noting.fit(batches(), verbose=0)
        noting.evaluate(batches(), verbose=0)
        assert noting.predict(iter([X[:4], X[4:]]), verbose=0).shape == (22, 2)
        assert [len(data[0]) for data in noting.seen[:4]] == [5, 4, 5, 4]

    def test_different_lengths_are_refused(self, noting):
        before = noting.get_weights()
        with pytest.raises(ValueError, match=r"fit: x, y and sample_weight .* 'y': \[21\]"):
            noting.fit(X, Y[1:], verbose=0)
        np.testing.assert_array_equal(noting.get_weights()[0], before[0])
        assert noting.seen == []


class TestLogs:
    def test_go_everywhere(self, capsys):
        class Counting(keras.Sequential):
            count = 0

            def train_step(self, data):
                self.count += 1
                return {"nested": {"count": np.float32(self.count)}, "pair": np.array([1.0, 3.0])}

            def test_step(self, data):
                return {"measured": keras.Variable([2.0, 3.0])}

        model = Counting([Input((3,)), Dense(2)])
        model.compile("sgd", "mse")
        told = []
        hear = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: told.append((batch, logs["count"]))
        )
        fitted = model.fit(
            X, Y, batch_size=8, epochs=2, verbose=2, callbacks=[hear], validation_data=(X, Y)
        ).history
        assert fitted["count"] == [3.0, 6.0]
        assert told == [(0, 1.0), (1, 2.0), (2, 3.0), (0, 4.0), (1, 5.0), (2, 6.0)]
        np.testing.assert_array_equal(fitted["pair"], [[1, 3], [1, 3]])
        np.testing.assert_array_equal(fitted["val_measured"], [[2, 3], [2, 3]])
        assert type(fitted["val_measured"][0]) is np.ndarray
        assert "count: 3.0000 - pair: 2.0000 - val_measured: 2.5000" in capsys.readouterr().out
        np.testing.assert_array_equal(model.evaluate(X, Y, verbose=0), [2, 3])

    def test_of_the_metrics_if_they_have_the_names(self):
        """As in Keras: an epoch's are those that the metrics have measured, a batch's what the step says."""

        class Own(keras.Sequential):
            def train_step(self, data):
                super().train_step(data)
                return {"loss": -1.0}

        model = Own([Input((3,)), Dense(2)])
        model.compile("sgd", "mse")
        told = []
        hear = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: told.append(logs)
        )
        fitted = model.fit(X, Y, batch_size=22, verbose=0, callbacks=[hear]).history
        assert told == [{"loss": -1.0}]
        assert fitted["loss"][0] > 0

    @pytest.mark.parametrize("returned", [None, 3.0, [1.0]])
    def test_have_to_be_a_dict(self, returned):
        class Wrong(keras.Sequential):
            def train_step(self, data):
                return returned

        model = Wrong([Input((3,)), Dense(2)])
        model.compile("sgd", "mse")
        for call in (model.fit, model.train_on_batch):
            with pytest.raises(
                ValueError, match="'wrong': train_step should return a dict of logs"
            ):
                call(X, Y)


class TestModelsWithoutACall:
    """A model that only holds others, as a GAN does, is never called itself."""

    def test_are_trained_by_their_steps(self):
        class Pair(keras.Model):
            def __init__(self):
                super().__init__()
                self.first = keras.Sequential([Input((3,)), Dense(4, "relu"), Dense(3)])
                self.second = keras.Sequential([Input((3,)), Dense(1)])
                self.distance = keras.metrics.Mean(name="distance")
                self._one = value_and_grad(self._error, self.first.trainable_weights, has_aux=True)
                self._two = value_and_grad(self._spread, self.second.trainable_weights)

            def _error(self, x):
                found = self.first(x)
                error = ops.mean(ops.square(found - x))
                self.distance.update_state(error)
                return error, found

            def _spread(self, x):
                return ops.mean(ops.square(self.second(x)))

            @property
            def metrics(self):
                return [self.distance]

            def train_step(self, data):
                x = unpack_x_y_sample_weight(data)[0]
                (_, found), gradients = self._one(x)
                self.optimizer.apply(gradients, self.first.trainable_weights)
                _, gradients = self._two(found)
                self.other.apply(gradients, self.second.trainable_weights)
                return {"distance": self.distance.result()}

        model = Pair()
        model.compile(keras.optimizers.Adam(0.01))
        model.other = keras.optimizers.SGD(0.01)
        before = model.get_weights()
        history = model.fit(X, batch_size=6, epochs=5, verbose=0).history
        assert list(history) == ["distance"]
        assert history["distance"][-1] < history["distance"][0]
        assert all((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
        assert (model.optimizer.iterations, model.other.iterations) == (20, 20)
        assert not model.built

    def test_copies_keep_their_step(self):
        model = network(ByHand, dtype="float64")
        model.fit(X, Y, shuffle=False, **FIT)
        for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            assert again._step._function.__self__ is again
            kept = model.get_weights()
            again.fit(X, Y, shuffle=False, **FIT)
            np.testing.assert_array_equal(model.get_weights()[0], kept[0])
            assert (again.get_weights()[0] != kept[0]).any()


class TestSubclassesOfOtherKinds:
    def test_functional(self):
        class Mine(keras.Model):
            def train_step(self, data):
                calls.append(1)
                return super().train_step(data)

        calls = []
        a, b = Input((3,), name="a"), Input((3,), name="b")
        hidden = keras.layers.concatenate([a, b])
        model = Mine([a, b], {"p": Dense(2)(hidden), "q": Dense(1)(hidden)})
        model.compile("sgd", {"p": "mse", "q": "mae"}, metrics={"p": ["mae"]})
        history = model.fit(
            {"b": X, "a": X}, {"q": Y[:, :1], "p": Y}, batch_size=8, verbose=0
        ).history
        assert sorted(history) == ["loss", "p_loss", "p_mae", "q_loss"]
        assert len(calls) == 3

    def test_unbuilt(self):
        class Lazy(keras.Model):
            def __init__(self):
                super().__init__()
                self.dense = Dense(2)

            def call(self, x):
                return self.dense(x)

            def train_step(self, data):
                assert self.built
                return super().train_step(data)

        model = Lazy()
        model.compile("sgd", "mse")
        model.fit(X, Y, verbose=0)
        assert model.built


class TestOneOfTheSteps:
    """Where a subclass says only some steps, the others stay as they are."""

    @pytest.mark.parametrize("validation", [{"validation_split": 0.5}, {"validation_data": (X, Y)}])
    def test_training_alone(self, validation):
        class Trains(keras.Sequential):
            def train_step(self, data):
                return super().train_step(data)

        histories = []
        for kind in (Trains, keras.Sequential):
            model = network(kind, dtype="float64")
            histories.append(model.fit(X, Y, shuffle=False, **validation, **FIT).history)
        assert list(histories[0]) == list(histories[1])
        for name, values in histories[1].items():
            assert histories[0][name] == pytest.approx(values, rel=1e-10), name

    @pytest.mark.parametrize(
        "validation",
        [{"validation_split": 0.5}, {"validation_data": (X[11:], Y[11:], WEIGHTS[11:])}],
    )
    def test_measuring_alone(self, validation):
        class Measures(keras.Sequential):
            def test_step(self, data):
                x, y, sample_weight = unpack_x_y_sample_weight(data)
                seen.append((x, y, sample_weight))
                return {"rows": len(x)}

        seen = []
        model = network(Measures)
        history = model.fit(
            X, Y, sample_weight=WEIGHTS, batch_size=11, verbose=0, **validation
        ).history
        assert history["val_rows"] == [11.0]
        ((x, y, sample_weight),) = seen
        for found, given in ((x, X), (y, Y), (sample_weight, WEIGHTS)):
            np.testing.assert_array_equal(found, given[11:])

    def test_validation_without_targets(self):
        class Measures(keras.Sequential):
            def test_step(self, data):
                return {"mean": np.mean(data)}

        model = network(Measures)
        history = model.fit(X, Y, validation_data=X, verbose=0).history
        assert history["val_mean"] == pytest.approx([X.mean()])


class TestErrorsAndInterrupts:
    @pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
    def test_leave_the_model_as_the_last_step_did(self, error):
        class Stopping(keras.Sequential):
            def train_step(self, data):
                if self.optimizer.iterations == 4:
                    raise error
                return super().train_step(data)

        model = network(Stopping, dtype="float64")
        with pytest.raises(error):
            model.fit(X, Y, shuffle=False, **FIT)
        assert model.optimizer.iterations == 4
        native = network(keras.Sequential, dtype="float64")
        native.fit(X, Y, shuffle=False, **{**FIT, "epochs": 1, "steps_per_epoch": 4})
        for a, b in zip(model.get_weights(), native.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
        model.predict(X, verbose=0)

    def test_stopping(self):
        class Stops(keras.Sequential):
            def train_step(self, data):
                self.stop_training = self.optimizer.iterations == 2
                return super().train_step(data)

            def test_step(self, data):
                self.stop_evaluating = True
                return {"rows": len(data[0])}

            def predict_step(self, data):
                self.stop_predicting = True
                return super().predict_step(data)

        model = network(Stops)
        history = model.fit(X, Y, validation_data=(X, Y), **FIT).history
        assert len(history["loss"]) == len(history["val_rows"]) == 1
        assert model.optimizer.iterations == 3
        assert model.evaluate(X, Y, batch_size=4, verbose=0) == 4
        assert model.predict(X, batch_size=4, verbose=0).shape == (4, 2)


@pytest.mark.parametrize("eagerly", [False, True])
class TestStopping:
    def test_within_an_epoch(self, eagerly):
        class Stop(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                self.model.stop_training = batch == 2

            def on_test_batch_end(self, batch, logs=None):
                self.model.stop_evaluating = batch == 1

            def on_predict_batch_end(self, batch, logs=None):
                self.model.stop_predicting = batch == 0

        model = network(keras.Sequential, run_eagerly=eagerly)
        stop = [Stop()]
        history = model.fit(X, Y, callbacks=stop, validation_data=(X, Y), **FIT).history
        assert (len(history["val_loss"]), model.optimizer.iterations) == (1, 3)
        kernel = model.evaluate(X, Y, batch_size=4, verbose=0, callbacks=stop)
        assert kernel == pytest.approx(model.evaluate(X[:8], Y[:8], batch_size=4, verbose=0))
        assert model.predict(X, batch_size=4, verbose=0, callbacks=stop).shape == (4, 2)
        assert model.predict(X, batch_size=4, verbose=0).shape == (22, 2)

    def test_batches_are_told_of_several_at_once(self, eagerly):
        """Numbers as in Keras 3.15."""
        told = []

        class Hear(keras.callbacks.Callback):
            def on_train_batch_begin(self, batch, logs=None):
                told.append(("train", batch))

            def on_train_batch_end(self, batch, logs=None):
                told.append(("trained", batch))

            def on_test_batch_begin(self, batch, logs=None):
                told.append(("test", batch))

            def on_test_batch_end(self, batch, logs=None):
                told.append(("tested", batch))

            def on_predict_batch_begin(self, batch, logs=None):
                told.append(("predict", batch))

            def on_predict_batch_end(self, batch, logs=None):
                told.append(("predicted", batch, logs["outputs"].shape))

        model = network(keras.Sequential, run_eagerly=eagerly, steps_per_execution=4)
        given = {"batch_size": 1, "verbose": 0, "callbacks": [Hear()]}
        model.fit(X[:10], Y[:10], **given)
        model.evaluate(X[:10], Y[:10], **given)
        model.predict(X[:10], **given)
        assert told == [
            ("train", 0), ("trained", 3), ("train", 4), ("trained", 7), ("train", 8), ("trained", 11),
            ("test", 0), ("tested", 3), ("test", 4), ("tested", 7), ("test", 8), ("tested", 11),
            ("predict", 0), ("predicted", 3, (4, 2)), ("predict", 4), ("predicted", 7, (4, 2)),
            ("predict", 8), ("predicted", 11, (2, 2)),
        ]  # fmt: skip
        assert model.optimizer.iterations == 10


def test_numbers_of_batches_are_those_of_keras():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    theirs = pytest.importorskip("keras", reason="Keras is not installed")
    told = []
    for library in (keras, theirs):
        model = library.Sequential([library.Input((3,)), library.layers.Dense(2)])
        model.compile("sgd", "mse", steps_per_execution=4)
        batches = []
        hear = library.callbacks.LambdaCallback(
            on_train_batch_begin=lambda batch, logs, batches=batches: batches.append(batch),
            on_train_batch_end=lambda batch, logs, batches=batches: batches.append(batch),
        )
        given = {"batch_size": 2, "verbose": 0, "callbacks": [hear]}
        model.fit(X, Y, epochs=2, **given)
        model.fit(X, Y, steps_per_epoch=8, **given)
        told.append(batches)
    assert told[0] == told[1]


class TestCompile:
    def test_attributes(self):
        model = network(keras.Sequential)
        assert (model.run_eagerly, model.steps_per_execution, model.jit_compile) == (False, 1, True)
        model.compile("sgd", "mse", run_eagerly=True, steps_per_execution=3)
        assert (model.run_eagerly, model.steps_per_execution, model.jit_compile) == (True, 3, False)
        config = model.get_compile_config()
        assert (config["run_eagerly"], config["steps_per_execution"]) == (True, 3)
        again = keras.Sequential.from_config(model.get_config())
        again.compile_from_config(config)
        assert (again.run_eagerly, again.steps_per_execution) == (True, 3)

    def test_jit_compile_and_run_eagerly(self):
        with pytest.warns(UserWarning, match="jit_compile=False"):
            network(keras.Sequential, run_eagerly=True, jit_compile=True)

    @pytest.mark.parametrize("steps", [0, -1, 1.5, "2", None])
    def test_steps_per_execution(self, steps):
        with pytest.raises(ValueError, match="compile: steps_per_execution should be a whole"):
            network(keras.Sequential, steps_per_execution=steps)

    def test_run_eagerly_set_later(self):
        model = network(keras.Sequential, dtype="float64")
        expected = model.evaluate(X, Y, verbose=0)
        model.run_eagerly = True
        assert model.evaluate(X, Y, verbose=0) == pytest.approx(expected, rel=1e-6)


class TestLogsOfComputeMetrics:
    def test_of_other_names(self):
        """What is no metric's is of the last batch, as in Keras: it is computed on its arrays."""

        class Extra(keras.Sequential):
            def compute_metrics(self, x, y, y_pred, sample_weight=None):
                found = super().compute_metrics(x, y, y_pred, sample_weight)
                found["greatest"] = ops.max(y_pred)
                return found

        model = Extra([Input((3,)), Dense(2)])
        model.compile("sgd", "mse", metrics=["mae"])
        for eagerly in (False, True):
            model.run_eagerly = eagerly
            logs = model.evaluate(X, Y, batch_size=8, verbose=0, return_dict=True)
            out = model.predict(X, verbose=0)
            assert logs["greatest"] == pytest.approx(out[16:].max())
            assert logs["mae"] == pytest.approx(np.abs(out - Y).mean(), rel=1e-5)
            assert list(logs) == ["loss", "mae", "greatest"]
            assert model.evaluate(X, Y, batch_size=8, verbose=0) == pytest.approx(
                [logs[name] for name in ("loss", "mae", "greatest")]
            )
        history = model.fit(X, Y, verbose=0, validation_data=(X, Y)).history
        assert sorted(history) == sorted([*logs, *[f"val_{name}" for name in logs]])


class TestPacking:
    def test_and_unpacking(self):
        assert unpack_x_y_sample_weight(1) == (1, None, None)
        assert unpack_x_y_sample_weight([1]) == (1, None, None)
        assert unpack_x_y_sample_weight((1, 2)) == (1, 2, None)
        assert unpack_x_y_sample_weight((1, 2, 3)) == (1, 2, 3)
        for wrong in ((), (1, 2, 3, 4)):
            with pytest.raises(ValueError, match=f"received a tuple of {len(wrong)}"):
                unpack_x_y_sample_weight(wrong)
        assert pack_x_y_sample_weight(1) == 1
        assert pack_x_y_sample_weight((1, 2)) == ((1, 2),)
        assert pack_x_y_sample_weight(1, 2) == (1, 2)
        assert pack_x_y_sample_weight(1, 2, 3) == (1, 2, 3)
