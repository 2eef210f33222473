"""The global stream, seed generators and samplers."""

import copy
import pickle
import random as python_random
import subprocess
import sys

import numpy as np
import pytest

from pymlp import random

N = 200_000


def test_same_seed_gives_same_bits_everywhere():
    def draws():
        return [
            random.normal((5,)).tobytes(),
            random.draw_seed(),
            random.next_generator().permutation(100).tobytes(),
            python_random.random(),
            np.random.random(),  # noqa: NPY002
        ]

    random.set_random_seed(7)
    first = draws()
    random.set_random_seed(7)
    assert draws() == first
    random.set_random_seed(8)
    assert all(a != b for a, b in zip(draws(), first, strict=True))


def test_streams_are_those_of_philox():
    """The promise behind 'same seed, same bits': the key is (seed, draw), nothing else."""
    random.set_random_seed(3)
    random.next_generator()
    second = np.random.Philox(key=np.array([3, (1 << 63) + 1], dtype=np.uint64))
    assert np.array_equal(random.next_generator().bit_generator.random_raw(4), second.random_raw(4))
    plain = np.random.Philox(key=np.array([3, 0], dtype=np.uint64))
    assert np.array_equal(random.generator(3).bit_generator.random_raw(4), plain.random_raw(4))


def test_integer_seed_and_global_stream_never_share_numbers():
    random.set_random_seed(7)
    assert not np.array_equal(random.uniform((8,)), random.uniform((8,), seed=7))


def test_how_much_one_draw_takes_does_not_disturb_the_next():
    random.set_random_seed(1)
    random.next_generator().random(3)
    a = random.uniform((4,))
    random.set_random_seed(1)
    random.next_generator().random(3000)
    assert np.array_equal(a, random.uniform((4,)))


def test_unseeded_processes_differ():
    code = "from pymlp import random; print(random.draw_seed())"
    seeds = {subprocess.check_output([sys.executable, "-c", code]) for _ in range(3)}
    assert len(seeds) > 1


@pytest.mark.parametrize("seed", [1.0, "1", None, True, np.float32(3)])
def test_set_random_seed_wants_an_integer(seed):
    with pytest.raises(ValueError, match="set_random_seed: expected an integer"):
        random.set_random_seed(seed)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_set_random_seed_names_its_range(seed):
    with pytest.raises(ValueError, match="from 0 to 4294967295"):
        random.set_random_seed(seed)


def test_numpy_integers_negative_and_huge_seeds_are_integers():
    assert np.array_equal(random.normal((3,), seed=np.int64(5)), random.normal((3,), seed=5))
    assert not np.array_equal(random.normal((3,), seed=-5), random.normal((3,), seed=5))
    assert np.isfinite(random.normal((3,), seed=1 << 100)).all()


