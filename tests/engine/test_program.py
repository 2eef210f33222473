"""`Program` refuses whatever does not fit: from Python, C cannot be made to read or write what is not there."""

import contextlib
import re
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymlp._engine import contracts, core
from pymlp._engine.core import Predictor, Program
from pymlp._engine.layout import aligned_matrix
from pymlp.ops.elementwise import UNARY_NUMBERS

CSRC = Path(__file__).parents[2] / "csrc"
HUGE = 2**62
BATCH = (0, 1, 3, 8, None)  # (None, 3) of float64
FIXED = (2, 0, 3, 8, None)
NUMBER = (1, 0, 1, 8, None)


def program(instructions=(), buffers=(BATCH, BATCH, FIXED, NUMBER), arrays=(), dtype="float64"):
    full = [(*i, *((), (), True)[len(i) - 2 :]) for i in instructions]
    return Program(dtype, buffers, full, arrays)


def negation():
    """Reads array 0, writes its negative to array 1."""
    return program(
        [("gather", (0,), (0,)), ("negative", (0, 1)), ("scatter", (1,), (1,))],
        arrays=[(3, False), (3, True)],
    )


def bound(rows=5):
    x, y = np.arange(3.0 * rows).reshape(rows, 3), np.full((rows, 3), np.nan)
    p = negation()
    p.bind([x, y])
    return p, x, y


# ---- making one ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float16", "f4", "", None, np.float32, 3])
def test_types(dtype):
    with pytest.raises(ValueError, match="of float32 or float64"):
        program(dtype=dtype)


@pytest.mark.parametrize(
    "buffer",
    [
        (-1, 0, 3, 8, None),
        (0, -1, 3, 8, None),
        (0, 1, -3, 8, None),
        (0, 1, 3, -8, None),
        (0, 1, 3, 2, None),
        (HUGE, 0, 1, 8, None),
        (0, 0, 0, HUGE, None),
        (2**80, 0, 1, 8, None),
        (2, 0, 3, 8, np.zeros((2, 3))),
        (2, 0, 3, 3, np.zeros((3, 2))),
        (2, 0, 3, 3, np.zeros((2, 3)).T.copy().T),
        (0, 1, 3, 3, np.zeros((0, 3))),
        (2, 0, 3, 3, np.frombuffer(bytes(2 * 3 * 8)).reshape(2, 3)),  # which must not be written to
    ],
)
def test_buffers_that_cannot_be(buffer):
    with pytest.raises(ValueError, match="buffer 0: "):
        program(buffers=[buffer])


@pytest.mark.parametrize(
    "buffer",
    [
        (1.0, 0, 3, 8, None),
        ("1", 0, 3, 8, None),
        (None, 0, 3, 8, None),
        (True, 0, 3, 8, None),
        (1, 0, 3),
        3,
        None,
        (2, 0, 3, 3, np.zeros((2, 3), "int64")),
        (2, 0, 3, 3, [[0.0] * 3] * 2),
    ],
)
def test_buffers_of_wrong_types(buffer):
    with pytest.raises(TypeError):
        program(buffers=[buffer])


@pytest.mark.parametrize("name", ["", "no_such", "dense\0", "DENSE", "relu_grad_grad"])
def test_unknown_kernels(name):
    with pytest.raises(ValueError, match="there is no kernel"):
        program([(name, (0, 1))])


@pytest.mark.parametrize("operands", [(), (0,), (0, 1, 1), (0,) * 8])
def test_wrong_number_of_operands(operands):
    with pytest.raises(ValueError, match=f"'exp' takes 2 operands, received {len(operands)}"):
        program([("exp", operands)])


@pytest.mark.parametrize("operands", [(0, 4), (99, 0), (0, -2), (-HUGE, 0), (0, 2**80)])
def test_buffers_that_are_not_there(operands):
    with pytest.raises(ValueError, match="there is no buffer"):
        program([("exp", operands)])


@pytest.mark.parametrize("many", ["operands", "integers", "numbers"])
def test_too_many_arguments(many):
    arguments = {"operands": (0, 1), "integers": (), "numbers": ()}
    arguments[many] = (0,) * 29
    with pytest.raises(ValueError, match="too many arguments"):
        program([("exp", *arguments.values())])


