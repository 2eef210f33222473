"""Metrics that models and layers hold as attributes: found, reset, logged, updated inside the native span."""

import copy
import pickle

import numpy as np
import pytest

import pymlp

pytestmark = pytest.mark.usefixtures("fresh_names")

RNG = np.random.default_rng(3)
X = RNG.normal(size=(10, 3)).astype("float32")
Y = RNG.normal(size=(10, 2)).astype("float32")
SIZES = (4, 4, 2)


def batches(array):
    return np.split(array, np.cumsum(SIZES)[:-1])


def watching(library, update=True):
    """A model with metrics everywhere; Keras on JAX cannot update those of layers in a compiled step."""
    ops, metrics = library.ops, library.metrics

    class Watch(library.layers.Layer):
        def __init__(self, name):
            super().__init__(name=name)
            self.peak = metrics.Mean(name=f"{name}_peak")
            self.listed = [metrics.Sum(name=f"{name}_sum")]

        def call(self, x):
            if update:
                self.peak.update_state(ops.max(x))
                self.listed[0].update_state(x)
            return x

        def compute_output_shape(self, shape):
            return shape

    class Outer(library.layers.Layer):
        def __init__(self):
            super().__init__(name="outer")
            self.inner = Watch("inner")
            self.mean = metrics.Mean(name="outer_mean")

        def call(self, x):
            if update:
                self.mean.update_state(x)
            return self.inner(x)

        def compute_output_shape(self, shape):
            return shape

    class Watched(library.Model):
        def __init__(self):
            super().__init__()
            self.dense = library.layers.Dense(2)
            self.own = metrics.Mean(name="own")
            self.watch = Watch("watch")
            self.outer = Outer()
            self.by_name = {"z": metrics.Mean(name="z"), "a": metrics.Mean(name="a")}
            self.within = library.Sequential([Watch("first"), Watch("second")])

        def call(self, x):
            if update:
                self.own.update_state(ops.min(x))
            return self.dense(self.within(self.outer(self.watch(x))))

    return Watched()


NAMES = [
    "loss", "compile_metrics", "own", "z", "a", "watch_peak", "watch_sum", "outer_mean", "inner_peak", "inner_sum",
    "second_peak", "second_sum", "first_peak", "first_sum",
]  # fmt: skip


