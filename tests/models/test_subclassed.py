"""Models and layers of one's own: built by their first data, described, copied, frozen, shared."""

import copy
import pickle

import numpy as np
import pytest

import pymlp as keras
from pymlp import ops
from pymlp.layers import Dense, Input, Layer

pytestmark = pytest.mark.usefixtures("fresh_names")

X = np.random.default_rng(1).normal(size=(20, 3)).astype("float32")


class WideAndDeep(keras.Model):
    """Layers as attributes, in a list and in a dict; inputs in a tuple, outputs in a tuple."""

    def __init__(self, units=4, activation="relu", **kwargs):
        super().__init__(**kwargs)
        self.hidden = [Dense(units, activation=activation), Dense(3, activation=activation)]
        self.heads = {"main": Dense(1), "aux": Dense(2)}

    def call(self, inputs):
        wide, deep = inputs
        for layer in self.hidden:
            deep = layer(deep)
        return self.heads["main"](ops.add(wide, deep)), self.heads["aux"](deep)


DATA = (X, X[:, :2])
TARGETS = (X[:, :1], X[:, 1:])


class TestModels:
    def test_is_built_by_its_first_data(self):
        model = WideAndDeep()
        assert not model.built
        assert [layer.name for layer in model.layers] == [
            "dense", "dense_1", "dense_2", "dense_3"
        ]  # fmt: skip
        model.compile("sgd", "mse", metrics=[["mae"], []])
        history = model.fit(DATA, TARGETS, verbose=0).history
        assert set(history) == {"loss", "mse_loss", "mae"} or len(history) == 4
        assert model.built
        assert [v.path for v in model.weights][:2] == [
            "wide_and_deep/dense/kernel", "wide_and_deep/dense/bias"
        ]  # fmt: skip
        assert [out.shape for out in model.predict(DATA, verbose=0)] == [(20, 1), (20, 2)]
        for found, expected in zip(model(DATA), model.predict(DATA, verbose=0), strict=True):
            np.testing.assert_array_equal(found, expected)

    def test_same_numbers_as_the_functional_one(self):
        model = WideAndDeep(units=4)
        outputs = model.predict(DATA, verbose=0)
        wide, deep = Input((3,)), Input((2,))
        hidden = Dense(3, activation="relu")(Dense(4, activation="relu")(deep))
        y = [Dense(1)(ops_add(wide, hidden)), Dense(2)(hidden)]
        functional = keras.Model((wide, deep), y)
        # The functional one's layers come by their depth.
        by_shape = {v.shape: v for v in functional.weights if v.name == "kernel"}
        for variable in model.weights:
            if variable.name == "kernel":
                by_shape[variable.shape].assign(variable.numpy())
        for found, expected in zip(functional.predict(DATA, verbose=0), outputs, strict=True):
            np.testing.assert_array_equal(found, expected)

    def test_in_a_functional_model_and_in_a_sequential(self):
        class Branches(keras.Model):
            def __init__(self):
                super().__init__()
                self.a, self.b = Dense(2), Dense(2)

            def call(self, inputs):
                return self.a(inputs) + self.b(inputs)

        x = Input((3,))
        model = keras.Model(x, Dense(1)(Branches()(x)))
        stack = keras.Sequential([Branches(), Dense(1)])
        for made in (model, stack):
            made.compile("sgd", "mse")
            made.fit(X, X[:, :1], verbose=0)
            assert len(made.weights) == len(made.trainable_weights) == 6
            assert made.predict(X, verbose=0).shape == (20, 1)

    def test_copies(self):
        model = WideAndDeep(5)
        expected = model.predict(DATA, verbose=0)
        again = copy.deepcopy(model)
        for found, one in zip(again.predict(DATA, verbose=0), expected, strict=True):
            np.testing.assert_array_equal(found, one)

    def test_pickles(self):
        model = WideAndDeep(5)
        expected = model.predict(DATA, verbose=0)
        again = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(again.predict(DATA, verbose=0)[0], expected[0])

    def test_other_shapes_than_it_was_built_for(self):
        model = WideAndDeep()
        model.predict(DATA, verbose=0)
        with pytest.raises(ValueError, match=r"Dense 'dense' expected inputs of shape .*2\)"):
            model((X, X))

    def test_a_state_of_its_own(self):
        class Scaled(keras.Model):
            def __init__(self):
                super().__init__()
                self.scale = self.add_weight((), "ones", name="scale")

            def call(self, inputs):
                return inputs * self.scale

        model = Scaled()
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.fit(X, 3 * X, epochs=60, verbose=0)
        assert model.get_weights()[0] == pytest.approx(3, rel=1e-3)


