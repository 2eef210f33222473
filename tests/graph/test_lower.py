"""Lowering: what is made once, what is written where and when, and where threads must wait."""

from collections import Counter

import numpy as np
import pytest
from evaluation import Graph, run
from hypothesis import given, settings
from hypothesis import strategies as st

from pymlp import ops
from pymlp._engine.layout import matrix_shape
from pymlp.graph.effects import Accumulation, Update
from pymlp.graph.gradient import gradients
from pymlp.graph.lower import lower
from pymlp.graph.tensor import input_tensor
from pymlp.ops.samples import batch_size
from pymlp.optimizers import SGD
from pymlp.optimizers.rules import Rule
from pymlp.tracing import Trace
from pymlp.variables import Variable


def names(instructions):
    return [name for name, *_ in instructions]


@pytest.fixture
def x():
    return input_tensor((None, 3), "float64", "x")


# ---- equal subgraphs -----------------------------------------------------------------------------


def test_equal_subgraphs_are_made_once(x, instructions):
    array = np.arange(6.0).reshape(2, 3)
    y = ops.exp(x) + ops.exp(x)
    z = ops.add(ops.exp(x), ops.exp(x))
    first, second = run([y, z], [(x, array)])
    assert Counter(names(instructions)) == {"gather": 1, "exp": 1, "add": 1, "scatter": 2}
    np.testing.assert_array_equal(first, 2 * ops.exp(array))
    np.testing.assert_array_equal(first, second)


def test_other_arguments_are_another_subgraph(x, instructions):
    array = np.array([[-2.0, 1.0, 3.0]])
    results = run([ops.leaky_relu(x, 0.5), ops.leaky_relu(x, 0.25)], [(x, array)])
    np.testing.assert_array_equal(results, [[[-1, 1, 3]], [[-0.5, 1, 3]]])
    assert names(instructions).count("leaky_relu") == 2


def test_equal_variables_are_not_the_same():
    a, b = Variable(np.ones(3), dtype="float64"), Variable(np.ones(3), dtype="float64")
    graph = Graph([a.tensor + b.tensor])
    b.assign(np.full(3, 5.0))
    np.testing.assert_array_equal(graph.run()[0], 6)


def test_a_probability_is_made_once(x, instructions):
    """The model's softmax, and the one in the gradient of the loss on its logits."""
    target = input_tensor((None,), "float64", "y")
    kernel = Variable(np.ones((3, 3)), dtype="float64")
    logits = ops.dense(x, kernel.tensor)
    loss = ops.sum(ops.softmax_crossentropy(logits, target, True))
    lower("float64", [x, target], results=[ops.softmax(logits), *gradients(loss, [kernel.tensor])])
    assert names(instructions).count("softmax") == 1
    assert names(instructions).count("dense") == 1


# ---- inputs ----------------------------------------------------------------------------------------


def test_inputs_that_nobody_uses_are_not_gathered(x, instructions):
    other = input_tensor((None, 5), "float64", "other")
    array = np.ones((2, 3))
    run([ops.negative(x)], [(x, array), (other, np.ones((2, 5)))])
    assert names(instructions).count("gather") == 1


def test_a_reshaped_input_is_gathered_in_its_new_shape(instructions):
    x = input_tensor((None, 2, 2), "float64", "x")
    array = np.arange(12.0).reshape(3, 2, 2)
    y = ops.negative(ops.reshape(x, (None, 4)))
    np.testing.assert_array_equal(run([y], [(x, array)])[0], -array.reshape(3, 4))
    assert "reshape" not in names(instructions)
    instructions.clear()
    both = run([y, ops.negative(x)], [(x, array)])  # both shapes are wanted
    np.testing.assert_array_equal(both[0], -array.reshape(3, 4))
    np.testing.assert_array_equal(both[1], -array)
    assert names(instructions).count("gather") == 2


def test_counting_the_batch_gathers_nothing(x, instructions):
    (count,) = Graph([batch_size(x)], [x]).run(np.zeros((7, 3)), batch_size=4)
    assert count == 3, "the last batch is of three"
    assert names(instructions) == ["batch_size"]