@pytest.mark.parametrize(
    "instruction",
    [
        None,
        3,
        "exp",
        ("exp", (0, 1)),
        (3, (0, 1), (), (), True),
        (None, (0, 1), (), (), True),
        ("exp", 3, (), (), True),
        ("exp", ("a", "b"), (), (), True),
        ("exp", (0.5, 1.5), (), (), True),
        ("dense", (0, 1), "ab", (), True),
        ("exp", (0, 1), (), ("x",), True),
        ("exp", (0, 1), (), (None,), True),
        ("exp", (0, 1), (HUGE * 2,), (), True),
        ("\ud800", (0, 1), (), (), True),
    ],
)
def test_malformed_instructions(instruction):
    with pytest.raises((TypeError, ValueError, AttributeError, OverflowError)):
        Program("float64", [BATCH, BATCH], [instruction], [])


def test_missing_operands():
    for i, spec in enumerate(contracts.CONTRACTS["dense"].split()):
        operands = [0, 1, 2, 3]
        operands[i] = -1
        buffers = [(0, 1, 5, 8, None), (5, 0, 3, 8, None), (1, 0, 3, 8, None), BATCH]
        if spec.endswith("?"):
            program([("dense", operands)], buffers)
        else:
            with pytest.raises(ValueError, match=f"'dense': operand {i} is missing"):
                program([("dense", operands)], buffers)


OTHER_SIZES = {
    "exp": [(0, 2), (2, 0)],
    "exp_grad": [(0, 1, 2), (0, 2, 1)],
    "add": [(4, 0, 1), (0, 4, 1), (5, 0, 1)],
    "where": [(0, 0, 4, 1)],
    "broadcast": [(4, 0), (5, 0)],
    "sum_cols": [(0, 1), (0, 3)],
    "sum_all": [(0, 1), (2, 2)],
    "argmax_cols": [(0, 0)],
    "batch_size": [(0,), (2,)],
    "accumulate": [(0, -1, 3), (0, 0, 6), (0, 5, 6)],
    "softmax": [(0, 4)],
    "softmax_crossentropy": [(0, 0, 1), (0, 4, 7)],
    "softmax_crossentropy_grad": [(0, 0, 0, 0), (7, 0, 4, 0)],
    "reshape": [(0, 4), (0, 2), (8, 8)],
    "dense": [(0, 2, -1, 0), (0, 1, -1, 0)],
    "dense_dx": [(0, 2, -1, 0), (0, 9, 2, 0)],
}


@pytest.mark.parametrize("name", list(OTHER_SIZES))
def test_sizes_that_do_not_go_together(name):
    total = np.zeros((1, 2))
    buffers = [
        BATCH, BATCH, FIXED, NUMBER,
        (0, 1, 4, 8, None),  # 4: other columns
        (0, 0, 3, 8, None),  # 5: no rows to repeat
        (1, 0, 2, 2, total),  # 6
        (0, 1, 1, 1, None),  # 7: (None,)
        (2, 2, 3, 8, None),  # 8: neither per sample nor not
        (3, 0, 3, 8, None),  # 9
    ]  # fmt: skip
    for operands in OTHER_SIZES[name]:
        with pytest.raises(ValueError, match=f"kernel '{name}'"):
            program([(name, operands)], buffers)


def test_pairs_have_two_sums_a_row():
    rows, labels, sums, others = BATCH, (0, 1, 1, 1, None), (0, 1, 2, 8, None), (4, 0, 3, 8, None)
    buffers = [rows, labels, sums, others, (4, 0, 1, 8, None)]
    for r, label in ((0, 1), (3, 4)):
        program([("circle_pairs", (0, 1, r, label, 2))], buffers)
        for name, result in (("circle_pairs_dx", 0), ("circle_pairs_dr", r)):
            program([(name, (2, 2, 0, 1, r, label, result))], buffers)
            with pytest.raises(ValueError, match="a row has two sums"):
                program([(name, (0, 0, 0, 1, r, label, result))], buffers)
    for wrong in ((0, 4, 0, 1, 2), (0, 1, 3, 1, 2), (0, 1, 2, 1, 2)):
        with pytest.raises(ValueError, match="kernel 'circle_pairs'"):
            program([("circle_pairs", wrong)], buffers)
    with pytest.raises(ValueError, match="a row has two sums"):
        program([("circle_pairs", (0, 1, 0, 1, 0))], buffers)


