"""Loss functions against formulas in float64: on arrays, and traced and run batch by batch."""

import numpy as np
import pytest
import reference
from evaluation import check_gradients, evaluations
from reference import assert_close

from pymlp import losses, ops
from pymlp.config import epsilon

ROWS, COLUMNS = 9, 5


def clipped(p):
    # The bounds as the computation has them: 1 - epsilon in float32 is not that in float64.
    low, high = p.dtype.type(epsilon()), p.dtype.type(1 - epsilon())
    return np.clip(p, low, high).astype(np.float64)


def normalized(p):
    return clipped(p / p.sum(-1, keepdims=True, dtype=p.dtype))


def huber(y_true, y_pred, delta=1.0):
    error = np.abs(y_pred - y_true)
    return np.where(error <= delta, error**2 / 2, delta * error - delta**2 / 2).mean(-1)


def binary(y_true, p):
    p = clipped(p)
    return -(y_true * np.log(p) + (1 - y_true) * np.log(1 - p)).mean(-1)


def binary_logits(y_true, x):
    # log(sigmoid(x)) = -softplus(-x)
    return (y_true * reference.softplus(-x) + (1 - y_true) * reference.softplus(x)).mean(-1)


REGRESSION = {
    "mean_squared_error": (lambda y_true, y_pred: ((y_pred - y_true) ** 2).mean(-1), {}),
    "mean_absolute_error": (lambda y_true, y_pred: np.abs(y_pred - y_true).mean(-1), {}),
    "huber": (huber, {}),
    "huber wide": (lambda y_true, y_pred: huber(y_true, y_pred, 2.5), {"delta": 2.5}),
}


@pytest.mark.parametrize("name", REGRESSION)
@pytest.mark.parametrize("shape", [(ROWS, COLUMNS), (ROWS, 1), (ROWS, 3, 2)])
def test_regression(name, shape, dtype, rng):
    formula, arguments = REGRESSION[name]
    function = getattr(losses, name.split()[0])
    y_true, y_pred = rng.normal(0, 2, (2, *shape)).astype(dtype)
    wide = y_true.astype(np.float64), y_pred.astype(np.float64)
    scale = ((np.abs(wide[0]) + np.abs(wide[1])) ** 2 + 1).mean(-1)
    for result in evaluations(lambda a, b: function(a, b, **arguments), y_true, y_pred, fed=[0, 1]):
        assert_close(result, formula(*wide), scale=scale, k=shape[-1])


def test_huber_of_an_infinite_or_missing_error():
    y_pred = np.array([[np.inf], [-np.inf], [np.nan]])
    np.testing.assert_array_equal(losses.huber(np.zeros((3, 1)), y_pred), [np.inf, np.inf, np.nan])


@pytest.fixture
def logits(rng, dtype):
    """From timid to saturated."""
    return (rng.normal(size=(ROWS, COLUMNS)) * np.logspace(-1, 2, ROWS)[:, None]).astype(dtype)


@pytest.fixture
def bits(rng, dtype):
    return rng.integers(0, 2, (ROWS, COLUMNS)).astype(dtype)


@pytest.fixture
def labels(rng, dtype):
    return rng.integers(0, COLUMNS, ROWS).astype(dtype)


@pytest.fixture
def probabilities(rng, dtype):
    p = rng.uniform(size=(ROWS, COLUMNS))
    p[0], p[1] = [0, 1, 0, 1, 0], [1, 0, 0, 0, 0]  # where only clipping keeps the logarithm finite
    return p.astype(dtype)


