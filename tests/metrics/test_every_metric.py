"""Every metric: Keras's numbers, in a program as on arrays, copies, states, and formulas in float64."""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from keras_figures import metrics as figures

import pymlp
from pymlp import metrics, saving

from .test_running import accumulate

HERE = Path(__file__).parent
EXPECTED = json.loads((HERE.parent / "keras_figures" / "metrics.json").read_text())["metrics"]
# Keras adds up 23 samples of 4 values in float32.
TOLERANCE = {"rtol": 1e-5, "atol": 1e-6}
EACH = pytest.mark.parametrize(
    ("name", "arguments", "data"),
    figures.CASES,
    ids=[f"{name} {arguments}" for name, arguments, *_ in figures.CASES],
)


def of(name, arguments, **more):
    return figures.made(pymlp, name, arguments, **more)


def test_the_list_is_whole():
    classes = {name for name in metrics.__all__ if isinstance(getattr(metrics, name), type)}
    assert classes - {"Metric"} == {name for name, *_ in figures.CASES}


def test_against_the_figures():
    ours = dict(figures.metrics(pymlp))
    assert ours.keys() == EXPECTED.keys()
    for name, value in ours.items():
        np.testing.assert_allclose(value, EXPECTED[name], **TOLERANCE, err_msg=name)


@EACH
@pytest.mark.parametrize("weighted", [False, True])
def test_in_a_program_as_on_arrays(name, arguments, data, weighted, rng):
    weights = rng.uniform(size=len(data[0])) if weighted else None
    eager = of(name, arguments, dtype="float64")
    eager.update_state(*(np.asarray(x, np.float64) for x in data), weights)
    for threads, batch_size in ((1, 5), (2, 23), (2, 7)):
        traced = of(name, arguments)
        result = accumulate(traced, *data, weights, batch_size=batch_size, threads=threads)
        np.testing.assert_allclose(result, eager.result(), rtol=1e-9, atol=1e-12)


@EACH
def test_class(name, arguments, data):
    """It can be written down, read and copied; its state can be set back, and merged with another's."""
    metric = of(name, arguments)
    empty = np.array(metric.result()) if "R2" not in name else None
    metric.update_state(*data)
    config = metrics.serialize(metric)
    assert config["module"] == "keras.metrics"
    json.dumps(config)
    for key, value in arguments.items():
        said = metric.get_config()[key]
        assert (said["config"] if key == "fn" else said) == value
        if key != "thresholds" and hasattr(
            metric, key
        ):  # these have ends, and a function its own arguments
            np.testing.assert_array_equal(getattr(metric, key), value)
    for again in (
        metrics.deserialize(config),
        saving.deserialize_object(saving.serialize_object(metric)),
    ):
        assert type(again) is type(metric)
        assert again.get_config() == metric.get_config()
        again.update_state(*data)
        np.testing.assert_array_equal(again.result(), metric.result())
    for again in (pickle.loads(pickle.dumps(metric)), copy.deepcopy(metric)):
        np.testing.assert_array_equal(again.result(), metric.result())
        again.update_state(*(x[::-1][:3] for x in data))
    one, other = of(name, arguments), of(name, arguments)
    one.update_state(*(x[:9] for x in data))
    other.update_state(*(x[9:] for x in data))
    one.merge_state([other])
    np.testing.assert_allclose(one.result(), metric.result(), rtol=1e-6)
    assert all(np.shares_memory(a, b) for a, b in zip(one.variables, one.variables, strict=True))
    metric.reset_state()
    if empty is not None:
        assert np.all(np.asarray(metric.result()) == empty.ravel()[0])


@EACH
def test_few_rows(name, arguments, data):
    metric = of(name, arguments)
    for rows in (slice(0), slice(1), slice(1, None)):
        metric.update_state(*(x[rows] for x in data))
    whole = of(name, arguments)
    whole.update_state(*data)
    np.testing.assert_allclose(metric.result(), whole.result(), rtol=1e-6)


def test_state_of_another_shape():
    with pytest.raises(ValueError, match="keeps another state"):
        metrics.TruePositives().merge_state([metrics.TruePositives([0.1, 0.2])])
    with pytest.raises(ValueError, match="keeps another state"):
        metrics.Mean().merge_state([metrics.Sum()])


