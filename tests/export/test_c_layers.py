"""Every layer of pymlp.layers in an exported model: strict warnings, sanitizers, results."""

from __future__ import annotations

import numpy as np
import pytest
from compiled import SANITIZED, assert_agrees, compile_c, self_test
from layers.test_every_layer import CASES, in_a_model, inputs_of, label, make, several

import pymlp

HERE = [
    pytest.param(case, shape, id=f"{label(case)} {shape}")
    for case in CASES
    if not case.training
    for shape in case.shapes
    if shape != ()
]


@pytest.mark.parametrize(("case", "shape"), HERE)
def test_layers(case, shape, dtype, tmp_path):
    pymlp.random.set_random_seed(0)
    model = in_a_model(make(case, dtype=dtype), shape, dtype)
    for variable in model.variables:
        if variable.dtype == dtype:
            variable.assign(np.random.default_rng(1).uniform(0.5, 1.5, variable.shape))
    model.export(tmp_path / "net.c", prefix="net", verbose=False, vectors=3)
    program = compile_c(tmp_path / "net.c", *SANITIZED)
    assert self_test(program) == "3 vectors agree\n"
    x = inputs_of(case, shape, 20, dtype, seed=2)
    assert_agrees(program, model, *(x if several(shape) else [x]))
