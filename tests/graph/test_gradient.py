"""Differentiation: which gradients there are, and how those of one tensor add up."""

import numpy as np
import pytest
from evaluation import check_gradients, feed, run

from pymlp import ops
from pymlp.graph.gradient import gradients, topological_order
from pymlp.graph.tensor import constant_tensor, input_tensor
from pymlp.variables import Variable


@pytest.fixture
def x():
    return Variable(np.array([1.0, -2.0, 3.0]), dtype="float64")


def values(y, wrt):
    """The gradients of y, None where there is none."""
    found = gradients(y, wrt)
    computed = iter(run([g for g in found if g is not None]))
    return [None if g is None else next(computed) for g in found]


# ---- order -----------------------------------------------------------------------------------------


def test_every_tensor_comes_once_and_after_its_inputs(x):
    a = ops.exp(x.tensor)
    b = a + x.tensor
    c = ops.tanh(b) * b
    order = topological_order([c, a, c])
    assert len({id(t) for t in order}) == len(order) == 5
    place = {id(t): i for i, t in enumerate(order)}
    assert all(place[id(i)] < place[id(t)] for t in order for i in t.inputs)
    assert topological_order([]) == []


def test_deep_graphs(x):
    """Deeper than Python would recurse, and wide enough for every path to be counted once only."""
    y = x.tensor
    for _ in range(3000):
        y = ops.negative(y) + y + y  # x again, by 3 ** 3000 paths
    assert len(topological_order([y])) == 1 + 3 * 3000
    assert values(ops.sum(y), [x.tensor])[0].tolist() == [1, 1, 1]


# ---- which there are -------------------------------------------------------------------------------


def test_none_where_nothing_depends(x):
    other = Variable(np.ones(3), dtype="float64")
    beside = Variable(np.ones(3), dtype="float64")
    y = ops.sum(x.tensor * other.tensor)
    dx, nothing, constant = values(y, [x.tensor, beside.tensor, constant_tensor(2.0, "float64")])
    np.testing.assert_array_equal(dx, other.value)
    assert nothing is None
    assert constant is None
    assert gradients(y, []) == []


def test_none_through_what_has_no_slope(x):
    """Comparisons and places are flat: nothing flows back, and that is not an error."""
    mask = ops.greater(x.tensor, 0.0)
    assert gradients(ops.sum(mask), [x.tensor]) == [None]
    assert gradients(ops.sum(ops.argmax(x.tensor)), [x.tensor]) == [None]
    assert values(ops.sum(mask * x.tensor), [x.tensor])[0].tolist() == [1, 0, 1]
    condition, y = values(ops.sum(ops.where(x.tensor, x.tensor, 0.0)), [mask, x.tensor])
    assert condition is None
    assert y.tolist() == [1, 1, 1]


def test_nothing_is_made_that_nobody_asked_for(x):
    """The gradient of the first layer's inputs is not computed: a third of the work on a large network."""
    inputs = input_tensor((None, 3), "float64", "inputs")
    kernel = Variable(np.ones((3, 2)), dtype="float64")
    y = ops.sum(ops.dense(inputs, kernel.tensor))
    made = {
        t.operation.name for t in topological_order(gradients(y, [kernel.tensor])) if t.operation
    }
    assert "dense_dkernel" in made
    assert "dense_dx" not in made
    also = gradients(y, [kernel.tensor, inputs])
    assert "dense_dx" in {t.operation.name for t in topological_order(also) if t.operation}


def test_with_respect_to_itself(x):
    y = ops.sum(x.tensor)
    assert values(y, [y, x.tensor])[0] == 1


def test_with_respect_to_what_is_between(x):
    z = ops.square(x.tensor)
    y = ops.sum(z * z)
    dz, dx = values(y, [z, x.tensor])
    np.testing.assert_array_equal(dz, 2 * x.value**2)
    np.testing.assert_array_equal(dx, 4 * x.value**3)


@pytest.mark.parametrize("shape", [(3,), (1,), (None,), (None, 1)])
def test_only_scalars(shape):
    y = input_tensor(shape, "float64", "y")
    with pytest.raises(ValueError, match="only a scalar is differentiated, received shape"):
        gradients(y, [y])


def test_operations_without_a_gradient_are_named(x):
    (dx,) = gradients(ops.sum(ops.exp(x.tensor)), [x.tensor])
    with pytest.raises(NotImplementedError, match="operation 'exp_grad' has no gradient"):
        gradients(ops.sum(dx), [x.tensor])


# ---- what they add up to ---------------------------------------------------------------------------


def test_used_twice(x):
    (dx,) = values(ops.sum(x.tensor * x.tensor + x.tensor), [x.tensor])
    np.testing.assert_array_equal(dx, 2 * x.value + 1)


def test_asked_for_twice(x):
    first, second = values(ops.sum(ops.square(x.tensor)), [x.tensor, x.tensor])
    np.testing.assert_array_equal(first, second)


def test_used_in_several_layers():
    """A shared kernel: its gradient is the sum over its uses."""
    rng = np.random.default_rng(3)

    # Of degree 4 in every element: fourth-order differences leave nothing out.
    def shared(x, kernel, bias):
        y = ops.dense(x, kernel, bias)
        return ops.dense(ops.dense(y, kernel, bias), kernel) * y

    check_gradients(
        shared, rng.normal(size=(4, 3)), rng.normal(size=(3, 3)), rng.normal(size=3), fed=[0]
    )


def test_many_uses(x):
    y = constant_tensor(0.0, "float64")
    for i in range(1, 21):
        y = y + ops.sum(x.tensor * float(i))
    assert values(y, [x.tensor])[0].tolist() == [210, 210, 210]


def test_a_batch_is_the_sum_of_its_halves(rng):
    """Gradients of a sum over samples add up over batches."""
    kernel = Variable(rng.integers(-3, 4, (3, 2)), dtype="float64")
    x = rng.integers(-3, 4, (10, 3)).astype(float)
    leaf, _ = feed(x)
    (dkernel,) = gradients(ops.sum(ops.relu(ops.dense(leaf, kernel.tensor))), [kernel.tensor])
    whole, first, second = (run([dkernel], [(leaf, part)])[0] for part in (x, x[:4], x[4:]))
    np.testing.assert_array_equal(whole, first + second)
