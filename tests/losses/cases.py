"""Every loss once: its function, its class, data that suits it, and its formula in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import reference

from pymlp.config import epsilon

# ---- data: (generator, shape) -> (y_true, y_pred), away from kinks -------------------------------


def errors(rng, shape):
    """Errors of sizes from 0.1 to 0.9 and from 1.1 to 1.9, clear of 0 and 1."""
    y_true = rng.uniform(0.5, 3, shape) * rng.choice([-1, 1], shape)
    size = rng.uniform(0.1, 0.9, shape) + rng.integers(0, 2, shape)
    return y_true, y_true + size * rng.choice([-1, 1], shape)


def positive(rng, shape):
    return rng.uniform(0.3, 3, shape), rng.uniform(0.3, 3, shape)


def signs(rng, shape):
    y_true = rng.choice([-1.0, 1.0], shape)
    y_true.ravel()[0] = -1  # else a batch could be all 1
    missing = rng.uniform(0.1, 2, shape) * rng.choice([-1, 1], shape)
    return y_true, y_true * (1 - missing)


def bits(rng, shape):
    return rng.integers(0, 2, shape) * 1.0, rng.uniform(0.45, 0.55, shape)


def bits_and_signs(rng, shape):
    y_true, y_pred = signs(rng, shape)
    return (y_true + 1) / 2, y_pred


def logits_of_bits(rng, shape):
    return rng.integers(0, 2, shape) * 1.0, 2 * rng.normal(size=shape)


def labels(rng, shape):
    return 1.0 * rng.integers(0, shape[-1], shape[:-1]), distributions(rng, shape)[1]


def labels_and_logits(rng, shape):
    return labels(rng, shape)[0], 2 * rng.normal(size=shape)


def one_hot(rng, shape):
    y_true, y_pred = labels(rng, shape)
    return 1.0 * (y_true[..., None] == np.arange(shape[-1])), y_pred


def one_hot_and_logits(rng, shape):
    return one_hot(rng, shape)[0], 2 * rng.normal(size=shape)


def one_hot_and_scores(rng, shape):
    """Scores that differ by at least 0.1 from each other, and from where a margin begins."""
    y_true, _ = one_hot(rng, shape)
    order = rng.permuted(np.broadcast_to(np.arange(shape[-1]), shape), axis=-1)
    return y_true, 0.3 + 0.35 * order + rng.uniform(0, 0.2, shape)


def distributions(rng, shape):
    """Rows that need not add up to 1, of numbers large enough for differences of their logarithms."""
    return rng.uniform(0.5, 0.9, shape), rng.uniform(0.5, 0.9, shape)


def labels_and_rows(rng, shape):
    """Rows of a length below 1, so that none is at a distance of 0, two of each class."""
    y_pred = rng.uniform(0.2, 1, shape) * rng.choice([-1, 1], shape)
    y_true = 1.0 * rng.permutation(np.arange(shape[0]) // 2)
    return y_true, 0.9 * y_pred / np.linalg.norm(y_pred, axis=-1, keepdims=True)


def numbers_and_spreads(rng, shape):
    y_true = rng.normal(size=shape)
    said = rng.uniform(1, 2, shape)
    return y_true, np.concatenate([y_true + rng.uniform(0.5, 1, shape), said], -1)


def directions(rng, shape):
    return rng.normal(size=shape), rng.uniform(0.2, 2, shape)


# ---- formulas --------------------------------------------------------------------------------------


def clear(p):
    return np.clip(p, epsilon(), 1 - epsilon())


def huber(t, p, delta=1.0):
    e = np.abs(p - t)
    return np.where(e <= delta, e**2 / 2, delta * e - delta**2 / 2).mean(-1)


def pinball(t, p, quantile=0.5):
    q = np.asarray(quantile)
    t = t[..., None] if t.ndim < p.ndim else t
    return np.maximum(q * (t - p), (q - 1) * (t - p)).mean(-1)


def margin(t, p):
    t = 2 * t - 1 if np.isin(t, (0, 1)).all() else t
    return np.maximum(1 - t * p, 0)


def categorical_hinge(t, p):
    return np.maximum(((1 - t) * p).max(-1) - (t * p).sum(-1) + 1, 0)


def binary(t, p, from_logits=False, label_smoothing=0.0, axis=-1):
    t = t * (1 - label_smoothing) + label_smoothing / 2
    p = reference.sigmoid(p) if from_logits else clear(p)
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(axis)


def binary_focal(
    t, p, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False,
    label_smoothing=0.0, axis=-1,
):  # fmt: skip
    t = t * (1 - label_smoothing) + label_smoothing / 2
    p = reference.sigmoid(p) if from_logits else p
    entropy = -(t * np.log(clear(p)) + (1 - t) * np.log(1 - clear(p)))
    balance = t * alpha + (1 - t) * (1 - alpha) if apply_class_balancing else 1
    return (balance * (1 - t * p - (1 - t) * (1 - p)) ** gamma * entropy).mean(axis)


def categorical_focal(t, p, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1):
    t = t * (1 - label_smoothing) + label_smoothing / t.shape[axis]
    p = reference.softmax(p) if from_logits else p / p.sum(axis, keepdims=True)
    return -(np.asarray(alpha) * (1 - p) ** gamma * t * np.log(clear(p))).sum(axis)


def categorical(t, p, from_logits=False, label_smoothing=0.0, axis=-1):
    return categorical_focal(t, p, 1.0, 0.0, from_logits, label_smoothing, axis)


def sparse(t, p, from_logits=False, ignore_class=None, axis=-1):
    counts = t != ignore_class
    t = np.where(counts, t, 0)
    return counts * categorical(1.0 * (t[..., None] == np.arange(p.shape[-1])), p, from_logits)


def generalized(t, p, q=0.5):
    return (1 - np.take_along_axis(p, t[..., None].astype(int), -1)[..., 0] ** q) / q


def cosine(t, p, axis=-1):
    lengths = np.linalg.norm(t, axis=axis) * np.linalg.norm(p, axis=axis)
    return -(t * p).sum(axis) / lengths


def dice(t, p, axis=None):
    return 1 - 2 * (t * p).sum(axis) / (t.sum(axis) + p.sum(axis) + epsilon())


def tversky(t, p, alpha=0.5, beta=0.5, axis=None):
    both, missed, wrong = (t * p).sum(axis), (t * (1 - p)).sum(axis), ((1 - t) * p).sum(axis)
    return 1 - both / (both + alpha * missed + beta * wrong + epsilon())


def circle(t, p, gamma=80.0, margin=0.4, remove_diagonal=True):
    d = np.maximum(1 - p @ p.T, 0)
    same = t[:, None] == t
    near = same & ~(np.eye(len(t), dtype=bool) & remove_diagonal)
    a = -gamma * np.maximum(margin + d, 0) * (margin - d)
    b = gamma * np.maximum(1 + margin - d, 0) * (1 - margin - d)
    with np.errstate(divide="ignore"):
        p_sum, n_sum = (
            np.log((np.exp(x - x.max()) * mask).sum(1)) + x.max()
            for x, mask in ((a, near), (b, ~same))
        )
    return np.logaddexp(0, p_sum + n_sum)


def gaussian(t, p, variance="log", min_variance=1e-6, full=False):
    mean, said = np.split(p, 2, -1)
    v = {"log": np.exp(said), "softplus": np.log1p(np.exp(said)) + min_variance, "plain": said}[
        variance
    ]
    v = np.maximum(v, min_variance)
    return (np.log(v) + (t - mean) ** 2 / v + full * np.log(2 * np.pi)).mean(-1) / 2


class Case(NamedTuple):
    """A loss with arguments: `function` and `cls` are names in `losses`, Keras has both unless `own`."""

    function: str
    cls: str
    data: Callable[..., Any]
    formula: Callable[..., Any]
    arguments: dict[str, Any] = {}  # noqa: RUF012 (never changed)
    own: bool = False
    least_columns: int = 1
    alone: bool = False  # of one row a sample, and of a whole batch at once

    @property
    def name(self) -> str:
        return " ".join([self.function, *(f"{k}={v}" for k, v in self.arguments.items())])


def mape(t, p):
    return 100 * (np.abs(t - p) / np.maximum(np.abs(t), epsilon())).mean(-1)


_FOCAL = {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.5}
CASES = [
    Case("mean_squared_error", "MeanSquaredError", errors, lambda t, p: ((p - t) ** 2).mean(-1)),
    Case("mean_absolute_error", "MeanAbsoluteError", errors, lambda t, p: np.abs(p - t).mean(-1)),
    Case("mean_absolute_percentage_error", "MeanAbsolutePercentageError", errors, mape),
    Case("mean_squared_logarithmic_error", "MeanSquaredLogarithmicError", positive,
         lambda t, p: (np.log((1 + t) / (1 + p)) ** 2).mean(-1)),
    Case("huber", "Huber", errors, huber),
    Case("huber", "Huber", errors, huber, {"delta": 0.05}),
    Case("log_cosh", "LogCosh", errors, lambda t, p: np.log(np.cosh(p - t)).mean(-1)),
    Case("pinball", "Pinball", errors, pinball, {"quantile": 0.9}, own=True),
    *(Case("gaussian_negative_log_likelihood", "GaussianNegativeLogLikelihood", numbers_and_spreads, gaussian, more,
           own=True) for more in ({}, {"variance": "softplus", "full": True}, {"variance": "plain"})),
    Case("circle", "Circle", labels_and_rows, circle, {"gamma": 2.0}, least_columns=2, alone=True),
    Case("circle", "Circle", labels_and_rows, circle, {"gamma": 5.0, "margin": 0.2, "remove_diagonal": False},
         least_columns=2, alone=True),
    Case("cosine_similarity", "CosineSimilarity", directions, cosine),
    Case("hinge", "Hinge", signs, lambda t, p: margin(t, p).mean(-1)),
    Case("hinge", "Hinge", bits_and_signs, lambda t, p: margin(t, p).mean(-1)),
    Case("squared_hinge", "SquaredHinge", signs, lambda t, p: (margin(t, p) ** 2).mean(-1)),
    Case("categorical_hinge", "CategoricalHinge", one_hot_and_scores, categorical_hinge),
    Case("kl_divergence", "KLDivergence", distributions, lambda t, p: (t * np.log(t / p)).sum(-1)),
    Case("poisson", "Poisson", positive, lambda t, p: (p - t * np.log(p + epsilon())).mean(-1)),
    Case("binary_crossentropy", "BinaryCrossentropy", bits, binary, {"label_smoothing": 0.1}),
    Case("binary_crossentropy", "BinaryCrossentropy", logits_of_bits, binary, {"from_logits": True}),
    Case("binary_focal_crossentropy", "BinaryFocalCrossentropy", bits, binary_focal),
    Case("binary_focal_crossentropy", "BinaryFocalCrossentropy", bits, binary_focal, _FOCAL),
    Case("binary_focal_crossentropy", "BinaryFocalCrossentropy", logits_of_bits, binary_focal,
         {"from_logits": True, "label_smoothing": 0.1}),
    Case("categorical_crossentropy", "CategoricalCrossentropy", one_hot, categorical,
         {"label_smoothing": 0.1}, least_columns=2),
    Case("categorical_crossentropy", "CategoricalCrossentropy", one_hot_and_logits, categorical,
         {"from_logits": True}, least_columns=2),
    Case("categorical_focal_crossentropy", "CategoricalFocalCrossentropy", one_hot,
         categorical_focal, least_columns=2),
    Case("categorical_focal_crossentropy", "CategoricalFocalCrossentropy", one_hot_and_logits,
         categorical_focal, {"from_logits": True, "gamma": 1.5, "label_smoothing": 0.1},
         least_columns=2),
    Case("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", labels, sparse),
    Case("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", labels_and_logits,
         sparse, {"from_logits": True, "ignore_class": 0}),
    Case("categorical_generalized_cross_entropy", "CategoricalGeneralizedCrossEntropy", labels,
         generalized, {"q": 0.7}, least_columns=2),
    Case("dice", "Dice", bits, dice),
    Case("dice", "Dice", bits, dice, {"axis": -1}),
    Case("tversky", "Tversky", bits, tversky, {"alpha": 0.3, "beta": 0.6}),
    Case("tversky", "Tversky", bits, tversky, {"axis": -1}),
]  # fmt: skip
