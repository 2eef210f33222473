"""Penalties: values, gradients, names; in the loss of training and evaluation; beside Keras."""

import pickle

import numpy as np
import pytest
from evaluation import check_gradients, evaluations

import pymlp
from pymlp import ops, regularizers

pytestmark = pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")


def orthogonal(x, factor):
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    cosines = np.abs(unit @ unit.T)
    np.fill_diagonal(cosines, 0)
    return factor * cosines.sum() / (len(x) * (len(x) - 1))


# Class, arguments, formula.
CASES = [
    ("L1", {}, lambda x: float(np.float32(0.01)) * np.abs(x).sum()),
    ("L1", {"l1": 0.5}, lambda x: 0.5 * np.abs(x).sum()),
    ("L2", {}, lambda x: 0.01 * (x**2).sum()),
    ("L2", {"l2": 0.5}, lambda x: 0.5 * (x**2).sum()),
    ("L1L2", {}, lambda x: 0.0),
    ("L1L2", {"l1": 0.25}, lambda x: 0.25 * np.abs(x).sum()),
    ("L1L2", {"l2": 0.25}, lambda x: 0.25 * (x**2).sum()),
    ("L1L2", {"l1": 0.25, "l2": 0.5}, lambda x: 0.25 * np.abs(x).sum() + 0.5 * (x**2).sum()),
    ("OrthogonalRegularizer", {}, lambda x: orthogonal(x, float(np.float32(0.01)))),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}, lambda x: orthogonal(x.T, 0.5)),
]


@pytest.mark.parametrize(
    ("name", "arguments", "formula"), CASES, ids=lambda v: "" if callable(v) else str(v)
)
class TestEach:
    @pytest.mark.parametrize("shape", [(2, 2), (5, 3), (3, 17)])
    def test_value(self, name, arguments, formula, shape, rng, dtype):
        x = rng.normal(size=shape)
        regularizer = getattr(regularizers, name)(**arguments)
        # Sums of at most 51 terms (squared cosines of 17), and a dozen roundings.
        tolerance = 64 * np.finfo(dtype).eps
        if arguments or name != "L1L2":
            for value in evaluations(regularizer, x.astype(dtype)):
                np.testing.assert_allclose(value, formula(x), rtol=8 * tolerance)
        else:
            assert regularizer(x) == 0.0

    def test_gradient(self, name, arguments, formula, rng):
        if arguments or name != "L1L2":
            x = rng.normal(size=(4, 3))
            x += 0.1 * np.sign(x)
            check_gradients(getattr(regularizers, name)(**arguments), x)

    def test_configuration(self, name, arguments, formula):
        regularizer = getattr(regularizers, name)(**arguments)
        described = regularizers.serialize(regularizer)
        assert described["module"] == "keras.regularizers"
        for again in (regularizers.get(described), pickle.loads(pickle.dumps(regularizer))):
            assert type(again) is type(regularizer)
            assert again.get_config() == regularizer.get_config()

    def test_against_keras(self, name, arguments, formula, rng, keras):
        theirs = getattr(keras.regularizers, name)(**arguments)
        ours = getattr(regularizers, name)(**arguments)
        assert ours.get_config() == theirs.get_config()
        x = rng.normal(size=(4, 6)).astype("float32")
        assert float(ours(x)) == pytest.approx(float(theirs(keras.ops.array(x))), rel=1e-6)


class TestLookup:
    @pytest.mark.parametrize(
        "name", ["l1", "L1", "l2", "L2", "L1L2", "l1_l2", "OrthogonalRegularizer"]
    )
    def test_by_name(self, name):
        assert isinstance(regularizers.get(name), regularizers.Regularizer)

    def test_by_class_function_and_none(self):
        assert isinstance(regularizers.get(regularizers.L2), regularizers.L2)
        assert regularizers.get(np.sum) is np.sum
        assert regularizers.get(None) is None
        assert regularizers.serialize(None) is None
        with pytest.raises(ValueError, match="Unknown regularizer 'l3'"):
            regularizers.get("l3")
        with pytest.raises(ValueError, match="Cannot make a regularizer of 3"):
            regularizers.get(3)

    @pytest.mark.parametrize("wrong", [-1.0, np.inf, np.nan, "much", True])
    def test_impossible_factors_are_refused(self, wrong):
        for make in (regularizers.L1, regularizers.L2, regularizers.OrthogonalRegularizer):
            with pytest.raises(ValueError, match="should be a number of at least 0, received"):
                make(wrong)
        with pytest.raises(ValueError, match="mode should be 'rows' or 'columns'"):
            regularizers.OrthogonalRegularizer(mode="diagonals")
        with pytest.raises(ValueError, match="takes a matrix"):
            regularizers.OrthogonalRegularizer()(np.ones(3))


