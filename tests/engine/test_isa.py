"""Choosing an instruction set, and agreement among them."""

import platform
import subprocess
import sys

import numpy as np
import pytest
from evaluation import Graph, feed
from reference import assert_close, assert_same_bits, dense_scale

from engine.conftest import AVAILABLE
from pymlp import ops
from pymlp._engine import core
from pymlp.graph.gradient import gradients
from pymlp.variables import Variable

LEAST = "neon" if platform.machine() in ("aarch64", "arm64") else "baseline"


def test_the_least_is_everywhere():
    assert AVAILABLE[0] == LEAST
    assert core.isa() in AVAILABLE


@pytest.mark.parametrize("name", ["", "AVX2", "sse9", "avx"])
def test_unknown_names(name):
    before = core.isa()
    assert core.choose_isa(name) is None
    assert core.isa() == before


def test_no_limit_is_the_best():
    before = core.isa()
    try:
        assert core.choose_isa(None) == AVAILABLE[-1]
    finally:
        core.choose_isa(before)


def results(name, dtype, threads):
    """A forward and a backward pass on one instruction set."""
    before = core.isa()
    core.choose_isa(name)
    try:
        rng = np.random.default_rng(5)
        x, kernel, bias = rng.normal(size=(37, 61)), rng.normal(size=(61, 43)), rng.normal(size=43)
        labels = rng.integers(0, 43, 37)
        leaf, x = feed(x.astype(dtype))
        target, labels = feed(labels.astype(dtype))
        variables = [Variable(a, dtype=dtype) for a in (kernel, bias)]
        z = ops.dense(leaf, *(v.tensor for v in variables))
        loss = ops.softmax_crossentropy(z, target, True)
        found = gradients(ops.sum(loss), [leaf, *(v.tensor for v in variables)])
        scale = dense_scale(x.astype(float), kernel, bias)
        return Graph([z, loss, *found], [leaf, target]).run(x, labels, threads=threads), scale
    finally:
        core.choose_isa(before)


def test_all_agree(dtype):
    """To rounding: the order of sums is the same, but not every set has a fused multiply-add."""
    (first, scale), *others = [results(name, dtype, 1) for name in AVAILABLE]
    for other, _ in others:
        assert_close(other[0], first[0].astype(np.float64), scale=scale, k=61)
        eps = np.finfo(dtype).eps
        for a, b in zip(first[1:], other[1:], strict=True):
            # Errors of z, of at most (61 + 4) eps scale, go through a softmax and a sum of 43 or 61 terms.
            np.testing.assert_allclose(
                a, b, rtol=0, atol=65 * eps * scale.max() * max(1, np.abs(a).max())
            )


def test_threads_agree_bit_for_bit(dtype):
    for name in AVAILABLE:
        for one, two in zip(results(name, dtype, 1)[0], results(name, dtype, 2)[0], strict=True):
            assert_same_bits(one, two)


def run_python(code, **environment):
    import os

    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_environment_narrows_the_choice():
    code = "import pymlp; from pymlp._engine import core; print(core.isa())"
    assert run_python(code, PYMLP_ISA=LEAST).stdout.strip() == LEAST
    assert run_python(code, PYMLP_ISA="").stdout.strip() == AVAILABLE[-1]


def test_environment_with_an_unknown_name():
    process = run_python("import pymlp", PYMLP_ISA="sse9")
    assert process.returncode != 0
    assert "PYMLP_ISA='sse9' is not an instruction set" in process.stderr
    assert "known are baseline, avx2, avx512 and neon" in process.stderr