class TestBinaryCrossentropy:
    def test_of_logits(self, logits, bits):
        x, z = logits.astype(np.float64), bits.astype(np.float64)
        for result in evaluations(
            lambda z, x: losses.binary_crossentropy(z, x, from_logits=True),
            bits,
            logits,
            fed=[0, 1],
        ):
            scale = (reference.softplus(x) + np.abs(x * z)).mean(-1)
            assert_close(result, binary_logits(z, x), scale=scale, k=COLUMNS)

    def test_of_probabilities(self, probabilities, bits):
        p, z = probabilities, bits.astype(np.float64)
        for result in evaluations(losses.binary_crossentropy, bits, p, fed=[0, 1]):
            # 1 - p is rounded once more, in units of 1: next to p = 1 that counts in its logarithm.
            scale = binary(z, p) + (1 / (1 - clipped(p))).mean(-1)
            assert_close(result, binary(z, p), scale=scale, k=COLUMNS)

    @pytest.mark.parametrize("from_logits", [False, True])
    def test_label_smoothing(self, from_logits, rng):
        z, y_pred = rng.integers(0, 2, (4, 3)).astype(float), rng.uniform(0.1, 0.9, (4, 3))
        smooth = np.where(z == 1, 0.9, 0.1)
        expected = losses.binary_crossentropy(smooth, y_pred, from_logits)
        result = losses.binary_crossentropy(z, y_pred, from_logits, label_smoothing=0.2)
        np.testing.assert_allclose(result, expected, rtol=1e-14)

    def test_looks_through_a_sigmoid(self, logits, bits):
        """sigmoid(40) is 1: the loss of a target 0 is 40 all the same, not -log(epsilon)."""
        x, z = logits.astype(np.float64), bits.astype(np.float64)
        for result in evaluations(
            lambda z, x: losses.binary_crossentropy(z, ops.sigmoid(x)),
            bits, logits, fed=[0, 1], eager=False,
        ):  # fmt: skip
            scale = (reference.softplus(x) + np.abs(x * z)).mean(-1)
            assert_close(result, binary_logits(z, x), scale=scale, k=COLUMNS)


class TestCategoricalCrossentropy:
    @pytest.mark.parametrize("through", [False, True])
    def test_of_logits(self, logits, labels, through):
        target = np.eye(COLUMNS, dtype=logits.dtype)[labels.astype(int)]
        x = logits.astype(np.float64)
        expected = reference.crossentropy(x, target)

        def function(y_true, x):
            if through:
                return losses.categorical_crossentropy(y_true, ops.softmax(x))
            return losses.categorical_crossentropy(y_true, x, from_logits=True)

        for result in evaluations(function, target, logits, fed=[0, 1], eager=not through):
            assert_close(result, expected, scale=2 * np.abs(x).max(-1) + 2, k=COLUMNS)

    def test_of_probabilities(self, probabilities, rng):
        target = rng.dirichlet(np.ones(COLUMNS), ROWS).astype(probabilities.dtype)
        p = normalized(probabilities)
        expected = -(target * np.log(p)).sum(-1)
        for result in evaluations(
            losses.categorical_crossentropy, target, probabilities, fed=[0, 1]
        ):
            assert_close(result, expected, scale=expected + 1, k=COLUMNS)

    def test_label_smoothing(self, rng):
        target, p = np.eye(4)[[2, 0, 3]], rng.dirichlet(np.ones(4), 3)
        expected = -((0.8 * target + 0.05) * np.log(p)).sum(-1)
        result = losses.categorical_crossentropy(target, p, label_smoothing=0.2)
        np.testing.assert_allclose(result, expected, rtol=1e-14)

    def test_of_a_single_class_warns(self):
        with pytest.warns(SyntaxWarning, match="use binary_crossentropy"):
            losses.categorical_crossentropy(np.ones((2, 1)), np.ones((2, 1)))