# ---- formulas ----------------------------------------------------------------------------------------


def counts(y_true, y_pred, weights, threshold):
    """tp, fp, tn, fn"""
    positive, above = y_true != 0, y_pred > threshold
    return [
        weights[a & b].sum()
        for a, b in (
            (positive, above),
            (~positive, above),
            (~positive, ~above),
            (positive, ~above),
        )
    ]


@pytest.fixture
def problem(rng):
    y_true = rng.integers(0, 2, 200)
    y_pred = np.round(np.clip(rng.normal(0.4 + 0.2 * y_true, 0.2), 0, 1), 2)
    return y_true, y_pred, rng.uniform(size=200)


THRESHOLDS = [0.5, 0.1, 0.25, 0.9]  # in any order


def test_confusion(problem):
    y_true, y_pred, weights = problem
    tp, fp, tn, fn = np.array([counts(*problem, t) for t in THRESHOLDS]).T
    for cls, expected in (
        (metrics.TruePositives, tp),
        (metrics.FalsePositives, fp),
        (metrics.TrueNegatives, tn),
        (metrics.FalseNegatives, fn),
        (metrics.Precision, tp / (tp + fp)),
        (metrics.Recall, tp / (tp + fn)),
    ):
        metric = cls(thresholds=THRESHOLDS, dtype="float64")
        np.testing.assert_allclose(metric(y_true, y_pred, sample_weight=weights), expected)
        one = cls(thresholds=THRESHOLDS[2], dtype="float64")
        assert one(y_true, y_pred, sample_weight=weights) == pytest.approx(expected[2])


def test_at_threshold(problem):
    y_true, y_pred, weights = problem
    tp, fp, tn, fn = np.array([counts(*problem, t) for t in np.linspace(0, 1, 11)]).T
    with np.errstate(invalid="ignore"):
        rates = {
            "precision": tp / (tp + fp),
            "recall": tp / (tp + fn),
            "specificity": tn / (tn + fp),
        }
    rates["sensitivity"] = rates["recall"]
    for wanted, given_rate in (
        ("precision", "recall"),
        ("recall", "precision"),
        ("sensitivity", "specificity"),
        ("specificity", "sensitivity"),
    ):
        cls = getattr(metrics, f"{wanted.capitalize()}At{given_rate.capitalize()}")
        metric = cls(0.7, num_thresholds=11, dtype="float64")
        expected = rates[wanted][rates[given_rate] >= 0.7].max()
        assert metric(y_true, y_pred, sample_weight=weights) == pytest.approx(expected)


def test_area_is_the_chance_that_a_positive_is_scored_higher(problem):
    y_true, y_pred, weights = problem
    positive, negative = y_pred[y_true == 1], y_pred[y_true == 0]
    higher = positive[:, None] > negative
    chances = higher + 0.5 * (positive[:, None] == negative)
    pairs = weights[y_true == 1][:, None] * weights[y_true == 0]
    # Thresholds between all the hundredths that predictions are.
    metric = metrics.AUC(thresholds=np.arange(100) / 100 + 0.005, dtype="float64")
    expected = (chances * pairs).sum() / pairs.sum()
    assert metric(y_true, y_pred, sample_weight=weights) == pytest.approx(expected, rel=1e-12)


def test_top_k(rng):
    y_pred, labels = rng.normal(size=(50, 7)), rng.integers(0, 7, 50)
    for k in (1, 3, 7, 9):
        best = np.argsort(-y_pred, axis=1)[:, :k]
        expected = (best == labels[:, None]).any(axis=1).mean()
        assert metrics.SparseTopKCategoricalAccuracy(k=k)(labels, y_pred) == pytest.approx(expected)
        one_hot = np.eye(7)[labels]
        assert metrics.TopKCategoricalAccuracy(k=k)(one_hot, y_pred) == pytest.approx(expected)


def test_top_k_of_several_rows_a_sample(rng):
    y_pred, labels = rng.normal(size=(5, 3, 7)), rng.integers(0, 7, (5, 3))
    best = np.argsort(-y_pred, axis=-1)[..., :2]
    expected = (best == labels[..., None]).any(axis=-1)
    result = metrics.sparse_top_k_categorical_accuracy(labels, y_pred, k=2)
    np.testing.assert_array_equal(result, expected)


