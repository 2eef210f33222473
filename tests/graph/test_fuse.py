"""Fusion: chains become one kernel, unless somebody looks at what stands between."""

import numpy as np
import pytest
from evaluation import run
from reference import assert_same_bits

from pymlp import ops
from pymlp.graph.effects import Update
from pymlp.graph.gradient import gradients
from pymlp.graph.lower import lower
from pymlp.graph.tensor import input_tensor
from pymlp.ops.elementwise import UNARY, UNARY_BY_OUTPUT
from pymlp.optimizers.rules import Rule
from pymlp.variables import Variable

ACTIVATIONS = {
    "relu": ops.relu,
    "leaky_relu": lambda z: ops.leaky_relu(z, 0.3),
    "elu": lambda z: ops.elu(z, 0.7),
    "sigmoid": ops.sigmoid,
    "tanh": ops.tanh,
    "softplus": ops.softplus,
    "exp": ops.exp,
    "sqrt": lambda z: ops.sqrt(ops.abs(z)),
}
# Their derivatives look at the input, so that the layer before must keep it.
OTHERS = {
    "square": ops.square,
    "abs": ops.abs,
    "negative": ops.negative,
    "clip": lambda z: ops.clip(z, -0.5, 1.5),
    "sign": ops.sign,
}


@pytest.fixture
def layers(dtype):
    """Two layers: x (7, 5), kernels (5, 19) and (19, 3), biases."""
    rng = np.random.default_rng(7)
    shapes = [(5, 19), (19,), (19, 3), (3,)]
    variables = [Variable(rng.normal(size=s), dtype=dtype) for s in shapes]
    return input_tensor((None, 5), dtype, "x"), rng.normal(size=(7, 5)), variables


def names(instructions):
    return [name for name, *_ in instructions]


def test_lists_are_complete():
    assert set(ACTIVATIONS) == set(UNARY_BY_OUTPUT) - {"expm1", "cbrt", "erfinv"}
    assert set(ACTIVATIONS) | set(OTHERS) <= set(UNARY)


@pytest.mark.parametrize("name", [n for n in {**ACTIVATIONS, **OTHERS} if n != "sqrt"])
def test_an_activation_goes_into_its_layer(name, layers, instructions):
    x, array, (kernel, bias, *_) = layers
    z = ops.dense(x, kernel.tensor, bias.tensor)
    y = {**ACTIVATIONS, **OTHERS}[name](z)
    (fused,) = run([y], [(x, array)])
    assert names(instructions) == ["gather", "dense", "scatter"]
    instructions.clear()
    both, _ = run([y, z], [(x, array)])
    assert names(instructions) == ["gather", "dense", name, "scatter", "scatter"]
    assert_same_bits(fused, both)


@pytest.mark.parametrize("name", ["relu", "tanh", "square"])
@pytest.mark.parametrize("fan_in", [257, 600])
def test_an_activation_waits_for_the_whole_sum(name, fan_in, dtype, instructions):
    """Long sums are made in blocks (MLP_KC in csrc/kernels/tile.h); only what the last one leaves is activated."""
    rng = np.random.default_rng(fan_in)
    x, array = input_tensor((None, fan_in), dtype, "x"), rng.normal(size=(9, fan_in))
    z = ops.dense(x, Variable(rng.normal(size=(fan_in, 21)), dtype=dtype).tensor)
    y = {**ACTIVATIONS, **OTHERS}[name](z)
    (fused,) = run([y], [(x, array)])
    assert names(instructions) == ["gather", "dense", "scatter"]
    assert_same_bits(fused, run([y, z], [(x, array)])[0])


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n != "sqrt"])
def test_its_derivative_goes_into_the_next_layers(name, layers, instructions):
    x, array, variables = layers
    kernel, bias, other, last = (v.tensor for v in variables)
    z = ops.dense(x, kernel, bias)
    y = ACTIVATIONS[name](z)
    loss = ops.sum(ops.tanh(ops.dense(y, other, last)))
    dkernel, dy = gradients(loss, [kernel, y])
    (fused,) = run([dkernel], [(x, array)])
    assert names(instructions).count("dense") == 2
    assert names(instructions).count("dense_dx") == 1
    assert not {name, f"{name}_grad"} & (set(names(instructions)) - {"tanh", "tanh_grad"})
    # Looking at the gradient of y itself keeps the two apart; the result is the same to the bit.
    instructions.clear()
    apart, _ = run([dkernel, dy], [(x, array)])
    assert f"{name}_grad" in names(instructions)
    assert_same_bits(apart, fused)