def test_labels_or_probabilities():
    """Class numbers are one a row, probabilities as many as logits; integer[0] says which."""
    buffers = [BATCH, BATCH, (0, 1, 1, 1, None)]
    for sparse, target in ((0, 1), (1, 2)):
        program([("softmax_crossentropy", (0, target, 2), (sparse,))], buffers)
        with pytest.raises(ValueError, match="is something else"):
            program([("softmax_crossentropy", (0, target, 2), (1 - sparse,))], buffers)


@pytest.mark.parametrize("name", ["dense", "dense_dx"])
@pytest.mark.parametrize("activation", [-1, contracts.ACTIVATIONS, HUGE])
def test_activations_that_are_not_there(name, activation):
    buffers = [BATCH, (3, 0, 3, 8, None), BATCH]
    program([(name, (0, 1, -1, 2), (0,))], buffers)
    with pytest.raises(ValueError, match="there is no activation"):
        program([(name, (0, 1, -1, 2), (activation,))], buffers)


def test_every_kernel_has_its_contract():
    assert sorted(UNARY_NUMBERS.values()) == list(range(contracts.ACTIVATIONS))
    assert all(core.has_kernel(name) for name in contracts.CONTRACTS)
    for name in UNARY_NUMBERS:  # these have the contract of what is not listed
        assert core.has_kernel(name)
        assert core.has_kernel(f"{name}_grad")
        assert not {name, f"{name}_grad"} & set(contracts.CONTRACTS)


@pytest.mark.skipif(not CSRC.is_dir(), reason="the C sources are not beside the tests")
def test_no_kernel_is_taken_for_an_elementwise_one():
    table = (CSRC / "kernels" / "one_type.inc.c").read_text(encoding="utf-8")
    table = table[table.index("mlp_table_entry") :]
    listed = set(re.findall(r"\bKERNEL\((\w+)\)", table))
    assert len(listed) > 15
    assert listed <= set(contracts.CONTRACTS)


WEIGHT = (2, 0, 3, 8, None)


@pytest.mark.parametrize(
    ("operands", "integers"),
    [
        ((0, 1), (-1, 0, 1)),
        ((0, 1), (7, 0, 1)),
        ((0, 1), (1, -1, 1)),
        ((0, 1), (1, 0, 0)),
        ((0, 1), (1, 0, 2)),
        ((0, 1), (1, 0, -1)),
        ((0,), (1, 0, 1)),
        ((0, 1), (2, 0, 1)),  # momentum keeps a slot
        ((0, 1, 2), (4, 0, 1)),  # Adam two
        ((0, 1, 2, 2), (5, 0, 1)),  # AMSGrad three
        ((0, 1), (6, 0, 1)),
        ((0, 1, 3), (2, 0, 1)),  # of another shape
        ((0, 1, 4), (2, 0, 1)),  # laid out otherwise
        ((0, 1, -1), (2, 0, 1)),
        ((0, 1, 2, 2, 2, 2), (5, 0, 1)),  # more than there are rules for
    ],
)
def test_update_rules(operands, integers):
    buffers = [WEIGHT, WEIGHT, WEIGHT, (3, 0, 3, 8, None), (2, 0, 3, 16, None)]
    with pytest.raises(ValueError, match="kernel 'update'"):
        program([("update", operands, integers)], buffers)


@pytest.mark.parametrize(
    ("name", "which"),
    [("gather", -1), ("gather", 2), ("gather", 1), ("scatter", 0), ("scatter", 2)],
)
def test_arrays_that_are_not_there(name, which):
    with pytest.raises(ValueError, match=f"'{name}': there is no such array"):
        program([(name, (0,), (which,))], arrays=[(3, False), (3, True)])


