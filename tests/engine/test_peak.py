"""The yardsticks: that the kernels do the work that is counted. How fast it went is nobody's business here."""

import math

import numpy as np
import pytest

from pymlp._engine import core, peak

VECTOR_BYTES = {"baseline": 16, "neon": 16, "avx2": 32, "avx512": 64}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("threads", [1, 3])
def test_multiply_adds_are_done_and_counted(isa, dtype, threads):
    sums, operations = peak._matrix(5, 1, dtype), peak._matrix(1, 1, dtype)
    program = peak._program("peak_multiply_add", dtype, [sums, operations])
    program.run(None, 0, 1, 1, None, threads)
    # Every sum of a round is a vector, and has gone from where it began to where x = 0.999 x + 0.001 rests: the result
    # is their number.
    lanes = VECTOR_BYTES[isa] // np.dtype(dtype).itemsize
    of_a_sum = 2 * 4096 * lanes
    assert operations[0, 0] % of_a_sum == 0
    # What is left of 0.01 i after 4096 rounds is 0.999 ** 4096 of it; float32 stops where 0.001 x moves no bit.
    np.testing.assert_allclose(sums, operations[0, 0] / of_a_sum, rtol=1e-2)
    assert operations[0, 0] / of_a_sum >= 12


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_everything_is_copied_and_read(isa, threads):
    x = peak._matrix(7, 128, "float32")
    x[...] = np.arange(x.size).reshape(x.shape) % 97
    y, sums = peak._matrix(7, 128, "float32"), peak._matrix(7, 1, "float32")
    peak._program("peak_copy", "float32", [x, y]).run(None, 0, 1, 1, None, threads)
    peak._program("peak_read", "float32", [x, sums]).run(None, 0, 1, 1, None, threads)
    assert np.array_equal(x, y)
    assert np.array_equal(sums, x.sum(axis=1, keepdims=True))


@pytest.mark.parametrize(
    "measured",
    [
        lambda: peak.multiply_add_speed("float32", 1, 1e-4),
        lambda: peak.multiply_add_speed("float64", 2, 1e-4),
        lambda: peak.copy_speed(2, 1e-4),
        lambda: peak.read_speed(10_000, 1, 1e-4),
    ],
)
def test_speeds_are_numbers(measured):
    assert 0 < measured() < math.inf


def test_runs_are_counted(monkeypatch):
    """On a clock of the test's own, where a run takes a millisecond."""

    class Program:
        def __init__(self):
            self.runs, self.clock = [], 0.0

        def run(self, order, first, last, batch_size, scalars, threads):
            self.runs.append(last - first)
            self.clock += 1e-3 * (last - first)
            return threads

    program = Program()
    monkeypatch.setattr(peak.time, "perf_counter", lambda: program.clock)
    speed, used = peak._speed(program, 2, 0.02)
    assert used == 2
    assert speed == pytest.approx(1000)
    assert program.runs == [1, 1, 20]  # to warm up, to learn the speed, to measure


def test_a_profile_is_of_every_instruction():
    buffers = [(0, 1, 3, 8, None), (0, 1, 3, 8, None)]
    instructions = [("gather", (0,), (0,), (), True), ("negative", (0, 1), (), (), True)]
    program = core.Program("float64", buffers, [*instructions, ("scatter", (1,), (1,), (), True)],
                           [(3, False), (3, True)])  # fmt: skip
    assert program.kernels == ("gather", "negative", "scatter")
    x, y = np.arange(15.0).reshape(5, 3), np.full((5, 3), np.nan)
    program.bind([x, y])
    seconds = np.zeros(3)
    assert program.run(None, 0, 5, 2, None, 2, seconds) == 1
    assert np.array_equal(y, -x)
    before = seconds.copy()
    program.run(None, 0, 5, 2, None, 2, seconds=seconds)
    assert np.all(seconds > before)
    with pytest.raises(ValueError, match="3 instructions to time, room for 2"):
        program.run(None, 0, 5, 2, None, 1, np.zeros(2))
