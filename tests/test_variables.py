"""Variables: memory laid out for the kernels, behind an array that looks like any other."""

import pickle

import numpy as np
import pytest
from evaluation import padded
from hypothesis import given
from hypothesis import strategies as st

from pymlp import config
from pymlp._engine.layout import aligned_matrix, matrix_shape, padded_columns
from pymlp.graph.lower import lower
from pymlp.tracing import tracing
from pymlp.variables import Variable

SHAPES = [
    (),
    (1,),
    (5,),
    (17,),
    (2, 3),
    (3, 16),
    (4, 1),
    (2, 3, 4),
    (2, 1, 3, 5),
    (0,),
    (3, 0),
    (0, 3),
]


def counting(shape):
    return np.arange(np.prod(shape, dtype=int), dtype=float).reshape(shape)


# ---- what it holds -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_value(shape, dtype):
    v = Variable(counting(shape), dtype=dtype)
    assert v.shape == v.value.shape == shape
    assert (v.ndim, v.size) == (len(shape), int(np.prod(shape)))
    assert v.dtype == v.value.dtype == dtype
    np.testing.assert_array_equal(v.value, counting(shape))


@pytest.mark.parametrize("shape", SHAPES)
def test_value_is_the_memory_of_the_kernels(shape, dtype):
    v = Variable(counting(shape), dtype=dtype)
    assert v.storage.shape == matrix_shape(shape)
    np.testing.assert_array_equal(v.storage.ravel(), counting(shape).ravel())
    v.storage[...] = 7
    assert (v.value == 7).all()
    v.value[...] = 8
    assert (v.storage == 8).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_begin_on_cache_lines(shape, dtype):
    v = Variable(counting(shape), dtype=dtype)
    address, itemsize = v.storage.ctypes.data, v.storage.itemsize
    assert address % 64 == 0
    assert v.storage.strides[0] % 64 == 0
    assert v.storage.strides[1] == itemsize or 0 in v.storage.shape
    assert (padded(v.storage)[:, v.storage.shape[-1] :] == 0).all(), "padding begins as zero"


@given(st.integers(0, 5000), st.sampled_from(["float32", "float64"]))
def test_padding(columns, dtype):
    itemsize = np.dtype(dtype).itemsize
    ld = padded_columns(columns, dtype)
    assert ld >= columns
    assert ld * itemsize % 64 == 0
    assert ld * itemsize < columns * itemsize + 2 * 64
    assert columns == 0 or ld * itemsize % 2048, "rows would meet in the same few cache sets"


def test_aligned_matrix(dtype):
    for rows, columns in ((1, 1), (3, 17), (5, 512), (0, 4), (4, 0)):
        matrix = aligned_matrix(rows, columns, dtype)
        assert matrix.shape == (rows, columns)
        assert not matrix.any()
        assert matrix.flags.writeable
        assert matrix.ctypes.data % 64 == 0


def test_variables_do_not_share_memory():
    array = np.ones((2, 3), np.float32)
    a, b = Variable(array), Variable(array)
    a.assign(np.zeros((2, 3)))
    assert (b.value == 1).all()
    assert (array == 1).all()


# ---- making one ----------------------------------------------------------------------------------------


def test_initializer():
    asked = []

    def initializer(shape, dtype):
        asked.append((shape, dtype))
        return np.full(shape, 2.0)

    v = Variable(initializer, shape=[2, 3], dtype="float64")
    assert asked == [((2, 3), "float64")]
    assert (v.value == 2).all()
    with pytest.raises(ValueError, match="Variable 'kernel': give a shape with an initializer"):
        Variable(initializer, name="kernel")


def test_initializer_of_another_shape():
    with pytest.raises(
        ValueError, match=r"has shape \(2, 3\), received an array of shape \(3, 2\)"
    ):
        Variable(lambda shape, dtype: np.ones((3, 2)), shape=(2, 3))
    with pytest.raises(ValueError, match=r"has shape \(2,\), received an array of shape \(\)"):
        Variable(1.0, shape=(2,))


def test_types():
    assert Variable([1, 2]).dtype == "float32"
    assert Variable(np.ones(2)).dtype == "float32", "the default type, not the array's"
    assert Variable(1, dtype="int32").value.dtype == np.int32
    config.set_floatx("float64")
    try:
        assert Variable([1, 2]).dtype == "float64"
    finally:
        config.set_floatx("float32")
    for dtype in ("float16", "int64", "no"):
        with pytest.raises(ValueError, match="Variable"):
            Variable([1, 2], dtype=dtype)


def test_names():
    named, nameless, next_one = Variable(1.0, name="kernel"), Variable(1.0), Variable(1.0)
    assert named.name == named.path == "kernel"
    assert nameless.name != next_one.name
    named.path = "dense/kernel"
    assert named.name == "kernel"
    assert "path=dense/kernel, shape=(), dtype=float32, value=1.0" in repr(named)
    with pytest.raises(
        ValueError, match="Variable: name should be a string without '/', received 'a/b'"
    ):
        Variable(1.0, name="a/b")


def test_trainable():
    assert Variable(1.0).trainable
    v = Variable(1.0, trainable=False)
    assert not v.trainable
    v.trainable = True
    assert v.trainable


