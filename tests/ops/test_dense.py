"""``x @ kernel + bias``: values, gradients, and what a row's bits may depend on."""

import numpy as np
import pytest
from evaluation import Graph, check_gradients, evaluations, feed
from hypothesis import given
from hypothesis import strategies as st
from reference import assert_close, assert_same_bits, dense, dense_scale

from pymlp import ops
from pymlp.graph.gradient import gradients
from pymlp.graph.tensor import input_tensor
from pymlp.variables import Variable

# Around the tiles: 6 rows; 8, 16 and 32 floats, 4, 8 and 16 doubles; 96 rows; 256 terms. And
# primes.
ROWS = st.sampled_from([1, 2, 5, 6, 7, 11, 12, 13, 31, 32, 63, 64, 65, 95, 96, 97, 101])
COLUMNS = st.sampled_from([1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 61, 64, 65])
DEPTHS = st.sampled_from([0, 1, 2, 3, 7, 16, 17, 61, 255, 256, 257, 513])
FLOATS = st.sampled_from(["float32", "float64"])


def problem(m, k, n, dtype, seed=0):
    rng = np.random.default_rng([m, k, n, seed])
    return [rng.normal(size=shape).astype(dtype) for shape in ((m, k), (k, n), (n,))]


def wide(arrays):
    return [a.astype(np.float64 if a.dtype == np.float32 else np.longdouble) for a in arrays]


@given(m=ROWS, k=DEPTHS, n=COLUMNS, dtype=FLOATS, bias=st.booleans())
def test_values(m, k, n, dtype, bias):
    arrays = problem(m, k, n, dtype)[: 2 + bias]
    for fed in ([], [0]):
        for y in evaluations(ops.dense, *arrays, fed=fed):
            assert y.dtype == dtype
            assert_close(y, dense(*wide(arrays)), scale=dense_scale(*wide(arrays)), k=k)


def backward(m, k, n, dtype, seed=0):
    """A graph of dx, dkernel and dbias for a given dz, with its inputs and variables."""
    x, kernel, bias = problem(m, k, n, dtype, seed)
    (dz,) = problem(m, n, 1, dtype, seed + 1)[:1]
    leaf, dz_leaf = feed(x)[0], feed(dz)[0]
    variables = [Variable(kernel, dtype=dtype), Variable(bias, dtype=dtype)]
    y = ops.dense(leaf, *(v.tensor for v in variables))
    found = gradients(ops.sum(ops.multiply(y, dz_leaf)), [leaf, *(v.tensor for v in variables)])
    return Graph(found, [leaf, dz_leaf]), (x, dz), (kernel, bias)


@given(m=ROWS, k=DEPTHS.filter(bool), n=COLUMNS, dtype=FLOATS)
def test_gradients(m, k, n, dtype):
    graph, (x, dz), (kernel, _) = backward(m, k, n, dtype)
    results = [graph.run(x, dz, threads=threads) for threads in (1, 2)]
    for one, two in zip(*results, strict=True):
        assert_same_bits(one, two)
    dx, dkernel, dbias = results[0]
    x, dz, kernel = wide([x, dz, kernel])
    assert_close(dx, dz @ kernel.T, scale=np.abs(dz) @ np.abs(kernel).T, k=n)
    assert_close(dkernel, x.T @ dz, scale=np.abs(x).T @ np.abs(dz), k=m)
    assert_close(dbias, dz.sum(0), scale=np.abs(dz).sum(0), k=m)


# Beyond the caches, products go in blocks (csrc/kernels/blocked.inc.c): of 96 rows, 512 columns and 256 terms, the
# columns copied once where there is room for all terms of 256 of them, else of as many rows as there is room for.
# Below, just in and out of that.
BLOCKS = [
    (64, 725, 725),  # forward and dx: 64 rows and 2^19 weights
    (63, 725, 725),
    (97, 2049, 257),  # no room for all terms
    (101, 257, 2049),
    (191, 1031, 513),  # more than one block of columns
    (2049, 97, 33),  # dkernel: no room for all terms
    (2049, 801, 515),  # dkernel: nor for all rows of 512 columns
    (257, 96, 32),  # dkernel: the least that goes in blocks
    (64, 101, 37),
]