@pytest.mark.parametrize("name", list(OTHERS))
def test_a_derivative_that_looks_at_the_input(name, layers, instructions):
    """The input is kept for it, and so not fused away; the derivative itself still is."""
    x, array, variables = layers
    kernel, bias, other, last = (v.tensor for v in variables)
    y = OTHERS[name](ops.dense(x, kernel, bias))
    dkernel, dother, dy = gradients(ops.sum(ops.dense(y, other, last)), [kernel, other, y])
    fused = run([dkernel, dother], [(x, array)])
    assert name in names(instructions)
    assert f"{name}_grad" not in names(instructions)
    instructions.clear()
    apart = run([dkernel, dother, dy], [(x, array)])
    assert f"{name}_grad" in names(instructions)
    for a, b in zip(apart, fused, strict=False):
        assert_same_bits(a, b)


def test_used_twice(layers, instructions):
    x, array, (kernel, *_) = layers
    z = ops.dense(x, kernel.tensor)
    (y,) = run([ops.relu(z) + z], [(x, array)])
    assert names(instructions) == ["gather", "dense", "relu", "add", "scatter"]
    expected = ops.dense(array.astype(y.dtype), kernel)
    np.testing.assert_array_equal(y, np.maximum(expected, 0) + expected)


def test_two_activations_of_one_layer(layers, instructions):
    x, array, (kernel, *_) = layers
    z = ops.dense(x, kernel.tensor)
    run([ops.relu(z), ops.tanh(z)], [(x, array)])
    assert names(instructions)[1:4] == ["dense", "relu", "tanh"]


def test_one_activation_after_another(layers, instructions):
    """The first is fused; the second finds a result that is not a plain product."""
    x, array, (kernel, *_) = layers
    z = ops.dense(x, kernel.tensor)
    (y,) = run([ops.tanh(ops.relu(z))], [(x, array)])
    assert names(instructions) == ["gather", "dense", "tanh", "scatter"]
    expected = ops.tanh(ops.relu(ops.dense(array.astype(y.dtype), kernel)))
    np.testing.assert_array_equal(y, expected)


def test_an_activation_alone(layers, instructions):
    x, array, _ = layers
    run([ops.relu(x)], [(x, array)])
    assert names(instructions) == ["gather", "relu", "scatter"]


@pytest.mark.parametrize("rule", [Rule.SGD, Rule.MOMENTUM])
def test_the_step_goes_into_the_gradient(rule, layers, instructions):
    """Of a kernel and of a bias: no gradient is ever stored."""
    x, _, (kernel, bias, *_) = layers
    y = ops.dense(x, kernel.tensor, bias.tensor)
    variables = [kernel, bias]
    found = gradients(ops.sum(ops.square(y)), [v.tensor for v in variables])
    slots = [
        (Variable(np.zeros(v.shape), dtype=v.dtype),) * (rule == Rule.MOMENTUM) for v in variables
    ]
    updates = [Update(v, g, rule, 0, s) for v, g, s in zip(variables, found, slots, strict=True)]
    lower(x.dtype, [x], updates=updates)
    assert names(instructions)[-2:] == ["dense_dkernel", "sum_rows"]
    assert [i[2][0] for i in instructions[-2:]] == [rule, rule]
    assert "update" not in names(instructions)


def test_a_whole_step_of_a_classifier(layers, instructions):
    """Nine kernels for two layers, softmax and cross-entropy, forward and back, with the updates."""
    x, _, variables = layers
    labels = input_tensor((None,), x.dtype, "labels")
    kernel, bias, other, last = (v.tensor for v in variables)
    logits = ops.dense(ops.relu(ops.dense(x, kernel, bias)), other, last)
    loss = ops.sum(ops.softmax_crossentropy(logits, labels, True))
    found = gradients(loss, [v.tensor for v in variables])
    updates = [Update(v, g, Rule.SGD) for v, g in zip(variables, found, strict=True)]
    lower(x.dtype, [x, labels], updates=updates)
    kernels = [n for n in names(instructions) if n not in ("gather", "broadcast")]
    assert sorted(kernels) == sorted(
        ["dense", "dense", "softmax", "softmax_crossentropy_grad", "dense_dx"]
        + ["dense_dkernel", "sum_rows"] * 2
    )