class TestSparseCategoricalCrossentropy:
    @pytest.mark.parametrize("through", [False, True])
    @pytest.mark.parametrize("columns", [False, True])
    def test_of_logits(self, logits, labels, through, columns):
        x = logits.astype(np.float64)
        expected = reference.crossentropy(x, reference.one_hot(labels, COLUMNS))

        def function(y_true, x):
            if through:
                return losses.sparse_categorical_crossentropy(y_true, ops.softmax(x))
            return losses.sparse_categorical_crossentropy(y_true, x, from_logits=True)

        labels = labels[:, None] if columns else labels
        for result in evaluations(function, labels, logits, fed=[0, 1], eager=not through):
            assert_close(result, expected, scale=2 * np.abs(x).max(-1) + 2, k=COLUMNS)

    def test_of_probabilities(self, probabilities, labels):
        p = normalized(probabilities)
        expected = -np.log(p[np.arange(ROWS), labels.astype(int)])
        for result in evaluations(
            losses.sparse_categorical_crossentropy, labels, probabilities, fed=[0, 1]
        ):
            assert_close(result, expected, scale=expected + 1, k=COLUMNS)

    def test_takes_lists_and_integers(self):
        result = losses.sparse_categorical_crossentropy([1, 0], [[0.25, 0.75], [0.5, 0.5]])
        np.testing.assert_allclose(result, -np.log([0.75, 0.5]), rtol=1e-6)
        assert result.dtype == np.float32


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("from_logits", [False, True])
def test_crossentropy_with_several_rows_a_sample(sparse, from_logits, rng):
    x = rng.normal(size=(5, 3, 4)) * 30
    labels = rng.integers(0, 4, (5, 3)).astype(float)
    target = labels if sparse else 1.0 * (labels[..., None] == np.arange(4))
    name = "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy"
    function = getattr(losses, name)
    expected = np.take_along_axis(
        reference.log_sum_exp(x)[..., None] - x, labels[..., None].astype(int), -1
    )[..., 0]
    if from_logits:
        results = evaluations(lambda y, x: function(y, x, from_logits=True), target, x, fed=[0, 1])
    else:
        results = evaluations(
            lambda y, x: function(y, ops.softmax(x)), target, x, fed=[0, 1], eager=False
        )
    for result in results:
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)


class TestGradients:
    def test_of_regression(self, rng):
        y_true, y_pred = rng.normal(size=(2, 6, 3))
        error = rng.uniform(0.1, 0.9, (6, 3)) * rng.choice([-1, 1], (6, 3))  # clear of all kinks
        error[::2] += 2 * np.sign(error[::2])
        y_pred = y_true + error
        for function in (losses.mean_squared_error, losses.mean_absolute_error, losses.huber):
            check_gradients(function, y_true, y_pred, fed=[0, 1])
        check_gradients(lambda a, b: losses.huber(a, b, 1.5), y_true, y_pred, fed=[0, 1])

    @pytest.mark.parametrize("from_logits", [False, True])
    @pytest.mark.parametrize("smoothing", [0.0, 0.2])
    def test_of_binary_crossentropy(self, from_logits, smoothing, rng):
        z, y_pred = rng.uniform(-1, 2, (6, 3)), rng.uniform(0.4, 0.6, (6, 3))
        check_gradients(
            lambda z, x: losses.binary_crossentropy(
                step(z), x, from_logits, label_smoothing=smoothing
            ),
            away(z), y_pred, fed=[0, 1],
        )  # fmt: skip

    @pytest.mark.parametrize("from_logits", [False, True])
    @pytest.mark.parametrize("shape", [(6, 4), (2, 3, 4)])
    def test_of_categorical_crossentropy(self, from_logits, shape, rng):
        target, y_pred = rng.uniform(-1, 2, shape), rng.uniform(0.5, 0.9, shape)
        check_gradients(  # targets that do not sum to 1, too
            lambda z, x: losses.categorical_crossentropy(
                step(z) * 0.7 + 0.1, x, from_logits, label_smoothing=0.1
            ),
            away(target), y_pred, fed=[0, 1],
        )  # fmt: skip

    @pytest.mark.parametrize("from_logits", [False, True])
    @pytest.mark.parametrize("shape", [(6, 4), (2, 3, 4)])
    def test_of_sparse_categorical_crossentropy(self, from_logits, shape, rng):
        labels, y_pred = rng.uniform(-1, 4, shape[:-1]), rng.uniform(0.5, 0.9, shape)
        check_gradients(
            lambda z, x: losses.sparse_categorical_crossentropy(
                step(z) + step(z - 1) + step(z - 2), x, from_logits
            ),
            away(labels), y_pred, fed=[0, 1],
        )  # fmt: skip

    def test_of_saturated_outputs(self):
        """Far out a probability has gradient 0; that of the logits still points back."""
        x, z = np.array([[50.0, -50.0]]), np.array([[0.0, 1.0]])
        for function, output in (
            (losses.binary_crossentropy, ops.sigmoid),
            (losses.categorical_crossentropy, ops.softmax),
        ):
            _, dx = check_gradients(
                lambda z, x, f=function, g=output: f(step(z), g(x)), z, x, fed=[0, 1]
            )
            assert dx[0, 0] > 0.2
            assert dx[0, 1] < -0.2


