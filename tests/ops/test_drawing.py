"""Random numbers in programs: the generator's own answers, its independence of threads and spans, distributions."""

from statistics import NormalDist

import numpy as np
import pytest
from evaluation import check_gradients, feed

from pymlp import ops, random
from pymlp.graph.lower import lower
from pymlp.graph.tensor import input_tensor
from pymlp.ops import drawing
from pymlp.tracing import tracing
from pymlp.variables import Variable

KEY = 0x6D6C7021


def philox(counter, key, rounds=10):
    """Philox 4x32 in Python's integers."""
    c, k = list(counter), list(key)
    for _ in range(rounds):
        p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(q >> 32) ^ c[1] ^ k[0], q & 0xFFFFFFFF, (p >> 32) ^ c[3] ^ k[1], p & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def words(seed, draw, count, half=0, rounds=10):
    """The words of the first elements: of 16 blocks words 0 and 1, then of the same blocks words 2 and 3."""
    chunks = -(-count // 64)
    found = [philox((b, 0, half, draw), (seed, KEY), rounds) for b in range(16 * chunks)]
    shape = (chunks, 16, 2, 2)  # chunk, block, which pair, which of the pair
    in_order = np.array(found, np.uint64).reshape(shape).transpose(0, 2, 1, 3)
    return in_order.ravel()[:count]


def kept_by_dropout(seed, draw, rows, columns, rate):
    """Whether an element is kept: by a half of a word, the lower one first; rows begin at every 16th."""
    ahead = -(-columns // 16) * 16
    whole = words(seed, draw, -(-rows * ahead // 2), rounds=7)
    halves = np.stack([whole & np.uint64(0xFFFF), whole >> np.uint64(16)], -1).ravel()
    return halves[: rows * ahead].reshape(rows, ahead)[:, :columns] >= round(rate * 65536)


def test_reference_gives_the_known_answers():
    # The first and the third of the test vectors published with the generator (Random123, kat_vectors).
    assert philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    pi = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]
    assert philox(pi, [0xA4093822, 0x299F31D0]) == [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]


@pytest.mark.parametrize("shape", [(), (1,), (5,), (3, 1), (7, 13), (2, 3, 64), (5, 65), (0, 3)])
def test_uniform_numbers_are_those_words(shape, dtype):
    seeds = random.SeedGenerator(9)
    seeds.next()
    u = drawing.draw("uniform", shape, 0.0, 1.0, dtype, seeds)
    high = words(9, 1, u.size)
    if dtype == "float32":
        expected = (high >> np.uint64(8)).astype(np.float64) * 2.0**-24
    else:
        both = high << np.uint64(32) | words(9, 1, u.size, half=1)
        expected = (both >> np.uint64(11)).astype(np.float64) * 2.0**-53
    np.testing.assert_array_equal(u.ravel(), expected)


def test_normal_numbers_are_percentage_points_of_the_words(dtype):
    z = drawing.draw("normal", (200,), 1.0, 2.0, dtype, random.SeedGenerator(4))
    bits = words(4, 0, 200)
    share = (bits.astype(np.float64) + 0.5) / 2.0**32
    if dtype == "float64":
        share = (bits.astype(np.float64) + (words(4, 0, 200, half=1) + 0.5) / 2.0**32) / 2.0**32
    expected = 1 + 2 * np.array([NormalDist().inv_cdf(p) for p in share])
    # The rational functions are good to 1e-16; near the middle z is a difference of two shares.
    np.testing.assert_allclose(z, expected, rtol=0, atol=40 * np.finfo(dtype).eps)


N = 1 << 20


@pytest.mark.parametrize(
    ("distribution", "mean", "variance", "fourth", "most"),
    [("uniform", 0.5, 1 / 12, 1 / 80, 1.0), ("normal", 0.0, 1.0, 3.0, 7.0),
     ("truncated_normal", 0.0, 0.7737413, 1.2206, 2.0)],
)  # fmt: skip
def test_moments(distribution, mean, variance, fourth, most, dtype):
    values = drawing.draw(distribution, (N,), 0.0, 1.0, dtype, random.SeedGenerator(1)).astype("d")
    # Within five standard deviations of the sample's own mean and variance.
    assert abs(values.mean() - mean) <= 5 * np.sqrt(variance / N)
    assert (
        abs(((values - mean) ** 2).mean() - variance)
        <= 5 * np.sqrt((fourth - variance**2) / N) + 1e-6
    )
    assert np.abs(values).max() <= most
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) <= 5 / np.sqrt(N)


def test_uniform_stays_below_its_upper_bound(dtype):
    eps = np.finfo(dtype).eps
    values = drawing.draw("uniform", (N,), 1.0, 1.0 + 2 * eps, dtype, random.SeedGenerator(1))
    assert set(values.tolist()) == {1.0, 1.0 + float(eps)}


def traced_draws(seeds, columns, dtype):
    """A graph that stores two draws of different kinds and a dropped input, and the trace."""
    x = input_tensor((None, columns), dtype, "x")
    with tracing(anew=True) as trace:
        results = [
            random.normal((None, columns), dtype=dtype, seed=seeds),
            random.uniform((None, columns), dtype=dtype, seed=seeds),
            random.dropout(x, 0.4, seed=seeds),
        ]
    return x, results, trace


@pytest.mark.parametrize("columns", [1, 30, 67])
def test_bits_depend_on_neither_threads_nor_spans_and_the_state_goes_on(columns, dtype):
    rows, batch = 100, 40

    def run(threads, spans):
        seeds = random.SeedGenerator(6)
        x, results, trace = traced_draws(seeds, columns, dtype)
        program = lower(dtype, [x], stores=results, trace=trace).program
        arrays = [
            np.ones((rows, columns), dtype),
            *(np.empty((rows, columns), dtype) for _ in results),
        ]
        program.bind(arrays)
        for first, last in spans:
            program.run(None, first, last, batch, None, threads)
        return arrays[1:], seeds.state.numpy()

    expected, state = run(1, [(0, rows)])
    assert state.tolist() == [6, 9]  # three draws in each of three steps
    for threads, spans in (
        (3, [(0, rows)]),
        (1, [(0, 40), (40, 80), (80, 100)]),
        (2, [(0, 80), (80, 100)]),
    ):
        found, found_state = run(threads, spans)
        assert found_state.tolist() == state.tolist()
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_array_equal(a, b)
    # What a traced program draws is what the same draw gives at once.
    seeds = random.SeedGenerator(6)
    at_once = drawing.draw("normal", (batch, columns), 0.0, 1.0, dtype, seeds)
    np.testing.assert_array_equal(expected[0][:batch], at_once)
    assert len(np.unique(expected[0])) > 0.99 * expected[0].size


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.5, 1.0])
def test_dropout_drops_and_scales(rate, dtype):
    x = np.random.default_rng(0).normal(size=(300, 101)).astype(dtype)
    y = random.dropout(x, rate, seed=3)
    dropped = y == 0
    assert abs(dropped.mean() - rate) <= 5 * np.sqrt(rate * (1 - rate) / x.size)
    kept = x[~dropped] / np.asarray(1 - rate, dtype) if rate < 1 else x[:0, 0]
    np.testing.assert_allclose(y[~dropped], kept, rtol=2 * np.finfo(dtype).eps)
    nan = random.dropout(np.full((50, 3), np.nan, dtype), rate, seed=3)
    np.testing.assert_array_equal(
        nan == 0, random.dropout(np.ones((50, 3), dtype), rate, seed=3) == 0
    )


