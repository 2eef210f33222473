"""Arrays as data: what is taken as it is, what is converted, what is refused; splits and weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymlp.data import Samples, as_array, class_weights_to_sample_weights, split_off

KINDS = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"]


class TestAsArray:
    @pytest.mark.parametrize("kind", KINDS)
    def test_real_arrays_are_taken_as_they_are(self, kind):
        array = np.ones((4, 3), kind)
        for view in (array, np.asfortranarray(array), array[::2, ::-1], array[:, 0]):
            assert as_array(view, "x", "fit") is view

    def test_read_only_and_memory_mapped_arrays_are_taken_as_they_are(self, tmp_path):
        array = np.arange(6.0).reshape(3, 2)
        array.flags.writeable = False
        assert as_array(array, "x", "fit") is array
        np.save(tmp_path / "x.npy", array)
        mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
        assert np.shares_memory(as_array(mapped, "x", "fit"), mapped)

    @pytest.mark.parametrize("kind", [">f4", ">f8", ">i4", ">u2", ">f2", np.longdouble])
    def test_what_the_engine_cannot_read_is_converted(self, kind):
        array = np.arange(6).reshape(3, 2).astype(kind)
        found = as_array(array, "x", "fit")
        np.testing.assert_array_equal(found, [[0, 1], [2, 3], [4, 5]])
        assert found.dtype.isnative
        assert found.dtype != np.longdouble or np.dtype(np.longdouble).itemsize == 8

    def test_integers_beyond_float64_keep_their_value(self):
        array = np.array([2**53 + 1, -(2**53) - 1]).astype(">i8")
        assert as_array(array, "x", "fit").tolist() == [2**53 + 1, -(2**53) - 1]

    def test_many_axes(self):
        array = np.arange(24.0).reshape(2, 1, 2, 1, 1, 2, 1, 1, 3)
        assert as_array(array, "x", "fit").size == 24
        np.testing.assert_array_equal(as_array(array, "x", "fit").ravel(), array.ravel())

    def test_lists(self):
        np.testing.assert_array_equal(as_array([[1, 2], [3, 4]], "x", "fit"), [[1, 2], [3, 4]])
        assert as_array([True, False], "x", "fit").dtype == bool

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            (None, "x is missing"),
            ([[1, 2], [3]], r"x cannot be made an array .*rows of equal length\?"),
            (["a"], r"x should hold numbers or booleans, received an array of <U1. Convert it"),
            (np.array([None]), "x should hold numbers or booleans, received an array of object"),
            (np.array([1j]), "received an array of complex128"),
            (np.array(["2020-01-01"], "M8[D]"), r"received an array of datetime64\[D\]"),
            (3.0, "x should have an axis of samples, received the single number 3.0"),
            (np.empty((0, 4)), r"x is empty: its shape is \(0, 4\)"),
            ([], r"x is empty"),
        ],
    )
    def test_what_is_refused(self, wrong, message):
        with pytest.raises(ValueError, match=f"^fit: .*{message}"):
            as_array(wrong, "x", "fit")


class TestSamples:
    def test_arrays_are_those_there_are(self):
        x, y, w = np.ones((3, 2)), np.ones(3), np.ones(3)
        assert [len(Samples.of(*given, "fit").arrays) for given in
                [(x, None, None), (x, y, None), (x, y, w)]] == [1, 2, 3]  # fmt: skip
        assert len(Samples.of(x, y, w, "fit")) == 3

    def test_slices_are_views(self):
        x, y, w = np.ones((5, 2)), np.arange(5), np.arange(5.0)
        part = Samples.of(x, y, w, "fit")[1:3]
        assert [len(array) for array in part.arrays] == [2, 2, 2]
        for array, whole in zip(part.arrays, (x, y, w), strict=True):
            assert np.shares_memory(array, whole)
        assert Samples.of(x, None, None, "fit")[1:3].y == ()

    def test_weights_keep_their_axes(self):
        samples = Samples.of(np.ones((3, 2)), np.ones(3), [[1], [2], [3]], "fit")
        assert samples.sample_weight[0].tolist() == [[1], [2], [3]]
        assert samples.form.weights == ((None, 1),)

    @pytest.mark.parametrize(
        ("y", "weight", "message"),
        [
            (np.ones(4), None, "x has 3 samples and y has 4; they should be the same samples"),
            (np.ones(3), np.ones(2), r"sample_weight should have shape \(3,\), .*received \(2,\)"),
            (np.ones(3), np.ones((2, 3)), r"shape \(3,\), one number a sample, received \(2, 3\)"),
            (np.ones(3), [1, np.nan, 1], "sample_weight holds NaN or infinity"),
            (np.ones(3), [1, np.inf, 1], "sample_weight holds NaN or infinity"),
            (np.ones(3), ["a", "b", "c"], "sample_weight should hold numbers"),
        ],
    )
    def test_what_is_refused(self, y, weight, message):
        with pytest.raises(ValueError, match=f"^evaluate: .*{message}"):
            Samples.of(np.ones((3, 2)), y, weight, "evaluate")


class TestSplitOff:
    @given(n=st.integers(2, 300), fraction=st.floats(0.001, 0.999))
    def test_the_last_part_is_split_off(self, n, fraction):
        samples = Samples.of(np.arange(n), np.arange(n), None, "fit")
        try:
            first, last = split_off(samples, fraction)
        except ValueError:
            assert int(n * (1 - fraction)) in (0, n)
            return
        assert first.x[0].tolist() + last.x[0].tolist() == list(range(n))
        # Keras's rule to the sample: the first part is rounded down.
        assert len(first) == int(n * (1.0 - fraction))

    @pytest.mark.parametrize(
        ("n", "fraction", "first"), [(10, 0.2, 8), (7, 0.5, 3), (3, np.float32(0.1), 2)]
    )
    def test_by_hand(self, n, fraction, first):
        samples = Samples.of(np.arange(n), None, None, "fit")
        assert [len(part) for part in split_off(samples, fraction)] == [first, n - first]

    @pytest.mark.parametrize("fraction", [1, 1.5, -0.1, "0.2", np.nan, None])
    def test_what_is_no_fraction_is_refused(self, fraction):
        with pytest.raises(
            ValueError, match=r"^fit: validation_split should be a number between 0"
        ):
            split_off(Samples.of(np.ones(5), None, None, "fit"), fraction)

    @pytest.mark.parametrize(("n", "fraction"), [(1, 0.5), (5, 0.9)])
    def test_a_part_may_not_be_empty(self, n, fraction):
        with pytest.raises(ValueError, match=rf"^fit: {n} samples cannot be split by .*{fraction}"):
            split_off(Samples.of(np.ones(n), None, None, "fit"), fraction)


class TestClassWeights:
    @pytest.mark.parametrize(
        "y",
        [
            np.array([0, 2, 1, 2]),
            np.array([[0], [2], [1], [2]]),
            np.array([0.0, 2.0, 1.0, 2.0]),
            np.eye(3)[[0, 2, 1, 2]],
            np.array([0, 2, 1, 2], np.uint8),
        ],
    )
    def test_every_form_of_classes(self, y):
        assert class_weights_to_sample_weights(y, {0: 0.5, 2: 3}).tolist() == [0.5, 3, 1, 3]

    def test_booleans(self):
        y = np.array([True, False])
        assert class_weights_to_sample_weights(y, {0: 2, 1: 5}).tolist() == [5, 2]

    @pytest.mark.parametrize(
        ("weights", "message"),
        [
            ([1, 2], "class_weight should be a dict of class numbers to weights"),
            ({0: np.nan}, "class_weight should map class numbers to finite weights, received 0: n"),
            ({0: "a"}, "finite weights, received 0: 'a'"),
            ({"cat": 1}, "finite weights, received 'cat': 1"),
        ],
    )
    def test_what_is_refused(self, weights, message):
        with pytest.raises(ValueError, match=f"^fit: .*{message}"):
            class_weights_to_sample_weights(np.array([0, 1]), weights)

    def test_rows_of_rows_are_refused(self):
        with pytest.raises(ValueError, match=r"y of one or two axes, received shape \(2, 2, 2\)"):
            class_weights_to_sample_weights(np.ones((2, 2, 2)), {0: 1})