@pytest.mark.parametrize("number", [2, 3, 4])
def test_arrays_of_other_sizes(number):
    buffers = [BATCH, BATCH, FIXED, NUMBER, (0, 1, 4, 8, None)]
    with pytest.raises(ValueError, match="does not hold 3 elements a sample"):
        program([("gather", (number,), (0,))], buffers, arrays=[(3, False)])


def test_memory_of_another_type():
    memory = aligned_matrix(2, 3, "float32")
    buffers = [(2, 0, 3, 16, memory), (2, 0, 3, 16, None)]
    program([("exp", (0, 1))], buffers, dtype="float32")
    with pytest.raises(ValueError, match="operand 0"):
        program([("exp", (0, 1))], buffers, dtype="float64")


def test_once():
    p = program()
    with pytest.raises(RuntimeError, match="initialised once"):
        p.__init__("float64", [], [], [])


def test_not_initialised():
    """Or not to the end."""
    p = Program.__new__(Program)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="not initialised"):
            p.run(None, 0, 1, 1, None, 1)
        with pytest.raises(RuntimeError, match="not initialised"):
            p.reserve(3)
        with pytest.raises(IndexError):
            p.view(0, 1)
        with pytest.raises(ValueError, match="takes 0 arrays"):
            p.bind([])
        p.unbind()
        with pytest.raises(ValueError, match="no kernel"):
            p.__init__("float64", [BATCH], [("none", (), (), (), True)], [])


# ---- running it ------------------------------------------------------------------------------------


def test_no_instructions():
    for threads in (1, 2):
        assert program().run(None, 0, 5, 2, None, threads) >= 1


def test_no_rows():
    p, _, y = bound()
    p.run(None, 3, 3, 2, None, 2)
    p.run(np.zeros(0, np.int64), 0, 0, 2, None, 2)
    assert np.isnan(y).all()
    p.bind([np.zeros((0, 3)), np.zeros((0, 3))])
    p.run(None, 0, 0, 2, None, 2)
    with pytest.raises(ValueError, match="0 rows, 1 were asked for"):
        p.run(None, 0, 1, 1, None, 1)


@pytest.mark.parametrize(
    ("first", "last", "batch_size"),
    [(-1, 2, 1), (3, 2, 1), (0, 2, 0), (0, 2, -1), (-5, -3, 1), (0, sys.maxsize, 1), (0, 6, 1)],
)
def test_rows_that_are_not_there(first, last, batch_size):
    p, _, y = bound()
    with pytest.raises(ValueError, match="rows"):
        p.run(None, first, last, batch_size, None, 2)
    assert np.isnan(y).all()


@pytest.mark.parametrize("arguments", [(0, 2**70, 1), (0, 1, 2**70), ("0", 1, 1), (0, 1.5, 1)])
def test_rows_that_are_no_numbers(arguments):
    with pytest.raises((TypeError, OverflowError)):
        bound()[0].run(None, *arguments, None, 1)


@pytest.mark.parametrize("batch_size", [5, 6, 2**31, sys.maxsize])
def test_batches_larger_than_the_data(batch_size):
    p, x, y = bound()
    p.run(None, 0, 5, batch_size, None, 2)
    np.testing.assert_array_equal(y, -x)
    assert p.capacity <= 5


@pytest.mark.parametrize("threads", [-1, 0, 1, 2, core.MAX_THREADS, 10**9])
def test_any_number_of_threads(threads):
    p, x, y = bound()
    assert 1 <= p.run(None, 0, 5, 2, None, threads) <= core.MAX_THREADS
    np.testing.assert_array_equal(y, -x)


def test_run_unbound():
    p, x, y = bound()
    p.unbind()
    fresh = negation()
    for q in (p, fresh):
        with pytest.raises(ValueError, match="rows"):
            q.run(None, 0, 1, 1, None, 1)
        with pytest.raises((ValueError, IndexError), match="rows"):
            q.run(np.zeros(1, np.int64), 0, 1, 1, None, 1)
    p.bind([x, y])
    p.run(None, 0, 5, 5, None, 1)
    np.testing.assert_array_equal(y, -x)


