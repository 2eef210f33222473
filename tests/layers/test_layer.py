"""`Layer`: a layer of one's own, weights, names, shapes, what it is called on."""

import numpy as np
import pytest

import pymlp as keras
from pymlp import ops
from pymlp.layers import Dense, Layer

pytestmark = pytest.mark.usefixtures("fresh_names")


class Scale(Layer):
    """Each feature times a weight of its own, plus a constant that is not trained."""

    def build(self, input_shape):
        self.scale = self.add_weight((input_shape[-1],), "ones", name="scale")
        self.shift = self.add_weight((input_shape[-1],), "zeros", trainable=False, name="shift")

    def call(self, inputs):
        return ops.add(ops.multiply(inputs, self.scale), self.shift)


class TestOneOfYourOwn:
    def test_on_arrays_and_in_a_model(self):
        x = np.random.default_rng(0).normal(size=(5, 3))
        layer = Scale(dtype="float64")
        np.testing.assert_array_equal(layer(x), x)
        layer.set_weights([[1, 2, 3], [4, 5, 6]])
        expected = x * [1, 2, 3] + [4, 5, 6]
        np.testing.assert_allclose(layer(x), expected, rtol=1e-15)
        model = keras.Sequential([keras.Input((3,), dtype="float64"), layer])
        np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-15)

    def test_training_leaves_alone_what_is_not_trainable(self):
        x = np.random.default_rng(0).normal(size=(50, 3))
        model = keras.Sequential([keras.Input((3,)), Scale()])
        model.compile(keras.optimizers.SGD(0.5), "mse")
        model.fit(x, x * [2, -1, 0.5], epochs=100, verbose=0)
        scale, shift = model.get_weights()
        np.testing.assert_allclose(scale, [2, -1, 0.5], rtol=1e-4)
        np.testing.assert_array_equal(shift, 0)

    def test_training_is_ignored_or_passed_on(self):
        class Noting(Layer):
            def call(self, inputs, training=None):
                told.append(training)
                return inputs

        told = []
        x = np.ones((2, 3))
        for layer in (Scale(), Dense(2), keras.layers.Flatten(), keras.layers.ReLU()):
            np.testing.assert_array_equal(layer(x, training=True), layer(x))
        for training in (None, False, True):
            Noting()(x, training=training)
        assert told == [None, False, True]

        model = keras.Sequential([keras.Input((3,)), Scale(), Noting(), Dense(1)])
        model.compile("sgd", "mse")
        for call, expected in (
            (lambda: model(x, training=True), True),
            (lambda: model.fit(x, x[:, :1], verbose=0), True),
            (lambda: model.evaluate(x, x[:, :1], verbose=0), False),
            (lambda: model.predict(x, verbose=0), False),
        ):
            told.clear()
            call()
            assert told == [expected]

    def test_weights_by_kind(self):
        layer = Scale()
        layer(np.ones((1, 3)))
        assert [v.path for v in layer.trainable_weights] == ["scale/scale"]
        assert [v.path for v in layer.non_trainable_weights] == ["scale/shift"]
        assert layer.trainable_variables == layer.trainable_weights
        assert layer.non_trainable_variables == layer.non_trainable_weights
        assert layer.variables == layer.weights
        assert layer.count_params() == 6
        layer.trainable = False
        assert layer.trainable_weights == []
        assert layer.non_trainable_weights == layer.weights

    def test_without_call(self):
        with pytest.raises(NotImplementedError, match=r"Layer has no call\(self, inputs\)"):
            Layer()(np.ones((1, 2)))

    def test_a_build_that_fails_leaves_nothing_half_made(self):
        class Broken(Layer):
            def build(self, input_shape):
                self.add_weight((3,))
                raise RuntimeError("mine")

        layer = Broken()
        with pytest.raises(RuntimeError, match="mine"):
            layer(np.ones((1, 2)))
        assert not layer.built
        assert layer.weights == []

    def test_building_it_directly_builds_it_once(self):
        layer = Scale()
        layer.build((None, 3))
        assert (layer.built, layer.input_shape) == (True, (None, 3))
        layer(np.ones((1, 3)))
        assert len(layer.weights) == 2

    def test_a_build_on_top_of_another_s(self):
        class Twice(Scale):
            def build(self, input_shape):
                super().build(input_shape)
                self.more = self.add_weight((1,), "ones", name="more")

        layer = Twice()
        np.testing.assert_array_equal(layer(np.ones((1, 3))), np.ones((1, 3)))
        assert [v.name for v in layer.weights] == ["scale", "shift", "more"]