def test_results_that_are_leaves(x):
    """An input, a constant and a variable may be asked for as they are."""
    array = np.arange(6.0).reshape(2, 3)
    v = Variable(np.arange(3.0), dtype="float64")
    shown, variable = run([x, v.tensor], [(x, array)])
    np.testing.assert_array_equal(shown, array)
    np.testing.assert_array_equal(variable, v.value)


# ---- shapes and buffers ----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (2, 3, 4), (0,), (0, 3), (3, 0)])
def test_results_keep_their_shapes(shape):
    v = Variable(np.arange(np.prod(shape, dtype=int), dtype=float).reshape(shape), dtype="float64")
    (y,) = run([ops.negative(v.tensor)])
    assert y.shape == shape
    np.testing.assert_array_equal(y, -v.value)


def test_results_are_copies(x):
    lowered = lower("float64", [x], results=[ops.negative(x)])
    lowered.program.bind([np.ones((2, 3))])
    lowered.program.run(None, 0, 2, 2, None, 1)
    first = lowered.result(0, 2)
    first[...] = 9
    np.testing.assert_array_equal(lowered.result(0, 2), -1)


def test_work_counts_multiply_adds():
    x = input_tensor((None, 7), "float64", "x")
    y = input_tensor((None,), "float64", "y")
    first, second = (Variable(np.ones(s), dtype="float64") for s in ((7, 5), (5, 3)))
    z = ops.dense(ops.relu(ops.dense(x, first.tensor)), second.tensor)
    assert lower("float64", [x], stores=[z]).work == 7 * 5 + 5 * 3
    loss = ops.sum(ops.softmax_crossentropy(z, y, True))
    found = gradients(loss, [first.tensor, second.tensor])
    updates = SGD().updates([(first, found[0]), (second, found[1])])
    # Twice more for the second layer, once for the first: nobody asks for the gradient of x.
    assert lower("float64", [x, y], updates=updates).work == 7 * 5 * 2 + 5 * 3 * 3


# ---- updates -----------------------------------------------------------------------------------------


def test_updates_come_after_everything_that_reads_old_values(x):
    """Two layers whose gradients need each other's weights, and results of the step's beginning."""
    rng = np.random.default_rng(1)
    a, b = (Variable(rng.integers(-3, 4, (3, 3)), dtype="float64") for _ in range(2))
    old_a, old_b = a.numpy(), b.numpy()
    y = ops.dense(ops.dense(x, a.tensor), b.tensor)
    found = gradients(ops.sum(y), [a.tensor, b.tensor])
    updates = [Update(v, g, Rule.SGD) for v, g in zip((a, b), found, strict=True)]
    lowered = lower("float64", [x], results=[y], updates=updates)
    array = rng.integers(-3, 4, (5, 3)).astype(float)
    lowered.program.bind([array])
    lowered.program.run(None, 0, 5, 5, np.array([[0.5]]), 3)
    ones = np.ones((5, 3))
    np.testing.assert_array_equal(lowered.result(0, 5), array @ old_a @ old_b)
    np.testing.assert_array_equal(a.value, old_a - 0.5 * array.T @ ones @ old_b.T)
    np.testing.assert_array_equal(b.value, old_b - 0.5 * (array @ old_a).T @ ones)


@pytest.mark.parametrize("assigned", [False, True], ids=["stored", "assigned"])
@pytest.mark.parametrize(
    "same",
    [
        lambda tensor: tensor,
        lambda tensor: ops.sum(tensor, axis=1, keepdims=True),
        lambda tensor: ops.reshape(ops.reshape(tensor, (1, 3)), (3, 1)),
    ],
    ids=["as it is", "a sum of one", "there and back"],
)
def test_variables_may_change_places(same, assigned):
    """Each is given the other's old value, also where nothing of what computes it is left."""
    a, b = (Variable(np.full((3, 1), value), dtype="float64") for value in (1.0, 2.0))
    pairs = [(a, same(b.tensor)), (b, same(a.tensor))]
    trace = Trace()
    if assigned:
        trace.assigned = {id(variable): (variable, tensor) for variable, tensor in pairs}
    updates = [] if assigned else [Update(*pair, Rule.STORE) for pair in pairs]
    lowered = lower("float64", [], updates=updates, trace=trace)
    lowered.program.run(None, 0, 1, 1, None, 2)
    np.testing.assert_array_equal(a.value, 2.0)
    np.testing.assert_array_equal(b.value, 1.0)


