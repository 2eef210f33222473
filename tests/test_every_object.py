"""What is true of every initializer, regularizer, constraint, optimizer and schedule: one table, every class in it.

Copies of five kinds do what the original does, in both types and on arrays without rows; and where Keras is installed
it does the same on random shapes. Formulas and gradients are in the tests of each package; layers, losses and metrics
have tables of their own.
"""

from __future__ import annotations

import copy
import inspect
import json
import pickle
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pymlp
from pymlp import constraints, initializers, optimizers, regularizers, saving
from pymlp.optimizers import schedules

pytestmark = pytest.mark.filterwarnings("default:__array__ implementation:DeprecationWarning")


class Case(NamedTuple):
    """A class by its package and name, its arguments, and how far from Keras's float32 its own may be."""

    package: str
    name: str
    arguments: dict[str, Any]
    own: bool = False  # whether Keras has no such class
    drawn: bool = False  # whether it draws numbers, of which those of Keras are others

    @property
    def label(self) -> str:
        return f"{self.package}.{self.name} {self.arguments}"


PACKAGES = {
    "initializers": initializers,
    "regularizers": regularizers,
    "constraints": constraints,
    "optimizers": optimizers,
    "schedules": schedules,
}
BASES = {"Initializer", "Regularizer", "Constraint", "Optimizer", "LearningRateSchedule"}

