"""Distributions: their shape by statistical tests with fixed seeds, on arrays and in programs, bits by any threads."""

import numpy as np
import pytest

from pymlp import ops, random
from pymlp.graph.lower import lower
from pymlp.graph.tensor import input_tensor
from pymlp.tracing import tracing
from pymlp.variables import Variable

stats = pytest.importorskip("scipy.stats", reason="SciPy's distributions are what is compared with")

N = 20_000
# With fixed seeds a test passes always or never: one in a thousand would have to be unlucky.
UNLIKELY = 1e-3


def in_a_program(draw, dtype="float32", threads=2, rows=N, batch=777):
    """Draw rows while a graph is traced, and run it."""
    x = input_tensor((None, 1), dtype, "x")
    with tracing(anew=True) as trace:
        y = ops.reshape(draw((None, 1)), (None,))
    results = np.empty(rows, dtype)
    program = lower(dtype, [x], stores=[y], trace=trace).program
    program.bind([np.zeros((rows, 1), dtype), results])
    program.run(None, 0, rows, batch, None, threads)
    return results


def both_ways(draw, dtype="float32"):
    yield draw((N,), random.SeedGenerator(3)).astype("float64")
    yield in_a_program(lambda shape: draw(shape, random.SeedGenerator(3)), dtype).astype("float64")


@pytest.mark.parametrize("alpha", [0.3, 1.0, 2.5, 40.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gamma(alpha, dtype):
    for values in both_ways(lambda shape, seed: random.gamma(shape, alpha, dtype, seed), dtype):
        assert stats.kstest(values, stats.gamma(alpha).cdf).pvalue > UNLIKELY


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (2.0, 5.0), (1.0, 1.0)])
def test_beta(a, b):
    for values in both_ways(lambda shape, seed: random.beta(shape, a, b, seed=seed)):
        assert stats.kstest(values, stats.beta(a, b).cdf).pvalue > UNLIKELY


def chi_square(values, probabilities):
    """The probability of counts as far from the expected ones."""
    counts = np.bincount(values.astype(int), minlength=len(probabilities))
    assert len(counts) == len(probabilities)
    likely = np.asarray(probabilities) * len(values) >= 5
    expected = np.append(probabilities[likely], 1 - probabilities[likely].sum()) * len(values)
    found = np.append(counts[likely], counts[~likely].sum())
    keep = expected > 1e-6
    return stats.chisquare(
        found[keep], expected[keep] * (found.sum() / expected[keep].sum())
    ).pvalue


@pytest.mark.parametrize(("count", "chance"), [(1, 0.3), (12, 0.5), (30, 0.05)])
def test_binomial(count, chance):
    expected = stats.binom(count, chance).pmf(np.arange(count + 1))
    for values in both_ways(lambda shape, seed: random.binomial(shape, count, chance, seed=seed)):
        assert chi_square(values, expected) > UNLIKELY


def test_binomial_of_several_counts():
    counts = np.array([0, 3, 10])
    with tracing(anew=True):
        y = random.binomial((200, 3), counts, [1.0, 1.0, 0.5], seed=1)
    drawn = lower("float32", [], results=[y])
    drawn.program.bind([])
    drawn.program.run(None, 0, 1, 1, None, 1)
    for values in (random.binomial((200, 3), counts, [1.0, 1.0, 0.5], seed=1), drawn.result(0, 1)):
        assert (values[:, :2] == [0, 3]).all()
        assert 0 <= values[:, 2].min() < values[:, 2].max() <= 10


@pytest.mark.parametrize("low", [-3, 0])
def test_randint(low):
    for values in both_ways(lambda shape, seed: random.randint(shape, low, low + 7, seed=seed)):
        assert chi_square(values - low, np.full(7, 1 / 7)) > UNLIKELY


def test_randint_types():
    for dtype in ("int8", "uint32", "int64"):
        values = random.randint((50,), 0, 100, dtype, seed=1)
        assert values.dtype == dtype
        assert (values < 100).all()


def test_categorical():
    shares = np.array([0.1, 0.6, 0.0, 0.3])
    with np.errstate(divide="ignore"):
        logits = np.log(shares) + 5
    drawn = random.categorical(np.tile(logits, (100, 1)), 200, seed=random.SeedGenerator(3))
    assert (drawn.dtype, drawn.shape) == (np.int32, (100, 200))
    assert random.categorical(logits[None], 3, "int64", seed=1).dtype == np.int64

    def draw(shape):
        rows = ops.zeros((None, 4)) + logits
        return random.categorical(rows, 1, seed=random.SeedGenerator(3))

    for values in (drawn.ravel(), in_a_program(draw)):
        assert chi_square(values, shares) > UNLIKELY