def test_a_gradient_that_is_also_wanted_is_stored(x, instructions):
    kernel = Variable(np.ones((3, 2)), dtype="float64")
    (dkernel,) = gradients(ops.sum(ops.dense(x, kernel.tensor)), [kernel.tensor])
    array = np.arange(6.0).reshape(2, 3)
    for results in ([], [dkernel]):
        instructions.clear()
        kernel.assign(np.ones((3, 2)))
        lowered = lower(
            "float64", [x], results=results, updates=[Update(kernel, dkernel, Rule.SGD)]
        )
        lowered.program.bind([array])
        lowered.program.run(None, 0, 2, 2, np.array([[1.0]]), 2)
        expected = np.repeat(array.sum(0)[:, None], 2, 1)
        np.testing.assert_array_equal(kernel.value, 1 - expected)
        assert names(instructions).count("update") == len(results)
        if results:
            np.testing.assert_array_equal(lowered.result(0, 2), expected)


def test_one_gradient_for_two_variables(x, instructions):
    """It may end in one rule only: the other reads it."""
    a, b = (Variable(np.zeros((3, 2)), dtype="float64") for _ in range(2))
    (dkernel,) = gradients(ops.sum(ops.dense(x, a.tensor)), [a.tensor])
    updates = [Update(a, dkernel, Rule.SGD), Update(b, dkernel, Rule.SGD)]
    lowered = lower("float64", [x], updates=updates)
    lowered.program.bind([np.ones((4, 3))])
    lowered.program.run(None, 0, 4, 4, np.array([[0.25]]), 2)
    np.testing.assert_array_equal(a.value, -1)
    np.testing.assert_array_equal(b.value, -1)
    assert names(instructions).count("update") == 2


# ---- accumulations -----------------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", ["no", "one a sample", "one number"])
def test_accumulations(weighted, dtype):
    x = input_tensor((None,), dtype, "x")
    w = input_tensor((None,), dtype, "w")
    weights = {"no": None, "one a sample": w, "one number": ops.sum(w)}[weighted]
    total = np.array([[100.0, 10.0]])
    lowered = lower(dtype, [x, w], accumulations=[Accumulation(x, weights, total)])
    values, factors = np.arange(7.0), np.array([1.0, 0.0, 2.0, 3.0, 1.0, 1.0, 4.0])
    lowered.program.bind([values, factors])
    lowered.program.run(None, 0, 7, 3, None, 3)
    sums = np.repeat([factors[i : i + 3].sum() for i in (0, 3, 6)], 3)[:7]
    each = {"no": np.ones(7), "one a sample": factors, "one number": sums}[weighted]
    np.testing.assert_array_equal(total, [[100 + (values * each).sum(), 10 + each.sum()]])


def test_accumulating_rows_of_several_elements(dtype):
    """Each element counts, with the weight of its row."""
    x, w = input_tensor((None, 3), dtype, "x"), input_tensor((None,), dtype, "w")
    totals = [np.zeros((1, 2)) for _ in range(2)]
    accumulations = [Accumulation(x, None, totals[0]), Accumulation(x, w, totals[1])]
    lowered = lower(dtype, [x, w], accumulations=accumulations)
    values, factors = np.arange(15.0).reshape(5, 3), np.array([1.0, 0.0, 2.0, 3.0, 1.0])
    lowered.program.bind([values, factors])
    lowered.program.run(None, 0, 5, 2, None, 2)
    np.testing.assert_array_equal(totals[0], [[values.sum(), 15]])
    np.testing.assert_array_equal(totals[1], [[factors @ values.sum(1), 3 * factors.sum()]])


# ---- barriers ---------------------------------------------------------------------------------------


def barriers(instructions):
    return [name for name, *_, barrier in instructions if barrier]


def test_rows_need_no_barriers(x, instructions):
    """Each thread goes on with its own rows."""
    run([ops.tanh(ops.exp(x) + 1.0) * 2.0], [(x, np.ones((4, 3)))])
    assert len(instructions) > 4
    assert barriers(instructions) == ["gather"], "the first: every step begins together"