class TestShapes:
    def test_of_the_built_layer(self):
        layer = Dense(5)
        for attribute in ("input_shape", "output_shape"):
            with pytest.raises(AttributeError, match=r"^Layer 'dense' has no input shape yet"):
                getattr(layer, attribute)
        with pytest.raises(
            ValueError, match=r"^Layer 'dense' is not built, .*give it an input sha"
        ):
            layer.count_params()
        layer(np.ones((2, 3)))
        assert (layer.input_shape, layer.output_shape) == ((None, 3), (None, 5))

    @pytest.mark.parametrize(
        ("arguments", "declared"),
        [
            ({"input_shape": [28, 28]}, (None, 28, 28)),
            ({"input_shape": (4,)}, (None, 4)),
            ({"input_shape": 28}, (None, 28)),
            ({"input_shape": np.int64(28)}, (None, 28)),
            ({"input_shape": ()}, (None,)),
            ({"input_dim": 4}, (None, 4)),
            ({"batch_input_shape": (32, 4)}, (None, 4)),
            ({}, None),
        ],
    )
    def test_declared(self, arguments, declared):
        assert Dense(3, **arguments).declared_input_shape == declared

    @pytest.mark.parametrize("argument", ["input_shape", "input_dim", "batch_input_shape"])
    @pytest.mark.parametrize("value", [28.0, "ab", (28, 0), (28, 1.5), True, (3, -1), (3, None)])
    def test_declared_wrongly(self, argument, value):
        with pytest.raises(
            ValueError,
            match=rf"^Flatten 'first': {argument} should hold whole numbers of at least 1",
        ):
            keras.layers.Flatten(name="first", **{argument: value})

    def test_build_configuration(self):
        layer = Dense(5)
        assert layer.get_build_config() is None
        layer(np.ones((2, 3)))
        other = Dense.from_config(layer.get_config())
        other.build_from_config(layer.get_build_config())
        assert [w.shape for w in other.get_weights()] == [(3, 5), (5,)]


class TestNames:
    def test_from_the_class(self):
        names = [kind().name for kind in (Scale, Scale, keras.layers.LeakyReLU, keras.layers.PReLU)]
        assert names == ["scale", "scale_1", "leaky_re_lu", "p_re_lu"]

    def test_given(self):
        assert Scale(name="mine").name == "mine"
        assert repr(Scale(name="mine")) == "<Scale name=mine, built=False>"


class TestCalls:
    @pytest.mark.parametrize(
        "x",
        [
            [[1, 2, 3]],
            [[True, False, True]],
            np.array([[1, 2, 3]], "u1"),
            np.array([[1, 2, 3]], "f8"),
            np.array([[1, 2, 3]], ">f4"),
        ],
        ids=str,
    )
    def test_kinds_of_input(self, x, dtype):
        y = Scale(dtype=dtype)(x)
        np.testing.assert_array_equal(y, np.asarray(x, dtype))
        assert y.dtype == dtype

    @pytest.mark.parametrize(
        ("x", "message"),
        [
            (3.0, "inputs with an axis of samples, received a single number"),
            ([["a"]], "inputs of numbers: they are of type <U1"),
            ([[1j]], "inputs of numbers: they are of type complex128"),
            ([[1], [1, 2]], "inputs of numbers: "),
            (None, "inputs of numbers: they are of type object"),
        ],
    )
    def test_what_is_refused(self, x, message):
        with pytest.raises(ValueError, match=f"^Scale 'mine' expected {message}"):
            Scale(name="mine")(x)

    def test_symbolic(self):
        y = Scale()(keras.Input((3,)))
        assert y.shape == (None, 3)