@pytest.mark.parametrize("wrong", [-1, 5, HUGE, -HUGE])
@pytest.mark.parametrize("place", [0, 2, 4])
def test_order_out_of_range(wrong, place):
    p, _, y = bound()
    order = np.arange(5)
    order[place] = wrong
    with pytest.raises(IndexError, match="the arrays have 5"):
        p.run(order, 0, 5, 2, None, 2)
    assert np.isnan(y).all()
    if place == 4:  # what is not run is not looked at
        p.run(order, 0, 4, 2, None, 2)


def test_order_shorter_than_asked_for():
    with pytest.raises(ValueError, match="the order has 3 rows, 4 were asked for"):
        bound()[0].run(np.arange(3), 0, 4, 2, None, 1)


def test_order_longer_than_the_results():
    """Results stand where their rows stand in the order, which may name samples more than once."""
    p, x, _ = bound()
    order = np.array([0, 1, 2, 3, 4, 0, 1])
    with pytest.raises(ValueError, match="arrays of 5 rows, 6 were asked for"):
        p.run(order, 0, 6, 2, None, 1)
    y = np.zeros((7, 3))
    p.bind([x, y])
    p.run(order, 0, 7, 2, None, 2)
    np.testing.assert_array_equal(y, -x[order])


@pytest.mark.parametrize(
    "order",
    [
        np.arange(5, dtype=np.int32),
        np.arange(5.0),
        np.arange(10)[::2],
        np.zeros((5, 1), np.int64),
        [0, 1, 2, 3, 4],
        "order",
    ],
)
def test_orders_of_other_kinds(order):
    with pytest.raises((ValueError, TypeError)):
        bound()[0].run(order, 0, 5, 2, None, 1)


def descent(numbers_at=0):
    weight = aligned_matrix(2, 3, "float64")
    weight[...] = 1.0
    gradient = aligned_matrix(2, 3, "float64")
    gradient[...] = 2.0
    buffers = [(2, 0, 3, 8, gradient), (2, 0, 3, 8, weight)]
    return program([("update", (0, 1), (1, numbers_at, 1))], buffers), weight


def test_scalars():
    p, weight = descent(numbers_at=1)
    p.run(None, 0, 5, 2, np.array([[9.0, 1.0], [9.0, 0.5], [9.0, 0.25]]), 2)
    np.testing.assert_array_equal(weight, 1 - 2 * (1 + 0.5 + 0.25))


@pytest.mark.parametrize(
    "scalars",
    [
        None,
        np.zeros((2, 2)),  # for three steps
        np.zeros((0, 2)),
        np.zeros((3, 0)),
        np.zeros((3, 1)),
        np.zeros(3),
        np.zeros((3, 2), np.float32),
        np.zeros((2, 3)).T,
        [[0.0, 0.0]] * 3,
        0.1,
    ],
)
def test_scalars_of_other_shapes(scalars):
    p, weight = descent(numbers_at=1)
    with pytest.raises((ValueError, TypeError)):
        p.run(None, 0, 5, 2, scalars, 1)
    np.testing.assert_array_equal(weight, 1)


def test_scalars_that_nobody_reads():
    p, x, y = bound()
    p.run(None, 0, 5, 2, np.zeros((9, 7)), 1)
    np.testing.assert_array_equal(y, -x)


@pytest.mark.parametrize("batch", [2**40, 2**50, HUGE, sys.maxsize])
def test_no_memory(batch):
    p, x, y = bound()
    with pytest.raises(MemoryError):
        p.reserve(batch)
    with pytest.raises(MemoryError):
        program([("exp", (0, 1))]).run(None, 0, min(batch, HUGE - 1), HUGE, None, 1)
    p.run(None, 0, 5, 5, None, 1)  # it is still what it was
    np.testing.assert_array_equal(y, -x)


def test_a_buffer_without_memory_enough():
    with pytest.raises(MemoryError):
        program(buffers=[(2**39, 0, 2**20, 2**20, None)]).run(None, 0, 1, 1, None, 1)


# ---- looking at it --------------------------------------------------------------------------------


