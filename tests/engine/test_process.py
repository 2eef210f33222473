"""What pymlp must leave alone in the process it is loaded into: how floating-point numbers behave."""

import platform
import sys

import numpy as np
import pytest
from evaluation import Graph, feed

from engine.test_threads import run_python
from pymlp import ops

# Importing, then training on two threads and on one: with and without the team.
USE = """
import numpy as np
import pymlp as keras
from engine.test_threads import RULES, Training
for threads in (2, 1):
    assert Training(RULES["Adam"]()).run(threads)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(np.ones((64, 3)), np.ones((64, 1)), verbose=0)
"""


@pytest.mark.parametrize("threads", [1, 2])
def test_subnormal_numbers_are_kept(dtype, threads, isa):
    """By kernels on every thread: numbers below the smallest normal one are read and written as they are."""
    info = np.finfo(dtype)
    x = np.full((256, 64), info.smallest_normal, dtype)
    x[:, 1::2] = 3 * info.smallest_subnormal
    leaf, _ = feed(x)
    graph = Graph([ops.multiply(leaf, 0.5), ops.exp(ops.log(leaf))], [leaf])
    half, same = graph.run(x, threads=threads)
    np.testing.assert_array_equal(half, x / 2)
    assert (half[:, 0] > 0).all()
    # log has the error of half a unit of some 100 or 750, and exp makes it relative.
    assert np.abs(same / x - 1).max() < 2 / 3


def test_numbers_of_the_process_stay_as_they_are():
    """Python's own arithmetic, in the thread that imported and in one made later."""
    process = run_python(
        USE
        + """
import threading

def check():
    smallest = 5e-324
    assert smallest * 1.0 == smallest and 2.5e-308 / 4.0 > 0.0
    assert np.float32(1e-38) * np.float32(0.25) > 0
    assert 1.0 + 2.0**-53 == 1.0 and 1.0 + 3 * 2.0**-54 > 1.0  # rounded to nearest

check()
thread = threading.Thread(target=check)
thread.start()
thread.join()
print("kept")
"""
    )
    assert process.stdout == "kept\n", process.stderr


@pytest.mark.skipif(
    not (
        sys.platform == "linux"
        and platform.machine() == "x86_64"
        and platform.libc_ver()[0] == "glibc"
    ),
    reason="the layout of fenv_t is known for x86-64 and glibc alone",
)
def test_no_flag_of_the_process_is_changed():
    """The control bits of MXCSR: flush to zero, denormals are zero, rounding, masks; flags of what happened aside."""
    process = run_python(
        """
import ctypes

def control():
    environment = (ctypes.c_uint32 * 8)()
    assert ctypes.CDLL("libm.so.6").fegetenv(environment) == 0
    return environment[7] & ~0x3F, environment[0] & 0xFFFF  # MXCSR, and the control word of the x87

before = control()
"""
        + USE
        + "print(before == control(), hex(before[0]))"
    )
    assert process.stdout == "True 0x1f80\n", process.stderr