def test_barriers_stand_before_what_reads_the_rows_of_others(x, instructions):
    kernel = Variable(np.ones((3, 2)), dtype="float64")
    run([ops.sum(ops.exp(ops.dense(ops.exp(x), kernel.tensor)))], [(x, np.ones((4, 3)))])
    assert names(instructions) == ["gather", "exp", "dense", "sum_all"]
    assert barriers(instructions) == ["gather", "dense", "sum_all"]


def test_a_barrier_stands_before_what_others_read_is_written(x, instructions):
    """One thread may be at its last rows, with the variable as it was, when another begins to change it."""
    v, w = (Variable(np.ones(3), dtype="float64") for _ in range(2))
    run([x * v.tensor], [(x, np.ones((4, 3)))])
    assert barriers(instructions) == ["gather"]
    instructions.clear()
    lower("float64", [x], results=[x * v.tensor], updates=[Update(v, w.tensor, Rule.SGD)])
    assert names(instructions) == ["gather", "multiply", "update"]
    assert barriers(instructions) == ["gather", "update"]
    instructions.clear()
    lower("float64", [x], results=[x * w.tensor], updates=[Update(v, w.tensor, Rule.SGD)])
    assert barriers(instructions) == ["gather"], "both only read w"


def test_work_of_the_first_thread_is_waited_for(x, instructions):
    """A scalar is one thread's; what follows reads it in all."""
    run([ops.exp(ops.sum(x)), x * ops.sum(x)], [(x, np.ones((4, 3)))])
    assert names(instructions)[:2] == ["gather", "sum_all"]
    assert barriers(instructions)[1] == "sum_all"
    assert len(barriers(instructions)) >= 3


def test_the_first_thread_does_not_wait_for_itself(x, instructions):
    """What one thread alone has made and alone goes on with needs no barrier: here a loss and its total."""
    total = np.zeros((1, 2))
    lower("float64", [x], accumulations=[Accumulation(ops.sum(x), batch_size(x), total)])
    assert {"sum_all", "accumulate", "batch_size"} < set(names(instructions))
    assert barriers(instructions) == [names(instructions)[0], "sum_all"]


# ---- anything -----------------------------------------------------------------------------------------

# Everything below is made of small whole numbers, for which every operation is exact in float64 and float32: results
# are compared with NumPy's for equality, and no tolerance hides a stray element.
LIMIT = 2**22


class Node:
    """A tensor, how NumPy makes it from the arrays of earlier nodes, and the greatest it can be."""

    def __init__(self, tensor, function, operands, bound):
        self.tensor, self.function, self.operands, self.bound = tensor, function, operands, bound


ELEMENTWISE = {
    "negative": (ops.negative, np.negative),
    "abs": (ops.abs, np.abs),
    "relu": (ops.relu, lambda a: np.maximum(a, 0)),
    "sign": (ops.sign, np.sign),
    "leaky_relu": (lambda t: ops.leaky_relu(t, 2.0), lambda a: np.where(a > 0, a, 2 * a)),
    "clip": (lambda t: ops.clip(t, -3, 5), lambda a: np.clip(a, -3, 5)),
}
PAIRS = {
    "add": (ops.add, np.add),
    "subtract": (ops.subtract, np.subtract),
    "multiply": (ops.multiply, np.multiply),
    "maximum": (ops.maximum, np.maximum),
    "minimum": (ops.minimum, np.minimum),
    "less": (ops.less, np.less),
    "equal": (ops.equal, np.equal),
}


