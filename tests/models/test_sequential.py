"""`Sequential`: adding, taking off, naming, finding, building, copying layers."""

import copy
import pickle

import numpy as np
import pytest

import pymlp as keras
from pymlp.layers import Activation, Dense, EinsumDense, Flatten, Input, InputLayer

pytestmark = pytest.mark.usefixtures("fresh_names")


def mlp():
    return keras.Sequential([Input((4,)), Dense(3, activation="relu"), Dense(2)])


class TestMaking:
    def test_list_and_add_give_the_same(self):
        added = keras.Sequential()
        for layer in mlp().layers:
            added.add(type(layer).from_config(layer.get_config()))
        added.build((None, 4))
        listed = keras.Sequential(list(added.layers))
        assert listed.layers == added.layers
        x = np.ones((2, 4))
        np.testing.assert_array_equal(listed.predict(x, verbose=0), added.predict(x, verbose=0))

    @pytest.mark.parametrize(
        "first",
        [
            lambda: [Input((4,))],
            lambda: [InputLayer((4,))],
            lambda: [InputLayer(input_shape=[4])],
            lambda: [InputLayer(batch_shape=(None, 4))],
            lambda: [Flatten(input_shape=[4])],
            lambda: [Flatten(input_shape=(2, 2))],
            lambda: [Flatten(batch_input_shape=(None, 4))],
            lambda: [Dense(4, input_dim=4)],
        ],
    )
    def test_every_way_to_give_the_input_shape_builds_at_once(self, first):
        model = keras.Sequential([*first(), Dense(2)])
        assert model.built
        assert model.layers[-1].kernel.shape == (4, 2)
        assert model.output_shape == (None, 2)

    def test_without_one_the_data_builds_it(self):
        model = keras.Sequential([Dense(3), Dense(2)])
        assert not model.built
        assert model.weights == []
        for attribute in ("input_shape", "output_shape"):
            with pytest.raises(AttributeError, match=r"'sequential' has no .* it is not built"):
                getattr(model, attribute)
        with pytest.raises(ValueError, match=r"'sequential' is not built.*give it an Input, or"):
            model.count_params()
        assert model(np.ones((5, 4))).shape == (5, 2)
        assert (model.input_shape, model.output_shape) == ((None, 4), (None, 2))
        assert model.count_params() == 4 * 3 + 3 + 3 * 2 + 2

    def test_building_for_another_shape_is_refused(self):
        model = mlp()
        model.build((None, 4))
        model.build((32, 4))
        with pytest.raises(ValueError, match=r"is built for inputs of shape \(None, 4\), received"):
            model.build((None, 5))
        with pytest.raises(ValueError, match=r"'sequential_1' has no layers: add one first"):
            keras.Sequential().build((None, 4))

    def test_a_shape_that_does_not_fit_leaves_the_model_unbuilt(self):
        model = keras.Sequential([Dense(3)])
        with pytest.raises(ValueError, match=r"Dense 'dense' expected inputs of shape"):
            model.build((None,))
        model.build((None, 4))
        assert model.count_params() == 15

    @pytest.mark.parametrize("wrong", [None, "dense", 10, Dense, np.ones(3), [Dense(2)]])
    def test_what_is_no_layer_is_refused(self, wrong):
        model = mlp()
        with pytest.raises(
            ValueError, match=r"^Sequential 'sequential' expected a layer, received"
        ):
            model.add(wrong)
        assert len(model.layers) == 2
        assert model.built

    def test_a_layer_instead_of_a_list(self):
        with pytest.raises(ValueError, match=r"expected a list of layers, .*put it in brackets"):
            keras.Sequential(Dense(3))

    def test_the_input_comes_first(self):
        model = mlp()
        with pytest.raises(ValueError, match=r"InputLayer 'late' has to be the first layer"):
            model.add(InputLayer((4,), name="late"))
        with pytest.raises(ValueError, match=r"has to be the first layer"):
            keras.Sequential([Input((4,)), Input((4,))])

    def test_models_are_layers(self):
        inner = mlp()
        outer = keras.Sequential([inner, Dense(1)])
        assert outer.built
        assert outer.count_params() == inner.count_params() + 3
        x = np.ones((2, 4))
        np.testing.assert_array_equal(
            outer.predict(x, verbose=0), outer.layers[1](inner.predict(x, verbose=0))
        )


