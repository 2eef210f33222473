"""Every loss: its formula, its gradient, Keras's numbers, its class, and what it says of wrong shapes."""

import copy
import inspect
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
    if case.alone:
        shape = (shape[0], int(np.prod(shape[1:])))
    y_true, y_pred = (x.astype(dtype) for x in case.data(rng, shape))
    wide = [x.astype(np.float64) for x in (y_true, y_pred)]
    expected = np.asarray(case.formula(*wide, **case.arguments))
    scale = np.abs(expected) + (100 if "percentage" in case.name else 1)
    if case.alone or case.function in ("dice", "tversky"):
        # One number a batch, or rows beside each other: in one batch.
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

    if case.alone:
        shape = (shape[0] + 2, 3)
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
    # Those of `circle` besides are for rows that no batch holds.
    of_function = set(arguments) - {"ref_labels", "ref_embeddings"}
    assert of_function == set(of_class) - {"reduction", "name", "dtype"}


@EACH
def test_trains(case, rng):
    """As a loss of compile: checked, traced, differentiated, and less after some steps."""
    y_true, y_pred = case.data(rng, (24, 3))
    x = rng.normal(size=(24, 4)).astype("float32")
    model = pymlp.Sequential([pymlp.Input((4,)), pymlp.layers.Dense(y_pred.shape[1], "sigmoid")])
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


class TestCircle:
    def test_other_rows_than_those_of_the_batch(self, rng):
        """Weights, say, that stand for classes: gradients of both sides, and the formula."""
        x, r = rng.normal(size=(5, 3)) * 0.4, rng.normal(size=(4, 3)) * 0.4
        y, classes = np.array([0.0, 1, 2, 1, 0]), np.arange(4.0)

        def function(x, r):
            return losses.circle(y_of(x), x, classes, r, gamma=3.0, remove_diagonal=False)

        def y_of(x):
            return ops.reshape(y, (5,)) if not hasattr(x, "operation") else y

        d = np.maximum(1 - x @ r.T, 0)
        same = y[:, None] == classes
        near = np.where(same, np.exp(-3 * (0.4 + d) * (0.4 - d)), 0).sum(1)
        far = np.where(same, 0, np.exp(3 * np.maximum(1.4 - d, 0) * (0.6 - d))).sum(1)
        np.testing.assert_allclose(function(x, r), np.log1p(near * far), rtol=1e-12)
        check_gradients(function, x, r)

    def test_rows_alone_do_not_count(self):
        loss = losses.Circle(gamma=2.0, dtype="float64")
        rows = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
        each = losses.circle(np.array([0, 0, 1]), rows, gamma=2.0)
        assert each[2] == 0.0
        assert loss([0, 0, 1], rows) == pytest.approx(each[:2].mean())
        assert loss([0, 1, 2], rows) == 0.0

    def test_bits_do_not_depend_on_threads(self, rng, dtype):
        y, x = rng.integers(0, 4, 33).astype(dtype), rng.normal(size=(33, 7)).astype(dtype)
        found = list(evaluations(lambda y, x: losses.circle(y, x), y, x, eager=False))
        np.testing.assert_array_equal(*found)

    def test_nan_is_not_hidden(self):
        rows = np.array([[np.nan, 0.0], [0.8, 0.6], [0.0, 1.0]])
        assert np.isnan(losses.circle(np.array([0, 0, 1]), rows)).all()

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (([0, 1], [[1.0], [2.0], [3.0]]), "y_true of shape"),
            (([0, 1], [[[1.0]], [[2.0]]]), "y_pred of shape"),
            (([0, 1], [[1.0], [2.0]], [1]), "both ref_labels and ref_embeddings"),
            (([0, 1], [[1.0], [2.0]], [1], [[1.0, 2.0]]), "ref_embeddings of shape"),
        ],
    )
    def test_shapes(self, arguments, message):
        with pytest.raises(ValueError, match=f"circle expected.*{message}"):
            losses.circle(*arguments)

    def test_targets(self):
        loss = losses.Circle()
        loss.check_targets(np.array([[-3], [7]]), (None, 4), output_name="out")
        for y, message in ((np.eye(2), "y.argmax"), (np.array([0.5]), "class numbers")):
            with pytest.raises(ValueError, match=message):
                loss.check_targets(y, (None, 2), output_name="out")

    def test_brings_classes_together(self, rng):
        pymlp.utils.set_random_seed(1)
        centres = rng.normal(size=(3, 6))
        y = rng.integers(0, 3, 96)
        x = centres[y] + 0.5 * rng.normal(size=(96, 6))
        model = pymlp.Sequential(
            [pymlp.Input((6,)), pymlp.layers.Dense(8, "tanh"), pymlp.layers.Dense(2),
             pymlp.layers.UnitNormalization()]
        )  # fmt: skip
        model.compile(pymlp.optimizers.Adam(0.02), losses.Circle(gamma=16.0))
        model.fit(x, y, epochs=40, verbose=0)
        cosines = np.matmul(found := model.predict(x, verbose=0), found.T)
        same = y[:, None] == y
        assert cosines[same].mean() > 0.9
        assert cosines[~same].mean() < 0.4


