"""Programs that call Python functions: what is checked, what ends a run, who waits for whom."""

import threading

import numpy as np
import pytest

from pymlp._engine.core import Program

BATCH = (0, 1, 3, 8, None)  # (None, 3) of float64


def doubling(function, arrays=((3, False), (3, True)), repeat=1):
    """Reads array 0, has the function write buffer 1 from buffer 0 several times, writes that to array 1."""
    calls = [("call", (0, 1), (0, 1), (), False)] * repeat
    return Program(
        "float64",
        [BATCH, BATCH],
        [("gather", (0,), (0,), (), True), *calls, ("scatter", (1,), (1,), (), False)],
        arrays,
        [function],
    )


def double(inputs, outputs, batch):
    assert inputs[0].shape == outputs[0].shape == (batch, 3)
    outputs[0][...] = 2 * inputs[0]


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_a_call(threads):
    program = doubling(double, repeat=3)
    assert program.calls_python
    assert program.kernels == ("gather", "call", "call", "call", "scatter")
    x, y = np.arange(33.0).reshape(11, 3), np.zeros((11, 3))
    program.bind([x, y])
    program.run(None, 0, 11, 4, None, threads)
    np.testing.assert_array_equal(y, 2 * x)


@pytest.mark.parametrize(
    ("operands", "integers"),
    [
        ((0, 2), (0, 1)),
        ((0, -1), (0, 1)),
        ((0, 1), (1, 1)),
        ((0, 1), (-1, 1)),
        ((0, 1), (0, 3)),
        ((0, 1), (0, -1)),
        ((0, 1), (0,)),
        ((0, 1), ()),
    ],
)
def test_calls_that_cannot_be(operands, integers):
    with pytest.raises(ValueError, match="a call"):
        Program("float64", [BATCH, BATCH], [("call", operands, integers, (), True)], [], [double])


def test_functions_and_memory_of_other_types():
    with pytest.raises(ValueError, match="no such function"):
        Program("float64", [BATCH], [("call", (0,), (0, 1), (), True)], [], [3])
    single = (1, 0, 2, 2, np.zeros((1, 2), np.float32))
    with pytest.raises(ValueError, match="buffer 0 is of float32"):
        Program("float64", [single], [("call", (0,), (0, 1), (), True)], [], [double])


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(3)])
def test_what_is_raised_ends_the_run(threads, error):
    seen = []

    def fail_in_the_second(inputs, outputs, batch):
        seen.append(batch)
        if len(seen) == 2:
            raise error
        double(inputs, outputs, batch)

    program = doubling(fail_in_the_second)
    x, y = np.arange(33.0).reshape(11, 3), np.zeros((11, 3))
    program.bind([x, y])
    with pytest.raises(type(error)) as caught:
        program.run(None, 0, 11, 4, None, threads)
    assert caught.value is error
    assert seen == [4, 4]
    np.testing.assert_array_equal(y[:4], 2 * x[:4])
    assert not y[4:].any()
    program.run(None, 0, 11, 4, None, threads)  # which is none the worse for it
    np.testing.assert_array_equal(y, 2 * x)


def test_timing_is_ended_too():
    def fail(inputs, outputs, batch):
        raise ValueError("no")

    program = doubling(fail)
    program.bind([np.zeros((2, 3)), np.zeros((2, 3))])
    with pytest.raises(ValueError, match="no"):
        program.run(None, 0, 2, 2, None, 1, np.zeros(3))


def test_within_a_call_the_program_is_taken():
    met = []

    def use_the_program(inputs, outputs, batch):
        for use in (
            lambda: program.lock,
            lambda: program.bind([]),
            lambda: program.unbind(),
            lambda: program.reserve(1000),
            lambda: program.run(None, 0, 1, 1, None, 1),
        ):
            with pytest.raises(RuntimeError) as caught:
                use()
            met.append(str(caught.value))
        double(inputs, outputs, batch)

    program = doubling(use_the_program)
    program.bind([np.ones((2, 3)), np.zeros((2, 3))])
    program.run(None, 0, 2, 2, None, 2)
    assert len(met) == 5
    assert "predict within predict" in met[0]
    with program.lock:
        pass


def test_other_programs_run_within_a_call():
    def use_another(inputs, outputs, batch):
        x, y = np.array(inputs[0]), np.zeros((batch, 3))
        inner = doubling(double)
        inner.bind([x, y])
        inner.run(None, 0, batch, 2, None, 4)
        outputs[0][...] = 2 * y

    program = doubling(use_another)
    x, y = np.arange(33.0).reshape(11, 3), np.zeros((11, 3))
    program.bind([x, y])
    program.run(None, 0, 11, 4, None, 4)
    np.testing.assert_array_equal(y, 4 * x)


def test_other_threads_run_while_one_is_in_python():
    inside, leave = threading.Event(), threading.Event()

    def wait(inputs, outputs, batch):
        inside.set()
        assert leave.wait(60)
        double(inputs, outputs, batch)

    program, other = doubling(wait), doubling(double)
    arrays = [(np.ones((4, 3)), np.zeros((4, 3))) for _ in range(2)]
    program.bind(arrays[0])
    thread = threading.Thread(target=lambda: program.run(None, 0, 4, 4, None, 4))
    thread.start()
    assert inside.wait(60)
    other.bind(arrays[1])
    other.run(None, 0, 4, 4, None, 4)
    leave.set()
    thread.join(60)
    for x, y in arrays:
        np.testing.assert_array_equal(y, 2 * x)


def test_a_program_without_calls():
    assert not Program("float64", [BATCH], [], []).calls_python
