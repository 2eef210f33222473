"""What `compile` takes as metrics: arrays as results, classes written for Keras, functions that cannot be traced."""

import csv

import numpy as np
import pytest

import pymlp
from pymlp import layers, ops

pytestmark = pytest.mark.usefixtures("fresh_names")

RNG = np.random.default_rng(11)
X = RNG.normal(size=(30, 4)).astype("float32")
LABELS = RNG.integers(0, 3, 30)
ONE_HOT = np.eye(3, dtype="float32")[LABELS]
KERNEL = RNG.normal(size=(4, 3)).astype("float32")
WEIGHTS = RNG.uniform(0.5, 2.0, 30).astype("float32")


def classifier(library, loss="categorical_crossentropy", **arguments):
    model = library.Sequential([library.Input((4,)), library.layers.Dense(3, activation="softmax")])
    model.set_weights([KERNEL, np.zeros(3, "float32")])
    model.compile(library.optimizers.SGD(0.1), loss, **arguments)
    return model


def f1_of(y_true, y_pred):
    """One score a class, by its definition."""
    chosen = np.eye(3)[y_pred.argmax(1)]
    right, wrong = (chosen * y_true).sum(0), (chosen * (1 - y_true)).sum(0)
    missed = ((1 - chosen) * y_true).sum(0)
    return 2 * right / (2 * right + wrong + missed)