RANDOM = ["GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform"]
CASES = [
    Case("initializers", "Zeros", {}),
    Case("initializers", "Ones", {}),
    Case("initializers", "Constant", {"value": 0.3}),
    Case("initializers", "Identity", {"gain": 0.5}),
    *(Case("initializers", name, {"seed": 5}, drawn=True) for name in RANDOM),
    *(Case("initializers", name, {"seed": 5}, drawn=True)
      for name in ("Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal")),
    Case("initializers", "VarianceScaling", {"scale": 2.0, "mode": "fan_out", "seed": 5}, drawn=True),
    Case("regularizers", "L1", {"l1": 0.3}),
    Case("regularizers", "L2", {"l2": 0.3}),
    Case("regularizers", "L1L2", {"l1": 0.3, "l2": 0.2}),
    Case("regularizers", "OrthogonalRegularizer", {"factor": 0.3}),
    Case("regularizers", "OrthogonalRegularizer", {"factor": 0.3, "mode": "columns"}),
    Case("constraints", "NonNeg", {}),
    Case("constraints", "MaxNorm", {"max_value": 0.7}),
    Case("constraints", "UnitNorm", {"axis": 1}),
    Case("constraints", "MinMaxNorm", {"min_value": 0.5, "max_value": 0.7, "rate": 0.6}),
    Case("optimizers", "SGD", {"learning_rate": 0.1, "momentum": 0.5, "nesterov": True}),
    Case("optimizers", "RMSprop", {"learning_rate": 0.1, "momentum": 0.5, "centered": True}),
    Case("optimizers", "Adam", {"learning_rate": 0.1, "amsgrad": True}),
    *(Case("optimizers", name, {"learning_rate": 0.1})
      for name in ("Adadelta", "Adafactor", "Adagrad", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion", "Muon", "Nadam")),
    Case("optimizers", "LBFGS", {"max_corrections": 5}, own=True),
    Case("schedules", "ExponentialDecay",
         {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5, "staircase": True}),
    Case("schedules", "InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5}),
    Case("schedules", "PiecewiseConstantDecay", {"boundaries": [3, 7], "values": [0.3, 0.2, 0.1]}),
    Case("schedules", "PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 9, "power": 2.0, "cycle": True}),
    Case("schedules", "CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 9, "alpha": 0.1}),
    Case("schedules", "CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 5, "m_mul": 0.9}),
    Case("schedules", "OneCycle", {"max_learning_rate": 0.1, "total_steps": 20}, own=True),
]  # fmt: skip
EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
ON_WEIGHTS = pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.package != "schedules" and case.name != "LBFGS"],
    ids=lambda case: case.label,
)


def test_every_class_is_in_the_table():
    for package, module in PACKAGES.items():
        classes = {getattr(module, name) for name in module.__all__}
        names = {cls.__name__ for cls in classes if inspect.isclass(cls)} - BASES
        assert names == {case.name for case in CASES if case.package == package}, package


def make(case, library=pymlp):
    home = library.optimizers if case.package == "schedules" else library
    return getattr(getattr(home, case.package), case.name)(**case.arguments)


def weights(shape, dtype="float32", seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def what_it_does(case, thing, shape=(4, 3), dtype="float32", library=pymlp, seed=0):
    """The values it makes, what it makes of weights, three steps of an optimizer, or the rates of ten."""
    if case.package == "initializers":
        return np.asarray(thing(shape, dtype=dtype))
    w = weights(shape, dtype, seed)
    if case.package in ("regularizers", "constraints"):
        return np.asarray(thing(w if library is pymlp else library.ops.array(w)))
    if case.package == "schedules":
        return np.array([float(thing(step)) for step in range(10)])
    if case.name == "LBFGS":
        return np.array([thing.max_corrections])  # what it does to a model is in test_lbfgs.py
    variable = library.Variable(w, dtype=dtype, name="w")
    for step in range(3):
        gradient = weights(shape, dtype, seed + 1 + step)
        if library is not pymlp:
            gradient = library.ops.array(gradient)
        thing.apply([gradient], [variable])
    return np.array(variable.numpy())


def described(case, thing):
    module = PACKAGES[case.package]
    return json.loads(json.dumps(module.serialize(thing)))


COPIES = {
    "config": lambda case, thing: type(thing).from_config(thing.get_config()),
    "own description": lambda case, thing: PACKAGES[case.package].deserialize(
        described(case, thing)
    ),
    "description": lambda case, thing: saving.deserialize_object(
        json.loads(json.dumps(saving.serialize_object(thing)))
    ),
    "pickle": lambda case, thing: pickle.loads(pickle.dumps(thing)),
    "deepcopy": lambda case, thing: copy.deepcopy(thing),
}


@EACH
@pytest.mark.parametrize("how", COPIES)
def test_copies(case, how):
    thing = make(case)
    again = COPIES[how](case, thing)
    assert type(again) is type(thing)
    assert again.get_config() == thing.get_config()
    for name, value in case.arguments.items():
        assert thing.get_config()[name] == pytest.approx(value), name
    np.testing.assert_array_equal(what_it_does(case, again), what_it_does(case, thing))


@EACH
def test_by_name(case):
    module = PACKAGES[case.package]
    if hasattr(module, "get"):
        assert type(module.get(module.serialize(make(case)))) is type(make(case))


@ON_WEIGHTS
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (7, 3)])
def test_types_and_shapes(case, shape, dtype):
    found = what_it_does(case, make(case), shape, dtype)
    assert found.shape == (() if case.package == "regularizers" else shape)
    assert found.dtype == dtype
    if case.name != "OrthogonalRegularizer" or 1 not in shape:
        assert np.isfinite(found).all()


@ON_WEIGHTS
@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_no_rows(case, shape, dtype):
    """Nothing is made of nothing, and nobody stumbles over it."""
    if case.name in ("Orthogonal", "OrthogonalRegularizer", "Muon", "Lamb", "Adafactor"):
        with np.errstate(all="ignore"):
            found = what_it_does(case, make(case), shape, dtype)
        assert found.shape in ((), shape)
        return
    found = what_it_does(case, make(case), shape, dtype)
    if case.package == "regularizers":
        assert found == 0.0
    else:
        assert found.shape == shape


@EACH
@settings(max_examples=4)  # Keras compiles every operation anew for every shape
@given(rows=st.integers(2, 7), columns=st.integers(2, 7), seed=st.integers(0, 1000))
def test_against_keras(keras, case, rows, columns, seed):
    if case.own:
        home = keras.optimizers.schedules if case.package == "schedules" else keras.optimizers
        assert not hasattr(home, case.name)
        return
    ours, theirs = make(case), make(case, keras)
    for name, value in theirs.get_config().items():
        if name != "name":
            assert ours.get_config()[name] == pytest.approx(value), name
    if case.drawn:
        return  # their numbers are others; what they have in common is in test_initializers.py
    shape = (rows, columns)
    found = what_it_does(case, ours, shape, seed=seed)
    expected = what_it_does(case, theirs, shape, library=keras, seed=seed)
    # Three steps of an optimizer divide by roots of small sums.
    scale = np.abs(expected).max(initial=1e-3)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * scale)