def test_f_score(rng):
    y_true, y_pred = rng.integers(0, 2, (40, 3)), rng.uniform(size=(40, 3))
    chosen = y_pred > 0.4
    precision = (chosen & (y_true == 1)).sum(0) / chosen.sum(0)
    recall = (chosen & (y_true == 1)).sum(0) / y_true.sum(0)
    expected = 5 * precision * recall / (4 * precision + recall)
    metric = metrics.FBetaScore(beta=2.0, threshold=0.4, dtype="float64")
    np.testing.assert_allclose(metric(y_true, y_pred), expected, rtol=1e-6)
    np.testing.assert_array_equal(metrics.F1Score()([[1.0, 0.0]], [[0.0, 0.0]]), [0, 0])


def test_iou(rng):
    y_true, y_pred = rng.integers(-1, 4, (2, 60))  # 3 classes, and some out of range
    known = (y_true >= 0) & (y_true < 3) & (y_pred >= 0) & (y_pred < 3)
    expected = [
        (known & (y_true == c) & (y_pred == c)).sum()
        / (known & ((y_true == c) | (y_pred == c))).sum()
        for c in range(3)
    ]
    metric = metrics.MeanIoU(num_classes=3)
    assert metric(y_true, y_pred) == pytest.approx(np.mean(expected), rel=1e-6)
    assert metric.total_cm.sum() == known.sum()


def test_r2(rng):
    y_true, y_pred = rng.normal(1e4, 1, (2, 80, 2))
    error, spread = ((y_true - y_pred) ** 2).sum(0), ((y_true - y_true.mean(0)) ** 2).sum(0)
    metric = metrics.R2Score(class_aggregation=None, dtype="float64")
    np.testing.assert_allclose(metric(y_true, y_pred), 1 - error / spread, rtol=1e-6)


def test_correlation(rng):
    y_true, y_pred = rng.normal(size=(2, 6, 30))
    expected = np.mean([np.corrcoef(t, p)[0, 1] for t, p in zip(y_true, y_pred, strict=True)])
    metric = metrics.PearsonCorrelation(dtype="float64")
    assert metric(y_true, y_pred) == pytest.approx(expected)
    # Of the same mean and variance, both correlations agree.
    shuffled = rng.permuted(y_true, axis=1)
    concordance = metrics.ConcordanceCorrelation(dtype="float64")(y_true, shuffled)
    pearson = metrics.PearsonCorrelation(dtype="float64")(y_true, shuffled)
    assert concordance == pytest.approx(pearson, abs=1e-6)


# ---- in compile ----------------------------------------------------------------------------------------

COMPILED = [
    metrics.AUC(name="auc"),
    metrics.Precision(name="precision", thresholds=0.4),
    metrics.F1Score(average="macro"),
    metrics.R2Score(),
    metrics.TopKCategoricalAccuracy(k=2),
    metrics.OneHotMeanIoU(num_classes=3, name="iou"),
]


def test_in_fit_and_evaluate(rng):
    x, y = rng.normal(size=(50, 4)), np.eye(3)[rng.integers(0, 3, 50)]
    model = pymlp.Sequential([pymlp.Input((4,)), pymlp.layers.Dense(3, activation="softmax")])
    given_metrics = copy.deepcopy(COMPILED)
    model.compile(loss="categorical_crossentropy", metrics=given_metrics, weighted_metrics=["auc"])
    history = model.fit(x, y, epochs=2, verbose=0, validation_data=(x, y)).history
    weights = rng.uniform(size=50)
    measured = model.evaluate(
        x, y, sample_weight=weights, verbose=0, return_dict=True, batch_size=7
    )
    y_pred = model.predict(x, verbose=0)
    for metric in copy.deepcopy(COMPILED):
        assert len(history[metric.name]) == 2
        expected = metric(y, y_pred)
        assert measured[metric.name] == pytest.approx(expected, rel=1e-6)
        assert history[f"val_{metric.name}"][-1] == pytest.approx(expected, rel=1e-6)
    expected = metrics.AUC()(y, y_pred, sample_weight=weights)
    assert measured["weighted_auc"] == pytest.approx(expected, rel=1e-6)


