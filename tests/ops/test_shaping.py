"""Operations that move, repeat and add up elements."""

import numpy as np
import pytest
from evaluation import Graph, check_gradients, evaluations, feed
from reference import assert_same_bits

from pymlp import ops
from pymlp.graph.tensor import input_tensor
from pymlp.ops.shaping import sum_to_shape


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((2, 3), (6,)),
        ((6,), (2, 3)),
        ((4, 17), (17, 4)),
        ((5,), (1, 5)),
        ((), (1, 1)),
        ((1,), ()),
        ((2, 3, 5), (6, 5)),
        ((2, 3, 5), (2, 15)),
        ((3, 1), (3,)),
        ((0, 4), (4, 0)),
        ((2, 2, 2), (8,)),
    ],
)
def test_reshape_of_variables(before, after, dtype, rng):
    x = rng.normal(size=before).astype(dtype)
    for y in evaluations(lambda x: ops.reshape(x, after), x):
        assert_same_bits(y, x.reshape(after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((), (1,)),
        ((1,), ()),
        ((28, 28), (784,)),
        ((12,), (3, 4)),
        ((3, 4), (2, 6)),
        ((2, 3, 4), (6, 4)),
        ((17,), (17, 1)),
    ],
)
@pytest.mark.parametrize("used", ["only reshaped", "also as it is", "computed"])
def test_reshape_of_samples(before, after, used, dtype, rng):
    x = rng.normal(size=(37, *before)).astype(dtype)
    leaf, _ = feed(x)
    y = ops.reshape(ops.negative(leaf) if used == "computed" else leaf, (None, *after))
    expected = (-x if used == "computed" else x).reshape(37, *after)
    outputs = [y, ops.square(leaf)] if used == "also as it is" else [y]
    graph = Graph(outputs, [leaf])
    for threads, batch_size in ((1, 37), (2, 37), (2, 5), (1, 1)):
        results = graph.run(x, threads=threads, batch_size=batch_size)
        assert_same_bits(results[0], expected)
        if len(results) > 1:
            assert_same_bits(results[1], x * x)


def test_reshape_works_out_one_length():
    x = input_tensor((None, 6), "float32", "x")
    assert ops.reshape(x, (None, -1, 2)).shape == (None, 3, 2)
    assert ops.reshape(x, (-1, 6)) is x
    assert ops.reshape(x, (-1, 2, 3)).shape == (None, 2, 3)
    assert ops.reshape(np.zeros((4, 6)), (None, 3, 2)).shape == (4, 3, 2)
    assert ops.expand_dims(x, -1).shape == (None, 6, 1)
    assert ops.expand_dims(x, 1).shape == (None, 1, 6)
    assert ops.squeeze(ops.expand_dims(x, 1), 1).shape == (None, 6)
    assert ops.squeeze(np.zeros((4, 1)), 1).shape == (4,)
    assert ops.expand_dims(np.zeros(4), 0).shape == (1, 4)


@pytest.mark.parametrize("shape", [(None, 5), (6,), (3, 2), (None, 2, 4)])
def test_reshape_to_other_elements(shape):
    with pytest.raises(ValueError, match="has other elements than"):
        ops.reshape(input_tensor((None, 6), "float32", "x"), shape)


def test_squeeze_of_a_longer_axis():
    with pytest.raises(ValueError, match=r"axis 1 of shape .* is not of length 1"):
        ops.squeeze(input_tensor((None, 6), "float32", "x"), 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((), (3, 17)),
        ((1,), (5,)),
        ((17,), (3, 17)),
        ((3, 1), (3, 17)),
        ((1, 17), (3, 17)),
        ((3, 17), (4, 3, 17)),
        ((3, 1), (4, 3, 17)),
        ((1, 1, 5), (4, 3, 5)),
    ],
)
def test_broadcast_to(before, after, dtype, rng):
    x = rng.normal(size=before).astype(dtype)
    for y in evaluations(lambda x: ops.broadcast_to(x, after), x):
        assert_same_bits(y, np.broadcast_to(x, after).copy())


def test_broadcast_of_samples(dtype, rng):
    x = rng.normal(size=(37, 1)).astype(dtype)
    for y in evaluations(lambda x: ops.broadcast_to(x, (None, 19)), x, fed=[0], eager=False):
        assert_same_bits(y, np.repeat(x, 19, 1))
    leaf, array = feed(x)
    for threads in (1, 2):
        total, y = Graph(
            [ops.sum(leaf), ops.broadcast_to(ops.sum(leaf), (None,)) * 2.0], [leaf]
        ).run(array, threads=threads)
        assert_same_bits(y, np.full(37, 2 * total, dtype))


def test_broadcast_to_what_does_not_fit():
    with pytest.raises(ValueError, match="does not"):
        ops.broadcast_to(input_tensor((3, 2), "float32", "x"), (3, 1))


@pytest.mark.parametrize(
    ("shape", "target"),
    [
        ((4, 5), (5,)),
        ((4, 5), (1, 5)),
        ((4, 5), (4, 1)),
        ((4, 5), ()),
        ((4, 5), (1,)),
        ((4, 5), (1, 1)),
        ((6, 3, 5), (3, 5)),
        ((6, 3, 5), (5,)),
        ((6, 3, 5), (1, 3, 5)),
        ((6, 3, 5), (1, 1, 5)),
        ((6, 3, 5), (6, 3, 1)),
    ],
)
@pytest.mark.parametrize("samples", [False, True])
def test_sum_to_shape(shape, target, samples, dtype, rng):
    x = rng.integers(-5, 6, shape).astype(dtype)  # sums are exact
    extra = len(shape) - len(target)
    axes = (
        *range(extra),
        *(i for i in range(extra, len(shape)) if target[i - extra] == 1 != shape[i]),
    )
    expected = x.sum(axes, keepdims=True).reshape(target)
    if samples and len(target) == len(shape) and target[0] == shape[0]:
        target = (None, *target[1:])
    for y in evaluations(
        lambda x: sum_to_shape(x, target), x, fed=[0] if samples else [], eager=False
    ):
        if None in target or not samples or y.tobytes() == expected.tobytes():
            assert_same_bits(y, expected)
            continue
        last = x[-(len(x) % 7 or 7) :] if len(x) > 7 else x
        assert_same_bits(y, last.sum(axes, keepdims=True).reshape(target))


def test_gradients(rng):
    check_gradients(lambda x: ops.reshape(x, (3, 4)), rng.normal(size=(2, 6)))
    check_gradients(lambda x: ops.reshape(x, (None, 2, 3)), rng.normal(size=(4, 6)), fed=[0])
    check_gradients(lambda x: ops.reshape(x, (None,)), rng.normal(size=(4, 1)), fed=[0])
    for before, after in (
        ((), (3, 4)),
        ((4,), (3, 4)),
        ((3, 1), (3, 4)),
        ((1, 4), (3, 4)),
        ((2, 4), (3, 2, 4)),
    ):
        check_gradients(lambda x, after=after: ops.broadcast_to(x, after), rng.normal(size=before))
    check_gradients(lambda x: ops.broadcast_to(x, (None, 5)), rng.normal(size=(4, 1)), fed=[0])
    # The second derivative of what is added up: repeated again.
    check_gradients(lambda x: sum_to_shape(x, (4,)), rng.normal(size=(3, 4)))
    check_gradients(lambda x: ops.square(sum_to_shape(x, (2, 4))), rng.normal(size=(3, 2, 4)))