ROWS, FEATURES = 24, 5


def data():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(ROWS, FEATURES))
    return x, rng.normal(size=(ROWS, 3)), rng.random(ROWS)


def quartic(x):
    return 0.125 * pymlp.ops.sum(pymlp.ops.square(pymlp.ops.square(x)))


class Sparse(pymlp.layers.Layer):
    """Adds what goes through it to the loss."""

    def call(self, inputs):
        self.add_loss(0.5 * ops.mean(ops.abs(inputs)))
        return inputs


class Twice(pymlp.layers.Layer):
    """Calls a layer with a penalty two times."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        penalty = regularizers.L2(0.5)
        self.inner = pymlp.layers.Dense(FEATURES, activity_regularizer=penalty, dtype=self.dtype)

    def call(self, inputs):
        return self.inner(self.inner(inputs))


def network(library, layers, dtype, optimizer="sgd"):
    weights = np.random.default_rng(6).normal(size=(FEATURES, 3)) / 2
    model = library.Sequential([library.Input((FEATURES,), dtype=dtype), *layers])
    model.compile(optimizer, "mse")
    model.set_weights([weights, np.array([0.5, -0.25, 0.125])])
    return model


PENALTIES = [
    {"kernel_regularizer": "l2"},
    {"bias_regularizer": "l1"},
    {"activity_regularizer": "l2"},
    {"kernel_regularizer": "L1L2"},
    {"kernel_regularizer": "OrthogonalRegularizer", "activity_regularizer": "l1"},
]


class TestInTraining:
    def test_penalties_are_part_of_loss_and_gradient(self):
        x, y, _ = data()
        dense = pymlp.layers.Dense(
            3,
            kernel_regularizer=regularizers.L1L2(0.25, 0.5),
            bias_regularizer=quartic,
            activity_regularizer=regularizers.L2(0.125),
            dtype="float64",
        )
        model = network(pymlp, [dense], "float64", pymlp.optimizers.SGD(0.125))
        w, b = model.get_weights()
        z = x @ w + b
        plain = ((z - y) ** 2).mean()
        penalty = 0.25 * np.abs(w).sum() + 0.5 * (w**2).sum() + 0.125 * (b**4).sum()
        expected = plain + penalty + 0.125 * (z**2).sum() / ROWS
        assert model.evaluate(x, y, verbose=0, batch_size=ROWS) == pytest.approx(
            expected, rel=1e-12
        )
        assert model.train_on_batch(x, y) == pytest.approx(expected, rel=1e-12)
        dz = 2 * (z - y) / y.size + 0.25 * z / ROWS
        dw = x.T @ dz + 0.25 * np.sign(w) + w
        db = dz.sum(axis=0) + 0.5 * b**3
        np.testing.assert_allclose(model.get_weights()[0], w - 0.125 * dw, rtol=1e-12)
        np.testing.assert_allclose(model.get_weights()[1], b - 0.125 * db, rtol=1e-12)

    def test_batches_and_sample_weights(self):
        """Penalties count once a batch; sample weights are not for them; predictions know nothing of them."""
        x, y, weight = data()
        plain = network(pymlp, [pymlp.layers.Dense(3, dtype="float64")], "float64")
        dense = pymlp.layers.Dense(3, kernel_regularizer="l2", dtype="float64")
        model = network(pymlp, [dense], "float64")
        penalty = 0.01 * (model.get_weights()[0] ** 2).sum()
        for how in ({}, {"sample_weight": weight}):
            for batch_size in (7, ROWS):
                losses = [
                    m.evaluate(x, y, batch_size=batch_size, verbose=0, **how)
                    for m in (plain, model)
                ]
                assert losses[1] - losses[0] == pytest.approx(penalty, rel=1e-9)
        np.testing.assert_array_equal(model.predict(x, verbose=0), plain.predict(x, verbose=0))

    def test_added_losses(self):
        x, y, _ = data()
        model = network(
            pymlp, [pymlp.layers.Dense(3, dtype="float64"), Sparse(dtype="float64")], "float64"
        )
        z = x @ model.get_weights()[0] + model.get_weights()[1]
        expected = ((z - y) ** 2).mean() + 0.5 * np.abs(z).mean()
        assert model.evaluate(x, y, batch_size=ROWS, verbose=0) == pytest.approx(
            expected, rel=1e-12
        )
        w, b = model.get_weights()
        model.optimizer.learning_rate = 0.125
        model.train_on_batch(x, y)
        dz = 2 * (z - y) / y.size + 0.5 * np.sign(z) / z.size
        np.testing.assert_allclose(model.get_weights()[1], b - 0.125 * dz.sum(axis=0), rtol=1e-12)
        np.testing.assert_allclose(model.get_weights()[0], w - 0.125 * x.T @ dz, rtol=1e-12)

    def test_a_frozen_layer_is_not_penalized_for_its_weights(self):
        x, y, _ = data()
        dense = pymlp.layers.Dense(3, kernel_regularizer="l2", dtype="float64")
        model = network(pymlp, [dense], "float64")
        penalized = model.evaluate(x, y, verbose=0)
        dense.trainable = False
        model.compile("sgd", "mse")
        assert model.losses == []
        assert model.evaluate(x, y, verbose=0) < penalized

    def test_every_call_of_a_shared_layer_counts(self):
        x, _, _ = data()
        layer = Twice(dtype="float64")
        model = pymlp.Sequential([pymlp.Input((FEATURES,), dtype="float64"), layer])
        model.compile("sgd", "mse")
        once = x @ layer.get_weights()[0]
        twice = once @ layer.get_weights()[0]
        penalty = 0.5 * ((once**2).sum() + (twice**2).sum()) / ROWS
        expected = ((twice - x) ** 2).mean() + penalty
        assert model.evaluate(x, x, batch_size=ROWS, verbose=0) == pytest.approx(
            expected, rel=1e-12
        )

    @pytest.mark.parametrize("arguments", PENALTIES, ids=str)
    def test_losses_against_keras(self, arguments, keras):
        x, y, weight = data()
        found = []
        for library in (pymlp, keras):
            model = network(library, [library.layers.Dense(3, **arguments)], "float32")
            history = model.fit(
                x, y, batch_size=7, epochs=4, shuffle=False, verbose=0, sample_weight=weight,
                validation_data=(x, y),
            )  # fmt: skip
            found.append([*history.history["loss"], *history.history["val_loss"]])
        np.testing.assert_allclose(found[0], found[1], rtol=1e-5)

    def test_saved_with_a_model(self, tmp_path):
        dense = pymlp.layers.Dense(
            3,
            kernel_regularizer=regularizers.L1L2(0.25, 0.5),
            bias_regularizer="l1",
            activity_regularizer=regularizers.L2(0.125),
            kernel_constraint=pymlp.constraints.MaxNorm(0.5, axis=1),
            bias_constraint="non_neg",
        )
        model = network(pymlp, [dense], "float32")
        model.save(tmp_path / "m.keras")
        loaded = pymlp.saving.load_model(tmp_path / "m.keras")
        assert loaded.layers[0].get_config() == dense.get_config()
        x, y, _ = data()
        for one in (model, loaded):
            one.fit(x, y, epochs=2, shuffle=False, verbose=0)
        for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


class TestLosses:
    def test_of_the_last_call(self):
        x = np.array([[1.0, -2.0], [3.0, 0.0]], "float32")
        layer = pymlp.layers.Dense(
            2,
            use_bias=False,
            kernel_initializer="identity",
            activity_regularizer=regularizers.L2(0.5),
        )
        for rows in (2, 1):
            layer(x[:rows])
            assert [float(loss) for loss in layer.losses] == [0.5 * (x[:rows] ** 2).sum() / rows]

    def test_of_inner_layers_and_weights(self):
        dense = pymlp.layers.Dense(2, kernel_initializer="ones", kernel_regularizer="l2")
        model = pymlp.Sequential([pymlp.Input((3,)), dense, Sparse()])
        assert [float(loss) for loss in model.losses] == [pytest.approx(0.06)]

    def test_what_is_no_tensor_is_refused(self):
        with pytest.raises(ValueError, match=r"^Sparse 'sparse.*': add_loss expected a tensor"):
            Sparse().add_loss("much")