def ops_add(a, b):
    class Sum(Layer):
        def call(self, inputs):
            return ops.add(inputs[0], inputs[1])

    return Sum()([a, b])


class Named(Layer):
    def __init__(self, units, factor=2.0, sizes=(1, 2)):
        super().__init__()
        self.units, self.factor, self.sizes = units, factor, sizes

    def call(self, inputs):
        return inputs * self.factor


class WithArray(Layer):
    def __init__(self, table, **kwargs):
        super().__init__(**kwargs)
        self.table = table

    def call(self, inputs):
        return inputs


class TestConfiguration:
    def test_is_what_it_was_made_with(self):
        layer = Named(3, sizes=[1, 2])
        config = {
            "units": 3,
            "sizes": [1, 2],
            "name": "named",
            "trainable": True,
            "dtype": "float32",
        }
        assert layer.get_config() == config
        again = Named.from_config(config)
        assert (again.units, again.factor, again.name) == (3, 2.0, "named")
        assert again.get_config() == config

    def test_of_a_model(self):
        model = WideAndDeep(7, activation="tanh", name="mine")
        again = WideAndDeep.from_config(model.get_config())
        assert again.get_config() == model.get_config()
        assert (again.name, again.hidden[0].units) == ("mine", 7)

    def test_of_what_is_not_plain(self):
        with pytest.raises(NotImplementedError, match=r"WithArray 'w' was made with .*get_config"):
            WithArray(np.ones(3), name="w").get_config()

    def test_a_subclass_of_a_built_in_layer_keeps_that_one_s(self):
        class Mine(Dense):
            pass

        assert Mine(3).get_config()["units"] == 3

    def test_files(self, tmp_path):
        class Doubling(Layer):
            def __init__(self, factor=2.0, **kwargs):
                super().__init__(**kwargs)
                self.factor = factor

            def call(self, inputs):
                return inputs * self.factor

        x = Input((3,))
        model = keras.Model(x, Dense(1)(Doubling(3.0)(x)))
        model.save(tmp_path / "model.keras")
        again = keras.saving.load_model(
            tmp_path / "model.keras", custom_objects={"Doubling": Doubling}
        )
        np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


class TestOverriddenCalls:
    """A subclass of a built-in layer that overrides `call` is honoured everywhere."""

    @pytest.mark.parametrize("with_training", [False, True])
    def test_monte_carlo_dropout(self, with_training):
        class MonteCarlo(keras.layers.Dropout):
            if with_training:

                def call(self, inputs, training=None):
                    return super().call(inputs, training=True)
            else:

                def call(self, inputs):
                    return super().call(inputs, training=True)

        ones = np.ones((400, 10))
        for model in (keras.Sequential([MonteCarlo(0.5)]), functional_of(MonteCarlo(0.5))):
            found = model.predict(ones, verbose=0)
            assert set(np.unique(found)) == {0.0, 2.0}
            assert (model.predict(ones, verbose=0) != found).any()

    def test_in_training_by_the_caller(self):
        for model in (
            keras.Sequential([keras.layers.Dropout(0.5)]),
            functional_of(keras.layers.Dropout(0.5)),
        ):
            ones = np.ones((400, 10))
            assert set(np.unique(model(ones, training=True))) == {0.0, 2.0}
            np.testing.assert_array_equal(model(ones), ones)
            np.testing.assert_array_equal(model.predict(ones, verbose=0), ones)


def functional_of(layer):
    x = Input((10,))
    return keras.Model(x, layer(x))