class RandomGraph:
    """A graph of whatever fits together, drawn by hypothesis."""

    def __init__(self, draw, dtype):
        self.draw, self.dtype = draw, dtype
        self.rng = np.random.default_rng(draw(st.integers(0, 2**16)))
        self.nodes, self.inputs, self.arrays, self.variables = [], [], [], []
        self.rows = draw(st.sampled_from([1, 2, 15, 16, 17, 33, 61]))
        for shape in ((3,), (5,), (2, 3), ()):
            self.input(shape)
        for shape in ((3,), (5,), (1, 5), (), (3, 5), (5, 3), (5, 1), (3, 17)):
            self.variable(shape)
        for _ in range(draw(st.integers(2, 14))):
            self.grow()

    def whole(self, *shape):
        return self.rng.integers(-3, 4, shape).astype(self.dtype)

    def add(self, tensor, function, operands=(), bound=3):
        if bound <= LIMIT:
            self.nodes.append(Node(tensor, function, operands, bound))

    def input(self, shape):
        i = len(self.inputs)
        self.inputs.append(input_tensor((None, *shape), self.dtype, f"x{i}"))
        self.arrays.append(self.whole(self.rows, *shape))
        self.add(self.inputs[-1], lambda batch: self.arrays[i][batch])

    def variable(self, shape):
        v = Variable(self.whole(*shape), dtype=self.dtype)
        self.variables.append(v)
        self.add(v.tensor, lambda batch: v.value)

    def pick(self, fits=lambda tensor: True):
        found = [i for i, node in enumerate(self.nodes) if fits(node.tensor)]
        return self.draw(st.sampled_from(found)) if found else None

    def grow(self):
        kind = self.draw(st.sampled_from(["one", "two", "dense", "sum", "where", "shape"]))
        getattr(self, f"grow_{kind}")()

    def grow_one(self):
        name = self.draw(st.sampled_from(sorted(ELEMENTWISE)))
        i = self.pick()
        symbolic, numeric = ELEMENTWISE[name]
        self.add(symbolic(self.nodes[i].tensor), numeric, (i,), 2 * self.nodes[i].bound)

    def grow_two(self):
        name = self.draw(st.sampled_from(sorted(PAIRS)))
        i, j = self.pick(), self.pick()
        symbolic, numeric = PAIRS[name]
        a, b = self.nodes[i], self.nodes[j]
        bound = a.bound * b.bound if name == "multiply" else a.bound + b.bound
        try:
            tensor = symbolic(a.tensor, b.tensor)
        except (ValueError, NotImplementedError):  # their shapes do not go together
            return
        self.add(tensor, numeric, (i, j), max(bound, 1))

    def grow_where(self):
        i, j, k = self.pick(), self.pick(), self.pick()
        a, b = self.nodes[j], self.nodes[k]
        try:
            tensor = ops.where(self.nodes[i].tensor, a.tensor, b.tensor)
        except (ValueError, NotImplementedError):
            return
        self.add(tensor, lambda c, p, q: np.where(c != 0, p, q), (i, j, k), max(a.bound, b.bound))

    def grow_dense(self):
        j = self.pick(lambda t: len(t.shape) == 2 and t.shape[0] in (3, 5))
        kernel = self.nodes[j]
        i = self.pick(lambda t: None in t.shape and t.shape[-1] == kernel.tensor.shape[0])
        k = self.pick(lambda t: t.shape == kernel.tensor.shape[1:])
        x, fan_in = self.nodes[i], kernel.tensor.shape[0]
        bound = fan_in * x.bound * kernel.bound
        if k is None or self.draw(st.booleans()):
            tensor = ops.dense(x.tensor, kernel.tensor)
            self.add(tensor, np.matmul, (i, j), bound)
        else:
            bias = self.nodes[k]
            tensor = ops.dense(x.tensor, kernel.tensor, bias.tensor)
            self.add(tensor, lambda a, w, b: a @ w + b, (i, j, k), bound + bias.bound)

    def grow_sum(self):
        i = self.pick(lambda t: t.shape != () and t.shape != (None,))
        x = self.nodes[i]
        keepdims = self.draw(st.booleans())
        if self.draw(st.booleans()):
            bound = x.bound * self.rows * 34
            self.add(ops.sum(x.tensor), np.sum, (i,), bound)
        else:
            tensor = ops.sum(x.tensor, axis=-1, keepdims=keepdims)
            bound = x.bound * x.tensor.shape[-1]
            self.add(tensor, lambda a: a.sum(-1, keepdims=keepdims), (i,), bound)

    def grow_shape(self):
        i = self.pick(lambda t: None in t.shape)
        x = self.nodes[i]
        inner = int(np.prod(x.tensor.shape[1:], dtype=int))
        shapes = [(inner,), (inner, 1), (1, inner)] + ([()] if inner == 1 else [])
        shape = self.draw(st.sampled_from(shapes))
        tensor = ops.reshape(x.tensor, (None, *shape))
        self.add(tensor, lambda a: a.reshape(len(a), *shape), (i,), x.bound)

    def expected(self, batch):
        """Every node's array for one batch, a slice of the rows."""
        values = []
        for node in self.nodes:
            arguments = [values[i] for i in node.operands] if node.operands else [batch]
            values.append(np.asarray(node.function(*arguments), np.float64))
        return values