class TestArrays:
    def test_everywhere(self, tmp_path, capsys):
        model = classifier(pymlp, metrics=[pymlp.metrics.F1Score(), "accuracy"])
        table = tmp_path / "log.csv"
        told = []

        class Hear(pymlp.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                told.append(logs["f1_score"])

        history = model.fit(
            X, ONE_HOT, epochs=2, batch_size=10, verbose=2, validation_data=(X, ONE_HOT),
            callbacks=[pymlp.callbacks.CSVLogger(table), Hear()],
        ).history  # fmt: skip
        expected = f1_of(ONE_HOT, model.predict(X, verbose=0))
        for name in ("f1_score", "val_f1_score"):
            assert [found.shape for found in history[name]] == [(3,), (3,)]
        np.testing.assert_allclose(history["val_f1_score"][-1], expected, rtol=1e-6)
        assert f" - val_f1_score: {expected.mean():.4f} - " in capsys.readouterr().out
        assert [found.shape for found in told] == [(3,)] * 6
        with open(table, newline="") as file:
            rows = list(csv.DictReader(file))
        numbers = rows[1]["val_f1_score"].strip('"[]').split(", ")
        np.testing.assert_allclose([float(n) for n in numbers], expected, rtol=1e-6)
        loss, scores, accuracy = model.evaluate(X, ONE_HOT, verbose=0)
        np.testing.assert_allclose(scores, expected, rtol=1e-6)
        assert type(loss) is type(accuracy) is float
        by_name = model.evaluate(X, ONE_HOT, verbose=0, return_dict=True)
        np.testing.assert_array_equal(by_name["f1_score"], scores)
        for call in (model.test_on_batch, model.train_on_batch):
            np.testing.assert_array_equal(call(X, ONE_HOT)[1], scores)

    def test_progress_bar(self, capsys):
        model = classifier(pymlp, metrics=[pymlp.metrics.F1Score()])
        model.fit(X, ONE_HOT, batch_size=10)
        model.evaluate(X, ONE_HOT)
        assert capsys.readouterr().out.count("f1_score: 0.") == 2

    def test_as_keras(self, keras, tmp_path):
        """History, one batch, evaluate and the file, beside Keras itself."""
        found = []
        for library in (pymlp, keras):
            model = classifier(library, metrics=[library.metrics.F1Score(), "accuracy"])
            table = tmp_path / f"{library.__name__}.csv"
            history = model.fit(
                X, ONE_HOT, epochs=2, batch_size=10, shuffle=False, verbose=0,
                callbacks=[library.callbacks.CSVLogger(str(table))],
            ).history  # fmt: skip
            measured = model.evaluate(X, ONE_HOT, verbose=0)
            rows = [line.split(",", 1)[0] for line in table.read_text().splitlines()]
            cells = [len(line) for line in csv.reader(table.read_text().splitlines())]
            found.append((history, measured, model.train_on_batch(X, ONE_HOT), rows, cells))
        ours, theirs = found
        assert list(ours[0]) == list(theirs[0])
        for name, values in theirs[0].items():
            np.testing.assert_allclose(ours[0][name], np.array(values), rtol=1e-5)
        for place in (1, 2):
            for a, b in zip(ours[place], theirs[place], strict=True):
                np.testing.assert_allclose(a, np.array(b), rtol=1e-5)
        assert ours[3:] == theirs[3:]


def own_metrics(library):
    """Metrics as the guides of Keras write them."""
    o = library.ops

    class TruePositives(library.metrics.Metric):
        def __init__(self, name="true_positives_of_one", **kwargs):
            super().__init__(name=name, **kwargs)
            self.true_positives = self.add_weight(name="tp", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            y_true = o.cast(y_true[:, 1], "bool")
            y_pred = o.cast(o.round(y_pred[:, 1]), "bool")
            values = o.logical_and(o.equal(y_true, True), o.equal(y_pred, True))
            values = o.cast(values, self.dtype)
            if sample_weight is not None:
                values = o.multiply(values, o.cast(sample_weight, self.dtype))
            self.true_positives.assign_add(o.sum(values))

        def result(self):
            return o.multiply(self.true_positives, 1.0)

        def reset_state(self):
            self.true_positives.assign(0)

    class PerClass(library.metrics.Metric):
        def __init__(self, classes, name="per_class", **kwargs):
            super().__init__(name=name, **kwargs)
            self.right = self.add_variable((classes,), "zeros", name="right")
            self.all = self.add_variable((classes,), "zeros", name="all")

        def update_state(self, y_true, y_pred, sample_weight=None):
            chosen = o.one_hot(o.argmax(y_pred, axis=-1), 3)
            self.right.assign(self.right + o.sum(y_true * chosen, axis=0))
            self.all.assign_add(o.sum(y_true, axis=0))

        def result(self):
            return self.right / self.all

    class Last(library.metrics.Metric):
        """Neither a sum nor a mean: the greatest prediction since the reset, and the last batch's least."""

        def __init__(self):
            super().__init__(name="greatest")
            self.greatest = self.add_weight(shape=(), initializer="zeros", name="greatest")
            self.least = self.add_weight(shape=(), initializer="ones", name="least")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.greatest.assign(o.maximum(self.greatest, o.max(y_pred)))
            self.least.assign(o.min(y_pred))

        def result(self):
            return {"greatest": self.greatest.value, "least": self.least.value}

    class Inherited(library.metrics.Mean):
        def update_state(self, y_true, y_pred, sample_weight=None):
            super().update_state(o.abs(y_true - y_pred) > 0.5, sample_weight)

    def by_operators(y_true, y_pred):
        return o.mean((y_true - y_pred) ** 2, axis=-1) * 2.0

    return [TruePositives(), PerClass(3), Inherited(name="far"), by_operators], Last


class TestWrittenForKeras:
    def test_values(self):
        model = classifier(
            pymlp, metrics=own_metrics(pymlp)[0], weighted_metrics=own_metrics(pymlp)[0]
        )
        logs = model.evaluate(
            X, ONE_HOT, sample_weight=WEIGHTS, batch_size=7, verbose=0, return_dict=True
        )
        out = model.predict(X, verbose=0)
        hits = (ONE_HOT[:, 1] == 1) & (out[:, 1] > 0.5)
        assert logs["true_positives_of_one"] == hits.sum()
        assert logs["weighted_true_positives_of_one"] == pytest.approx(WEIGHTS[hits].sum())
        right = ONE_HOT[out.argmax(1) == LABELS].sum(0)
        np.testing.assert_allclose(logs["per_class"], right / ONE_HOT.sum(0), rtol=1e-6)
        far = (np.abs(ONE_HOT - out) > 0.5).mean(1)
        assert logs["far"] == pytest.approx(far.mean(), rel=1e-6)
        assert logs["weighted_far"] == pytest.approx(np.average(far, weights=WEIGHTS), rel=1e-6)
        errors = np.square(ONE_HOT - out).mean(1) * 2
        assert logs["by_operators"] == pytest.approx(errors.mean(), rel=1e-6)

    def test_history_holds_what_was_then(self):
        model = classifier(pymlp, metrics=own_metrics(pymlp)[0])
        history = model.fit(X, ONE_HOT, epochs=2, verbose=0).history
        model.reset_metrics()
        assert (np.array(history["per_class"]) > 0).any()
        assert all(type(value) is float for value in history["true_positives_of_one"])

    @pytest.mark.parametrize("eagerly", [False, True])
    def test_as_keras(self, keras, eagerly):
        found = []
        for library in (pymlp, keras):
            made = own_metrics(library)[0]
            model = classifier(library, metrics=made, run_eagerly=eagerly)
            history = model.fit(
                X, ONE_HOT, epochs=2, batch_size=8, shuffle=False, verbose=0
            ).history
            found.append((history, model.evaluate(X, ONE_HOT, verbose=0)))
        ours, theirs = found
        assert list(ours[0]) == list(theirs[0])
        for name, values in theirs[0].items():
            expected = np.array([np.array(value) for value in values])
            np.testing.assert_allclose(ours[0][name], expected, rtol=1e-5)
        for a, b in zip(ours[1], theirs[1], strict=True):
            np.testing.assert_allclose(a, np.array(b), rtol=1e-5)

    def test_a_dict_as_result(self):
        """Its items are logged by their own names."""
        _, last = own_metrics(pymlp)

        class Watched(pymlp.Sequential):
            def __init__(self, layers):
                super().__init__(layers)
                self.last = last()

            def compute_metrics(self, x, y, y_pred, sample_weight=None):
                self.last.update_state(y, y_pred)
                return super().compute_metrics(x, y, y_pred, sample_weight)

        model = Watched([pymlp.Input((4,)), layers.Dense(3, "softmax")])
        model.compile("sgd", "mse")
        logs = model.evaluate(X, ONE_HOT, batch_size=8, verbose=0, return_dict=True)
        out = model.predict(X, verbose=0)
        assert list(logs) == ["loss", "greatest", "least"]
        assert logs["greatest"] == pytest.approx(out.max())
        assert logs["least"] == pytest.approx(out[24:].min())


def share_above(y_true, y_pred):
    """Looks at numbers, as scikit-learn does."""
    return np.mean([row.max() > 0.4 for row in np.asarray(y_pred)])


class Median(pymlp.metrics.Metric):
    def __init__(self):
        super().__init__(name="median")
        self.seen = []

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.seen += [float(value) for value in y_pred[:, 0]]

    def result(self):
        return float(np.median(self.seen)) if self.seen else 0.0

    def reset_state(self):
        self.seen = []


class TestWhatCannotBeTraced:
    @pytest.mark.parametrize(
        ("metric", "name"),
        [(share_above, r"'share_above' \(MeanMetricWrapper\)"), (Median(), r"'median' \(Median\)")],
    )
    @pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
    def test_is_named_with_the_ways_out(self, metric, name, call):
        model = classifier(pymlp, metrics=[metric])
        before = model.get_weights()
        message = rf"^The metric {name} cannot be traced.*pymlp\.ops .*run_eagerly=True"
        with pytest.raises(ValueError, match=message):
            getattr(model, call)(X, ONE_HOT)
        for a, b in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_is_computed_on_batches_when_run_eagerly(self):
        model = classifier(pymlp, metrics=[share_above, Median()], run_eagerly=True)
        logs = model.evaluate(X, ONE_HOT, batch_size=12, verbose=0, return_dict=True)
        out = model.predict(X, verbose=0)
        # As in Keras the mean over batches, whatever their size.
        batches = [share_above(None, part) for part in np.split(out, [12, 24])]
        assert logs["share_above"] == pytest.approx(np.mean(batches), rel=1e-6)
        assert logs["median"] == pytest.approx(np.median(out[:, 0]), rel=1e-6)
        history = model.fit(X, ONE_HOT, epochs=2, verbose=0, validation_split=0.2).history
        assert set(history) >= {"share_above", "val_median"}

    def test_what_metrics_are_given(self):
        seen = []

        def look(y_true, y_pred):
            seen.append((y_true, y_pred))
            return 0.0

        model = classifier(
            pymlp, "sparse_categorical_crossentropy", metrics=[look], run_eagerly=True
        )
        model.test_on_batch(X, LABELS)
        ((y_true, y_pred),) = seen
        assert type(y_true) is type(y_pred) is np.ndarray
        np.testing.assert_array_equal(y_true, LABELS)
        np.testing.assert_array_equal(y_pred, model.predict(X, verbose=0))

    def test_mistakes_of_built_in_metrics_are_told_as_they_are(self):
        model = classifier(
            pymlp, "sparse_categorical_crossentropy", metrics=[pymlp.metrics.F1Score()]
        )
        with pytest.raises(ValueError, match=r"^F1Score expected y_true and y_pred of shape"):
            model.evaluate(X, LABELS, verbose=0)


@pytest.mark.parametrize("eagerly", [False, True])
def test_several_outputs(eagerly):
    """Names, order and values are the same whether metrics run in the span or in Python."""
    x = pymlp.Input((4,), name="x")
    model = pymlp.Model(x, {"p": layers.Dense(3, "softmax")(x), "q": layers.Dense(1)(x)})
    f1 = pymlp.metrics.F1Score()
    model.compile(
        "sgd", {"p": "categorical_crossentropy", "q": "mse"}, run_eagerly=eagerly,
        metrics={"p": [f1], "q": ["mae", "mse"]}, weighted_metrics={"q": ["mae"]},
    )  # fmt: skip
    y = {"p": ONE_HOT, "q": X[:, 0]}
    weights = {"p": WEIGHTS, "q": WEIGHTS[::-1]}
    logs = model.evaluate(X, y, sample_weight=weights, batch_size=9, verbose=0, return_dict=True)
    out = model.predict(X, verbose=0)
    assert list(logs) == [
        "loss", "p_f1_score", "q_mae", "q_mse", "q_weighted_mae", "p_loss", "q_loss"
    ]  # fmt: skip
    errors = np.abs(out["q"][:, 0] - X[:, 0])
    np.testing.assert_allclose(logs["p_f1_score"], f1_of(ONE_HOT, out["p"]), rtol=1e-6)
    assert logs["q_mae"] == pytest.approx(errors.mean(), rel=1e-5)
    assert logs["q_weighted_mae"] == pytest.approx(
        np.average(errors, weights=WEIGHTS[::-1]), rel=1e-5
    )
    assert logs["loss"] == pytest.approx(logs["p_loss"] + logs["q_loss"], rel=1e-5)
    assert ops.sum(logs["p_f1_score"]) == pytest.approx(np.sum(logs["p_f1_score"]))


@pytest.mark.parametrize("order", ["ab", "ba"])
@pytest.mark.parametrize("outputs", ["ab", "ba"])
def test_losses_of_outputs_in_a_dict_are_listed_as_the_dict_of_losses_has_them(outputs, order):
    # Measured with Keras 3.15: mse of a is 9, mae of b is 4.
    inputs = pymlp.Input((2,))
    made = {
        name: layers.Dense(1, kernel_initializer="ones", bias_initializer=start, name=name)(inputs)
        for name, start in (
            (n, pymlp.initializers.Constant({"a": 2.0, "b": 3.0}[n])) for n in outputs
        )
    }
    model = pymlp.Model(inputs, made)
    model.compile("sgd", {name: {"a": "mse", "b": "mae"}[name] for name in order})
    targets = {"a": np.ones((4, 1)), "b": np.ones((4, 1))}
    values = {"a": 9.0, "b": 4.0}
    found = model.evaluate(np.ones((4, 2)), targets, verbose=0)
    assert found == [13.0, *(values[name] for name in order)]
    assert [metric.name for metric in model.metrics] == ["loss", *(f"{n}_loss" for n in order)]
    model.compile("sgd", "mse")
    assert model.evaluate(np.ones((4, 2)), targets, verbose=0) == [25.0, 9.0, 16.0]