class TestTransfer:
    def test_layers_are_shared(self):
        a = keras.Sequential([Input((3,)), Dense(4, activation="relu"), Dense(8)])
        b = keras.Sequential([*a.layers[:-1], Dense(1)])
        assert b.layers[0] is a.layers[0]
        b.compile(keras.optimizers.SGD(0.1), "mse")
        before = a.get_weights()
        b.fit(X, X[:, :1], verbose=0)
        assert (a.get_weights()[0] != before[0]).any()

    def test_frozen_layers_are_not_trained(self):
        a = keras.Sequential([Input((3,)), Dense(4, activation="relu"), Dense(8)])
        clone = keras.models.clone_model(a)
        b = keras.Sequential([Input((3,)), *clone.layers[:-1], Dense(1)])
        for layer in b.layers[:-1]:
            layer.trainable = False
        b.compile(keras.optimizers.SGD(0.1), "mse")
        before = b.get_weights()
        b.fit(X, X[:, :1], verbose=0)
        after = b.get_weights()
        for old, new in zip(before[:2], after[:2], strict=True):
            np.testing.assert_array_equal(old, new)
        assert (before[2] != after[2]).any()
        b.layers[0].trainable = True
        b.compile(keras.optimizers.SGD(0.1), "mse")
        b.fit(X, X[:, :1], verbose=0)
        assert (b.get_weights()[0] != before[0]).any()

    def test_a_frozen_model_freezes_what_is_within(self):
        inner = keras.Sequential([Input((3,)), Dense(4)])
        inner.trainable = False
        x = Input((3,))
        model = keras.Model(x, Dense(1)(inner(x)))
        assert [v.name for v in model.trainable_weights] == ["kernel", "bias"]
        assert len(model.non_trainable_weights) == 2
        assert not inner.layers[0].trainable


class TestClones:
    def test_have_weights_of_their_own(self):
        x = Input((3,), name="x")
        shared = Dense(3, name="shared")
        model = keras.Model(x, Dense(1, name="y")(shared(shared(x))), name="m")
        clone = keras.models.clone_model(model)
        assert clone.get_config() == model.get_config()
        assert not {id(v) for v in model.weights} & {id(v) for v in clone.weights}
        clone.set_weights(model.get_weights())
        np.testing.assert_array_equal(clone.predict(X, verbose=0), model.predict(X, verbose=0))

    def test_other_layers_in_place_of_some(self):
        def wider(layer):
            return Dense(2 * layer.units, name=layer.name) if isinstance(layer, Dense) else layer

        x = Input((3,))
        for model in (keras.Sequential([x, Dense(2)]), keras.Model(x, Dense(2)(x))):
            clone = keras.models.clone_model(model, clone_function=wider)
            assert clone.output_shape == (None, 4)

    def test_on_tensors_and_called_otherwise(self):
        x, z = Input((3,)), Input((3,), name="z")
        model = keras.Model(x, Dense(2)(x))
        called = []

        def calling(layer, *args, **kwargs):
            called.append(layer.name)
            return layer(*args, **kwargs)

        clone = keras.models.clone_model(model, input_tensors=z, call_function=calling)
        assert clone.input_names == ["z"]
        assert called == [model.layers[1].name]

    def test_within(self):
        x = Input((3,))
        inner = keras.Sequential([Input((3,)), Dense(2)])
        model = keras.Model(x, inner(x))
        seen = []

        def noting(layer):
            seen.append(type(layer).__name__)
            return type(layer).from_config(layer.get_config())

        keras.models.clone_model(model, clone_function=noting)
        assert seen == ["Sequential"]
        seen.clear()
        keras.models.clone_model(model, clone_function=noting, recursive=True)
        assert seen == ["Dense"]

    def test_of_a_class(self):
        clone = keras.models.clone_model(WideAndDeep(6, name="n"))
        assert (clone.name, clone.hidden[0].units) == ("n", 6)
        with pytest.raises(ValueError, match="clone_function is for Sequential and functional"):
            keras.models.clone_model(WideAndDeep(), clone_function=lambda layer: layer)