@given(st.data(), st.sampled_from(["float32", "float64"]))
def test_random_graphs_equal_numpy(data, dtype):
    graph = RandomGraph(data.draw, dtype)
    # Some nodes are looked at, and so must still be there at the end; others may be fused or overwritten.
    picked = data.draw(st.sets(st.integers(0, len(graph.nodes) - 1), max_size=4))
    picked = sorted(picked | {len(graph.nodes) - 1})
    tensors = [graph.nodes[i].tensor for i in picked]
    lowered = Graph(tensors, graph.inputs)
    batch_size = data.draw(st.sampled_from([1, 7, 16, graph.rows]))
    slices = [slice(i, min(i + batch_size, graph.rows)) for i in range(0, graph.rows, batch_size)]
    values = [graph.expected(s) for s in slices]
    for threads in (1, 2, 3):
        results = lowered.run(*graph.arrays, threads=threads, batch_size=batch_size)
        for i, tensor, result in zip(picked, tensors, results, strict=True):
            batches = [v[i] for v in values]
            expected = np.concatenate(batches) if tensor.shape[:1] == (None,) else batches[-1]
            np.testing.assert_array_equal(result, expected, err_msg=f"{tensor}, {threads} threads")


@given(st.data())
def test_random_gradients_do_not_depend_on_how_they_are_run(data):
    """Fused or not, with or without intermediate results kept, on any number of threads."""
    graph = RandomGraph(data.draw, "float64")
    loss = ops.sum(graph.nodes[-1].tensor)
    leaves = [v.tensor for v in graph.variables] + graph.inputs
    try:
        found = [g for g in gradients(loss, leaves) if g is not None]
    except NotImplementedError:  # a sum over axes between others
        return
    alone = Graph([loss, *found], graph.inputs)
    kept = Graph([loss, *found, *(node.tensor for node in graph.nodes)], graph.inputs)
    expected = alone.run(*graph.arrays, threads=1)
    for lowered in (alone, kept):
        for threads in (1, 2, 3):
            results = lowered.run(*graph.arrays, threads=threads)
            for result, other in zip(results, expected, strict=False):
                np.testing.assert_array_equal(result, other)


def test_random_graphs_are_worth_running():
    """What is drawn above has every kind of node, and is not trivial."""
    kinds, lengths, not_zero = Counter(), [], 0

    @settings(derandomize=True, max_examples=200)
    @given(st.data())
    def draw(data):
        nonlocal not_zero
        graph = RandomGraph(data.draw, "float64")
        kinds.update(n.tensor.operation.name for n in graph.nodes if n.tensor.operation)
        lengths.append(len(graph.nodes) - 12)
        not_zero += bool(graph.expected(slice(None))[-1].any())

    draw()
    assert {"dense", "sum_all", "sum_cols", "where", "reshape", "multiply", "relu"} <= set(kinds)
    assert max(lengths) > 5
    assert not_zero > len(lengths) / 4


def test_matrix_shape():
    assert matrix_shape(()) == (1, 1)
    assert matrix_shape((5,)) == (1, 5)
    assert matrix_shape((2, 3, 4)) == (6, 4)


def test_one_thread_that_reshapes_a_weight_is_waited_for(instructions):
    """Without samples there is nothing to share: one thread writes the rows that others look at."""
    scale = Variable(np.ones(40), dtype="float64")
    kernel = Variable(np.ones((40, 30)), dtype="float64")
    lower("float64", [], results=[kernel.tensor * ops.expand_dims(scale.tensor, -1)])
    assert [(name, barrier) for name, *_, barrier in instructions] == [
        ("reshape", True),
        ("multiply", True),
    ]


def test_an_input_that_is_not_fed_is_named():
    x = input_tensor((None, 3), "float32", "pixels")
    with pytest.raises(
        ValueError, match="input 'pixels' of the graph is not among those that are fed"
    ):
        lower("float32", [], stores=[ops.exp(x)])