@pytest.mark.parametrize(("m", "k", "n"), BLOCKS)
def test_products_in_blocks(m, k, n, dtype):
    graph, (x, dz), (kernel, bias) = backward(m, k, n, dtype)
    leaf, _ = feed(x)
    forward = Graph(
        [ops.tanh(ops.dense(leaf, *(Variable(a, dtype=dtype) for a in (kernel, bias))))], [leaf]
    )
    y = forward.run(x)[0]
    dx, dkernel, _ = graph.run(x, dz)
    for threads in (2, 3):
        assert_same_bits(forward.run(x, threads=threads)[0], y)
        for one, more in zip(graph.run(x, dz, threads=threads)[:2], (dx, dkernel), strict=True):
            assert_same_bits(one, more)
    # A row of a small batch does not go in blocks, and has the same bits.
    assert_same_bits(forward.run(x[:7])[0], y[:7])
    assert_same_bits(graph.run(x[:7], dz[:7])[0], dx[:7])
    # NumPy has no fast product of long doubles. In float64 its own errs as much as ours may, so the terms count twice;
    # `test_values` and `test_gradients` are closer.
    times = 2 if dtype == "float64" else 1
    a, b, c, bias = (array.astype(np.float64) for array in (x, kernel, dz, bias))
    assert_close(y, np.tanh(dense(a, b, bias)), scale=1 + dense_scale(a, b, bias), k=times * k)
    assert_close(dx, c @ b.T, scale=np.abs(c) @ np.abs(b).T, k=times * n)
    assert_close(dkernel, a.T @ c, scale=np.abs(a).T @ np.abs(c), k=times * m)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
# Few units, for which the kernel is turned; more, for which dz and dx are; and so many weights that it goes in blocks.
@pytest.mark.parametrize(
    ("m", "k", "n"), [(37, 61, 47), (37, 61, 48), (70, 61, 101), (65, 725, 725)]
)
def test_derivative_of_the_activation_before(m, k, n, activation, dtype):
    """dx of a dense layer on what an activation made: its derivative is part of the kernel."""
    z, kernel, _ = problem(m, k, n, dtype)
    (dy,) = problem(m, n, 1, dtype, 1)[:1]
    leaf, dy_leaf = feed(z)[0], feed(dy)[0]
    y = ops.dense(getattr(ops, activation)(leaf), Variable(kernel, dtype=dtype).tensor)
    graph = Graph(gradients(ops.sum(ops.multiply(y, dy_leaf)), [leaf]), [leaf, dy_leaf])
    z, dy, kernel = wide([z, dy, kernel])
    factor = z > 0 if activation == "relu" else 1 - np.tanh(z) ** 2
    for threads in (1, 2):
        (dz,) = graph.run(*(a.astype(dtype) for a in (z, dy)), threads=threads)
        assert_close(dz, (dy @ kernel.T) * factor, scale=np.abs(dy) @ np.abs(kernel).T, k=n)


def test_gradients_by_differences(rng):
    x, kernel, bias = rng.normal(size=(3, 4)), rng.normal(size=(4, 5)), rng.normal(size=5)
    check_gradients(ops.dense, x, kernel, bias)
    check_gradients(ops.dense, x, kernel, bias, fed=[0])
    check_gradients(ops.dense, x, kernel)
    check_gradients(ops.dense, x[0], kernel, bias)
    check_gradients(ops.dense, rng.normal(size=(2, 3, 4)), kernel, bias, fed=[0])


def test_worked_out_by_hand():
    x, kernel, bias = (
        [[1.0, 2.0], [3.0, 4.0]],
        np.array([[1.0, 0.0, -1.0], [0.5, 1.0, 2.0]]),
        [10.0, 20.0, 30.0],
    )
    np.testing.assert_array_equal(ops.dense(x, kernel, bias), [[12, 22, 33], [15, 24, 35]])
    np.testing.assert_array_equal(ops.dense(x[0], kernel, bias), [12, 22, 33])


def test_large_product_by_a_random_vector(dtype):
    """(x kernel) t against x (kernel t): every element takes part, at little cost."""
    x, kernel, _ = problem(257, 1031, 509, dtype)
    t = np.random.default_rng(0).choice([-1.0, 1.0], 509)
    a, b = wide([x, kernel])
    y = ops.dense(x, kernel)
    (got,) = wide([y])
    scale = (np.abs(a) @ np.abs(b)).sum(1)
    limit = (1031 + 4) * np.finfo(dtype).eps * scale
    assert (np.abs(got @ t - a @ (b @ t)) <= limit).all()


