"""Layers of several inputs and outputs: on arrays, on symbolic tensors, as part of a functional model."""

import numpy as np
import pytest

from pymlp import ops
from pymlp.layers import Dense, Input, Layer

pytestmark = pytest.mark.usefixtures("fresh_names")


class Mixed(Layer):
    """Weighted sum of the two tensors of a list, and their difference."""

    def build(self, input_shape):
        self.told = input_shape
        self.scale = self.add_weight((input_shape[0][-1],), "ones", name="scale")

    def call(self, inputs):
        a, b = inputs
        return ops.add(ops.multiply(a, self.scale), b), ops.subtract(a, b)


class ByName(Layer):
    def build(self, input_shape):
        self.told = input_shape

    def call(self, inputs):
        return {"sum": ops.add(inputs["left"], inputs["right"])}


class TwoArguments(Layer):
    def build(self, query_shape, value_shape):
        self.told = (query_shape, value_shape)

    def call(self, query, value, factor=1.0):
        return ops.add(query, ops.multiply(value, factor))


A, B = np.arange(6.0).reshape(2, 3), np.ones((2, 3))
SHAPE = (None, 3)


class TestOnArrays:
    @pytest.mark.parametrize("kind", [list, tuple])
    def test_several_in_a_list(self, kind):
        layer = Mixed(dtype="float64")
        total, difference = layer(kind([A, B]))
        np.testing.assert_array_equal(total, A + B)
        np.testing.assert_array_equal(difference, A - B)
        assert layer.told == kind([SHAPE, SHAPE])

    def test_in_a_dict(self):
        layer = ByName()
        np.testing.assert_array_equal(layer({"left": A, "right": B})["sum"], A + B)
        assert layer.told == {"left": SHAPE, "right": SHAPE}

    def test_by_place_and_by_name(self):
        for call in (
            lambda layer: layer(A, B, factor=2.0),
            lambda layer: layer(A, value=B, factor=2.0),
            lambda layer: layer(query=A, value=B, factor=2.0),
        ):
            layer = TwoArguments(dtype="float64")
            np.testing.assert_array_equal(call(layer), A + 2 * B)
            assert layer.told == (SHAPE, SHAPE)
            assert layer.get_build_config() == {
                "shapes_dict": {"query_shape": SHAPE, "value_shape": SHAPE}
            }
            again = TwoArguments()
            again.build_from_config(layer.get_build_config())
            assert again.told == (SHAPE, SHAPE)

    def test_arrays_become_the_layer_s_type(self):
        assert TwoArguments(dtype="float32")(A, B).dtype == "float32"


class TestShapes:
    def test_of_the_output(self):
        assert Mixed().compute_output_shape([(7, 3), (7, 3)]) == ((7, 3), (7, 3))
        assert ByName().compute_output_shape({"left": SHAPE, "right": SHAPE}) == {"sum": SHAPE}
        assert TwoArguments().compute_output_shape(SHAPE, value_shape=SHAPE) == SHAPE


class TestInAModel:
    def test_calls_are_noted(self):
        a, b = Input((3,), name="a"), Input((3,), name="b")
        layer, dense = Mixed(), Dense(2)
        total, difference = layer([a, b])
        y = dense(total)
        (node,) = layer._inbound_nodes
        assert node.inputs == [a, b]
        assert [layer.output[0] is total, layer.output[1] is difference] == [True, True]
        assert (dense.input is total, dense.output is y, y.shape) == (True, True, (None, 2))
        assert (total.history.layer, difference.history.tensor_index) == (layer, 1)
        dense(difference)
        assert [n.index for n in dense._inbound_nodes] == [0, 1]

    def test_layers_within_note_nothing(self):
        class Outer(Layer):
            def __init__(self):
                super().__init__()
                self.inner = Dense(2)

            def call(self, inputs):
                return self.inner(inputs)

        outer = Outer()
        y = outer(Input((3,)))
        assert y.history.layer is outer
        assert outer.inner._inbound_nodes == []
        assert [v.path for v in outer.weights] == ["outer/dense/kernel", "outer/dense/bias"]

    def test_before_any_call(self):
        for attribute in ("input", "output"):
            with pytest.raises(AttributeError, match="'dense' was never called on a symbolic"):
                getattr(Dense(2, name="dense"), attribute)

    def test_what_is_no_tensor(self):
        class Number(Layer):
            def call(self, inputs):
                return 3

        with pytest.raises(ValueError, match=r"^Number 'number': its call should return tensors"):
            Number()(Input((3,)))


class TestTraining:
    def test_is_handed_inwards(self):
        told = []

        class Noting(Layer):
            def call(self, inputs, training=None):
                told.append(training)
                return inputs

        class Holder(Layer):
            def __init__(self):
                super().__init__()
                self.inner = Noting()

            def call(self, inputs):  # knows nothing of training
                return self.inner(inputs)

        for said, heard in ((True, True), (False, False), (None, None)):
            told.clear()
            Holder()(A, training=said)
            assert told[-1] is heard  # once before: to build what is within

    def test_a_default_holds_where_nothing_was_said(self):
        told = []

        class Usually(Layer):
            def call(self, inputs, training=True):
                told.append(training)
                return inputs

        Usually()(A)
        Usually()(A, training=False)
        assert told == [True, False]