def test_views():
    p, x, y = bound()
    p.run(None, 0, 5, 5, None, 1)
    np.testing.assert_array_equal(p.view(0, 5), x)
    np.testing.assert_array_equal(p.view(1, 3), -x[:3])
    assert p.view(2, 5).shape == (2, 3)
    assert p.view(0, 0).shape == (0, 3)
    p.view(2, 5)[...] = 7
    np.testing.assert_array_equal(p.view(1, 5), y)


@pytest.mark.parametrize("number", [-1, 4, 10**6, -HUGE])
def test_views_of_no_buffer(number):
    p = program()
    p.reserve(3)
    with pytest.raises(IndexError, match="there is no buffer"):
        p.view(number, 3)


@pytest.mark.parametrize("batch", [-1, 4, HUGE])
def test_views_of_other_batches(batch):
    p = program()
    with pytest.raises(ValueError, match="there is room for -1"):
        p.view(0, 1)
    p.reserve(3)
    with pytest.raises(ValueError, match="there is room for 3"):
        p.view(0, batch)


def test_a_view_outlives_its_program():
    p = program()
    p.reserve(3)
    view = p.view(0, 3)
    view[...] = 5.0
    del p
    assert view.sum() == 45


def test_reserve_never_shrinks():
    p = program()
    for batch, capacity in ((3, 3), (2, 3), (-7, 3), (0, 3), (4, 4)):
        p.reserve(batch)
        assert p.capacity == capacity


# ---- binding ---------------------------------------------------------------------------------------

READ, WRITE = np.zeros((5, 3)), np.zeros((5, 3))


@pytest.mark.parametrize(
    ("arrays", "error"),
    [
        ([], "takes 2 arrays, received 0"),
        ([READ], "received 1"),
        ([READ, WRITE, WRITE], "received 3"),
        ([np.zeros((5, 4)), WRITE], "array 0: 3 elements a sample were announced"),
        ([np.zeros(5), WRITE], "array 0: 3 elements a sample"),
        ([np.zeros((5, 3, 2)), WRITE], "array 0: 3 elements a sample"),
        ([READ, np.zeros((5, 2))], "array 1: 3 elements a sample"),
    ],
)
def test_arrays_that_do_not_fit(arrays, error):
    with pytest.raises(ValueError, match=error):
        negation().bind(arrays)


@pytest.mark.parametrize(
    "result",
    [
        np.zeros((5, 3), np.float32),
        np.zeros((5, 6))[:, ::2],
        np.asfortranarray(np.zeros((5, 3))),
        np.broadcast_to(np.zeros(3), (5, 3)),
        np.array(3.0),
    ],
)
def test_results_that_cannot_be_written(result):
    with pytest.raises(TypeError, match="array 1"):
        negation().bind([READ, result])


@pytest.mark.parametrize("array", [None, 3, [[1.0] * 3] * 5, "array", object()])
def test_what_is_no_array(array):
    with pytest.raises((TypeError, AttributeError)):
        negation().bind([array, WRITE])


def test_arrays_of_different_lengths():
    p = program([("gather", (0,), (0,)), ("gather", (1,), (1,))], arrays=[(3, False), (3, False)])
    with pytest.raises(ValueError, match=r"array 1: .* shape is \(4, 3\)"):
        p.bind([np.zeros((5, 3)), np.zeros((4, 3))])


def test_results_shorter_than_the_inputs():
    p = negation()
    y = np.full((3, 3), np.nan)
    p.bind([READ, y])
    p.run(None, 0, 3, 2, None, 1)
    with pytest.raises(ValueError, match="results go to arrays of 3 rows, 5 were asked for"):
        p.run(None, 0, 5, 2, None, 1)


def test_a_failed_bind_changes_nothing():
    p, x, y = bound()
    with pytest.raises(ValueError, match="array 1"):
        p.bind([np.ones((9, 3)), np.zeros((9, 2))])
    p.run(None, 0, 5, 5, None, 1)
    np.testing.assert_array_equal(y, -x)


# ---- one program, two threads ----------------------------------------------------------------------