class TestSeedGenerator:
    def test_every_draw_differs_and_repeats_from_the_same_seed(self):
        one, other = random.SeedGenerator(5), random.SeedGenerator(5)
        first = [random.uniform((4,), seed=one).tobytes() for _ in range(3)]
        assert len(set(first)) == 3
        assert [random.uniform((4,), seed=other).tobytes() for _ in range(3)] == first

    def test_state_goes_back(self):
        seeds = random.SeedGenerator(5)
        before = seeds.state.numpy()
        a = random.normal((4,), seed=seeds)
        assert seeds.state.numpy().tolist() == [5, 1]
        seeds.state.assign(before)
        assert np.array_equal(a, random.normal((4,), seed=seeds))

    def test_without_seed_follows_the_global_stream(self):
        random.set_random_seed(2)
        a = random.SeedGenerator().next()
        random.set_random_seed(2)
        assert random.SeedGenerator().next() == a

    def test_config_round_trip(self):
        seeds = random.SeedGenerator(9, name="mine")
        assert seeds.get_config() == {"seed": 9, "name": "mine"}
        again = random.SeedGenerator.from_config(seeds.get_config())
        assert again.next() == seeds.next()

    @pytest.mark.parametrize("how", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
    def test_copies_go_on_from_the_same_point(self, how):
        seeds = random.SeedGenerator(9)
        seeds.next()
        again = how(seeds)
        assert again.next() == seeds.next() == (9, 1)

    def test_wants_an_integer(self):
        with pytest.raises(ValueError, match="SeedGenerator: expected an integer"):
            random.SeedGenerator(0.5)


# A sample mean of N values lies within 5 stddev / sqrt(N) of the mean, save once in 1.7 million
# seeds; the sample variance within 5 sqrt((m4 - var^2) / N), m4 the fourth central moment.
def moments_agree(values, mean, variance, fourth):
    values = values.astype(np.float64)
    assert abs(values.mean() - mean) <= 5 * np.sqrt(variance / values.size)
    spread = 5 * np.sqrt((fourth - variance**2) / values.size)
    assert abs(((values - mean) ** 2).mean() - variance) <= spread


@pytest.mark.parametrize("dtype", ["float32", "float64"])
class TestSamplers:
    def test_uniform(self, dtype):
        values = random.uniform((N,), -1.0, 3.0, dtype, seed=1)
        assert values.dtype == dtype
        assert values.min() >= -1.0
        assert values.max() < 3.0
        width = 4.0
        moments_agree(values, 1.0, width**2 / 12, width**4 / 80)

    def test_uniform_never_reaches_its_upper_bound(self, dtype):
        # 1 + u rounds to 2 for the largest u unless it is kept below.
        values = random.uniform((N,), 1.0, 1.0 + 2 * np.finfo(dtype).eps, dtype, seed=1)
        assert set(values.tolist()) == {1.0, float(1 + np.finfo(dtype).eps)}

    def test_normal(self, dtype):
        values = random.normal((N,), 2.0, 3.0, dtype, seed=1)
        assert values.dtype == dtype
        moments_agree(values, 2.0, 9.0, 3 * 81.0)

    def test_truncated_normal(self, dtype):
        values = random.truncated_normal((N,), 2.0, 3.0, dtype, seed=1)
        assert values.dtype == dtype
        assert np.abs(values - 2.0).max() <= 6.0 * (1 + np.finfo(dtype).eps)
        # Moments of the standard normal cut off at c = 2, with p = phi(c), q = 2 Phi(c) - 1:
        # E x^2 = 1 - 2 c p / q,  E x^4 = 3 E x^2 - 2 c^3 p / q.
        from math import erf, exp, pi, sqrt

        p, q = exp(-2.0) / sqrt(2 * pi), erf(sqrt(2.0))
        second = 1 - 4 * p / q
        fourth = 3 * second - 16 * p / q
        moments_agree(values, 2.0, 9 * second, 81 * fourth)
        # Drawing again, not clipping: nothing piles up at the bounds.
        assert np.unique(np.abs(values - 2.0)).size > 0.9 * N

    def test_shapes(self, dtype):
        for sampler in (random.uniform, random.normal, random.truncated_normal):
            assert sampler([2, 0, 3], dtype=dtype).shape == (2, 0, 3)
            assert sampler((), dtype=dtype).shape == ()


def test_other_types_are_refused():
    with pytest.raises(ValueError, match="'float32' or 'float64'"):
        random.normal((2,), dtype="int32")


def test_import_does_not_load_numpy_random():
    code = "import sys, pymlp.random, pymlp.initializers; print('numpy.random' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code]).split() == [b"False"]


def test_the_global_streams_go_on_from_a_state():
    """Of pymlp, NumPy and Python; also one number ahead, as both draw normal ones in pairs."""

    def draw():
        return [
            random.normal((2,)).tolist(),
            np.random.standard_normal(3).tolist(),  # noqa: NPY002
            [python_random.gauss(0, 1) for _ in range(3)],
        ]

    random.set_random_seed(4)
    draw()
    state = random.streams_state()
    expected = draw()
    assert draw() != expected
    random.set_streams_state(state)
    assert draw() == expected