class TestAddAndPop:
    def test_add_after_training(self):
        model = mlp()
        model.compile(loss="mse", optimizer="sgd")
        x = np.ones((8, 4))
        model.fit(x, np.ones((8, 2)), verbose=0)
        before = model.predict(x, verbose=0)
        model.add(Activation("tanh"))
        np.testing.assert_allclose(model.predict(x, verbose=0), np.tanh(before), rtol=1e-6)
        model.fit(x, np.ones((8, 2)), verbose=0)

    def test_pop_gives_the_layer_back(self):
        model = mlp()
        last = model.layers[-1]
        assert model.pop() is last
        assert (len(model.layers), model.output_shape) == (1, (None, 3))
        model.add(last)
        assert model.output_shape == (None, 2)

    def test_predict_after_pop_sees_the_layer_before(self):
        model = mlp()
        x = np.ones((3, 4))
        model.predict(x, verbose=0)
        model.pop()
        np.testing.assert_array_equal(model.predict(x, verbose=0), model.layers[0](x))

    def test_pop_until_nothing_is_left(self):
        model = mlp()
        model.pop()
        model.pop()
        assert model.pop() is None
        assert not model.built
        with pytest.raises(ValueError, match="has no layers"):
            model.predict(np.ones((1, 4)), verbose=0)

    @pytest.mark.parametrize(
        "layer",
        [
            lambda: Dense(3, input_shape=()),
            lambda: EinsumDense("ab,bc->ac", 3, input_shape=(2, 3)),
        ],
    )
    def test_an_add_that_fails_leaves_the_model_as_it_was(self, layer):
        model = keras.Sequential()
        with pytest.raises(ValueError, match=r"^(Dense|EinsumDense) '"):
            model.add(layer())
        assert model.layers == []
        model.add(Dense(2, input_shape=(4,)))
        assert model.output_shape == (None, 2)

    def test_a_layer_for_other_inputs_is_refused(self):
        model = mlp()
        used = Dense(1)
        used(np.ones((1, 7)))
        with pytest.raises(ValueError, match=r"Dense 'dense_2' expected .*, 7\), received .*2\)"):
            model.add(used)
        assert (len(model.layers), model.output_shape) == (2, (None, 2))
        assert model.predict(np.ones((1, 4)), verbose=0).shape == (1, 2)


class TestNames:
    def test_count_up_by_class(self):
        names = [mlp().name, mlp().name, Dense(1).name, Flatten().name]
        assert names == ["sequential", "sequential_1", "dense_4", "flatten"]
        keras.utils.clear_session()
        model = mlp()
        assert [model.name, *(layer.name for layer in model.layers)] == [
            "sequential",
            "dense",
            "dense_1",
        ]

    def test_given_names_are_kept(self):
        model = keras.Sequential([Dense(2, name="one")], name="mine")
        assert (model.name, model.layers[0].name) == ("mine", "one")

    def test_the_same_name_twice_is_refused(self):
        model = keras.Sequential([Dense(2, name="one")])
        with pytest.raises(ValueError, match=r"has a layer named 'one' already: names have to dif"):
            model.add(Dense(3, name="one"))
        with pytest.raises(ValueError, match=r"has a layer named 'one' already"):
            model.add(model.layers[0])
        assert len(model.layers) == 1

    def test_variables_have_paths(self):
        assert [v.path for v in mlp().weights] == [
            "sequential/dense/kernel",
            "sequential/dense/bias",
            "sequential/dense_1/kernel",
            "sequential/dense_1/bias",
        ]


class TestGetLayer:
    def test_by_name_and_by_index(self):
        model = mlp()
        assert model.get_layer("dense_1") is model.layers[1]
        assert model.get_layer(name="dense") is model.get_layer(index=0)
        assert model.get_layer(index=-1) is model.layers[1]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({}, "give a name or an index, one of the two"),
            ({"name": "dense", "index": 0}, "give a name or an index, one of the two"),
            ({"index": 2}, "model 'sequential' has 2 layers, index=2 was asked for"),
            ({"index": -3}, "has 2 layers, index=-3"),
            ({"name": "x"}, r"'sequential' has no layer named 'x'; it has \['dense', 'dense_1'\]"),
        ],
    )
    def test_errors(self, arguments, message):
        with pytest.raises(ValueError, match=f"^get_layer: .*{message}"):
            mlp().get_layer(**arguments)

    def test_the_list_is_a_copy(self):
        model = mlp()
        model.layers.clear()
        assert len(model.layers) == 2