def test_at_work():
    """Who does not hold the lock is told, rather than the memory taken from under the other thread."""
    # Uses no array, and takes long enough for the other thread to be seen; then it waits.
    p = program([("exp", (0, 1))])
    p.reserve(1)
    running = threading.Thread(target=p.run, args=(None, 0, 2_000_000, 1, None, 1))
    running.start()
    refused = set()
    calls = {
        "run": lambda: p.run(None, 0, 1, 1, None, 1),
        "reserve": lambda: p.reserve(p.capacity + 1),
        "bind": lambda: p.bind([]),
        "unbind": p.unbind,
    }
    while running.is_alive() and len(refused) < len(calls):
        for name, call in calls.items():
            try:
                call()
            except RuntimeError as error:
                assert "at work in another thread" in str(error)  # noqa: PT017
                refused.add(name)
    running.join()
    assert refused == set(calls)
    p.run(None, 0, 1, 1, None, 1)


def test_a_predictor_at_work_while_rows_are_made():
    """Other threads run while what is no array becomes one, and may have begun a call meanwhile."""
    columns = 400_000  # long enough to be seen at work
    p = program(
        [("gather", (0,), (0,)), ("exp", (0, 1)), ("scatter", (1,), (1,))],
        [(0, 1, columns, columns, None)] * 2,
        [(columns, False), (columns, True)],
    )
    x = np.zeros((1, columns))
    predict = Predictor(p, x.shape, np.empty_like(x), 1)
    refused, done = [], threading.Event()

    class Rows:
        made = False

        def __array__(self, dtype=None, copy=None):
            self.made = True
            while True:
                try:
                    predict(x)
                except RuntimeError:
                    return x

    def others():
        while not done.is_set():
            with contextlib.suppress(RuntimeError):
                predict(x)

    running = threading.Thread(target=others)
    running.start()
    for _ in range(20):  # the other thread may end in between, but not every time
        rows = Rows()
        try:
            predict(rows)
        except RuntimeError as error:
            refused += [str(error)] * rows.made
    done.set()
    running.join()
    assert refused
    assert all("make one for each thread" in message for message in refused)


# ---- anything --------------------------------------------------------------------------------------

KERNELS = sorted({*contracts.CONTRACTS, "exp", "exp_grad", "relu", "clip", "softplus_grad", "tanh"})
sizes = st.one_of(st.integers(0, 20), st.sampled_from([-1, 64, 2**31]))


@given(st.data())
def test_whatever_is_accepted_runs(data):
    """Random programs are refused or run; a sanitizer build sees what a plain one may not."""
    shapes = st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(0, 20), st.integers(0, 24))
    buffers = [(*s, None) for s in data.draw(st.lists(shapes, min_size=1, max_size=4))]
    number = st.integers(-1, len(buffers) - 1)
    name = data.draw(st.sampled_from(KERNELS))
    operands = data.draw(st.lists(number, min_size=1, max_size=5))
    integers = data.draw(st.lists(st.integers(-1, 17), max_size=4))
    arrays = data.draw(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=2))
    try:
        p = Program("float32", buffers, [(name, operands, integers, (0.5, 1.5), True)], arrays)
    except ValueError as error:
        assert str(error).startswith(("kernel", "buffer"))  # noqa: PT017
        return
    p.bind([np.zeros((5, elements), np.float32) for elements, _ in arrays])
    p.run(None, 0, 5, data.draw(st.integers(1, 7)), np.ones((5, 30)), data.draw(st.integers(1, 3)))


def test_random_programs_are_not_all_refused():
    """What hypothesis draws above is accepted often enough to mean something."""
    rng = np.random.default_rng(0)
    accepted = set()
    for _ in range(3000):
        name = KERNELS[rng.integers(len(KERNELS))]
        columns = [int(n) for n in rng.choice([1, 3], 4)]
        buffers = [
            (0, 1, n, 8, None) if rng.random() < 0.6 else (3, 0, n, 8, None) for n in columns
        ]
        operands = [int(i) for i in rng.integers(-1, 4, rng.integers(1, 5))]
        try:
            p = program([(name, operands, (0,))], buffers, [(3, False)])
        except ValueError:
            continue
        p.bind([np.zeros((5, 3))])
        p.run(None, 0, 5, 2, None, 2)
        accepted.add(name)
    assert len(accepted) > 10