@pytest.mark.parametrize("rate", [0.2, 0.9])
@pytest.mark.parametrize(
    "shape", [(5,), (1, 1), (7, 13), (40, 30), (3, 64), (2, 129), (0, 3), (9, 3, 2)]
)
def test_dropout_keeps_by_halves_of_words(shape, rate, dtype):
    seeds = random.SeedGenerator(9)
    seeds.next()
    kept = random.dropout(np.ones(shape, dtype), rate, seed=seeds) != 0
    expected = kept_by_dropout(9, 1, kept.size // shape[-1], shape[-1], rate)
    np.testing.assert_array_equal(kept.reshape(expected.shape), expected)


@pytest.mark.parametrize("noise_shape", [None, (None, 1), (1, None), (1, 1)])
def test_gradient_of_dropout_drops_the_same(noise_shape):
    seeds = random.SeedGenerator(2)

    def function(x):
        with tracing(anew=True):
            return ops.square(random.dropout(x, 0.4, noise_shape, seed=seeds))

    x = np.random.default_rng(0).uniform(0.5, 1.5, (9, 4))
    (gradient,) = check_gradients(function, x, fed=(0,))
    dropped = gradient == 0
    assert 0 < dropped.sum() < dropped.size or noise_shape == (1, 1)
    for axis, length in enumerate(noise_shape or ()):
        if length == 1:
            assert (dropped == dropped.take([0], axis)).all()


@pytest.mark.parametrize("columns", [1, 4, 37])
@pytest.mark.parametrize("twice", [False, True])
def test_gradient_of_a_relu_before_dropout(twice, columns):
    """They are one kernel; a relu that is used elsewhere, too, passes on what comes from there."""
    seeds = random.SeedGenerator(2)

    def function(x):
        with tracing(anew=True):
            positive = ops.relu(x)
            y = ops.exp(random.dropout(positive, 0.4, seed=seeds))  # of slope 1 where it is 0
            return ops.add(y, ops.multiply(positive, 3.0)) if twice else y

    x = np.random.default_rng(0).uniform(0.5, 1.5, (11, columns))
    x[::2] *= -1
    (gradient,) = check_gradients(function, x, fed=(0,))
    assert (gradient[::2] == 0).all()
    dropped = gradient[1::2] == 0
    assert twice or 0 < dropped.sum() < dropped.size


def test_a_relu_before_dropout_keeps_nan_and_infinity(dtype):
    x = np.array([[np.nan, -np.inf, -1.0, 2.0, np.inf] * 20], dtype)
    seeds = random.SeedGenerator(2)
    tensor = input_tensor((None, 100), dtype, "x")
    with tracing(anew=True) as trace:
        y = random.dropout(ops.relu(tensor), 0.25, seed=seeds)
    lowered = lower(dtype, [tensor], stores=[y], trace=trace)
    out = np.empty_like(x)
    lowered.program.bind([x, out])
    lowered.program.run(None, 0, 1, 1, None, 1)
    kept = out[:, 3::5] != 0
    assert 0 < kept.sum() < kept.size
    np.testing.assert_allclose(out[:, 3::5][kept], 2 / 0.75, rtol=1e-6)
    assert set(out[:, 4::5].ravel().tolist()) == {0.0, np.inf}
    assert (out[:, 1::5] == 0).all()
    assert (out[:, 2::5] == 0).all()
    assert 0 < np.isnan(out[:, ::5]).sum() < 20


def test_an_integer_seed_gives_the_same_every_step_and_none_another():
    with tracing(anew=True) as trace:
        fixed, free = random.uniform((None, 3), seed=5), random.uniform((None, 3))
    lowered = lower("float32", (), stores=[fixed, free], trace=trace)
    results = []
    for _ in range(2):
        arrays = [np.empty((2, 3), "f"), np.empty((2, 3), "f")]
        lowered.program.bind(arrays)
        lowered.program.run(None, 0, 2, 2, None, 1)
        results.append(arrays)
    np.testing.assert_array_equal(results[0][0], results[1][0])
    assert (results[0][1] != results[1][1]).all()


def test_bad_arguments():
    with pytest.raises(
        ValueError, match=r"dropout: rate should be within 0 \.\.\. 1, received 1\.5"
    ):
        random.dropout(np.ones(3), 1.5, seed=1)
    with pytest.raises(ValueError, match="noise_shape should have an entry for each axis"):
        random.dropout(np.ones((3, 2)), 0.5, (3,), seed=1)


# ---- values that variables are given ---------------------------------------------------------------


def step(x, trace, array, stores=(), threads=1, batch=None):
    program = lower(x.dtype, [x], stores=list(stores), trace=trace).program
    out = [np.empty((len(array), *y.shape[1:]), x.dtype) for y in stores]
    program.bind([array, *out])
    program.run(None, 0, len(array), batch or len(array), None, threads)
    return out


def test_assigned_variables_change_at_the_end_of_each_step(dtype):
    total, count = Variable(np.zeros(3), dtype=dtype), Variable(np.zeros(()), dtype=dtype)
    x, array = feed(np.arange(12, dtype=dtype).reshape(4, 3))
    with tracing(anew=True) as trace:
        before = x + total
        total.assign(ops.add(total, 1.0))
        count.assign_add(2.0)
        count.assign_sub(1.0)
        after = x + total
    first, second = step(x, trace, array, [before, after], threads=2, batch=2)
    np.testing.assert_array_equal(first, array + np.repeat([[0], [1]], 2, axis=0))
    np.testing.assert_array_equal(second, array + np.repeat([[1], [2]], 2, axis=0))
    np.testing.assert_array_equal(total.value, [2, 2, 2])
    assert float(count) == 2.0


def test_variables_may_change_places():
    a, b = Variable(np.array([1.0, 2.0])), Variable(np.array([3.0, 4.0]))
    x, array = feed(np.zeros((3, 1), "f"))
    with tracing(anew=True) as trace:
        old = a.tensor
        a.assign(b)
        b.assign(old)
    step(x, trace, array)
    assert (a.value.tolist(), b.value.tolist()) == ([3, 4], [1, 2])


def test_inner_blocks_belong_to_the_trace_unless_they_begin_anew():
    v = Variable(np.zeros(2))
    with tracing(anew=True) as trace:
        with tracing():
            v.assign(ops.add(v, 1.0))
        with tracing(anew=True) as inner:
            v.assign(ops.add(v, 5.0))
        with tracing(False):
            v.assign([7.0, 7.0])
    assert list(trace.assigned) == list(inner.assigned) == [id(v)]
    assert trace.assigned[id(v)][1] is not inner.assigned[id(v)][1]
    assert v.value.tolist() == [7, 7]


@pytest.mark.parametrize(
    ("dtype", "value", "message"),
    [("float32", np.zeros(3), r"has shape \(2,\) and type float32, received a tensor of shape \(3,\)"),
     ("int32", np.zeros(2), "is of type int32, which is not assigned while a model is traced")],
)  # fmt: skip
def test_what_cannot_be_assigned(dtype, value, message):
    variable = Variable(np.zeros(2), dtype=dtype)
    with tracing(anew=True), pytest.raises(ValueError, match=message):
        variable.assign(value)
