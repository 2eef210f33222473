"""Gathering batches from the caller's arrays: every type, every layout, any order."""

import numpy as np
import pytest
from evaluation import Graph, feed
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from reference import assert_same_bits

from pymlp import ops
from pymlp._engine.core import Program, is_readable
from pymlp.graph.tensor import input_tensor

TYPES = ["?", "b", "B", "h", "H", "i", "I", "l", "L", "q", "Q", "e", "f", "d"]


def gathered(array, dtype, *, reshaped=(), **how):
    """What a program gathers from an array, in the array's shape or a reshaped one."""
    leaf = input_tensor((None, *array.shape[1:]), dtype, "x")
    y = ops.reshape(leaf, (None, *reshaped)) if reshaped else leaf
    return Graph([y], [leaf]).run(array, **how)[0]


def check(array, dtype="float64", **how):
    expected = np.ascontiguousarray(array.astype(dtype))
    for threads, batch_size in ((1, None), (2, 16), (1, 7)):
        assert_same_bits(
            gathered(array, dtype, threads=threads, batch_size=batch_size, **how), expected
        )


def numbers(char, shape, seed=0):
    """Random numbers over the whole range of a type, the ends included."""
    rng = np.random.default_rng(seed)
    kind = np.dtype(char)
    if kind.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if kind.kind in "iu":
        info = np.iinfo(kind)
        x = rng.integers(info.min, info.max, shape, dtype=kind, endpoint=True)
        x.flat[:2] = info.min, info.max
        return x
    x = rng.normal(size=shape).astype(kind)
    x.flat[:6] = (
        np.nan,
        np.inf,
        -np.inf,
        -0.0,
        np.finfo(kind).smallest_subnormal,
        np.finfo(kind).max,
    )
    return x


@pytest.mark.parametrize("char", TYPES)
def test_types(char, dtype):
    x = numbers(char, (37, 19))
    with np.errstate(over="ignore"):
        check(x, dtype)
        check(x[:, 3], dtype)
        check(x[:, ::3], dtype)


def test_every_half_precision_number(dtype):
    x = np.arange(2**16, dtype=np.uint16).view(np.float16).reshape(512, 128)
    y = gathered(x, dtype)
    numbers = ~np.isnan(x)
    assert np.isnan(y[~numbers]).all()
    assert_same_bits(y[numbers], x[numbers].astype(dtype))


LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "every other column": lambda x: np.repeat(x, 2, -1)[..., ::2],
    "every other row": lambda x: np.repeat(x, 2, 0)[::2],
    "columns backwards": lambda x: np.ascontiguousarray(x[..., ::-1])[..., ::-1],
    "rows backwards": lambda x: np.ascontiguousarray(x[::-1])[::-1],
    "one row again and again": lambda x: np.broadcast_to(x[:1], x.shape),
    "one column again and again": lambda x: np.broadcast_to(x[..., :1], x.shape),
    "axes turned": lambda x: np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 0, -1)), -1, 0),
    "part of a larger array": lambda x: np.pad(x, 1)[(slice(1, -1),) * x.ndim],
}


@pytest.mark.parametrize("name", list(LAYOUTS))
@pytest.mark.parametrize("shape", [(37, 19), (37,), (37, 5, 4), (9, 2, 3, 4)])
@pytest.mark.parametrize("char", ["B", "f", "d"])
def test_layouts(name, shape, char):
    x = LAYOUTS[name](numbers(char, shape))
    assert x.shape == shape
    check(x)
    if len(shape) > 2:  # as Flatten does it: straight into rows
        flat = gathered(x, "float64", reshaped=(int(np.prod(shape[1:])),), threads=2, batch_size=5)
        assert_same_bits(flat, x.astype(np.float64).reshape(len(x), -1))


def test_read_only_array():
    x = numbers("B", (37, 19))
    x.flags.writeable = False
    check(x)


def test_memory_mapped_file(tmp_path):
    x = numbers("f", (37, 19))
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert isinstance(mapped, np.memmap)
    check(mapped)