# ---- changing it ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_assign(shape, dtype):
    v = Variable(np.zeros(shape), dtype=dtype)
    view, memory = v.value, v.storage
    v.assign(counting(shape))
    np.testing.assert_array_equal(view, counting(shape))
    assert v.value is view
    assert v.storage is memory
    assert v.shape == shape


@pytest.mark.parametrize(
    "value",
    [1.0, np.ones(3), np.ones((1, 3)), np.ones((3, 2)), np.ones((2, 3, 1)), [], [[1, 2, 3]]],
)
def test_assign_broadcasts_nothing(value):
    v = Variable(np.zeros((2, 3)), name="kernel")
    v.path = "dense/kernel"
    with pytest.raises(
        ValueError, match=r"'dense/kernel' has shape \(2, 3\), received an array of"
    ):
        v.assign(value)
    assert not v.value.any()


@pytest.mark.parametrize("value", ["two", [["a", "b", "c"]] * 2, None, [[1, 2, 3], [4, 5]]])
def test_assign_takes_numbers(value):
    v = Variable(np.zeros((2, 3)))
    with pytest.raises((ValueError, TypeError)):
        v.assign(value)
    assert not v.value.any()


def test_assign_another_variable_or_layout():
    v = Variable(np.zeros((2, 3)))
    v.assign(Variable(counting((2, 3)), dtype="float64"))
    np.testing.assert_array_equal(v.value, counting((2, 3)))
    v.assign(counting((3, 2)).T)
    np.testing.assert_array_equal(v.value, counting((3, 2)).T)
    v.assign(v.value[:, ::-1].copy())
    v.assign([[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(v.value, counting((2, 3)) + 1)


def test_assign_keeps_what_is_not_a_number():
    v = Variable(np.zeros(3))
    v.assign([np.nan, np.inf, -0.0])
    assert np.isnan(v.value[0])
    assert v.value[1] == np.inf
    assert np.signbit(v.value[2])


# ---- looking at it -------------------------------------------------------------------------------------


def test_numpy_is_a_copy(dtype):
    v = Variable(counting((2, 3)), dtype=dtype)
    copy = v.numpy()
    assert copy.flags.c_contiguous
    assert copy.dtype == dtype
    v.assign(np.zeros((2, 3)))
    np.testing.assert_array_equal(copy, counting((2, 3)))


def test_as_an_array():
    v = Variable(counting((2, 3)))
    for array in (np.asarray(v), np.array(v), np.array(v, copy=True)):
        np.testing.assert_array_equal(array, counting((2, 3)))
        assert not np.shares_memory(array, v.value)
    assert np.asarray(v, np.float64).dtype == np.float64
    assert v.__array__(copy=False) is v.value
    assert np.sum(v) == 15


def test_as_a_number():
    assert float(Variable(2.5)) == 2.5
    with pytest.raises(TypeError):
        float(Variable([1.0, 2.0]))


@pytest.mark.parametrize("shape", SHAPES)
def test_pickle(shape, dtype):
    v = Variable(counting(shape), dtype=dtype, trainable=False, name="kernel")
    v.path = "dense/kernel"
    assert v.tensor is not None, "made before pickling, and not taken along"
    copy = pickle.loads(pickle.dumps(v))
    np.testing.assert_array_equal(copy.value, v.value)
    assert (copy.shape, copy.dtype, copy.name, copy.path, copy.trainable) == (
        shape, dtype, "kernel", "dense/kernel", False,
    )  # fmt: skip
    assert copy.storage.ctypes.data % 64 == 0
    copy.value[...] = 9
    assert (copy.storage == 9).all()
    assert not np.shares_memory(copy.value, v.value)
    assert copy.tensor.attributes["variable"] is copy


class TestOperators:
    @pytest.mark.parametrize(
        "case",
        [
            lambda v: v + 1.0,
            lambda v: 1.0 - v,
            lambda v: 2.0 * v - v * 3.0,
            lambda v: v / 2.0 + 1.0 / v,
            lambda v: abs(-v),
            lambda v: v**2,
            lambda v: (v < 2.0) * 1.0 + (v >= 2.0) * v,
            lambda v: v + v,
        ],
    )
    def test_on_values_and_in_a_graph(self, case):
        values = np.array([[1.0, -2.0], [3.0, 0.5]])
        variable = Variable(values, dtype="float64")
        expected = case(values)
        np.testing.assert_array_equal(case(variable), expected)
        with tracing():
            tensor = case(variable)
        lowered = lower("float64", (), results=[tensor])
        lowered.program.run(None, 0, 1, 1, None, 1)
        np.testing.assert_allclose(lowered.result(0, 1), expected, rtol=1e-15)

    def test_of_single_numbers_and_elements(self):
        variable = Variable([1.0, 2.0])
        assert variable[1] == 2.0
        variable[0:1][:] = 7.0  # a copy
        np.testing.assert_array_equal(variable.numpy(), [1.0, 2.0])
        assert isinstance(Variable(3.0) + 1.0, np.float32)
        np.testing.assert_array_equal(variable @ np.eye(2), [1.0, 2.0])