class TestWeights:
    def test_get_and_set(self):
        one, other = mlp(), mlp()
        weights = one.get_weights()
        assert [w.shape for w in weights] == [(4, 3), (3,), (3, 2), (2,)]
        other.set_weights(weights)
        x = np.random.default_rng(0).normal(size=(5, 4))
        np.testing.assert_array_equal(one.predict(x, verbose=0), other.predict(x, verbose=0))
        weights[0][:] = 7  # a copy: the model does not see it
        assert not (one.get_weights()[0] == 7).any()

    @pytest.mark.parametrize(
        ("spoil", "message"),
        [
            (lambda w: w[:-1], r"set_weights expected 4 arrays .*received 3"),
            (lambda w: [*w[:-1], w[-1][:1]], r"expected shape \(2,\) for .*bias', received \(1,\)"),
            (lambda w: [*w[:-1], w[-1][None]], r"expected shape \(2,\) .*received \(1, 2\)"),
            (lambda w: [*w[:-1], w[-1].astype(str)], "expected numbers for 'sequential/dense_1/bi"),
        ],
    )
    def test_wrong_ones_change_nothing(self, spoil, message):
        model = mlp()
        before = model.get_weights()
        with pytest.raises(ValueError, match=message):
            model.set_weights(spoil([w + 1 for w in before]))
        for old, new in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)

    def test_unbuilt(self):
        with pytest.raises(ValueError, match=r"expected 0 arrays .*It is not built yet: give it"):
            keras.Sequential([Dense(1)]).set_weights([np.ones((4, 1)), np.ones(1)])

    def test_trainable(self):
        model = mlp()
        model.layers[0].trainable = False
        assert [v.path for v in model.trainable_weights] == [v.path for v in model.weights[2:]]
        assert [v.path for v in model.non_trainable_weights] == [
            "sequential/dense/kernel",
            "sequential/dense/bias",
        ]
        model.trainable = False
        assert model.trainable_weights == []
        model.trainable = True
        assert len(model.trainable_weights) == 4

    def test_frozen_layers_are_not_trained(self):
        keras.utils.set_random_seed(0)  # with units that are not all dead
        model = mlp()
        model.compile(loss="mse", optimizer="sgd")
        x, y = np.ones((8, 4)), np.ones((8, 2))
        model.fit(x, y, verbose=0)  # the training program is made for all weights
        model.layers[0].trainable = False
        before = model.get_weights()
        model.fit(x, y, verbose=0)
        after = model.get_weights()
        assert [np.array_equal(a, b) for a, b in zip(before, after, strict=True)] == [
            True,
            True,
            False,
            False,
        ]


class TestCopies:
    def test_configuration(self):
        model = keras.Sequential(
            [Input((2, 2)), Flatten(), Dense(3, activation="tanh", name="middle"), Dense(1)],
            name="mine",
        )
        again = keras.Sequential.from_config(model.get_config())
        assert again.get_config() == model.get_config()
        again.set_weights(model.get_weights())
        x = np.random.default_rng(0).normal(size=(5, 2, 2))
        np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))

    @pytest.mark.parametrize(
        "copied", [lambda o: pickle.loads(pickle.dumps(o)), copy.deepcopy], ids=["pickle", "copy"]
    )
    @pytest.mark.parametrize("built", [True, False])
    def test_pickle_and_deepcopy(self, copied, built):
        model = mlp() if built else keras.Sequential([Dense(3), Dense(2)])
        x = np.random.default_rng(0).normal(size=(5, 4))
        if built:
            model.compile(loss="mse", optimizer="adam", metrics=["mae"])
            model.fit(x, x[:, :2], verbose=0)
        other = copied(model)
        if not built:
            assert not other.built
            other.build((None, 4))
            model.build((None, 4))
            other.set_weights(model.get_weights())
        np.testing.assert_array_equal(other.predict(x, verbose=0), model.predict(x, verbose=0))
        # The copy's weights are its own.
        other.set_weights([w + 1 for w in other.get_weights()])
        assert not np.array_equal(other.predict(x, verbose=0), model.predict(x, verbose=0))
        if built:
            assert model.evaluate(x, x[:, :2], verbose=0) != other.evaluate(x, x[:, :2], verbose=0)


def test_float64_model():
    model = keras.Sequential([Input((3,), dtype="float64"), Dense(2, dtype="float64")])
    x = np.random.default_rng(0).normal(size=(4, 3))
    y = model.predict(x, verbose=0)
    assert y.dtype == np.float64
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(y, x @ kernel + bias, rtol=1e-14, atol=1e-15)


def test_calling_on_arrays_and_lists():
    model = mlp()
    x = np.random.default_rng(0).normal(size=(5, 4))
    y = model.predict(x, verbose=0)
    np.testing.assert_array_equal(model(x), y)
    np.testing.assert_array_equal(model(x.tolist()), y)
    np.testing.assert_array_equal(model(x, training=False), y)
    np.testing.assert_array_equal(model(x, training=True), y)
    assert model(x[:0]).shape == (0, 2)


def test_the_type_is_that_of_the_first_layer():
    assert keras.Sequential([Dense(2, dtype="float64")]).dtype == "float64"
    with pytest.raises(TypeError, match="unexpected keyword argument 'dtype'"):  # as Keras says
        keras.Sequential([Dense(2)], dtype="float64")