def step(z):
    """Targets that stay when they are shifted a little, as differences shift all inputs."""
    return ops.greater(z, 0.5)


def away(z):
    """Move numbers away from where `step` jumps."""
    return np.where(np.abs((z + 0.5) % 1) < 0.1, z + 0.2, np.where((z + 0.5) % 1 > 0.9, z - 0.2, z))


class TestShapes:
    @pytest.mark.parametrize("name", ["mean_squared_error", "huber", "binary_crossentropy"])
    def test_one_number_a_sample_is_a_column(self, name):
        function = getattr(losses, name)
        y_true, y_pred = np.array([0.0, 1.0, 1.0]), np.array([[0.25], [0.5], [0.75]])
        expected = function(y_true[:, None], y_pred)
        assert expected.shape == (3,)
        for result in evaluations(function, y_true, y_pred, fed=[0, 1]):
            np.testing.assert_array_equal(result, expected)

    def test_traced_outputs_of_one_number_a_sample(self):
        """Arrays of one axis are averaged, as in Keras; batches of samples cannot be meant so."""
        y_true, y_pred = np.array([0.0, 1.0, 1.0]), np.array([2.0, 1.0, 0.0])
        assert losses.mean_squared_error(y_true, y_pred) == pytest.approx(5 / 3)
        for result in evaluations(
            losses.mean_squared_error, y_true, y_pred, fed=[0, 1], eager=False
        ):
            np.testing.assert_array_equal(result, [4.0, 0.0, 1.0])

    @pytest.mark.parametrize("name", ["mean_absolute_error", "huber", "binary_crossentropy"])
    @pytest.mark.parametrize("given", [(4, 3), (4, 2, 1), (3, 1), (1, 1), (4,)])
    def test_others_are_an_error(self, name, given):
        wanted = (4, 1) if given != (4,) else (4, 2)
        with pytest.raises(ValueError, match=rf"{name} expected .*\({wanted[0]}, {wanted[1]}\)"):
            getattr(losses, name)(np.ones(given), np.full(wanted, 0.5))

    def test_of_classes(self):
        p = np.full((4, 3), 1 / 3)
        with pytest.raises(ValueError, match="use sparse_categorical_crossentropy"):
            losses.categorical_crossentropy(np.array([0, 1, 2, 0]), p)
        with pytest.raises(ValueError, match="use categorical_crossentropy"):
            losses.sparse_categorical_crossentropy(np.eye(3)[[0, 1, 2, 0]], p)
        with pytest.raises(ValueError, match=r"expected y_true of shape \(4,\)"):
            losses.sparse_categorical_crossentropy(np.array([0, 1]), p)

    @pytest.mark.parametrize(
        "name",
        ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"],
    )
    def test_axis(self, name):
        y_true = np.ones(3) if name.startswith("sparse") else np.full((3, 2), 0.5)
        function, p = getattr(losses, name), np.full((3, 2), 0.5)
        np.testing.assert_array_equal(function(y_true, p, axis=1), function(y_true, p))
        with pytest.raises(ValueError, match=rf"{name} expected axis=-1.*received axis=0"):
            function(y_true, p, axis=0)
