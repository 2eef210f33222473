"""Every loss: its formula, its gradient, Keras's numbers, its class, and what it says of wrong shapes."""

import copy
import inspect
import os
import pickle

import numpy as np
import pytest
from evaluation import check_gradients, evaluations
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import assert_close

import pymlp
from pymlp import losses, ops, saving

from .cases import CASES

EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
# No constant of these formulas is greater than MAPE's 100; what a result is made of has its size, or 1.
ROUNDINGS = 10


def test_the_list_is_whole():
    public = {
        name for name in losses.__all__ if name not in ("Loss", "LossFunctionWrapper", "get")
    } - {"serialize", "deserialize"}
    assert public == {name for case in CASES for name in (case.function, case.cls)}


def of(case):
    return lambda y_true, y_pred: getattr(losses, case.function)(y_true, y_pred, **case.arguments)


@EACH
@pytest.mark.parametrize("shape", [(9, 5), (1, 2), (8, 3, 4)])
def test_formula(case, shape, dtype, rng):
    y_true, y_pred = (x.astype(dtype) for x in case.data(rng, shape))
    wide = [x.astype(np.float64) for x in (y_true, y_pred)]
    expected = np.asarray(case.formula(*wide, **case.arguments))
    scale = np.abs(expected) + (100 if "percentage" in case.name else 1)
    if case.arguments.get("axis", -1) is None or case.function in ("dice", "tversky"):
        # One number a batch: in one batch.
        results = [of(case)(y_true, y_pred)]
    else:
        results = evaluations(of(case), y_true, y_pred, fed=[0, 1])
    for result in results:
        assert result.dtype == dtype
        assert_close(result, expected, scale=scale, k=int(np.prod(shape)), constant=ROUNDINGS)


@EACH
@pytest.mark.parametrize("shape", [(4, 3), (2, 2, 3)])
def test_gradient(case, shape, rng):
    def function(y_true, y_pred):
        result = of(case)(y_true, y_pred)
        return ops.reshape(result, (1,)) if result.shape == () else result

    y_true, y_pred = case.data(rng, shape)
    check_gradients(function, y_true, y_pred, fed=[0, 1], fixed=[0])


@EACH
def test_no_rows(case):
    shape = (0, 3)
    y_true, y_pred = case.data(np.random.default_rng(0), (2, 3))
    y_true, y_pred = y_true[:0], y_pred[:0]
    result = of(case)(y_true, y_pred)
    assert result.shape in ((0,), ())
    assert shape[0] == 0
    assert getattr(losses, case.cls)(**case.arguments)(y_true, y_pred).size in (0, 1)


@EACH
def test_class(case, rng):
    """The class has the function's arguments and hands them on; it can be copied, written down and read."""
    y_true, y_pred = case.data(rng, (6, 3))
    weights = rng.uniform(size=6)
    loss = getattr(losses, case.cls)(dtype="float64", **case.arguments)
    for name, value in case.arguments.items():
        assert getattr(loss, name) == value
    values = of(case)(y_true, y_pred)
    counts = np.ones(6)
    if case.arguments.get("ignore_class") is not None:
        counts = y_true != case.arguments["ignore_class"]
    np.testing.assert_allclose(
        loss(y_true, y_pred), values.sum() / counts.sum() if values.ndim else values
    )
    if values.ndim:
        expected = (values * weights).sum() / counts.sum()
        np.testing.assert_allclose(loss(y_true, y_pred, sample_weight=weights), expected)
    config = losses.serialize(loss)
    assert config["module"] == "keras.losses"
    for again in (
        losses.deserialize(config),
        saving.deserialize_object(saving.serialize_object(loss)),
        pickle.loads(pickle.dumps(loss)),
        copy.deepcopy(loss),
    ):
        assert type(again) is type(loss)
        assert again.get_config() == loss.get_config()
        np.testing.assert_allclose(again(y_true, y_pred), loss(y_true, y_pred), rtol=1e-6)


@EACH
def test_names(case):
    function, cls = getattr(losses, case.function), getattr(losses, case.cls)
    assert losses.get(case.function) is function
    assert isinstance(losses.get(case.cls), cls)
    arguments = list(inspect.signature(function).parameters)[2:]
    of_class = list(inspect.signature(cls).parameters)
    assert set(arguments) == set(of_class) - {"reduction", "name", "dtype"}


@EACH
def test_trains(case, rng):
    """As a loss of compile: checked, traced, differentiated, and less after some steps."""
    y_true, _ = case.data(rng, (24, 3))
    x = rng.normal(size=(24, 4)).astype("float32")
    model = pymlp.Sequential([pymlp.Input((4,)), pymlp.layers.Dense(3, activation="sigmoid")])
    loss = getattr(losses, case.cls)(**case.arguments)
    model.compile(optimizer="adam", loss=loss)
    before = model.evaluate(x, y_true, batch_size=24, verbose=0)
    expected = loss(y_true, model.predict(x, verbose=0))
    assert before == pytest.approx(float(expected), rel=1e-5)
    model.fit(x, y_true, epochs=12, batch_size=24, verbose=0)
    assert model.evaluate(x, y_true, batch_size=24, verbose=0) < before


