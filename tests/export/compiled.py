"""Compiling exported files and running them."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

from pymlp.export.verify import STRICT
from pymlp.nesting import flatten, pack_shapes

WARNINGS = (*STRICT, "-Werror", "-Wconversion", "-Wshadow", "-Wstrict-prototypes")
SANITIZED = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def compiler(name):
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed here")
    return name


def compile_c(source, *flags, cc="gcc", prefix="NET"):
    program = source.with_suffix(f".{cc}")
    command = [compiler(cc), *WARNINGS, *flags, f"-D{prefix}_MAIN", "-o", program, source, "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return program


def self_test(program):
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def predict(program, *inputs):
    """Return the rows that the program predicts for arrays of samples."""
    rows = len(inputs[0])
    flat = np.concatenate([np.reshape(x, (rows, -1)) for x in inputs], axis=1, dtype=float)
    text = "\n".join(" ".join(map(float.hex, row)) for row in flat.tolist())
    done = subprocess.run(
        [program, "predict"], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return np.array([line.split() for line in done.stdout.splitlines()], float)


def expected_of(model, *inputs):
    """Return what `predict` gives, its outputs flat and side by side."""
    outputs = flatten(model.predict(pack_shapes(model._build_shape, inputs), verbose=0))
    return np.concatenate(
        [np.reshape(y, (len(inputs[0]), -1)) for y in outputs], axis=1, dtype=float
    )


def assert_agrees(program, model, *inputs):
    """The program and `predict` agree to 1e-5, or 1e-12 in float64, of the largest number of each sample."""
    found, expected = predict(program, *inputs), expected_of(model, *inputs)
    assert found.shape == expected.shape
    size = np.where(np.isfinite(expected), np.abs(expected), 0).max(axis=1, initial=1.0)
    limit = (1e-5 if model.dtype == "float32" else 1e-12) * size[:, None]
    special = ~np.isfinite(expected)
    np.testing.assert_array_equal(found[special], expected[special])
    apart = np.abs(found - expected)[~special]
    assert (apart <= np.broadcast_to(limit, expected.shape)[~special]).all(), apart.max()