class TestInCall:
    def test_order(self):
        model = watching(pymlp)
        assert [m.name for m in model.metrics] == NAMES[2:12] + NAMES[12:]
        model.compile("sgd", "mse", metrics=["mae"])
        assert [m.name for m in model.metrics] == NAMES
        assert [m.name for m in model.outer.metrics] == ["outer_mean", "inner_peak", "inner_sum"]
        assert len(model.outer.metrics_variables) == 5

    def test_order_is_that_of_keras(self, keras):
        model = watching(keras, update=False)
        model(X)
        model.compile("sgd", "mse", metrics=["mae"])
        assert list(dict.fromkeys(m.name for m in model.metrics)) == NAMES

    def test_values(self):
        model = watching(pymlp)
        model.compile("sgd", "mse", metrics=["mae"])
        logs = model.evaluate(X, Y, batch_size=4, verbose=0, return_dict=True)
        assert list(logs) == ["loss", "mae", *NAMES[2:]]
        peaks = np.mean([part.max() for part in batches(X)])
        assert logs["own"] == pytest.approx(np.mean([part.min() for part in batches(X)]), rel=1e-6)
        for name in ("watch", "inner", "first", "second"):
            assert logs[f"{name}_peak"] == pytest.approx(peaks, rel=1e-6)
            assert logs[f"{name}_sum"] == pytest.approx(float(X.mean(1).sum() * 3), rel=1e-5)
        assert logs["outer_mean"] == pytest.approx(X.mean(), rel=1e-5)
        assert logs["a"] == logs["z"] == 0.0

    def test_each_epoch_starts_anew(self):
        model = watching(pymlp)
        model.compile("sgd", "mse")
        fitted = model.fit(
            X, Y, batch_size=10, epochs=3, verbose=0, validation_data=(2 * X, Y)
        ).history
        for name, factor in (("watch_sum", 1), ("val_watch_sum", 2)):
            assert fitted[name] == pytest.approx([factor * float(X.sum())] * 3, rel=1e-5)

    def test_looked_for_in_the_first_epoch_alone(self):
        """In small networks looking through all layers takes as long as an epoch."""
        looked = []

        class Counting(pymlp.Sequential):
            @property
            def metrics(self):
                looked.append(self)
                return super().metrics

        model = Counting([pymlp.Input((3,)), pymlp.layers.Dense(2)])
        model.compile("sgd", "mse")
        counts = []
        for epochs in (1, 2, 7):
            looked.clear()
            model.fit(X, Y, epochs=epochs, verbose=0)
            counts.append(len(looked))
        assert counts[0] > 0
        assert counts == counts[:1] * 3

    def test_made_by_a_step_of_a_later_epoch(self):
        class Late(pymlp.Sequential):
            steps = 0

            def train_step(self, data):
                self.steps += 1
                if self.steps == 3:
                    self.late = pymlp.metrics.Mean(name="late")
                if self.steps >= 3:
                    self.late.update_state(float(self.steps))
                return {**super().train_step(data), **self.get_metrics_result()}

        model = Late([pymlp.Input((3,)), pymlp.layers.Dense(2)])
        model.compile("sgd", "mse")
        history = model.fit(X, Y, batch_size=len(X), epochs=5, verbose=0).history
        assert history["late"] == [3.0, 4.0, 5.0]

    def test_compiled_anew_by_a_callback(self):
        model = pymlp.Sequential([pymlp.Input((3,)), pymlp.layers.Dense(2)])
        optimizer = pymlp.optimizers.SGD(0.0)
        model.compile(optimizer, "mse", metrics=["mae"])
        found = {}

        def compile_anew(epoch, logs):
            if epoch == 1:
                model.compile(optimizer, "mae", metrics=["mse"])
                found.update(model.evaluate(X, Y, verbose=0, return_dict=True))
                model.stop_training = True

        anew = pymlp.callbacks.LambdaCallback(on_epoch_end=compile_anew)
        logs = model.fit(X, Y, epochs=3, verbose=0, callbacks=[anew]).history
        assert found["loss"] == pytest.approx(logs["mae"][0], rel=1e-5)
        assert found["mse"] == pytest.approx(logs["loss"][0], rel=1e-5)

    def test_made_at_the_first_validation(self):
        class Late(pymlp.Sequential):
            def test_step(self, data):
                if not hasattr(self, "greatest"):
                    self.greatest = pymlp.metrics.Mean(name="greatest")
                self.greatest.update_state(pymlp.ops.max(data[1]))
                return super().test_step(data)

        model = Late([pymlp.Input((3,)), pymlp.layers.Dense(2)])
        model.compile("sgd", "mse")
        validation = {"validation_data": (X, Y), "validation_freq": 2, "batch_size": 10}
        history = model.fit(X, Y, epochs=4, verbose=0, **validation).history
        assert history["val_greatest"] == pytest.approx([Y.max()] * 2, rel=1e-6)

    def test_one_batch(self):
        model = watching(pymlp)
        model.compile("sgd", "mse")
        for call in (model.train_on_batch, model.test_on_batch):
            assert call(X, Y, return_dict=True)["watch_sum"] == pytest.approx(X.sum(), rel=1e-5)

    def test_on_arrays_and_in_predictions(self):
        model = watching(pymlp)
        model(X)
        model.predict(X, batch_size=4, verbose=0)
        model(X, training=True)
        assert model.own.result() == pytest.approx(
            np.mean([X.min(), *[part.min() for part in batches(X)], X.min()]), rel=1e-6
        )

    def test_copies_have_their_own(self):
        model = watching(pymlp)
        model.compile("sgd", "mse", metrics=["mae"])
        expected = model.evaluate(X, Y, verbose=0)
        again = copy.deepcopy(model)
        model.reset_metrics()
        assert again.own.result() == pytest.approx(X.min())
        assert again.evaluate(X, Y, verbose=0) == expected
        assert model.own.result() == 0.0

    def test_layers_that_hold_one_another(self):
        a, b = pymlp.layers.Dense(2), pymlp.layers.Dense(2)
        a.other, b.other, b.metric = b, a, pymlp.metrics.Mean(name="m")
        assert [m.name for m in a.metrics] == ["m"]
        assert [m.name for m in pymlp.Sequential([a, b]).metrics] == ["m"]


def with_trackers(library, loss="mse"):
    """Trackers updated in `compute_loss` and `compute_metrics`, and overridden `metrics`."""
    ops, metrics = library.ops, library.metrics

    class Tracked(library.Sequential):
        def __init__(self, layers):
            super().__init__(layers)
            self.part = metrics.Mean(name="part")
            self.peak = metrics.Mean(name="peak")

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            part = 0.1 * ops.mean(ops.square(y_pred))
            self.part.update_state(part)
            return super().compute_loss(x, y, y_pred, sample_weight, training) + part

        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            found = super().compute_metrics(x, y, y_pred, sample_weight)
            self.peak.update_state(ops.max(y_pred, axis=-1), sample_weight=sample_weight)
            found["peak"] = self.peak.result()
            return found

    model = Tracked([library.Input((3,)), library.layers.Dense(2)])
    model.compile(library.optimizers.SGD(0.1), loss, metrics=["mae"], weighted_metrics=["mse"])
    return model


KERNEL = RNG.normal(size=(3, 2)).astype("float32")
WEIGHTS = RNG.uniform(0.5, 2, size=10).astype("float32")


def trained(library):
    model = with_trackers(library)
    model.set_weights([KERNEL, np.zeros(2, "float32")])
    history = model.fit(
        X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0, sample_weight=WEIGHTS,
        validation_data=(X, Y),
    ).history  # fmt: skip
    return history, model.evaluate(X, Y, batch_size=4, verbose=0)