@EACH
def test_shapes_that_differ(case, rng):
    y_true, y_pred = case.data(rng, (4, 3))
    with pytest.raises(ValueError, match=rf"{case.function} expected y_true of .*received y_true"):
        of(case)(y_true[:2], y_pred)


class TestMask:
    def test_mean_is_over_what_counts(self):
        y_true, y_pred = [1, -1, 0], [[0.25, 0.75], [0.5, 0.5], [0.5, 0.5]]
        loss = losses.SparseCategoricalCrossentropy(ignore_class=-1, dtype="float64")
        each = -np.log([0.75, 0.5])
        assert loss(y_true, y_pred) == pytest.approx(each.mean())
        weighted = loss(y_true, y_pred, sample_weight=[2.0, 5.0, 1.0])
        assert weighted == pytest.approx((each * [2, 1]).sum() / 2)
        for reduction, expected in (("sum", each.sum()), ("mean_with_sample_weight", each.mean())):
            loss = losses.SparseCategoricalCrossentropy(
                ignore_class=-1, reduction=reduction, dtype="float64"
            )
            assert loss(y_true, y_pred) == pytest.approx(expected)

    def test_nothing_counts(self):
        loss = losses.SparseCategoricalCrossentropy(ignore_class=-1)
        assert loss([-1, -1], [[0.25, 0.75], [0.5, 0.5]]) == 0.0

    def test_ignored_targets_may_be_out_of_range(self):
        loss = losses.SparseCategoricalCrossentropy(ignore_class=255)
        loss.check_targets(np.array([0, 255, 1]), (None, 2), output_name="out")
        with pytest.raises(ValueError, match=r"received y\[1\] = 254"):
            loss.check_targets(np.array([0, 254, 1]), (None, 2), output_name="out")


class TestPinball:
    def test_several_quantiles(self, rng):
        y_true, y_pred = rng.normal(size=(7, 1)), rng.normal(size=(7, 3))
        quantiles = [0.1, 0.5, 0.9]
        expected = np.mean(
            [losses.pinball(y_true, y_pred[:, i : i + 1], q) for i, q in enumerate(quantiles)], 0
        )
        for targets in (y_true, y_true[:, 0]):
            for result in evaluations(
                lambda t, p: losses.pinball(t, p, quantiles), targets, y_pred, fed=[0, 1]
            ):
                np.testing.assert_allclose(result, expected, rtol=1e-12)
        losses.Pinball(quantiles).check_targets(y_true, (None, 3), output_name="out")
        with pytest.raises(ValueError, match="a unit for each quantile"):
            losses.pinball(y_true, y_pred[:, :2], quantiles)

    def test_is_least_at_the_quantile(self, rng):
        y = rng.normal(size=1001)
        at = [losses.Pinball(0.8)(y, np.full_like(y, q)) for q in np.quantile(y, [0.7, 0.8, 0.9])]
        assert at[1] < min(at[0], at[2])

    @pytest.mark.parametrize("quantile", [0, 1.0, -0.5, [0.5, 2], [], [[0.5]]])
    def test_quantiles_out_of_range(self, quantile):
        with pytest.raises(ValueError, match="quantile to be a number between 0 and 1"):
            losses.Pinball(quantile)


@pytest.mark.parametrize("q", [0, 1, -1])
def test_q_out_of_range(q):
    with pytest.raises(ValueError, match="q to be between 0 and 1"):
        losses.CategoricalGeneralizedCrossEntropy(q)


@pytest.fixture(scope="module")
def keras():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras", reason="Keras is not installed")


class TestAgainstKeras:
    @EACH
    @settings(max_examples=5)  # Keras compiles every operation anew for every shape
    @given(
        rows=st.integers(1, 6),
        columns=st.integers(1, 5),
        seed=st.integers(0, 1000),
        reduction=st.sampled_from(["sum_over_batch_size", "sum", "mean_with_sample_weight"]),
    )
    def test_random_shapes(self, keras, case, rows, columns, seed, reduction):
        if case.own:
            assert not hasattr(keras.losses, case.cls)
            return
        shape = (rows, max(columns, case.least_columns))
        data = case.data(np.random.default_rng(seed), shape)
        y_true, y_pred = (x.astype(np.float32) for x in data)
        weights = np.random.default_rng(seed).uniform(size=rows).astype(np.float32)
        ours, theirs = (
            getattr(library.losses, case.cls)(reduction=reduction, **case.arguments)(
                y_true, y_pred, sample_weight=weights
            )
            for library in (pymlp, keras)
        )
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)

    @EACH
    def test_configuration(self, keras, case):
        if case.own:
            return
        ours = getattr(losses, case.cls)(**case.arguments)
        theirs = getattr(keras.losses, case.cls)(**case.arguments)
        # Keras leaves some arguments out of its configuration; it reads them all the same.
        assert theirs.get_config().items() <= ours.get_config().items()
        if case.cls == "CategoricalGeneralizedCrossEntropy":
            return  # Keras has forgotten it in the table it reads from
        read = keras.losses.deserialize(losses.serialize(ours))
        assert type(read) is type(theirs)
        assert type(losses.deserialize(keras.losses.serialize(theirs))) is type(ours)