# ---- errors ----------------------------------------------------------------------------------------------

BAD = [
    (lambda: metrics.TruePositives([0.5, 1.5]), r"thresholds should be from 0 to 1, received \[1.5\]"),
    (lambda: metrics.Precision(-1), "Precision: thresholds should be from 0 to 1"),
    (lambda: metrics.Recall(class_id=5)([[1, 0]], [[0.5, 0.5]]), "class_id=5 needs y_pred of shape"),
    (lambda: metrics.Precision(class_id=0)([1, 0], [0.5, 0.5]), "class_id=0 needs y_pred of shape"),
    (lambda: metrics.TruePositives()([[1, 0]], [[0.5]]), "expected y_true of the shape of y_pred"),
    (lambda: metrics.SensitivityAtSpecificity(1.5), "specificity should be from 0 to 1"),
    (lambda: metrics.PrecisionAtRecall(0.5, num_thresholds=0), "num_thresholds should be above 0"),
    (lambda: metrics.AUC(curve="XY"), "curve should be one of ROC, PR, PRGAIN, received 'XY'"),
    (lambda: metrics.AUC(summation_method="x"), "summation_method should be one of"),
    (lambda: metrics.AUC(num_thresholds=1), "num_thresholds should be above 1"),
    (lambda: metrics.AUC(num_labels=3), "num_labels is for multi_label=True"),
    (lambda: metrics.AUC(multi_label=True)([1, 0], [0.5, 0.5]), "multi_label=True expected y_pred"),
    (lambda: metrics.FBetaScore(average="all"), "average should be None, 'micro'"),
    (lambda: metrics.FBetaScore(beta=1), "beta should be a float above 0, received 1"),
    (lambda: metrics.F1Score(threshold=0.0), "F1Score: threshold should be a float above 0"),
    (lambda: metrics.F1Score()([1, 0], [0.5, 0.5]), "F1Score expected y_true and y_pred of shape"),
    (lambda: metrics.IoU(2, [2]), "target_class_ids should be below num_classes=2"),
    (lambda: metrics.MeanIoU(2, axis=0), "axis of the classes should be -1"),
    (lambda: metrics.MeanIoU(2)([0, 1], [0]), "as many class numbers"),
    (lambda: metrics.R2Score("median"), "class_aggregation should be None"),
    (lambda: metrics.R2Score(num_regressors=-1), "num_regressors should be 0 or more"),
    (lambda: metrics.R2Score()([1.0], [2.0]), "Add an axis"),
    (lambda: metrics.R2Score()(np.zeros((2, 2, 2)), np.zeros((2, 2, 2))), "R2Score expected y_pred"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), BAD, ids=[message for _, message in BAD])
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_too_many_regressors():
    metric = metrics.R2Score(num_regressors=3)
    metric.update_state([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])
    with pytest.warns(UserWarning, match="3 regressors are too many for 3 values"):
        assert metric.result() == pytest.approx(1 - 2 / (14 / 3))


# ---- Keras, where it is installed -------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")  # of Keras on JAX
@EACH
@settings(max_examples=3)  # Keras compiles every operation anew for every shape
@given(seed=st.integers(0, 1000), rows=st.integers(2, 9))
def test_random_data_beside_keras(keras, name, arguments, data, seed, rows):
    rng = np.random.default_rng(seed)
    data = [x[rng.integers(0, len(x), rows)] for x in data]
    weights = rng.uniform(size=rows).astype(np.float32)
    tolerance = dict(TOLERANCE)
    if name == "R2Score":
        # Keras's variance is a difference of float32 sums of squares: what cancels there is lost.
        y_true = data[0]
        assume(np.ptp(y_true, axis=0).all())
        variance = np.average(np.square(y_true - np.average(y_true, 0, weights)), 0, weights)
        tolerance["rtol"] *= max(1.0, (np.average(np.square(y_true), 0, weights) / variance).max())
    results = []
    for library in (pymlp, keras):
        metric = figures.made(library, name, arguments)
        metric.update_state(*data, sample_weight=weights)
        results.append(np.asarray(metric.result()))
    np.testing.assert_allclose(*results, **tolerance)