def test_shuffle_permutes_each_row():
    x = np.arange(12).reshape(3, 4)
    seeds = random.SeedGenerator(1)
    for axis in (0, 1, -1):
        y = random.shuffle(x, axis, seeds)
        np.testing.assert_array_equal(np.sort(y, axis), x)
    places = np.array([random.shuffle(np.arange(4), seed=seeds) for _ in range(2000)])
    for column in places.T:
        assert chi_square(column, np.full(4, 0.25)) > UNLIKELY


def test_shuffle_in_a_program():
    x = input_tensor((None, 5), "float32", "x")
    with tracing(anew=True) as trace:
        y = random.shuffle(x, 1, random.SeedGenerator(1))
    array = np.arange(100, dtype="float32").reshape(20, 5)
    result = np.empty_like(array)
    program = lower("float32", [x], stores=[y], trace=trace).program
    program.bind([array, result])
    program.run(None, 0, 20, 7, None, 2)
    np.testing.assert_array_equal(np.sort(result, 1), array)
    assert (result != array).any()


DRAWS = {
    "gamma": lambda shape, seed: random.gamma(shape, 0.7, seed=seed),
    "beta": lambda shape, seed: random.beta(shape, 2.0, 3.0, seed=seed),
    "binomial": lambda shape, seed: random.binomial(shape, 5, 0.4, seed=seed),
    "randint": lambda shape, seed: random.randint(shape, 0, 9, seed=seed),
}


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("seed", ["int", "generator"])
def test_bits_do_not_depend_on_threads(name, seed):
    def drawn(threads):
        own = 4 if seed == "int" else random.SeedGenerator(4)
        return in_a_program(
            lambda shape: DRAWS[name](shape, own), threads=threads, rows=500, batch=500
        )

    first = drawn(1)
    for threads in (2, 3):
        np.testing.assert_array_equal(drawn(threads), first)
    np.testing.assert_array_equal(DRAWS[name]((7,), 4), DRAWS[name]((7,), 4))


def test_draws_of_one_seed_differ_within_a_distribution():
    """An integer seed stays where it is: its draws are told apart by their number."""
    values = in_a_program(lambda shape: random.gamma(shape, 2.5, seed=4), batch=N).astype("float64")
    assert stats.kstest(values, stats.gamma(2.5).cdf).pvalue > UNLIKELY
    values = in_a_program(lambda shape: random.beta(shape, 2.5, 2.5, seed=4), batch=N).astype(
        "float64"
    )
    assert stats.kstest(values, stats.beta(2.5, 2.5).cdf).pvalue > UNLIKELY


def test_a_tensor_for_a_parameter():
    alpha = Variable(np.full(1, 2.5), dtype="float32")
    values = in_a_program(lambda shape: random.gamma(shape, alpha, seed=random.SeedGenerator(1)))
    assert stats.kstest(values.astype("float64"), stats.gamma(2.5).cdf).pvalue > UNLIKELY


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (3, 1)])
def test_shapes(shape):
    for draw in DRAWS.values():
        assert np.shape(draw(shape, 1)) == shape
    assert random.gamma((), 1.0, "float64").dtype == np.float64


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: random.gamma((2,), 0.0), "gamma: alpha should be"),
        (lambda: random.beta((2,), 1.0, [-1.0, 2.0]), "beta: beta should be"),
        (lambda: random.binomial((2,), -1, 0.5), "binomial: counts should be from 0 on"),
        (lambda: random.binomial((2,), 1, 1.5), "binomial: probabilities should be from 0 to 1"),
        (lambda: random.randint((2,), 3, 3), "no whole number is at least minval=3"),
        (lambda: random.randint((2,), 0, 3, "float32"), "a type of whole numbers"),
        (lambda: random.categorical([0.0, 1.0], 1), r"\(batch_size, classes\) were expected"),
        (lambda: random.shuffle(np.zeros(3), 1), "has no axis 1"),
        (lambda: random.gamma((2,), 1.0, "int32"), "float32"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_errors_while_traced():
    x = input_tensor((None, 3), "float32", "x")
    with tracing(anew=True):
        with pytest.raises(ValueError, match=r"shuffle: axis 0 .* is that of the samples"):
            random.shuffle(x)
        with pytest.raises(ValueError, match="not a symbolic tensor"):
            random.binomial((None,), x, 0.5)


@pytest.mark.parametrize(
    "draw",
    [
        lambda shape: random.normal(shape),
        lambda shape: random.truncated_normal(shape),
        lambda shape: random.uniform(shape),
        lambda shape: random.randint(shape, 0, 5),
        lambda shape: random.gamma(shape, 1.0),
        lambda shape: random.beta(shape, 1.0, 1.0),
        lambda shape: random.binomial(shape, 3, 0.5),
    ],
    ids=["normal", "truncated_normal", "uniform", "randint", "gamma", "beta", "binomial"],
)
def test_how_many_samples_there_are_is_not_known_outside_of_a_program(draw, request):
    name = request.node.callspec.id
    with pytest.raises(ValueError, match=rf"{name}: shape=\(None, 3\) has None for the number of"):
        draw((None, 3))
    assert draw((2, 3)).shape == (2, 3)