class TestGaussian:
    def test_finds_mean_and_spread(self, rng):
        """Of targets whose spread depends on x, both are found to a tenth."""
        pymlp.utils.set_random_seed(5)
        x = rng.uniform(-1, 1, (4000, 1))
        y = 2 * x + np.exp(x) * rng.normal(size=x.shape)
        model = pymlp.Sequential([pymlp.Input((1,)), pymlp.layers.Dense(2)])
        model.compile(pymlp.optimizers.Adam(0.02), losses.GaussianNegativeLogLikelihood())
        model.fit(x, y, epochs=20, verbose=0)
        kernel, bias = model.get_weights()
        np.testing.assert_allclose(kernel, [[2, 2]], atol=0.2)  # the variance is exp(2 x)
        np.testing.assert_allclose(bias, [0, 0], atol=0.1)

    @pytest.mark.parametrize("variance", ["log", "softplus", "plain"])
    def test_no_variance_is_too_small(self, variance):
        y_pred = np.array([[0.0, -1e4]])
        loss = losses.gaussian_negative_log_likelihood(np.zeros((1, 1)), y_pred, variance, 1e-4)
        np.testing.assert_allclose(loss, [0.5 * np.log(1e-4)], rtol=1e-12)

    def test_several_targets_and_axes(self, rng):
        y_true, y_pred = rng.normal(size=(3, 4, 2)), rng.normal(size=(3, 4, 4))
        loss = losses.gaussian_negative_log_likelihood(y_true, y_pred)
        assert loss.shape == (3, 4)
        one = losses.gaussian_negative_log_likelihood(y_true[:, 0, 0], y_pred[:, 0, :2])
        assert one.shape == (3,)

    def test_bad_arguments(self):
        for arguments, message in (
            (([[0.0]], [[0.0]]), "two units for each target"),
            (([[0.0]], [[0.0] * 4]), "two units for each target"),
            (([[0.0]], [[0.0] * 2], "exp"), "variance to be one of"),
            (([[0.0]], [[0.0] * 2], "log", 0.0), "min_variance to be above 0"),
        ):
            with pytest.raises(ValueError, match=message):
                losses.gaussian_negative_log_likelihood(*arguments)
        loss = losses.GaussianNegativeLogLikelihood()
        loss.check_targets(np.zeros(3), (None, 2), output_name="out")
        with pytest.raises(ValueError, match="an even number of units"):
            loss.check_targets(np.zeros((3, 1)), (None, 3), output_name="out")
        with pytest.raises(ValueError, match="units, or y 2 columns"):
            loss.check_targets(np.zeros((3, 1)), (None, 4), output_name="out")


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
    @settings(max_examples=2)
    @given(
        rows=st.integers(1, 4),
        steps=st.sampled_from([None, 1, 3]),
        weighted=st.sampled_from(["no", "rows", "columns", "values", "zeros"]),
        reduction=st.sampled_from([
            "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None,
        ]),
        seed=st.integers(0, 1000),
    )  # fmt: skip
    def test_shapes_and_weights(self, keras, case, rows, steps, weighted, reduction, seed):
        """Of two axes and three, weights of every shape that goes with the values, all reductions."""
        if case.own:
            return
        rng = np.random.default_rng(seed)
        shape = (rows, 3) if steps is None or case.alone else (rows, steps, 3)
        y_true, y_pred = (x.astype(np.float32) for x in case.data(rng, shape))
        values = np.shape(getattr(losses, case.function)(y_true, y_pred, **case.arguments))
        weights = {
            "no": None,
            "rows": rng.uniform(size=values[:1]),
            "columns": rng.uniform(size=(*values[:1], 1)[: max(len(values), 1)]),
            "values": rng.uniform(size=values),
            "zeros": np.zeros(values[:1]),
        }[weighted]
        if weights is not None:
            weights = np.asarray(weights, np.float32)
        # Weights of samples weigh samples here, whatever axes there are; Keras would align them with the last one.
        of_theirs = weights
        if weights is not None and weights.ndim == 1 < len(values):
            of_theirs = weights[:, None]
        ours, theirs = (
            np.asarray(
                getattr(library.losses, case.cls)(reduction=reduction, **case.arguments)(
                    y_true, y_pred, sample_weight=given_weights
                )
            )
            for library, given_weights in ((pymlp, weights), (keras, of_theirs))
        )
        assert ours.shape == theirs.shape
        assert ours.dtype == theirs.dtype == "float32"
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