class TestSetWeights:
    @pytest.mark.parametrize(
        ("weights", "message"),
        [
            ([np.ones((4, 3))], r"2 arrays of shapes \[\(4, 3\), \(3,\)\], received 1\.$"),
            ([np.ones((3, 4)), np.ones(3)], r"shape \(4, 3\) for 'mine/kernel', received \(3, 4\)"),
            ([np.ones((4, 3)), np.ones(1)], r"shape \(3,\) for 'mine/bias', received \(1,\)"),
            ([np.ones((4, 3)), ["a", "b", "c"]], "numbers for 'mine/bias', received <U1"),
            ([np.ones((4, 3)), [1j, 1j, 1j]], "numbers for 'mine/bias', received complex128"),
        ],
    )
    def test_errors_leave_the_weights_alone(self, weights, message):
        layer = Dense(3, name="mine")
        layer.build((None, 4))
        before = layer.get_weights()
        with pytest.raises(ValueError, match=f"^Dense 'mine': set_weights expected {message}"):
            layer.set_weights(weights)
        for old, new in zip(before, layer.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)

    def test_before_building(self):
        with pytest.raises(ValueError, match=r"received 2\. It is not built yet: give it an input"):
            Dense(3).set_weights([np.ones((4, 3)), np.ones(3)])

    def test_any_kind_of_numbers(self, dtype):
        layer = Dense(2, dtype=dtype)
        layer.build((None, 2))
        layer.set_weights([[[1, 2], [3, 4]], np.array([True, False])])
        kernel, bias = layer.get_weights()
        assert kernel.dtype == bias.dtype == dtype
        np.testing.assert_array_equal(kernel, [[1, 2], [3, 4]])
        np.testing.assert_array_equal(bias, [1, 0])

    def test_get_weights_returns_copies(self):
        layer = Dense(2)
        layer.build((None, 2))
        layer.get_weights()[0][:] = 7
        assert not (layer.get_weights()[0] == 7).any()


def test_floatx_is_the_default_type():
    keras.config.set_floatx("float64")
    try:
        assert Dense(3).dtype == "float64"
        assert Dense(3)(np.ones((1, 2))).dtype == np.float64
    finally:
        keras.config.set_floatx("float32")
    assert Dense(3).dtype == "float32"


@pytest.mark.parametrize("dtype", ["float64", np.float64, np.dtype("float64")])
def test_types_by_name_and_by_object(dtype):
    assert Dense(3, dtype=dtype).dtype == "float64"


class LowRank(Layer):
    """A kernel that is the product of two weights: an operation of which no input is symbolic."""

    def build(self, input_shape):
        self.left = self.add_weight((input_shape[-1], 2), name="left")
        self.right = self.add_weight((2, 3), name="right")

    def call(self, inputs):
        return ops.dense(inputs, ops.dense(self.left, self.right))


