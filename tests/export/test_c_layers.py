"""Every layer of pymlp.layers in an exported model: strict warnings, sanitizers, results."""

from __future__ import annotations

import numpy as np
from compiled import assert_agrees, compile_c, each_way, self_test
from layers.test_every_layer import CASES, inputs_of, label, make, several

import pymlp

HERE = [
    (case, shape)
    for case in CASES
    if not case.training
    for shape in case.shapes
    if shape != ()  # no array has samples without an axis
]


@each_way
def test_layers(way, dtype, tmp_path):
    """All cases are outputs of one model."""
    pymlp.random.set_random_seed(0)
    inputs, outputs, arrays, names = [], [], [], []
    for case, shape in HERE:
        fed = [pymlp.Input(s, dtype=dtype) for s in (shape if several(shape) else [shape])]
        outputs.append(make(case, dtype=dtype)(fed if several(shape) else fed[0]))
        x = inputs_of(case, shape, 20, dtype, seed=2)
        arrays += x if several(shape) else [x]
        inputs += fed
        names.append(f"{label(case)} {shape}")
    model = pymlp.Model(inputs, outputs)
    for variable in model.variables:
        if variable.dtype == dtype:
            variable.assign(np.random.default_rng(1).uniform(0.5, 1.5, variable.shape))
    model.export(tmp_path / "net.c", prefix="net", verbose=False, vectors=3)
    program = compile_c(tmp_path / "net.c", *way[1:], cc=way[0])
    assert self_test(program) == "3 vectors agree\n"
    assert_agrees(program, model, *arrays, names=names)