def test_field_of_records_is_not_aligned():
    records = np.zeros(37, dtype=[("mark", "u1"), ("x", "f8", (5,)), ("y", "i4")])
    records["x"], records["y"] = numbers("d", (37, 5)), numbers("i", 37)
    assert not records["x"].flags.aligned
    check(records["x"])
    check(records["y"])


@given(
    hnp.arrays(
        st.sampled_from([np.uint8, np.int64, np.float32, np.float16]),
        hnp.array_shapes(min_dims=1, max_dims=5, max_side=7),
        elements={"min_value": 0, "max_value": 100},
    ),
    st.data(),
)
def test_any_view(array, data):
    slices = hnp.basic_indices(
        array.shape, max_dims=array.ndim, allow_ellipsis=False, allow_newaxis=False
    )
    view = array[data.draw(slices)]
    if view.ndim < 1 or view.size == 0:
        return
    axes = data.draw(st.permutations(range(view.ndim)))
    check(view.transpose(axes))


@given(
    rows=st.sampled_from([1, 2, 15, 16, 17, 61]),
    batch_size=st.integers(1, 70),
    threads=st.integers(1, 3),
)
def test_order(rows, batch_size, threads):
    x = numbers("d", (rows, 7), rows) if rows > 1 else np.ones((1, 7))
    order = np.random.default_rng(batch_size).permutation(rows)
    how = {"threads": threads, "batch_size": batch_size}
    assert_same_bits(gathered(x, "float64", order=order, **how), x[order])
    again = np.concatenate([order, order[:1], order[:1]])  # a sample may come more than once
    assert_same_bits(gathered(x, "float64", order=again, **how), x[again])


def test_part_of_the_rows():
    x = np.arange(40.0).reshape(20, 2)
    leaf, _ = feed(x)
    graph = Graph([ops.negative(leaf)], [leaf])
    result = np.zeros((20, 2))
    program = graph.lowered.program
    program.bind([x, result])
    program.run(None, 5, 12, 3, None, 2)
    np.testing.assert_array_equal(result[5:12], -x[5:12])
    np.testing.assert_array_equal(np.delete(result, range(5, 12), 0), 0)


def test_several_arrays_of_different_types():
    a, b, c = numbers("B", (37, 3)), numbers("f", (37,)), numbers("h", (37, 2, 2))
    leaves = [input_tensor((None, *x.shape[1:]), "float64", "x") for x in (a, b, c)]
    order = np.random.default_rng(0).permutation(37)
    results = Graph([ops.negative(x) for x in leaves], leaves).run(
        a, b, c, order=order, batch_size=8, threads=2
    )
    for result, x in zip(results, (a, b, c), strict=True):
        assert_same_bits(result, -x.astype(np.float64)[order])


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((3, 2), "complex64"),
        np.zeros((3, 2), ">f4"),
        np.zeros((3, 2), np.longdouble),
        np.zeros((3, 2), "U3"),
        np.zeros((3, 2), object),
        np.zeros((3, 2), "M8[s]"),
        np.zeros((1,) * 9),
    ],
)
def test_what_cannot_be_read(array):
    """Python converts such arrays beforehand; given one nevertheless, the engine refuses."""
    assert not is_readable(array)
    leaf = input_tensor((None, 2), "float64", "x")
    with pytest.raises(TypeError, match="array 0: cannot be read as it stands"):
        Graph([ops.negative(leaf)], [leaf]).lowered.program.bind([array, np.zeros((3, 2))])


def test_callers_arrays_are_let_go():
    import sys

    x = np.ones((3, 2))
    program = Program(
        "float64", [(0, 1, 2, 8, None)], [("gather", (0,), (0,), (), True)], [(2, False)]
    )
    before = sys.getrefcount(x)
    program.bind([x])
    assert sys.getrefcount(x) == before + 1, "while it is bound, it must not be freed"
    program.unbind()
    assert sys.getrefcount(x) == before