class TestOperationsOnWeightsAlone:
    def test_are_part_of_the_graph(self):
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(16, 4)), rng.normal(size=(16, 3))
        model = keras.Sequential([keras.Input((4,), dtype="float64"), LowRank(dtype="float64")])
        model.compile(keras.optimizers.SGD(0.5), "mse")
        left, right = model.get_weights()
        model.train_on_batch(x, y)
        # Both steps are taken from the old weights.
        product = x.T @ (2 * (x @ left @ right - y) / y.size)
        new_left, new_right = left - 0.5 * product @ right.T, right - 0.5 * left.T @ product
        rounding = {"rtol": 1e-12, "atol": 1e-14}
        np.testing.assert_allclose(model.get_weights()[0], new_left, **rounding)
        np.testing.assert_allclose(model.get_weights()[1], new_right, **rounding)
        np.testing.assert_allclose(
            model.predict(x, verbose=0), x @ new_left @ new_right, **rounding
        )
        np.testing.assert_allclose(model.layers[0](x), x @ new_left @ new_right, **rounding)

    @pytest.mark.parametrize(
        "function",
        [
            lambda w: ops.exp(w),
            lambda w: ops.reshape(w, (3,)),
            lambda w: ops.expand_dims(w, 0),
            lambda w: ops.squeeze(ops.expand_dims(w, -1), -1),
            lambda w: ops.sum(w),
            lambda w: ops.mean(w, axis=-1),
            lambda w: ops.broadcast_to(w, (1, 3)),
            lambda w: ops.multiply(np.ones(3), w),
            lambda w: keras.activations.softmax(w),
        ],
    )
    def test_see_the_weights_of_the_moment(self, function):
        class Shifted(Layer):
            def build(self, input_shape):
                self.w = self.add_weight((3,), "zeros", name="w")

            def call(self, inputs):
                return ops.add(inputs, function(self.w))

        x, w = np.arange(6.0).reshape(2, 3), np.array([0.5, -1.0, 2.0])
        model = keras.Sequential([keras.Input((3,), dtype="float64"), Shifted(dtype="float64")])
        model.predict(x, verbose=0)
        model.set_weights([w])
        expected = x + np.asarray(function(w))
        np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-15)
        np.testing.assert_allclose(model.layers[0](x), expected, rtol=1e-15)

    def test_what_numpy_would_freeze_is_an_error(self):
        class Frozen(Scale):
            def call(self, inputs):
                return ops.multiply(inputs, np.exp(self.scale))

        with pytest.raises(
            TypeError, match=r"'sequential/frozen/scale' has no fixed numbers .* Use pymlp\.ops"
        ):
            keras.Sequential([keras.Input((3,)), Frozen()])
        np.testing.assert_array_equal(Frozen()(np.ones((1, 3))), np.exp(np.ones((1, 3), "f")))


class Pair(Layer):
    """Layers in an attribute of their own and in a list."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = Dense(4)
        self.others = [Dense(3, use_bias=False), {"last": Dense(2)}]
        self.itself = self

    def call(self, inputs):
        return self.others[1]["last"](self.others[0](self.first(inputs)))


class TestLayersWithin:
    SHAPES = [(5, 4), (4,), (4, 3), (3, 2), (2,)]  # noqa: RUF012

    def test_attributes_set_while_they_are_gone_through(self):
        """As another thread may do."""
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), keras.layers.ReLU()])
        found = []
        for layer in model._inner_layers():
            found.append(layer)
            setattr(model, f"note_{len(found)}", len(found))
        assert [layer for layer in model.layers if layer in found] == model.layers

    def test_weights_are_the_layers_own(self):
        layer = Pair()
        layer(np.ones((1, 5)))
        assert [v.shape for v in layer.weights] == self.SHAPES
        assert layer.trainable_weights == layer.weights
        assert layer.count_params() == 20 + 4 + 12 + 6 + 2
        layer.first.trainable = False
        assert [v.shape for v in layer.trainable_weights] == self.SHAPES[2:]
        layer.trainable = False
        assert layer.trainable_weights == []

    def test_are_trained(self):
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(16, 5)), rng.normal(size=(16, 2))
        model = keras.Sequential([keras.Input((5,)), Pair()])
        model.compile(keras.optimizers.SGD(0.1), "mse")
        before = model.get_weights()
        model.train_on_batch(x, y)
        for old, new in zip(before, model.get_weights(), strict=True):
            assert (old != new).any()

    def test_an_activation_that_learns(self):
        layer = Dense(3, activation=keras.layers.PReLU())
        model = keras.Sequential([keras.Input((5,)), layer])
        assert [v.path for v in model.trainable_weights] == [
            "sequential/dense/kernel",
            "sequential/dense/bias",
            "sequential/dense/p_re_lu/alpha",
        ]

    def test_a_layer_that_two_hold_counts_once_in_the_model(self):
        class Tied(Layer):
            def __init__(self, other):
                super().__init__()
                self.other = other

            def call(self, inputs):
                return ops.multiply(inputs, self.other.bias)

        dense = Dense(3)
        model = keras.Sequential([keras.Input((3,)), dense, Tied(dense)])
        assert model.count_params() == 12
