"""Operations on arrays: run at once, by programs that are kept for the next call."""

import numpy as np
import pytest

from pymlp import ops
from pymlp.graph import eager
from pymlp.variables import Variable


@pytest.fixture
def programs():
    """How many programs have been made since the test began, and how often one was found."""
    eager._program.cache_clear()
    return eager._program.cache_info


def test_programs_are_kept(programs, dtype):
    x = np.ones((4, 3), dtype)
    for _ in range(5):
        ops.tanh(x)
    assert (programs().misses, programs().hits) == (1, 4)


def test_what_asks_for_another_program(programs):
    x = np.ones((4, 3), np.float32)
    ops.leaky_relu(x, 0.1)
    ops.leaky_relu(x, 0.2)  # another parameter
    ops.leaky_relu(x[0], 0.2)  # another shape
    ops.leaky_relu(x.astype(float), 0.2)  # another type
    ops.relu(x)  # another operation
    assert programs().misses == 5


def test_any_number_of_samples_is_one_program(programs):
    for rows in (5, 1, 64, 3, 65):
        y = ops.sum(np.arange(2.0 * rows).reshape(rows, 2), axis=-1)
        np.testing.assert_array_equal(y, 4 * np.arange(rows) + 1)
    assert programs().misses == 1


def test_results_do_not_share_memory(rng):
    x = rng.normal(size=(4, 3))
    y = ops.negative(x)
    again = ops.negative(x)
    assert not np.shares_memory(y, again)
    assert not np.shares_memory(y, x)
    y[...] = 0
    np.testing.assert_array_equal(again, -x)


def test_arguments_are_not_written(rng):
    x, kernel, bias = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    kept = [a.copy() for a in (x, kernel, bias)]
    for array in (x, kernel, bias):
        array.flags.writeable = False
    ops.relu(ops.dense(x, kernel, bias))
    for array, before in zip((x, kernel, bias), kept, strict=True):
        np.testing.assert_array_equal(array, before)


def test_nothing_of_the_call_before_is_left(rng):
    """The same program with other numbers, NaNs before them."""
    for _ in range(3):
        assert np.isnan(ops.softmax(np.full((3, 5), np.nan))).all()
        x = rng.integers(-3, 4, (3, 5)).astype(float)
        np.testing.assert_allclose(ops.softmax(x).sum(-1), 1, rtol=0, atol=5 * np.finfo(float).eps)


@pytest.mark.parametrize("value", [3, 3.0, np.float32(3), np.array(3.0), [3], [[3, 3]], True])
def test_what_is_taken_for_an_array(value):
    y = ops.negative(value)
    assert isinstance(y, np.ndarray)
    assert y.shape == np.shape(value)
    np.testing.assert_array_equal(y, -1.0 * np.asarray(value))


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (0, 0), (2, 0, 3)])
def test_empty_arrays(shape):
    x = np.zeros(shape)
    assert ops.tanh(x).shape == shape
    assert ops.add(x, 1.0).shape == shape
    assert ops.sum(x) == 0
    if shape[-1]:
        assert ops.softmax(x).shape == shape
    assert ops.sum(x, axis=-1).shape == shape[:-1]


def test_variables(rng):
    v = Variable(rng.normal(size=(3, 2)), dtype="float64")
    np.testing.assert_array_equal(ops.negative(v), -v.value)
    v.assign(np.ones((3, 2)))
    np.testing.assert_array_equal(ops.negative(v), -1)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ops.add(np.ones(2), np.ones(3)), ValueError, r"add: shapes \(2,\) and \(3,\)"),
        (lambda: ops.dense(np.ones((2, 3)), np.ones((2, 3))), ValueError, "dense: x of shape"),
        (lambda: ops.exp("three"), ValueError, "could not convert"),
        (lambda: ops.exp({}), TypeError, "must be a string or a real number"),
        (lambda: ops.sum(np.ones((2, 3)), axis=2), ValueError, "has no axis 2"),
        (
            lambda: ops.softmax(3.0),
            ValueError,
            r"softmax needs an axis of classes, received shape \(\)",
        ),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_error_leaves_no_program_behind(programs):
    for _ in range(2):
        with pytest.raises(ValueError, match="do not go together"):
            ops.add(np.ones(2), np.ones(3))
    assert programs().currsize == 0
    np.testing.assert_array_equal(ops.add(np.ones(3), np.ones(3)), 2)


def test_large_programs_are_not_kept(programs):
    """Their memory would be kept with them."""
    for _ in range(2):
        ops.negative(np.ones(100_000))
    assert programs().currsize == 0
