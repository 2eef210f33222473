"""Applying operations: to arrays or symbolically, by operators and by NumPy's functions."""

import pickle

import numpy as np
import pytest
from evaluation import Graph, feed
from reference import assert_close

from pymlp import config, ops
from pymlp.graph.tensor import Tensor, input_tensor
from pymlp.ops.operation import broadcast_shapes
from pymlp.variables import Variable


@pytest.fixture
def x():
    return input_tensor((None, 3), "float64", "x")


OPERATORS = {
    "x + 2": lambda x: x + 2,
    "2 + x": lambda x: 2 + x,
    "x - 2": lambda x: x - 2,
    "2 - x": lambda x: 2 - x,
    "x * 2": lambda x: x * 2,
    "2 * x": lambda x: 2 * x,
    "x / 2": lambda x: x / 2,
    "2 / x": lambda x: 2 / x,
    "-x": lambda x: -x,
    "abs": lambda x: abs(x),
    "x ** 2": lambda x: x**2,
    "x < 1": lambda x: x < 1,
    "x <= 1": lambda x: x <= 1,
    "x > 1": lambda x: x > 1,
    "x >= 1": lambda x: x >= 1,
    "1 < x": lambda x: x > 1,
    "array * x": lambda x: np.array([1.0, 2.0, 3.0]) * x,
    "x - array": lambda x: x - np.ones((1, 3)),
    "np.exp": np.exp,
    "np.log": np.log,
    "np.log1p": np.log1p,
    "np.tanh": np.tanh,
    "np.sqrt": np.sqrt,
    "np.square": np.square,
    "np.abs": np.abs,
    "np.sign": np.sign,
    "np.negative": np.negative,
    "np.maximum": lambda x: np.maximum(x, 1.0),
    "np.minimum": lambda x: np.minimum(1.0, x),
    "np.add": lambda x: np.add(x, x),
    "np.subtract": lambda x: np.subtract(1, x),
    "np.divide": lambda x: np.divide(x, 3),
    "np.less": lambda x: np.less(x, 1),
    "np.equal": lambda x: np.equal(x, 1),
    "np.not_equal": lambda x: np.not_equal(1, x),
    "np.less_equal": lambda x: np.less_equal(x, 1),
    "np.greater": lambda x: np.greater(x, 1),
    "np.greater_equal": lambda x: np.greater_equal(1, x),
}


@pytest.mark.parametrize("name", list(OPERATORS))
def test_operators_and_numpy_functions(name, x):
    """What is written for NumPy gives on tensors what it gives on arrays."""
    array = np.array([[0.5, 1.0, 3.0], [1.0, 2.5, 0.25]])
    y = OPERATORS[name](x)
    assert isinstance(y, Tensor)
    assert_close(Graph([y], [x]).run(array)[0], OPERATORS[name](array) * 1.0)


def test_numpy_functions_that_cannot_be_traced(x):
    with pytest.raises(TypeError, match=r"numpy\.spacing cannot be traced"):
        np.spacing(x)
    with pytest.raises(TypeError, match=r"numpy\.add\.reduce cannot be traced"):
        np.add.reduce(x)
    with pytest.raises(TypeError, match=r"numpy\.exp cannot be traced"):
        np.exp(x, where=np.array([True]))
    with pytest.raises(TypeError, match="no numbers yet"):
        np.asarray(x)
    with pytest.raises(TypeError, match="truth value of a tensor"):
        bool(x > 0)


def test_eager_results_are_the_callers_own(dtype):
    first = ops.add(np.ones(3, dtype), 1.0)
    second = ops.add(np.full(3, 5, dtype), 1.0)
    np.testing.assert_array_equal(first, 2)
    np.testing.assert_array_equal(second, 6)
    assert first.flags.writeable
    assert first.flags.c_contiguous


def test_type_of_eager_results():
    assert ops.exp(np.ones(2, np.int32)).dtype == np.float32
    assert ops.exp(np.ones(2, np.float16)).dtype == np.float32
    assert ops.exp(np.ones(2, bool)).dtype == np.float32
    assert ops.exp(Variable(np.ones(2), dtype="float64")).dtype == np.float64
    config.set_floatx("float64")
    try:
        assert ops.exp([1, 2]).dtype == np.float64
        assert ops.exp(np.ones(2, np.float32)).dtype == np.float32
    finally:
        config.set_floatx("float32")


@pytest.mark.parametrize(
    "make",
    [
        lambda a: a[:, ::-1],
        lambda a: a[::2],
        lambda a: a.T,
        lambda a: np.asfortranarray(a),
        lambda a: a[:, 1:2],
        lambda a: np.broadcast_to(a[:1], (7, 6)),
        lambda a: a.astype(">f4"),
        lambda a: a.astype(np.int8),
    ],
)
def test_arrays_of_any_layout(make, rng):
    array = make(np.round(rng.normal(size=(4, 6)) * 10))
    np.testing.assert_array_equal(ops.negative(array), -array)
    np.testing.assert_array_equal(ops.sum(array), array.sum())


def test_types_that_meet(x):
    with pytest.raises(ValueError, match=r"add: a float64 and a float32 tensor meet"):
        ops.add(x, Variable(np.ones(3), dtype="float32"))
    with pytest.raises(ValueError, match="multiply: None was given for a number"):
        ops.multiply(x, None)


def test_broadcast_shapes():
    assert broadcast_shapes("f", (None, 3), (3,)) == (None, 3)
    assert broadcast_shapes("f", (), (None,)) == (None,)
    assert broadcast_shapes("f", (None, 1), (1, 4)) == (None, 4)
    assert broadcast_shapes("f", (2, 0), (1,)) == (2, 0)
    with pytest.raises(ValueError, match="expand_dims"):
        broadcast_shapes("f", (None,), (None, 1))


def test_operations_are_not_pickled():
    with pytest.raises(TypeError, match="'add' is not pickled"):
        pickle.dumps(ops.elementwise.BINARY["add"])


def test_tensors_describe_themselves(x):
    assert repr(x) == "<Tensor shape=(None, 3), dtype=float64, from input>"
    assert repr(x + 1) == "<Tensor shape=(None, 3), dtype=float64, from add>"


def test_samples_that_differ_in_number():
    with pytest.raises(ValueError, match="differ in the number of samples"):
        ops.softmax_crossentropy(np.zeros((3, 2)), np.zeros(2), True)


def test_fed_tensors_know_no_other_batch(rng):
    """The same program, for a larger and then a smaller batch."""
    leaf, _ = feed(np.zeros((1, 3)))
    graph = Graph([ops.softmax(leaf)], [leaf])
    for rows in (1, 40, 3, 41):
        array = rng.normal(size=(rows, 3))
        np.testing.assert_array_equal(graph.run(array)[0], ops.softmax(array))
