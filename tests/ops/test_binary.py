"""Functions of two and three tensors, with broadcasting."""

import numpy as np
import pytest
from evaluation import check_gradients, evaluations
from hypothesis import given
from hypothesis import strategies as st
from reference import ARITHMETIC, COMPARISONS, assert_close, assert_same_bits

from pymlp import ops
from pymlp.graph.tensor import input_tensor
from pymlp.ops import elementwise
from pymlp.ops.elementwise import BINARY as OPERATIONS

SIZES = st.sampled_from([1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33])

# Shapes that go together: n is the number of rows or samples, k that of columns.
FORMS = {
    "same": lambda n, k: ((n, k), (n, k)),
    "one number": lambda n, k: ((n, k), ()),
    "number of rank 1": lambda n, k: ((n, k), (1,)),
    "number of rank 2": lambda n, k: ((n, k), (1, 1)),
    "row": lambda n, k: ((n, k), (k,)),
    "row of rank 2": lambda n, k: ((n, k), (1, k)),
    "column": lambda n, k: ((n, k), (n, 1)),
    "column against row": lambda n, k: ((n, 1), (1, k)),
    "vectors": lambda n, k: ((n,), (n,)),
    "vector and number": lambda n, k: ((n,), ()),
    "matrices": lambda n, k: ((n, 3, k), (3, k)),
    "matrices and row": lambda n, k: ((n, 3, k), (k,)),
    "matrices and 1 x 3 x k": lambda n, k: ((n, 3, k), (1, 3, k)),
    "matrices and column": lambda n, k: ((n, 3, k), (3, 1)),
    "matrices and columns": lambda n, k: ((n, 3, k), (n, 3, 1)),
    "four axes": lambda n, k: ((n, 2, 3, k), (2, 3, k)),
}
# A gradient adds up what was repeated; one form of that is announced as missing.
NO_GRADIENT = {"matrices and column"}


def operands(form, n, k, dtype, seed=0, integers=False):
    rng = np.random.default_rng(seed)
    shapes = FORMS[form](n, k)
    if integers:  # so that some are equal
        return [np.asarray(rng.integers(-2, 3, shape) if shape else 0, dtype) for shape in shapes]
    # Away from 0, for what is divided by; and apart from one another, for what is compared.
    a, b = (rng.uniform(1, 2, shape) * rng.choice([-1, 1], shape) for shape in shapes)
    return [np.asarray(np.round(a, 1), dtype), np.asarray(np.round(b, 1) + 0.05, dtype)]


def ways(a, b):
    """Which operands can be fed with samples: those whose first axis is that of the result."""
    whole = [i for i, x in enumerate((a, b)) if x.ndim == max(a.ndim, b.ndim) and x.shape[0] > 1]
    return [[], whole] if whole else [[]]


def test_every_function_has_a_formula():
    # Powers are compared in test_functions.py, of numbers that have them.
    assert {*ARITHMETIC, *COMPARISONS, "power"} == set(OPERATIONS)


def check_values(name, form, n, k, dtype):
    formula = {**ARITHMETIC, **COMPARISONS}[name]
    a, b = operands(form, n, k, dtype, n * 64 + k)
    for x, y in ((a, b), (b, a)):
        expected = formula(x.astype(np.float64), y.astype(np.float64)) * 1.0
        scale = np.abs(x.astype(np.float64)) + np.abs(y) if name in ("add", "subtract") else None
        for fed in ways(x, y):
            for result in evaluations(getattr(elementwise, name), x, y, fed=fed):
                assert result.dtype == dtype
                assert_close(result, expected, scale=scale)


@pytest.mark.parametrize("form", list(FORMS))
@pytest.mark.parametrize("name", ["subtract", "divide", "less"])
def test_values(name, form, dtype):
    check_values(name, form, 37, 19, dtype)


@given(
    name=st.sampled_from([*ARITHMETIC, *COMPARISONS]),
    form=st.sampled_from(list(FORMS)),
    n=SIZES,
    k=SIZES,
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_values_of_any_size(name, form, n, k, dtype):
    check_values(name, form, n, k, dtype)


@pytest.mark.parametrize("name", list(COMPARISONS))
@pytest.mark.parametrize("form", ["same", "row", "column", "one number", "vectors"])
def test_comparisons_of_equal_numbers(name, form, dtype):
    a, b = operands(form, 7 if form != "vectors" else 61, 19, dtype, seed=3, integers=True)
    expected = COMPARISONS[name](a, b)
    assert 0 < expected.mean() < 1, "the test's own data must tell the cases apart"
    for fed in ways(a, b):
        for result in evaluations(getattr(elementwise, name), a, b, fed=fed):
            assert_same_bits(result, expected.astype(dtype))


SPECIAL = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 1e-40, 3e38])


@pytest.mark.parametrize("name", [*ARITHMETIC, *COMPARISONS])
def test_nan_and_infinity(name, dtype):
    """Every pair of special values; a NaN in either place stays one, and compares as in NumPy."""
    a, b = (x.astype(dtype) for x in np.meshgrid(SPECIAL, SPECIAL))
    with np.errstate(all="ignore"):
        expected = {**ARITHMETIC, **COMPARISONS}[name](a, b).astype(dtype)
    for result in evaluations(getattr(elementwise, name), a, b, fed=[0, 1]):
        # The angle is another library's: a unit in the last place.
        unit = float(np.finfo(dtype).eps) if name == "arctan2" else 0
        np.testing.assert_allclose(result, expected, rtol=unit, atol=0)


