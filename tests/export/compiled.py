"""Compiling exported files and running them."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

from pymlp.export.verify import STRICT
from pymlp.nesting import flatten, pack_shapes

WARNINGS = (*STRICT, "-Werror", "-Wconversion", "-Wshadow", "-Wstrict-prototypes")
SANITIZED = ("-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
WAYS = [("gcc", *SANITIZED), ("clang", *SANITIZED), ("gcc", "-O2")]
each_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(way[:2]))


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


def assert_agrees(program, model, *inputs, names=("output",)):
    """The program and `predict` agree: to 1e-5, or 1e-12 in float64, of the largest number of each output."""
    rows = len(inputs[0])
    outputs = flatten(model.predict(pack_shapes(model._build_shape, inputs), verbose=0))
    flat = [np.reshape(y, (rows, -1)).astype(float) for y in outputs]
    bounds = np.cumsum([y.shape[1] for y in flat])[:-1]
    found = np.split(predict(program, *inputs), bounds, axis=1)
    wrong = {
        name: (a, b)
        for name, a, b in zip(names, found, flat, strict=True)
        if not agree(a, b, 1e-5 if model.dtype == "float32" else 1e-12)
    }
    assert not wrong


def agree(found, expected, tolerance):
    """Whether two matrices are the same to that part of the largest number in each row, or of 1."""
    if found.shape != expected.shape:
        return False
    finite = np.isfinite(expected)
    size = np.where(finite, np.abs(expected), 0).max(axis=1, initial=1.0, keepdims=True)
    near = np.abs(np.where(finite, found - np.where(finite, expected, 0), 0)) <= tolerance * size
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    return bool(np.where(finite, near, same).all())