@given(
    m=ROWS,
    k=DEPTHS,
    n=COLUMNS,
    dtype=FLOATS,
    cut=st.integers(0, 100),
    threads=st.sampled_from([1, 2]),
)
def test_bits_of_a_row_do_not_depend_on_the_batch(m, k, n, dtype, cut, threads):
    x, kernel, bias = problem(m, k, n, dtype)
    leaf, _ = feed(x)
    graph = Graph(
        [ops.tanh(ops.dense(leaf, Variable(kernel, dtype=dtype), Variable(bias, dtype=dtype)))],
        [leaf],
    )
    (whole,) = graph.run(x)
    order = np.random.default_rng(cut).permutation(m)
    assert_same_bits(graph.run(x, order=order, threads=threads)[0], whole[order])
    for batch_size in {1, cut % m + 1, 7}:
        assert_same_bits(graph.run(x, batch_size=batch_size, threads=threads)[0], whole)


def test_gradient_of_a_row_does_not_depend_on_the_batch(dtype):
    graph, (x, dz), _ = backward(131, 37, 29, dtype)
    whole = graph.run(x, dz)[0]
    for batch_size in (1, 5, 64, 65):
        assert_same_bits(graph.run(x, dz, batch_size=batch_size, threads=2)[0], whole)


def test_gradients_of_two_half_batches_add_up():
    graph, (x, dz), _ = backward(62, 37, 29, "float64")
    whole = graph.run(x, dz)
    halves = [graph.run(x[part], dz[part]) for part in (slice(0, 31), slice(31, None))]
    assert_same_bits(whole[0], np.concatenate([halves[0][0], halves[1][0]]))
    assert_close(whole[1], halves[0][1] + halves[1][1], scale=np.abs(x).T @ np.abs(dz), k=62)
    assert_close(whole[2], halves[0][2] + halves[1][2], scale=np.abs(dz).sum(0), k=62)


def test_order_of_the_batch_does_not_matter():
    graph, (x, dz), _ = backward(62, 37, 29, "float64")
    whole = graph.run(x, dz)
    order = np.random.default_rng(0).permutation(62)
    turned = graph.run(x, dz, order=order)
    assert_same_bits(turned[0], whole[0][order])
    assert_close(turned[1], whole[1], scale=np.abs(x).T @ np.abs(dz), k=62)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_and_infinity_stay_in_their_row(value, dtype):
    x, kernel, bias = problem(13, 9, 17, dtype)
    clean = ops.dense(x, kernel, bias)
    x[5, 3] = value
    y = ops.dense(x, kernel, bias)
    assert not np.isfinite(y[5]).any()
    rest = np.arange(13) != 5
    assert_same_bits(y[rest], clean[rest])


@pytest.mark.parametrize(
    ("m", "k", "n"), [(1, 7, 5), (13, 7, 37), (70, 1100, 500)]
)  # by rows, in tiles, in blocks
def test_relu_does_not_hide_a_nan(m, k, n, dtype):
    x, kernel, _ = problem(m, k, n, dtype)
    x[0, 0] = np.nan
    leaf, _ = feed(x)
    y = Graph([ops.relu(ops.dense(leaf, Variable(kernel, dtype=dtype).tensor))], [leaf]).run(x)[0]
    assert np.isnan(y[0]).all()
    assert (y[1:] >= 0).all()


def test_zero_times_infinity_is_seen():
    """A zero in x does not let an infinite weight be skipped."""
    assert np.isnan(ops.dense(np.zeros((1, 2)), np.array([[np.inf], [1.0]]))).all()


@pytest.mark.parametrize(
    ("x", "kernel", "bias", "match"),
    [
        (
            (None, 3),
            (4, 5),
            (5,),
            r"x of shape \(None, 3\) does not go with a kernel of shape \(4, 5\)",
        ),
        ((None, 4), (4, 5), (4,), r"bias of shape \(4,\) does not go with"),
        ((None, 4), (4,), None, "does not go with"),
        ((), (4, 5), None, "does not go with"),
    ],
)
def test_shapes_that_do_not_go_together(x, kernel, bias, match):
    leaves = [
        input_tensor(shape, "float32", "x") for shape in (x, kernel, bias) if shape is not None
    ]
    with pytest.raises(ValueError, match=match):
        ops.dense(*leaves)


@pytest.mark.parametrize("shape", [(0, 3, 4), (3, 0, 4), (3, 4, 0)])
def test_empty(shape, dtype):
    arrays = problem(*shape, dtype)
    assert_same_bits(ops.dense(*arrays), dense(*arrays))