# Made by `trained` with Keras 3.15 on JAX.
FIGURES = {
    "history": {
        "loss": [2.8889668, 1.38431525],
        "mae": [1.18619215, 0.84671849],
        "mse": [2.06775069, 1.00749671],
        "part": [0.14669086, 0.0505146272],
        "peak": [0.130253717, 0.159964979],
        "val_loss": [1.16186166, 0.77331388],
        "val_mae": [0.803862214, 0.651393414],
        "val_mse": [1.10287595, 0.73477],
        "val_part": [0.0498965234, 0.0353049785],
        "val_peak": [0.0318075679, 0.131342202],
    },
    "evaluate": [0.77331388, 0.651393414, 0.73477, 0.0353049785, 0.131342202],
}


class TestInComputeLossAndMetrics:
    def test_figures(self):
        history, measured = trained(pymlp)
        assert sorted(history) == sorted(FIGURES["history"])
        for name, values in FIGURES["history"].items():
            assert history[name] == pytest.approx(values, rel=1e-5), name
        assert measured == pytest.approx(FIGURES["evaluate"], rel=1e-5)

    def test_figures_are_keras_s(self, keras):
        history, measured = trained(keras)
        assert sorted(history) == sorted(FIGURES["history"])
        for name, values in FIGURES["history"].items():
            assert history[name] == pytest.approx(values, rel=1e-5), name
        assert measured == pytest.approx(FIGURES["evaluate"], rel=1e-5)

    def test_by_formula(self):
        model = with_trackers(pymlp)
        logs = model.evaluate(X, Y, batch_size=4, verbose=0, return_dict=True)
        out = model.predict(X, verbose=0)
        parts = [0.1 * np.square(part).mean() for part in batches(out)]
        assert logs["part"] == pytest.approx(np.mean(parts), rel=1e-5)
        assert logs["peak"] == pytest.approx(out.max(1).mean(), rel=1e-5)
        assert logs["loss"] == pytest.approx(
            np.square(out - Y).mean() + np.dot(parts, SIZES) / 10, rel=1e-5
        )

    def test_pickles(self):
        model = pymlp.Sequential([pymlp.Input((3,)), pymlp.layers.Dense(2)])
        model.compile("sgd", "mse", metrics=["mae"], weighted_metrics=["mse"])
        expected = model.evaluate(X, Y, verbose=0)
        again = pickle.loads(pickle.dumps(model))
        assert again.evaluate(X, Y, verbose=0) == expected
        assert again.metrics[1]._compiled is again


class TestOverriddenMetrics:
    def test_extended_and_replaced(self):
        class Extended(pymlp.Sequential):
            @property
            def metrics(self):
                return [*super().metrics, extra]

        class Replaced(pymlp.Sequential):
            @property
            def metrics(self):
                return [extra]

        extra = pymlp.metrics.Mean(name="extra")
        for kind, names in ((Extended, ["loss", "mae", "extra"]), (Replaced, ["extra"])):
            model = kind([pymlp.Input((3,)), pymlp.layers.Dense(2)])
            model.compile("sgd", "mse", metrics=["mae"])
            extra.update_state([5.0])
            logs = model.evaluate(X, Y, verbose=0, return_dict=True)
            assert list(logs) == names
            assert logs["extra"] == 0.0  # it was reset
            assert sorted(model.fit(X, Y, verbose=0).history) == sorted(names)

    def test_a_tracker_named_as_that_of_the_loss(self):
        """As in Keras: the one that comes later is logged."""

        class Own(pymlp.Sequential):
            def __init__(self, layers):
                super().__init__(layers)
                self.loss_tracker = pymlp.metrics.Mean(name="loss")

            def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
                loss = pymlp.ops.mean(y_pred)
                self.loss_tracker.update_state(2.0 * loss)
                return loss

        model = Own([pymlp.Input((3,)), pymlp.layers.Dense(2)])
        model.compile("sgd")
        expected = 2 * model.predict(X, verbose=0).mean()
        assert model.evaluate(X, Y, verbose=0) == pytest.approx(float(expected), rel=1e-5)


class TestAddedLosses:
    def test_alone(self):
        """A model whose layers add all there is to the loss needs none in `compile`, nor targets."""

        class Penalty(pymlp.layers.Layer):
            def call(self, x):
                self.add_loss(0.5 * pymlp.ops.sum(pymlp.ops.square(x)))
                return x

        model = pymlp.Sequential([pymlp.Input((3,)), pymlp.layers.Dense(2), Penalty()])
        model.compile("sgd")
        out = model.predict(X, verbose=0)
        assert model.evaluate(X, batch_size=10, verbose=0) == pytest.approx(
            0.5 * np.square(out).sum(), rel=1e-5
        )
        history = model.fit(X, verbose=0, epochs=2).history["loss"]
        assert history[1] < history[0]
