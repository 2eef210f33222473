"""Symbolic tensors: what they know of themselves, and what they refuse."""

import math

import numpy as np
import pytest

from pymlp import ops
from pymlp.graph.tensor import Tensor, constant_tensor, input_tensor, variable_tensor
from pymlp.variables import Variable


def test_input():
    x = input_tensor([None, 3, 2], "float32", "images")
    assert (x.shape, x.ndim, x.dtype, x.name) == ((None, 3, 2), 3, "float32", "images")
    assert x.operation is None
    assert x.inputs == ()
    assert x.attributes == {"input": "images"}


def test_variable():
    v = Variable(np.ones((2, 3)), dtype="float64", name="kernel")
    x = variable_tensor(v)
    assert (x.shape, x.dtype, x.name) == ((2, 3), "float64", "kernel")
    assert x.attributes["variable"] is v
    assert v.tensor is v.tensor, "one leaf for one variable"


@pytest.mark.parametrize("value", [2, 2.5, True, [1, 2], [[1.0], [2.0]], np.arange(3), []])
def test_constant(value, dtype):
    x = constant_tensor(value, dtype)
    assert x.shape == np.shape(value)
    assert x.attributes["constant"].dtype == x.dtype == dtype
    np.testing.assert_array_equal(x.attributes["constant"], value)


def test_constant_that_is_no_number():
    with pytest.raises((ValueError, TypeError)):
        constant_tensor("three", "float32")


def test_results_know_where_they_come_from():
    x = input_tensor((None, 3), "float32", "x")
    y = ops.leaky_relu(x, 0.5)
    assert isinstance(y, Tensor)
    assert y.operation.name == "leaky_relu"
    assert y.inputs == (x,)
    assert y.attributes == {"parameters": (0.5,)}
    assert y.number > x.number
    z = y * 2
    assert [t.shape for t in z.inputs] == [(None, 3), ()]


def test_descriptions_name_the_operation():
    x = input_tensor((None,), "float32", "x")
    assert repr(ops.tanh(x)) == "<Tensor shape=(None,), dtype=float32, from tanh>"
    assert "from constant" in repr(constant_tensor(1, "float32"))
    assert "from variable" in repr(Variable(np.ones(2)).tensor)
    assert "from leaf" in repr(Tensor((2,), "float32"))


def test_no_truth_value():
    x = input_tensor((), "float32", "x")
    with pytest.raises(TypeError, match=r"Use pymlp\.ops\.where"):
        bool(x > 0)
    with pytest.raises(TypeError, match="truth value of a tensor"):
        max(x, x)


def test_no_numbers():
    x = input_tensor((3,), "float32", "x")
    for convert in (np.asarray, np.array, lambda t: np.asarray(t, "float64"), np.cov):
        with pytest.raises(TypeError, match=r"no numbers yet|cannot be traced"):
            convert(x)
    with pytest.raises(TypeError):
        float(x)
    with pytest.raises(TypeError):
        len(x)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x: x + np.ones(4), r"add: shapes \(None, 3\) and \(4,\) do not go together"),
        (lambda x: np.ones((2, 3)) / x, r"divide: shapes \(2, 3\) and \(None, 3\)"),
        (lambda x: ops.maximum(x, input_tensor((None,), "float32", "y")), "maximum: shapes"),
        (lambda x: ops.where(x, np.ones(2), 0.0), r"where: shapes \(None, 3\) and \(2,\)"),
        (lambda x: ops.dense(x, np.ones((4, 2))), r"dense: x of shape \(None, 3\)"),
        (lambda x: ops.dense(x, np.ones((3, 2)), np.ones(3)), r"dense: bias of shape \(3,\)"),
        (lambda x: ops.dense(x, np.ones(3)), r"dense: .* kernel of shape \(3,\)"),
        (lambda x: ops.reshape(x, (None, 4)), r"reshape: shape \(None, 3\) has other elements"),
        (lambda x: ops.reshape(x, (3,)), "reshape: "),
        (
            lambda x: ops.softmax_crossentropy(x, np.ones(3), False),
            "cross-entropy: target of shape",
        ),
        (lambda x: ops.softmax(ops.sum(x)), r"softmax needs an axis of classes"),
        (lambda x: ops.squeeze(x, -1), r"squeeze: axis -1 of shape \(None, 3\)"),
    ],
)
def test_errors_name_the_operation(make, message):
    with pytest.raises(ValueError, match=message):
        make(input_tensor((None, 3), "float32", "x"))


def test_equality_is_an_operation(dtype):
    """Not Python's own, which would make of `y_true == 1` a False that no error tells of."""
    x = input_tensor((None, 3), dtype, "x")
    assert (x == 1.0).operation.name == "equal"
    assert (x != 1.0).operation.name == "not_equal"
    assert (np.ones(3) == x).operation.name == "equal"
    assert x != None  # noqa: E711
    assert {x: 1}[x] == 1


@pytest.mark.parametrize(
    ("use", "error", "named", "instead"),
    [
        (bool, TypeError, "truth value", "pymlp.ops.where"),
        (float, TypeError, r"float\(x\)", "pymlp.ops"),
        (int, TypeError, r"int\(x\)", "pymlp.ops.floor"),
        (math.exp, TypeError, "math module", "pymlp.ops"),
        (list, TypeError, "samples", "pymlp.ops.unstack"),
        (np.asarray, TypeError, "numpy.asarray", "pymlp.ops"),
        (np.linalg.svd, TypeError, "numpy.linalg.svd", "pymlp.ops"),
        (np.add.reduce, TypeError, "numpy.add.reduce", "pymlp.ops.sum"),
        (lambda x: np.exp(x, dtype="f"), TypeError, "numpy.exp", "pymlp.ops.exp"),
        (lambda x: x.item(), AttributeError, "x.item", "pymlp.ops"),
        (lambda x: x.numpy(), AttributeError, "x.numpy", "pymlp.ops"),
        (lambda x: x.sum(), AttributeError, "x.sum", "pymlp.ops.sum"),
        (lambda x: x.astype("float64"), AttributeError, "x.astype", "pymlp.ops.cast"),
        (lambda x: x.__setitem__(0, 1.0), TypeError, r"x\[...\] = value", "pymlp.ops.where"),
    ],
)  # fmt: skip
def test_what_cannot_be_traced_is_named_with_the_ways_out(use, error, named, instead):
    with pytest.raises(
        error, match=rf"{named}.* cannot be traced.*{instead}.*python_function\(forward, gradient"
    ):
        use(input_tensor((None, 3), "float64", "x"))


def test_other_attributes_are_missing_as_usual():
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        input_tensor((None, 3), "float64", "x").colour  # noqa: B018