@pytest.mark.parametrize("form", [form for form in FORMS if form not in NO_GRADIENT])
@pytest.mark.parametrize("name", list(ARITHMETIC))
def test_gradient_by_differences(name, form):
    a, b = operands(form, 3, 2, "float64")
    for x, y in ((a, b), (b, a)):
        for fed in ways(x, y):
            check_gradients(getattr(elementwise, name), x, y, fed=fed)


@pytest.mark.parametrize("form", sorted(NO_GRADIENT))
def test_gradients_of_columns_and_rows(form):
    a, b = operands(form, 3, 5, "float64")
    check_gradients(ops.multiply, a, b)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_equal_elements_share_the_gradient(name):
    from evaluation import run

    from pymlp.graph.gradient import gradients
    from pymlp.variables import Variable

    a, b = Variable(np.array([1.0, 2.0, 3.0])), Variable(np.array([2.0, 2.0, 2.0]))
    y = ops.sum(getattr(elementwise, name)(a, b.tensor))
    da, db = run(gradients(y, [a.tensor, b.tensor]))
    np.testing.assert_array_equal(da if name == "maximum" else db, [0, 0.5, 1])
    np.testing.assert_array_equal(db if name == "maximum" else da, [1, 0.5, 0])


@pytest.mark.parametrize("name", list(COMPARISONS))
def test_comparisons_have_no_gradient(name):
    a, b = operands("same", 3, 4, "float64")
    for gradient in check_gradients(lambda x, y: getattr(elementwise, name)(x, y), a, b):
        np.testing.assert_array_equal(gradient, 0)


@pytest.mark.parametrize(
    "shapes",
    [
        ((5, 7), (5, 7), (5, 7)),
        ((5, 1), (5, 7), (7,)),
        ((5, 7), (), ()),
        ((5, 7), (5, 1), (1, 7)),
        ((7,), (5, 7), (5, 7)),
        ((19,), (19,), (19,)),
        ((19,), (), (19,)),
        ((33, 2, 17), (17,), (33, 2, 1)),
    ],
)
def test_where(shapes, dtype, rng):
    condition = rng.integers(0, 2, shapes[0]).astype(dtype)
    condition[condition == 1] = rng.choice([1.0, -3.0, 1e-40, np.nan], int(condition.sum()))
    a, b = (rng.normal(size=shape).astype(dtype) for shape in shapes[1:])
    expected = np.where(condition != 0, a, b)
    rank = expected.ndim
    fed = [
        i
        for i, shape in enumerate(shapes)
        if len(shape) == rank and shape[0] == expected.shape[0] > 1
    ]
    for way in ([], fed):
        for result in evaluations(ops.where, condition, a, b, fed=way):
            assert_same_bits(result, expected)


def test_where_gradient(rng):
    condition = rng.integers(0, 2, (4, 5)) * 1.0
    a, b = rng.normal(size=(2, 4, 5))
    check_gradients(ops.where, condition, a, b)
    check_gradients(ops.where, condition, a, b, fed=[0, 1, 2])
    check_gradients(ops.where, condition, a[0], b[:, :1])


def test_where_hides_what_is_not_chosen():
    """The other branch's NaN must not reach the result or its gradient."""
    condition, bad = np.array([1.0, 0.0]), np.array([2.0, np.nan])
    np.testing.assert_array_equal(ops.where(condition, bad, 7.0), [2, 7])


@pytest.mark.parametrize(
    ("a", "b"), [((2, 3), (2,)), ((None, 3), (5, 3)), ((None,), (5,)), ((3, 2), (3, 4))]
)
def test_shapes_that_do_not_go_together(a, b):
    x, y = (input_tensor(shape, "float32", "x") for shape in (a, b))
    with pytest.raises(ValueError, match=r"add: shapes .* do not go together"):
        ops.add(x, y)


def test_samples_against_a_later_axis():
    x = input_tensor((None,), "float32", "x")
    y = input_tensor((None, 3), "float32", "y")
    with pytest.raises(ValueError, match="do not go together"):
        ops.multiply(x, y)


@pytest.mark.parametrize(
    "shapes", [((2, 3, 4), (2, 1, 4)), ((3, 1, 4), (1, 2, 4)), ((2, 3, 2, 4), (3, 1, 4))]
)
def test_axis_repeated_between_others(shapes, rng):
    """Right, or refused; never a wrong result."""
    a, b = (rng.normal(size=shape) for shape in shapes)
    try:
        result = ops.add(a, b)
    except (ValueError, NotImplementedError):
        return
    assert_same_bits(result, a + b)


def test_widest_type_wins():
    assert ops.add(np.ones(2, np.float64), np.ones(2, np.float32)).dtype == np.float64


def test_widest_type_wins_in_any_place():
    assert ops.add(np.ones(2, np.float32), np.ones(2, np.float64)).dtype == np.float64
